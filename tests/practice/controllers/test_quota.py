"""What a namespace uses, counted whenever it changes; Leases; the objects of a fresh cluster."""

from __future__ import annotations

from tests.practice.scheduler.world import SPACE, World, asking
from tutor.practice.api.errors import Obj
from tutor.practice.controllers.seed import seed


def used(world: World) -> Obj:
    """Return what the quota says."""
    found: Obj = world.get("resourcequotas", "q")["status"]["used"]
    return found


def quota(world: World, hard: Obj, **spec: object) -> None:
    """Create the quota."""
    world.create("resourcequotas", {"metadata": {"name": "q"}, "spec": {"hard": hard, **spec}}, SPACE)


async def test_everything_is_counted() -> None:
    async with World() as world:
        hard = {"pods": "2", "requests.cpu": "1", "cpu": "3", "limits.memory": "1Gi", "count/deployments.apps": "3"}
        hard |= {"services": "2", "services.nodeports": "1", "configmaps": "10", "secrets": "5"}
        hard |= {"persistentvolumeclaims": "2", "requests.storage": "5Gi", "count/nothing.example.com": "1"}
        quota(world, hard)
        await world.settle()
        assert used(world)["configmaps"] == "1"
        resources = {"requests": {"cpu": "10m"}, "limits": {"memory": "20Mi", "cpu": "20m"}}
        world.pod("web", containers=[{"name": "c", "image": "i", "resources": resources}])
        ports = {"type": "NodePort", "ports": [{"port": 80, "nodePort": 30000}]}
        world.create("services", {"metadata": {"name": "s"}, "spec": ports}, SPACE)
        world.claim("data", "3Gi")
        world.create("deployments.apps", {"metadata": {"name": "d"}, "spec": {}}, SPACE)
        await world.settle()
        assert used(world) == {
            "configmaps": "1",
            "count/deployments.apps": "1",
            "cpu": "10m",
            "limits.memory": "20Mi",
            "persistentvolumeclaims": "1",
            "pods": "1",
            "requests.cpu": "10m",
            "requests.storage": "3Gi",
            "secrets": "0",
            "services": "1",
            "services.nodeports": "1",
        }
        world.status("pods", "web", {"phase": "Succeeded"})
        world.delete("services", "s")
        await world.settle()
        assert (used(world)["pods"], used(world)["cpu"], used(world)["services"]) == ("0", "0", "0")
        world.change("resourcequotas", "q", spec={"hard": {"pods": "9"}})
        await world.settle()
        assert world.get("resourcequotas", "q")["status"] == {"hard": {"pods": "9"}, "used": {"pods": "0"}}


async def test_scopes() -> None:
    async with World() as world:
        quota(world, {"pods": "2"}, scopes=["BestEffort"])
        world.pod("best")
        world.pod("burst", containers=asking(cpu="10m"))
        await world.settle()
        assert used(world) == {"pods": "1"}


async def test_leases_are_taken_and_renewed() -> None:
    async with World() as world:
        leases = {each["metadata"]["name"]: each for each in world.store.list("leases.coordination.k8s.io")}
        scheduler = leases["kube-scheduler"]["spec"]
        assert scheduler["holderIdentity"].startswith("control-plane_")
        assert scheduler["acquireTime"] == scheduler["renewTime"]
        assert any(name.startswith("apiserver-") for name in leases)
        await world.run(25)
        renewed = world.get("leases.coordination.k8s.io", "kube-scheduler", "kube-system")
        assert renewed["spec"]["acquireTime"] == scheduler["acquireTime"]
        assert renewed["spec"]["renewTime"] == "2026-01-01T00:00:20.000000Z"


def test_a_fresh_cluster() -> None:
    world = World("one-control-plane")
    seed(world.api, node="one-control-plane", address="10.9.8.7", ca="a\nb\n", cluster="one")
    pod = world.get("pods", "etcd-one-control-plane", "kube-system")
    assert pod["spec"]["nodeName"] == "one-control-plane"
    node = world.get("nodes", "one-control-plane", "")
    assert pod["metadata"]["ownerReferences"][0]["uid"] == node["metadata"]["uid"]
    assert world.get("services", "kubernetes", "default")["spec"]["clusterIP"] == "10.96.0.1"
    assert world.get("services", "kube-dns", "kube-system")["spec"]["clusterIP"] == "10.96.0.10"
    assert world.get("endpoints", "kubernetes", "default")["subsets"][0]["addresses"] == [{"ip": "10.9.8.7"}]
    info = world.get("configmaps", "cluster-info", "kube-public")["data"]["kubeconfig"]
    assert "https://one-control-plane:6443" in info
    assert "YQpiCg==" in info
    trust = world.get("configmaps", "extension-apiserver-authentication", "kube-system")
    assert trust["data"]["client-ca-file"] == "a\nb\n"
    annotations = world.get("storageclasses.storage.k8s.io", "standard", "")["metadata"]["annotations"]
    assert annotations["storageclass.kubernetes.io/is-default-class"] == "true"
    every = [each for resource in ("pods", "configmaps", "namespaces") for each in world.store.list(resource)]
    assert not [each for each in every if "@" in str({**each, "metadata": each["metadata"]["name"]})]
    revision = world.store.revision
    seed(world.api, node="one-control-plane", address="10.9.8.7", ca="a\nb\n", cluster="one")
    assert world.store.revision == revision
