"""DaemonSets: one Pod a node."""

from __future__ import annotations

from tests.practice.controllers.world import NAMESPACE, World, template
from tutor.practice.api.errors import Obj

DAEMONS = "daemonsets.apps"
SPEC: Obj = {"selector": {"matchLabels": {"app": "agent"}}, "template": template("agent")}


def nodes_of(world: World) -> list[str]:
    return sorted(pod["spec"]["nodeName"] for pod in world.pods(app="agent"))


async def test_each_node_has_its_pod_as_on_a_real_cluster() -> None:
    world = World(nodes=2)
    world.create(DAEMONS, "agent", SPEC)
    await world.settle()
    assert nodes_of(world) == ["node-0", "node-1"]
    pod = world.pods()[0]
    (revision,) = world.store.list("controllerrevisions.apps")
    digest = revision["metadata"]["labels"]["controller-revision-hash"]
    assert revision["metadata"]["name"] == f"agent-{digest}"
    assert revision["metadata"]["labels"]["app"] == "agent"
    assert revision["data"] == {
        "spec": {"template": {**world.get(DAEMONS, "agent")["spec"]["template"], "$patch": "replace"}}
    }
    assert pod["metadata"]["labels"] == {
        "app": "agent",
        "controller-revision-hash": digest,
        "pod-template-generation": "1",
    }
    keys = ["not-ready", "unreachable", "disk-pressure", "memory-pressure", "pid-pressure", "unschedulable"]
    assert [each["key"] for each in pod["spec"]["tolerations"]] == [f"node.kubernetes.io/{key}" for key in keys]
    assert world.get(DAEMONS, "agent")["status"] == {
        "currentNumberScheduled": 2,
        "desiredNumberScheduled": 2,
        "numberAvailable": 2,
        "numberMisscheduled": 0,
        "numberReady": 2,
        "observedGeneration": 1,
        "updatedNumberScheduled": 2,
    }


async def test_nodes_come_and_are_tainted() -> None:
    world = World(nodes=1)
    world.create(DAEMONS, "agent", SPEC)
    await world.settle()
    taint = {"key": "k", "effect": "NoSchedule"}
    world.api.create("nodes", {"metadata": {"name": "tainted"}, "spec": {"taints": [taint]}})
    world.api.create("nodes", {"metadata": {"name": "plain"}, "spec": {}})
    await world.settle()
    assert nodes_of(world) == ["node-0", "plain"]

    def evict(node: Obj) -> Obj:
        return {**node, "spec": {"taints": [{**taint, "effect": "NoExecute"}]}}

    world.api.change("nodes", "", "plain", evict)
    await world.settle()
    assert nodes_of(world) == ["node-0"]


async def test_a_node_selector_picks_nodes() -> None:
    world = World(nodes=3)
    world.create(DAEMONS, "agent", {**SPEC, "template": template("agent", nodeSelector={"disk": "ssd"})})
    await world.settle()
    assert nodes_of(world) == []

    def label(node: Obj) -> Obj:
        node["metadata"]["labels"]["disk"] = "ssd"
        return node

    world.api.change("nodes", "", "node-1", label)
    await world.settle()
    assert nodes_of(world) == ["node-1"]


async def test_a_rollout_goes_node_by_node_and_on_delete_waits() -> None:
    world = World(nodes=3)
    world.create(DAEMONS, "agent", SPEC)
    await world.settle()
    world.slow = 5
    world.order.clear()
    world.change(DAEMONS, "agent", lambda obj: obj["spec"].update(template=template("agent", "busybox:2")))
    await world.settle()
    assert world.get(DAEMONS, "agent")["status"]["updatedNumberScheduled"] == 1
    await world.run(30)
    assert [each[0] for each in world.order] == ["-", "+", "-", "+", "-", "+"]
    assert world.get(DAEMONS, "agent")["status"]["updatedNumberScheduled"] == 3
    assert len(world.store.list("controllerrevisions.apps")) == 2
    strategy = {"updateStrategy": {"type": "OnDelete"}}
    world.change(DAEMONS, "agent", lambda obj: obj["spec"].update(template=template("agent", "busybox:3"), **strategy))
    await world.run(30)
    assert world.get(DAEMONS, "agent")["status"].get("updatedNumberScheduled", 0) == 0
    world.api.delete("pods", NAMESPACE, world.pods()[0]["metadata"]["name"])
    await world.run(10)
    assert world.get(DAEMONS, "agent")["status"]["updatedNumberScheduled"] == 1


async def test_a_failed_pod_is_replaced_later_and_later() -> None:
    world = World()
    world.create(DAEMONS, "agent", {**SPEC, "template": template("agent", command=["false"])})
    await world.run(16)
    said = [reason for _, reason, _ in world.said("agent") if reason == "FailedDaemonPod"]
    assert len(said) == 5
