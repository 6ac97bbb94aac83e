"""Images, configuration, environment and volumes."""

import pytest

from tests.practice.kubelet.world import World, contents

MAP = {"metadata": {"name": "settings"}, "data": {"a": "1", "b": "two"}}


async def test_a_pull_and_its_events(world: World) -> None:
    await world.pod({"image": "nginx:1.29", "command": "serve"})
    assert world.state()["state"]["waiting"]["reason"] == "ContainerCreating"
    await world.after(1)
    assert world.state()["image"] == "docker.io/library/nginx:1.29"
    pulling, pulled, *_ = world.events()
    assert pulling == 'Pulling: Pulling image "nginx:1.29"'
    assert pulled.startswith('Pulled: Successfully pulled image "nginx:1.29" in 250ms (250ms including waiting).')
    await world.pod({"image": "nginx:1.29", "command": "serve"}, name="other")
    assert world.status("other")["phase"] == "Running"


async def test_an_image_that_no_registry_has(world: World) -> None:
    await world.pod({"image": "missing:1"})
    await world.after(1)
    assert world.state()["state"]["waiting"]["reason"] == "ErrImagePull"
    await world.after(2)
    waiting = world.state()["state"]["waiting"]
    assert waiting["reason"] == "ImagePullBackOff"
    assert waiting["message"].startswith('Back-off pulling image "missing:1": ErrImagePull: failed to pull and unpack')
    assert "Failed: Error: ImagePullBackOff" in world.events()
    await world.after(8.5)
    assert world.state()["state"]["waiting"]["reason"] == "ErrImagePull"
    assert world.status()["phase"] == "Pending"


@pytest.mark.parametrize(
    ("container", "reason", "message"),
    [
        (
            {"image": "nginx:1.7", "imagePullPolicy": "Never"},
            "ErrImageNeverPull",
            'Container image "nginx:1.7" is not present with pull policy of Never',
        ),
        (
            {"image": "Nginx::x"},
            "InvalidImageName",
            'Failed to apply default image tag "Nginx::x": couldn\'t parse image name "Nginx::x": '
            "invalid reference format: repository name (library/Nginx) must be lowercase",
        ),
        (
            {"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "nope", "key": "a"}}}]},
            "CreateContainerConfigError",
            'configmap "nope" not found',
        ),
        (
            {"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "z"}}}]},
            "CreateContainerConfigError",
            "couldn't find key z in ConfigMap default/settings",
        ),
        ({"envFrom": [{"secretRef": {"name": "s"}}]}, "CreateContainerConfigError", 'secret "s" not found'),
        (
            {"securityContext": {"runAsNonRoot": True}},
            "CreateContainerConfigError",
            'container has runAsNonRoot and image will run as root (pod: "p_default(UID)", container: c)',
        ),
        (
            {"securityContext": {"runAsNonRoot": True, "runAsUser": 0}},
            "CreateContainerConfigError",
            'container\'s runAsUser breaks non-root policy (pod: "p_default(UID)", container: c)',
        ),
    ],
)
async def test_what_keeps_a_container_waiting(world: World, container: dict, reason: str, message: str) -> None:
    world.api.create("configmaps", MAP, "default")
    await world.pod(container)
    uid = world.get()["metadata"]["uid"]
    assert world.state()["state"]["waiting"] == {"reason": reason, "message": message.replace("UID", uid)}
    assert world.status()["phase"] == "Pending"


async def test_a_missing_configmap_that_comes_later(world: World) -> None:
    source = {"configMapKeyRef": {"name": "settings", "key": "b"}}
    await world.pod({"command": "sleep", "env": [{"name": "B", "valueFrom": source}]})
    world.api.create("configmaps", MAP, "default")
    await world.after(13)
    assert world.runtime.sandboxes[-1].config.env["B"] == "two"


async def test_environment(world: World) -> None:
    world.api.create("configmaps", MAP, "default")
    env = [
        {"name": "A", "value": "x$(B)y$(C)z$$(B)"},
        {"name": "B", "value": "b"},
        {"name": "D", "value": "x$(B)y"},
        {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
        {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
        {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}},
        {"name": "M", "valueFrom": {"resourceFieldRef": {"resource": "limits.memory", "divisor": "1Mi"}}},
        {"name": "NONE", "valueFrom": {"configMapKeyRef": {"name": "no", "key": "a", "optional": True}}},
    ]
    resources = {"limits": {"cpu": "250m", "memory": "64Mi"}}
    settings = [{"configMapRef": {"name": "settings"}, "prefix": "S_"}]
    service = {
        "metadata": {"name": "my-db"},
        "spec": {"clusterIP": "10.96.1.2", "ports": [{"port": 5432, "protocol": "TCP"}]},
    }
    world.api.create("services", service, "default")
    await world.pod({"command": "sleep", "env": env, "envFrom": settings, "resources": resources})
    found = world.runtime.sandboxes[0].config.env
    assert {key: value for key, value in found.items() if not key.startswith("MY_DB")} == {
        "A": "x$(B)y$(C)z$(B)",
        "B": "b",
        "D": "xby",
        "IP": "10.244.0.2",
        "NODE": "node",
        "CPU": "1",
        "M": "64",
        "S_a": "1",
        "S_b": "two",
    }
    assert found["MY_DB_SERVICE_HOST"] == "10.96.1.2"
    assert found["MY_DB_PORT_5432_TCP"] == "tcp://10.96.1.2:5432"


async def test_volumes_of_the_api_and_their_updates(world: World) -> None:
    world.api.create("configmaps", MAP, "default")
    items = [{"key": "a", "path": "x"}]
    sources = [
        {"configMap": {"name": "settings", "items": items}},
        {"serviceAccountToken": {"path": "token"}},
        {"downwardAPI": {"items": [{"path": "name", "fieldRef": {"fieldPath": "metadata.name"}}]}},
    ]
    mounts = [{"name": "v", "mountPath": "/v"}]
    volumes = [{"name": "v", "projected": {"sources": sources}}]
    await world.pod({"command": "sleep", "volumeMounts": mounts}, volumes=volumes)
    mount = world.runtime.sandboxes[0].config.mounts[0]
    assert contents(mount) == {"x": b"1", "token": b"token", "name": b"p"}
    world.api.change("configmaps", "default", "settings", lambda old: {**old, "data": {"a": "2"}})
    await world.after(2)
    assert contents(mount)["x"] == b"2"


async def test_data_of_a_claim_outlives_the_pod(world: World) -> None:
    claim = {"metadata": {"name": "data"}, "spec": {"volumeName": "pv"}}
    world.api.create("persistentvolumes", {"metadata": {"name": "pv"}, "spec": {"csi": {}}})
    world.api.create("persistentvolumeclaims", claim, "default")
    volumes = [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}]
    container = {"command": "serve", "volumeMounts": [{"name": "d", "mountPath": "/d"}]}
    await world.pod(container, volumes=volumes)
    await world.pod(container, volumes=volumes, name="other")
    first, second = (each.config.mounts[0].volume for each in world.runtime.sandboxes)
    assert first is second


@pytest.mark.parametrize(
    ("volume", "message"),
    [
        ({"secret": {"secretName": "nosec"}}, 'secret "nosec" not found'),
        (
            {"configMap": {"name": "settings", "items": [{"key": "zz", "path": "zz"}]}},
            "configmap references non-existent config key: zz",
        ),
        (
            {"hostPath": {"path": "/no/dir", "type": "Directory"}},
            "hostPath type check failed, /no/dir is not a directory, unable to determine its type: "
            'path "/no/dir" does not exist',
        ),
        (
            {"projected": {"sources": [{"configMap": {"name": "nope"}}, {"secret": {"name": "s"}}]}},
            '[configmap "nope" not found, secret "s" not found]',
        ),
    ],
)
async def test_failed_mounts(world: World, volume: dict, message: str) -> None:
    world.api.create("configmaps", MAP, "default")
    await world.pod({"command": "sleep"}, volumes=[{"name": "k", **volume}])
    assert world.events() == [f'FailedMount: MountVolume.SetUp failed for volume "k" : {message}']


async def test_user_and_hostname(world: World) -> None:
    security = {"runAsUser": 1000, "runAsGroup": 3000, "fsGroup": 2000}
    await world.pod({"command": "sleep"}, securityContext=security, hostname="hh")
    config = world.runtime.sandboxes[0].config
    assert (config.user, config.hostname) == ((1000, 3000), "hh")
    assert world.state()["user"] == {"linux": {"gid": 3000, "supplementalGroups": [2000, 3000], "uid": 1000}}
    assert config.hosts.endswith("\n10.244.0.2\thh\n")
    assert config.resolver == (
        "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"
    )
