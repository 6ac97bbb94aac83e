"""ReplicaSets and ReplicationControllers: adoption, ranking, failures."""

from __future__ import annotations

from tests.practice.controllers.world import NAMESPACE, World, conditions, template, workload
from tutor.practice.api.errors import Obj, forbidden
from tutor.practice.api.request import Request

SETS = "replicasets.apps"


class Quota:
    """Allows so many Pods."""

    def __init__(self, world: World, most: int) -> None:
        self.world, self.most = world, most

    def mutate(self, request: Request) -> None:
        """Refuse a Pod too many."""
        if request.resource == "pods" and request.operation == "CREATE" and len(self.world.pods()) >= self.most:
            raise forbidden("pods", "web-x", "exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1")

    def validate(self, request: Request) -> None:
        """Nothing more."""


async def test_what_a_quota_refuses_is_reported_and_tried_again() -> None:
    world = World()
    quota = Quota(world, 1)
    world.api.plugins.append(quota)
    world.create("deployments.apps", "web", workload("web"))
    await world.run(1)
    replica_set = world.store.list(SETS)[0]
    message = 'pods "web-x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1'
    assert conditions(replica_set) == {"ReplicaFailure": ("True", "FailedCreate", message)}
    said = world.said(replica_set["metadata"]["name"])
    assert ("Warning", "FailedCreate", f"Error creating: {message}") in said
    found = conditions(world.get("deployments.apps", "web"))
    assert list(found) == ["Available", "ReplicaFailure", "Progressing"]
    assert found["Available"] == (
        "False",
        "MinimumReplicasUnavailable",
        "Deployment does not have minimum availability.",
    )
    assert found["ReplicaFailure"] == ("True", "FailedCreate", message)
    quota.most = 9
    await world.run(60)
    assert len(world.pods()) == 3
    assert conditions(world.store.list(SETS)[0]) == {}


async def test_orphans_are_adopted_and_strangers_released() -> None:
    world = World()
    world.api.create("pods", {"metadata": {"name": "lone", "labels": {"app": "web"}}, **_spec()}, NAMESPACE)
    world.create(SETS, "web", workload("web", 2))
    await world.settle()
    names = {pod["metadata"]["name"] for pod in world.pods()}
    assert len(names) == 2
    assert "lone" in names
    world.change("pods", "lone", lambda pod: pod["metadata"].update(labels={"app": "other"}))
    await world.settle()
    assert "ownerReferences" not in world.get("pods", "lone")["metadata"]
    assert len(world.pods(app="web")) == 2


async def test_scaling_down_begins_with_the_cheapest_and_the_unready() -> None:
    world = World()
    world.create(SETS, "web", workload("web", 4))
    await world.settle()
    first, second, third, _ = (pod["metadata"]["name"] for pod in world.pods())

    def cost(pod: Obj) -> None:
        pod["metadata"]["annotations"] = {"controller.kubernetes.io/pod-deletion-cost": "-5"}

    world.change("pods", first, cost)
    world.api.change("pods", NAMESPACE, second, _unready, subresource="status")
    world.change(SETS, "web", lambda obj: obj["spec"].update(replicas=3))
    await world.settle()
    assert second not in {pod["metadata"]["name"] for pod in world.pods()}
    world.change(SETS, "web", lambda obj: obj["spec"].update(replicas=2))
    await world.settle()
    left = {pod["metadata"]["name"] for pod in world.pods()}
    assert first not in left
    assert third in left
    assert ("Normal", "SuccessfulDelete", f"Deleted pod: {first}") in world.said("web")


async def test_a_pod_that_fails_or_is_deleted_is_replaced() -> None:
    world = World()
    world.create("replicationcontrollers", "rc", {"replicas": 2, "selector": {"app": "rc"}, "template": template("rc")})
    await world.settle()
    world.api.delete("pods", NAMESPACE, world.pods()[0]["metadata"]["name"])
    await world.settle()
    assert len(world.pods(app="rc")) == 2
    assert world.get("replicationcontrollers", "rc")["status"] == {
        "availableReplicas": 2,
        "fullyLabeledReplicas": 2,
        "observedGeneration": 1,
        "readyReplicas": 2,
        "replicas": 2,
    }


async def test_nothing_happens_without_a_reason() -> None:
    world = World()
    selector = {"matchLabels": {"app": "web"}}
    pod = template("work", command=["true"], restartPolicy="Never")
    world.create("deployments.apps", "web", workload("web"))
    world.create("statefulsets.apps", "db", workload("db", serviceName="db"))
    world.create(
        "daemonsets.apps", "agent", {"selector": {"matchLabels": {"app": "agent"}}, "template": template("agent")}
    )
    world.create("replicationcontrollers", "rc", {"replicas": 1, "selector": {"app": "rc"}, "template": template("rc")})
    world.create("jobs.batch", "done", {"completions": 2, "template": pod})
    world.create("jobs.batch", "busy", {"template": template("busy", restartPolicy="Never")})
    world.create("cronjobs.batch", "tick", {"schedule": "0 * * * *", "jobTemplate": {"spec": {"template": pod}}})
    await world.settle()
    world.create("poddisruptionbudgets.policy", "web", {"minAvailable": 1, "selector": selector})
    await world.settle()
    revision = world.store.revision
    for controller in world.controllers:
        for obj in world.store.list(controller.resource):
            controller.enqueue((NAMESPACE, obj["metadata"]["name"]))
    await world.settle()
    assert world.store.revision == revision


def _spec() -> Obj:
    return {"spec": template("x")["spec"]}


def _unready(pod: Obj) -> Obj:
    pod["status"]["conditions"] = [{"type": "Ready", "status": "False"}]
    return pod
