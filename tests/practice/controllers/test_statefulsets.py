"""StatefulSets: numbers, order, claims."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.practice.controllers.world import NAMESPACE, World, template, workload
from tutor.practice.api.errors import Obj

SETS, CLAIMS = "statefulsets.apps", "persistentvolumeclaims"
DATA = {
    "metadata": {"name": "data"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}},
}


def spec(replicas: int = 3, **more: object) -> Obj:
    return workload("db", replicas, serviceName="db", volumeClaimTemplates=[DATA], **more)


async def test_pods_come_in_order_with_their_claims() -> None:
    world = World()
    world.slow = 5
    world.create(SETS, "db", spec(2))
    await world.settle()
    assert [pod["metadata"]["name"] for pod in world.pods()] == ["db-0"]
    await world.run(20)
    assert world.order == ["+db-0", "+db-1"]
    assert world.said("db") == [
        ("Normal", "SuccessfulCreate", "Create Claim data-db-0 Pod db-0 in StatefulSet db success"),
        ("Normal", "SuccessfulCreate", "Create Pod db-0 in StatefulSet db successful"),
        ("Normal", "SuccessfulCreate", "Create Claim data-db-1 Pod db-1 in StatefulSet db success"),
        ("Normal", "SuccessfulCreate", "Create Pod db-1 in StatefulSet db successful"),
    ]
    (revision,) = world.store.list("controllerrevisions.apps")
    name = revision["metadata"]["name"]
    assert revision["metadata"]["labels"] == {"app": "db", "controller.kubernetes.io/hash": name.removeprefix("db-")}
    pod = world.get("pods", "db-1")
    assert pod["metadata"]["labels"] == {
        "app": "db",
        "apps.kubernetes.io/pod-index": "1",
        "controller-revision-hash": name,
        "statefulset.kubernetes.io/pod-name": "db-1",
    }
    assert (pod["spec"]["hostname"], pod["spec"]["subdomain"]) == ("db-1", "db")
    assert pod["spec"]["volumes"] == [{"name": "data", "persistentVolumeClaim": {"claimName": "data-db-1"}}]
    assert world.get(CLAIMS, "data-db-1")["metadata"]["labels"] == {"app": "db"}
    assert world.get(SETS, "db")["status"] == {
        "availableReplicas": 2,
        "collisionCount": 0,
        "currentReplicas": 2,
        "currentRevision": name,
        "observedGeneration": 1,
        "readyReplicas": 2,
        "replicas": 2,
        "updateRevision": name,
        "updatedReplicas": 2,
    }


async def test_scaling_down_goes_backwards_and_keeps_claims() -> None:
    world = World()
    world.create(SETS, "db", spec(3))
    await world.settle()
    world.order.clear()
    world.change(SETS, "db", lambda obj: obj["spec"].update(replicas=1))
    await world.settle()
    assert world.order == ["-db-2", "-db-1"]
    assert len(world.store.list(CLAIMS)) == 3
    assert ("Normal", "SuccessfulDelete", "Delete Pod db-2 in StatefulSet db successful") in world.said("db")


async def test_an_update_goes_backwards_down_to_the_partition() -> None:
    world = World()
    world.create(SETS, "db", spec(3, updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}))
    await world.settle()
    world.order.clear()
    world.change(SETS, "db", lambda obj: obj["spec"].update(template=template("db", "busybox:2")))
    await world.settle()
    assert world.order == ["-db-2", "+db-2", "-db-1", "+db-1"]
    status = world.get(SETS, "db")["status"]
    assert (status["currentReplicas"], status["updatedReplicas"]) == (1, 2)
    assert status["currentRevision"] != status["updateRevision"]
    world.api.delete("pods", NAMESPACE, "db-0")
    await world.settle()
    assert world.get("pods", "db-0")["spec"]["containers"][0]["image"] == "busybox:1.37"
    world.change(SETS, "db", lambda obj: obj["spec"]["updateStrategy"].update(rollingUpdate={"partition": 0}))
    await world.settle()
    status = world.get(SETS, "db")["status"]
    assert status["currentRevision"] == status["updateRevision"]
    assert (status["currentReplicas"], status["updatedReplicas"]) == (3, 3)


async def test_a_bad_update_stops_at_the_first_pod() -> None:
    world = World()
    world.create(SETS, "db", spec(3))
    await world.settle()
    world.change(SETS, "db", lambda obj: obj["spec"].update(template=template("db", "bad:1")))
    await world.run(60)
    assert [pod["spec"]["containers"][0]["image"] for pod in world.pods()] == ["busybox:1.37", "busybox:1.37", "bad:1"]


async def test_parallel_waits_for_nobody() -> None:
    world = World()
    world.slow = 60
    world.create(SETS, "db", spec(3, podManagementPolicy="Parallel"))
    await world.settle()
    assert len(world.pods()) == 3


async def test_claims_go_with_what_is_scaled_away_where_the_policy_says_so() -> None:
    world = World()
    policy = {"whenDeleted": "Delete", "whenScaled": "Delete"}
    world.create(SETS, "db", spec(2, persistentVolumeClaimRetentionPolicy=policy))
    await world.settle()
    assert world.get(CLAIMS, "data-db-0")["metadata"]["ownerReferences"][0]["kind"] == "StatefulSet"
    world.change(SETS, "db", lambda obj: obj["spec"].update(replicas=1))
    await world.settle()
    assert world.get(CLAIMS, "data-db-1")["metadata"]["ownerReferences"][0]["kind"] == "Pod"


async def test_a_failed_pod_comes_again_under_its_name() -> None:
    world = World()
    world.create(SETS, "db", spec(1))
    await world.settle()
    uid = world.get("pods", "db-0")["metadata"]["uid"]
    world.api.change(
        "pods", NAMESPACE, "db-0", lambda pod: {**pod, "status": {"phase": "Failed"}}, subresource="status"
    )
    await world.settle()
    assert world.get("pods", "db-0")["metadata"]["uid"] != uid
    message = "StatefulSet default/db is recreating failed Pod db-0"
    assert ("Warning", "RecreatingFailedPod", message) in world.said("db")


CHANGES = st.lists(st.tuples(st.sampled_from(["scale", "image", "partition", "lose"]), st.integers(0, 4)), max_size=10)


@settings(max_examples=25, deadline=None)
@given(CHANGES, st.sampled_from(["OrderedReady", "Parallel"]))
async def test_whatever_happens_the_numbers_are_complete(changes: list[tuple[str, int]], policy: str) -> None:
    world = World()
    world.create(SETS, "db", spec(2, podManagementPolicy=policy))
    for index, (verb, number) in enumerate(changes):
        rolling = {"type": "RollingUpdate", "rollingUpdate": {"partition": number}}
        new: dict[str, Obj] = {
            "scale": {"replicas": number},
            "image": {"template": template("db", f"busybox:{number}")},
            "partition": {"updateStrategy": rolling},
            "lose": {},
        }
        world.change(SETS, "db", lambda obj, fields=new[verb]: obj["spec"].update(fields))
        if verb == "lose" and world.store.get("pods", NAMESPACE, f"db-{number}"):
            world.api.delete("pods", NAMESPACE, f"db-{number}")
        if index % 2:
            await world.settle()
    last = {"template": template("db", "busybox:9"), "updateStrategy": {"type": "RollingUpdate"}}
    world.change(SETS, "db", lambda obj: obj["spec"].update(last))
    await world.settle()
    size = world.get(SETS, "db")["spec"]["replicas"]
    assert [pod["metadata"]["name"] for pod in world.pods()] == [f"db-{number}" for number in range(size)]
    assert {pod["spec"]["containers"][0]["image"] for pod in world.pods()} <= {"busybox:9"}
    status = world.get(SETS, "db")["status"]
    assert status["currentRevision"] == status["updateRevision"]
    assert status["replicas"] == status.get("readyReplicas", 0) == status.get("updatedReplicas", 0) == size
