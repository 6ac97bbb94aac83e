"""Rollouts of Deployments, step by step."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.practice.controllers.world import NAMESPACE, World, conditions, template, workload
from tutor.practice.api.errors import Obj

DEPLOYMENTS, SETS = "deployments.apps", "replicasets.apps"


def sizes(world: World) -> dict[str, int]:
    """Replicas by revision of the ReplicaSet."""
    return {
        each["metadata"]["annotations"]["deployment.kubernetes.io/revision"]: each["spec"]["replicas"]
        for each in world.store.list(SETS, NAMESPACE)
    }


def set_image(world: World, image: str, name: str = "web") -> None:
    def change(obj: Obj) -> None:
        obj["spec"]["template"] = template(name, image)

    world.change(DEPLOYMENTS, name, change)


async def test_a_new_deployment_comes_up_as_on_a_real_cluster() -> None:
    world = World()
    world.create(DEPLOYMENTS, "web", workload("web"))
    await world.settle()
    deployment, (replica_set,) = world.get(DEPLOYMENTS, "web"), world.store.list(SETS)
    name = replica_set["metadata"]["name"]
    status = dict(deployment["status"])
    assert [each["type"] for each in status.pop("conditions")] == ["Available", "Progressing"]
    assert status == {
        "observedGeneration": 1,
        "replicas": 3,
        "updatedReplicas": 3,
        "readyReplicas": 3,
        "availableReplicas": 3,
        "terminatingReplicas": 0,
    }
    assert conditions(deployment) == {
        "Available": ("True", "MinimumReplicasAvailable", "Deployment has minimum availability."),
        "Progressing": ("True", "NewReplicaSetAvailable", f'ReplicaSet "{name}" has successfully progressed.'),
    }
    assert deployment["metadata"]["annotations"] == {"deployment.kubernetes.io/revision": "1"}
    assert replica_set["metadata"]["annotations"] == {
        "deployment.kubernetes.io/desired-replicas": "3",
        "deployment.kubernetes.io/max-replicas": "4",
        "deployment.kubernetes.io/revision": "1",
    }
    assert replica_set["spec"]["selector"]["matchLabels"] == replica_set["metadata"]["labels"]
    assert replica_set["status"] == {
        "availableReplicas": 3,
        "fullyLabeledReplicas": 3,
        "observedGeneration": 1,
        "readyReplicas": 3,
        "replicas": 3,
        "terminatingReplicas": 0,
    }
    assert world.said("web") == [("Normal", "ScalingReplicaSet", f"Scaled up replica set {name} from 0 to 3")]
    created = [("Normal", "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}") for pod in world.pods()]
    assert sorted(world.said(name)) == sorted(created)


async def test_a_rollout_goes_by_surge_and_unavailability() -> None:
    world = World()
    world.create(DEPLOYMENTS, "web", workload("web"))
    await world.settle()
    world.slow = 5
    set_image(world, "busybox:2")
    await world.settle()
    assert sizes(world) == {"1": 3, "2": 1}
    await world.run(6)
    assert sizes(world) == {"1": 2, "2": 2}
    assert conditions(world.get(DEPLOYMENTS, "web"))["Progressing"][:2] == ("True", "ReplicaSetUpdated")
    await world.run(20)
    assert sizes(world) == {"1": 0, "2": 3}
    old, new = sorted(world.store.list(SETS), key=lambda each: each["spec"]["replicas"])
    names = old["metadata"]["name"], new["metadata"]["name"]
    assert [message for _, _, message in world.said("web")][1:] == [
        f"Scaled up replica set {names[1]} from 0 to 1",
        f"Scaled down replica set {names[0]} from 3 to 2",
        f"Scaled up replica set {names[1]} from 1 to 2",
        f"Scaled down replica set {names[0]} from 2 to 1",
        f"Scaled up replica set {names[1]} from 2 to 3",
        f"Scaled down replica set {names[0]} from 1 to 0",
    ]


async def test_a_bad_image_stops_the_rollout_until_the_deadline_and_undo_goes_back() -> None:
    world = World()
    world.create(DEPLOYMENTS, "web", workload("web", progressDeadlineSeconds=30))
    await world.settle()
    set_image(world, "bad:1")
    await world.run(20)
    assert sizes(world) == {"1": 3, "2": 1}
    assert conditions(world.get(DEPLOYMENTS, "web"))["Progressing"][:2] == ("True", "ReplicaSetUpdated")
    await world.run(20)
    status, reason, message = conditions(world.get(DEPLOYMENTS, "web"))["Progressing"]
    assert (status, reason) == ("False", "ProgressDeadlineExceeded")
    assert message.endswith('" has timed out progressing.')
    set_image(world, "busybox:1.37")
    await world.settle()
    assert sizes(world) == {"3": 3, "2": 0}
    annotations = [each["metadata"]["annotations"] for each in world.store.list(SETS) if each["spec"]["replicas"]]
    assert annotations[0]["deployment.kubernetes.io/revision-history"] == "1"
    assert world.get(DEPLOYMENTS, "web")["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "3"
    assert len(world.pods()) == 3


async def test_scaling_during_a_rollout_is_shared_out() -> None:
    world = World()
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 3, "maxUnavailable": 2}}
    world.create(DEPLOYMENTS, "web", workload("web", 10, strategy=rolling))
    await world.settle()
    set_image(world, "bad:1")
    await world.settle()
    assert sizes(world) == {"1": 8, "2": 5}
    world.change(DEPLOYMENTS, "web", lambda obj: obj["spec"].update(replicas=15))
    await world.settle()
    assert sizes(world) == {"1": 11, "2": 7}


async def test_recreate_waits_for_the_old_pods() -> None:
    world = World()
    world.create(DEPLOYMENTS, "web", workload("web", 2, strategy={"type": "Recreate"}))
    await world.settle()
    world.order.clear()
    set_image(world, "busybox:2")
    await world.settle()
    assert [each[0] for each in world.order] == ["-", "-", "+", "+"]
    assert sizes(world) == {"1": 0, "2": 2}


async def test_a_paused_deployment_scales_but_rolls_nothing_out() -> None:
    world = World()
    world.create(DEPLOYMENTS, "web", workload("web", 1))
    await world.settle()
    world.change(DEPLOYMENTS, "web", lambda obj: obj["spec"].update(paused=True, replicas=2))
    set_image(world, "busybox:2")
    await world.settle()
    assert sizes(world) == {"1": 2}
    assert conditions(world.get(DEPLOYMENTS, "web"))["Progressing"] == (
        "Unknown",
        "DeploymentPaused",
        "Deployment is paused",
    )
    world.change(DEPLOYMENTS, "web", lambda obj: obj["spec"].pop("paused"))
    await world.settle()
    assert sizes(world) == {"1": 0, "2": 2}


async def test_old_sets_are_kept_up_to_the_limit() -> None:
    world = World()
    world.create(DEPLOYMENTS, "web", workload("web", 1, revisionHistoryLimit=2))
    for number in range(5):
        set_image(world, f"busybox:{number}")
        await world.settle()
    assert sizes(world) == {"3": 0, "4": 0, "5": 1}


async def test_pods_count_as_available_only_after_a_while() -> None:
    world = World()
    world.create(DEPLOYMENTS, "web", workload("web", 2, minReadySeconds=10))
    await world.run(5)
    status = world.get(DEPLOYMENTS, "web")["status"]
    assert (status["readyReplicas"], status.get("availableReplicas"), status["unavailableReplicas"]) == (2, None, 2)
    await world.run(6)
    assert world.get(DEPLOYMENTS, "web")["status"]["availableReplicas"] == 2


async def test_what_another_left_behind_under_the_name_counts_as_a_collision() -> None:
    world = World()
    world.create(DEPLOYMENTS, "web", workload("web", 1))
    await world.settle()
    name = world.store.list(SETS)[0]["metadata"]["name"]
    world.api.delete(DEPLOYMENTS, NAMESPACE, "web")
    world.api.delete(SETS, NAMESPACE, name)
    world.create(SETS, name, {**workload("other", 0)})
    world.create(DEPLOYMENTS, "web", workload("web", 1))
    await world.settle()
    deployment = world.get(DEPLOYMENTS, "web")
    assert deployment["status"]["collisionCount"] == 1
    assert deployment["status"]["availableReplicas"] == 1


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["web", "api"]), st.sampled_from(["scale", "image", "delete", "pause"]), st.integers(0, 4)
    ),
    max_size=12,
)


def delete(world: World, name: str) -> None:
    """Delete a Deployment with all that it owns, as the garbage collector would."""
    world.api.delete(DEPLOYMENTS, NAMESPACE, name)
    for each in world.store.list(SETS, NAMESPACE):
        if each["metadata"]["ownerReferences"][0]["name"] == name:
            world.api.delete(SETS, NAMESPACE, each["metadata"]["name"])
    for pod in world.pods(app=name):
        world.api.delete("pods", NAMESPACE, pod["metadata"]["name"])


def apply(world: World, name: str, verb: str, number: int, strategy: str) -> None:
    if world.store.get(DEPLOYMENTS, NAMESPACE, name) is None:
        world.create(DEPLOYMENTS, name, workload(name, number, strategy={"type": strategy}))
    elif verb == "scale":
        world.change(DEPLOYMENTS, name, lambda obj: obj["spec"].update(replicas=number))
    elif verb == "image":
        set_image(world, "bad:1" if number == 4 else f"busybox:{number}", name)
    elif verb == "pause":
        world.change(DEPLOYMENTS, name, lambda obj: obj["spec"].update(paused=number % 2 == 0))
    else:
        delete(world, name)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHANGES, st.sampled_from(["RollingUpdate", "Recreate"]))
async def test_whatever_happens_the_wanted_pods_are_there_in_the_end(
    changes: list[tuple[str, str, int]], strategy: str
) -> None:
    world = World()
    for index, change in enumerate(changes):
        apply(world, *change, strategy)
        if index % 3 == 0:
            await world.settle()
    for deployment in world.store.list(DEPLOYMENTS):
        name = deployment["metadata"]["name"]
        world.change(DEPLOYMENTS, name, lambda obj: obj["spec"].update(paused=False))
        set_image(world, "busybox:9", name)
    await world.run(60)
    for name in ("web", "api"):
        found = world.store.get(DEPLOYMENTS, NAMESPACE, name)
        pods = world.pods(app=name)
        assert len(pods) == (found["spec"]["replicas"] if found else 0)
        assert {pod["spec"]["containers"][0]["image"] for pod in pods} <= {"busybox:9"}
        if found:
            assert found["status"].get("availableReplicas", 0) == found["spec"]["replicas"]
            assert found["status"]["observedGeneration"] == found["metadata"]["generation"]
