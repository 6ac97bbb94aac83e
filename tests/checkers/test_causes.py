"""Why something is not ready, from what real clusters recorded."""

import pytest

from checkers.causes import cause
from checkers.world import Kind
from tests.checkers.looking import changed
from tests.checkers.recorded import RecordedWorld

DEPLOYMENT = Kind("apps/v1", "Deployment")
STATEFUL_SET = Kind("apps/v1", "StatefulSet")
POD = Kind("v1", "Pod")
LOGS = {
    "crash-84df897c45-zgpxh": "opening the menu\ncannot open /data/menu: No such file\n\n",
    "firststep-6668bc9747-7wffw/wait-for-db": "no db here\n",
    "report-6rxvb": "disk full\n",
    "report-76f75": "disk full\n",
}


@pytest.fixture
def world():
    return RecordedWorld.of("broken", logs=LOGS)


def of(world, name, kind=DEPLOYMENT):
    return cause(world, world.get(kind, name))


def pod_of(world, name):
    return next(each for each in world.list(POD) if each["metadata"]["name"].startswith(name + "-"))


@pytest.mark.parametrize(
    ("name", "sentence", "evidence", "look"),
    [
        (
            "typo",
            "Pod typo-79469b5b57-f7rbc cannot get the image nginx:1.99: ImagePullBackOff.",
            'Back-off pulling image "nginx:1.99"',
            "kubectl describe pod typo-79469b5b57-f7rbc",
        ),
        (
            "badname",
            "Pod badname-d79745d79-j4jdf cannot get the image Nginx::1.28: InvalidImageName.",
            "Failed to apply default image tag",
            "kubectl describe pod badname-d79745d79-j4jdf",
        ),
        (
            "crash",
            "Container crash of Pod crash-84df897c45-zgpxh ends with exit code 3 each time it starts.",
            "Last log line of container crash: cannot open /data/menu: No such file",
            "kubectl logs crash-84df897c45-zgpxh",
        ),
        (
            "firststep",
            "Init container wait-for-db of Pod firststep-6668bc9747-7wffw fails with exit code 1.",
            "Last log line of container wait-for-db: no db here",
            "kubectl logs firststep-6668bc9747-7wffw -c wait-for-db",
        ),
        (
            "greedy",
            "Pod greedy-98f448d79-b9bh9 is Unschedulable: no node takes it. "
            "The same goes for 1 other Pod of Deployment greedy.",
            "The scheduler says: 0/1 nodes are available: 1 Insufficient cpu.",
            "kubectl describe pod greedy-98f448d79-b9bh9",
        ),
        (
            "nosettings",
            "Container nosettings of Pod nosettings-86544f9c44-dz65q cannot be created: CreateContainerConfigError.",
            'configmap "settings" not found',
            "kubectl describe pod nosettings-86544f9c44-dz65q",
        ),
        (
            "noprogram",
            "Container noprogram of Pod noprogram-54dffb4895-mc687 cannot start: RunContainerError.",
            "failed to create containerd task",
            "kubectl describe pod noprogram-54dffb4895-mc687",
        ),
        (
            "oom",
            "Container oom of Pod oom-86d6fbc468-clqzk was OOMKilled: it used more memory than its limit.",
            "Its memory limit is 16Mi.",
            "kubectl describe pod oom-86d6fbc468-clqzk",
        ),
        (
            "nomount",
            "Pod nomount-868d9d764c-ps9vq cannot start: a volume cannot be mounted.",
            'Event of Pod nomount-868d9d764c-ps9vq: FailedMount: MountVolume.SetUp failed for volume "conf" : '
            'configmap "settings" not found',
            "kubectl describe pod nomount-868d9d764c-ps9vq",
        ),
        (
            "unlive",
            "Container unlive of Pod unlive-7b5b6ff74f-p2hxq is restarted again and again: a probe fails.",
            "Event of Pod unlive-7b5b6ff74f-p2hxq: Unhealthy: Liveness probe failed",
            "kubectl describe pod unlive-7b5b6ff74f-p2hxq",
        ),
    ],
)
def test_what_cannot_heal(world, name, sentence, evidence, look):
    found = of(world, name)
    assert found.sentence == sentence
    assert found.evidence.startswith(evidence)
    assert found.look == look
    assert found.terminal


@pytest.mark.parametrize(
    ("name", "sentence", "evidence"),
    [
        (
            "unready",
            "Container unready of Pod unready-6676c69c57-snvwf runs, but its readiness probe fails.",
            "Event of Pod unready-6676c69c57-snvwf: Unhealthy: "
            "Readiness probe failed: HTTP probe failed with statuscode: 404",
        ),
        ("slow", "Container slow of Pod slow-6b7b4dbdc9-rh8vg runs, but is not ready yet.", ""),
    ],
)
def test_what_may_still_heal(world, name, sentence, evidence):
    found = of(world, name)
    assert (found.sentence, found.evidence, found.terminal) == (sentence, evidence, False)


def test_a_crash_loop_is_called_by_its_name(world):
    pod = pod_of(world, "crash")
    status = pod["status"]["containerStatuses"][0]
    status["lastState"], status["state"] = status["state"], {"waiting": {"reason": "CrashLoopBackOff"}}
    world.add(pod)
    assert of(world, "crash").sentence == (
        "Container crash of Pod crash-84df897c45-zgpxh ends with exit code 3 each time it starts: CrashLoopBackOff."
    )


def test_a_first_crash_may_heal(world):
    pod = pod_of(world, "crash")
    pod["status"]["containerStatuses"][0]["restartCount"] = 0
    world.add(pod)
    found = of(world, "crash")
    assert found.sentence == "Container crash of Pod crash-84df897c45-zgpxh ended with exit code 3."
    assert not found.terminal


def test_a_claim_without_its_class_holds_back_the_pod(world):
    found = of(world, "db", STATEFUL_SET)
    assert found.sentence == (
        "Pod db-0 has no node yet, because it waits for its volume. "
        "PersistentVolumeClaim data-db-0 is Pending: no StorageClass fast, and no free volume of that class."
    )
    assert found.evidence == (
        'Event of PersistentVolumeClaim data-db-0: ProvisioningFailed: storageclass.storage.k8s.io "fast" not found'
    )
    assert (found.look, found.terminal) == ("kubectl describe pvc data-db-0", True)


def test_a_claim_that_a_volume_fits_is_waited_for(world):
    volume = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "disk"},
        "spec": {"storageClassName": "fast"},
        "status": {"phase": "Available"},
    }
    for each in world.list(Kind("v1", "Event")):
        if each["reason"] == "ProvisioningFailed":
            world.remove("Event", each["metadata"]["name"])
    world.add(volume)
    assert not of(world, "data-db-0", Kind("v1", "PersistentVolumeClaim")).terminal


@pytest.mark.parametrize(
    ("namespace", "name", "evidence"),
    [
        ("yard", "crowd", 'pods "crowd-77dd76f459-n7mn9" is forbidden: exceeded quota: small, requested: pods=1'),
        ("yard", "nobody", 'pods "nobody-779bcbf46f-" is forbidden: error looking up service account yard/robot'),
        ("vault", "root", 'pods "root-8545f84f49-gcrvl" is forbidden: violates PodSecurity "restricted:latest"'),
    ],
)
def test_pods_that_the_api_server_refuses(namespace, name, evidence):
    world = RecordedWorld.of("refused", namespace=namespace)
    found = of(world, name)
    assert found.sentence == f"The API server refuses the Pods of Deployment {name}: FailedCreate."
    assert found.evidence.startswith(evidence)
    assert found.look.startswith(f"kubectl describe replicaset {name}-")
    assert found.terminal


def test_commands_name_a_namespace_that_is_not_the_exercises_own():
    world = RecordedWorld.of("refused", namespace="shop")
    found = cause(world, world.get(DEPLOYMENT, "crowd", "yard"))
    assert found.look == "kubectl describe replicaset crowd-77dd76f459 -n yard"


def test_a_failed_job_says_what_its_pod_said(world):
    found = of(world, "report", Kind("batch/v1", "Job"))
    assert found.sentence == "Job report has failed: BackoffLimitExceeded."
    assert found.evidence == "Last log line of container report: disk full"
    assert found.terminal


def test_no_progress_is_told_when_nothing_else_is_known(world):
    for each in world.list(POD):
        world.remove("Pod", each["metadata"]["name"])
    found = of(world, "typo")
    assert found.sentence == "Deployment typo has made no progress for 10 seconds: ProgressDeadlineExceeded."
    assert found.evidence == 'ReplicaSet "typo-79469b5b57" has timed out progressing.'


def test_a_paused_deployment_does_not_move():
    world = RecordedWorld.of("shop")
    web = world.get(DEPLOYMENT, "web")
    assert cause(world, changed(web, spec__paused=True)) is None
    found = cause(world, changed(web, spec__paused=True, status__updatedReplicas=1))
    assert found.sentence == "Deployment web is paused: changes of its template are not rolled out."
    assert found.terminal


def test_finalizers_hold_back_a_deletion(world):
    found = of(world, "stuck", Kind("v1", "ConfigMap"))
    assert found.sentence == ("ConfigMap stuck is being deleted, but its finalizer holds it back: shop.example/audit.")
    assert found.look == "kubectl get configmap stuck -o yaml"
    assert not found.terminal


def test_a_healthy_workload_has_no_cause():
    world = RecordedWorld.of("shop")
    assert of(world, "web") is None
    assert of(world, "cache", STATEFUL_SET) is None
    assert of(world, "agent", Kind("apps/v1", "DaemonSet")) is None


def test_only_the_newest_template_counts():
    world = RecordedWorld.of("shop")
    old = next(
        rs
        for rs in world.list(Kind("apps/v1", "ReplicaSet"))
        if rs["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"
    )
    pod = pod_of(world, "web")
    waiting = {"name": "nginx", "state": {"waiting": {"reason": "ImagePullBackOff"}}, "restartCount": 0}
    broken = changed(
        pod,
        metadata__name="web-old",
        metadata__uid="old",
        metadata__ownerReferences=[{"kind": "ReplicaSet", "uid": old["metadata"]["uid"]}],
        status={"phase": "Pending", "containerStatuses": [waiting]},
    )
    world.add(broken)
    assert of(world, "web") is None
    world.add(changed(broken, metadata__ownerReferences=pod["metadata"]["ownerReferences"]))
    assert of(world, "web").terminal


def test_a_change_that_the_controller_has_not_seen_is_judged_later(world):
    assert cause(world, changed(world.get(DEPLOYMENT, "typo"), metadata__generation=2)) is None


# --- mended meanwhile: the kubelet and the scheduler try again after a pause ---------------------------------------


def test_a_config_map_that_is_there_by_now_is_waited_for(world):
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "shop"}}
    world.add(settings | {"data": {"greeting": "hello"}})
    assert not of(world, "nosettings").terminal


def test_a_config_map_that_still_lacks_the_key_is_not(world):
    pod = pod_of(world, "nosettings")
    waiting = pod["status"]["containerStatuses"][0]["state"]["waiting"]
    waiting["message"] = "couldn't find key greeting in ConfigMap shop/settings"
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "shop"}}
    world.add(pod, settings | {"data": {"greetings": "hello"}})
    assert of(world, "nosettings").terminal
    world.add(settings | {"data": {"greeting": "hello"}})
    assert not of(world, "nosettings").terminal


def test_a_node_that_changed_after_the_schedulers_last_try_is_waited_for(world):
    (node,) = RecordedWorld.of("nodes").objects

    def touched_at(time):
        fields = [{"manager": "kubectl", "time": time}, {"subresource": "status", "time": "2030-01-01T00:00:00Z"}]
        world.add(changed(node, metadata__managedFields=fields))
        return of(world, "greedy").terminal

    assert touched_at("2026-11-23T14:00:00Z")
    assert not touched_at("2026-11-23T15:30:00Z")


def test_room_that_comes_free_is_waited_for(world):
    world.add(changed(pod_of(world, "slow"), metadata__deletionTimestamp="2026-11-23T15:30:00Z"))
    assert not of(world, "greedy").terminal


def test_a_node_that_is_only_starting_is_waited_for(world):
    for pod in world.list(POD):
        if pod["metadata"]["name"].startswith("greedy-"):
            taint = "{node.kubernetes.io/not-ready: }"
            pod["status"]["conditions"][0]["message"] = (
                f"0/1 nodes are available: 1 node(s) had untolerated taint {taint}."
            )
            world.add(pod)
    assert not of(world, "greedy").terminal


def test_a_quota_that_was_raised_is_waited_for():
    world = RecordedWorld.of("refused", namespace="yard")
    (quota,) = world.list(Kind("v1", "ResourceQuota"))
    world.add(changed(quota, metadata__managedFields=[{"time": "2026-11-23T15:30:00Z"}]))
    assert not of(world, "crowd").terminal


# --- strange objects ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["Pod", "Deployment", "StatefulSet", "DaemonSet", "Job", "PersistentVolumeClaim"])
def test_an_object_with_hardly_anything_in_it_raises_nothing(kind):
    versions = {"Job": "batch/v1", "Pod": "v1", "PersistentVolumeClaim": "v1"}
    bare = {"apiVersion": versions.get(kind, "apps/v1"), "kind": kind, "metadata": {"name": "bare"}}
    for extra in ({}, {"spec": None, "status": None}, {"spec": {}, "status": {"conditions": None}}):
        cause(RecordedWorld(), bare | extra)
