"""Nodes that are cordoned, lost or gone, and what becomes of their Pods."""

from __future__ import annotations

from tests.practice.scheduler.world import World
from tutor.practice.api.errors import Obj
from tutor.practice.clock import micro_stamp

UNREACHABLE = "node.kubernetes.io/unreachable"


def taints(world: World, node: str) -> list[tuple[str, str]]:
    """Return keys and effects."""
    return [(each["key"], each["effect"]) for each in world.get("nodes", node, "")["spec"].get("taints", [])]


def forgiving(seconds: int) -> list[Obj]:
    """Return the toleration that admission adds, with another time."""
    return [{"key": UNREACHABLE, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": seconds}]


async def test_a_cordon_is_a_taint() -> None:
    async with World() as world:
        world.change("nodes", "control-plane", "", spec={"unschedulable": True})
        await world.settle()
        assert taints(world, "control-plane") == [("node.kubernetes.io/unschedulable", "NoSchedule")]
        world.change("nodes", "control-plane", "", spec={"unschedulable": False})
        await world.settle()
        assert taints(world, "control-plane") == []
        assert world.said("control-plane", "default") == [
            ("RegisteredNode", "Node control-plane event: Registered Node control-plane in Controller")
        ]


async def test_own_taints_stay() -> None:
    async with World() as world:
        world.change("nodes", "control-plane", "", spec={"taints": [{"key": "a", "effect": "NoSchedule"}]})
        world.change("nodes", "control-plane", "", spec={"unschedulable": True})
        await world.settle()
        assert taints(world, "control-plane")[0] == ("a", "NoSchedule")


async def test_a_node_that_is_not_heard_of() -> None:
    async with World("a", "b") as world:
        world.lease("a")
        world.change("nodes", "a", "", metadata={"labels": {"kubernetes.io/hostname": "a", "n": "1"}})
        world.pod("patient", nodeName="a", tolerations=forgiving(60))
        world.pod("stoic", nodeName="a", tolerations=[{"operator": "Exists"}])
        world.pod("hasty", nodeName="a")
        await world.settle()
        world.running("patient")
        await world.run(49)
        assert taints(world, "a") == []
        await world.run(2)
        assert taints(world, "a") == [(UNREACHABLE, "NoSchedule"), (UNREACHABLE, "NoExecute")]
        ready = world.condition("nodes", "a", "Ready", "")
        assert (ready["status"], ready["message"]) == ("Unknown", "Kubelet stopped posting node status.")
        assert world.condition("pods", "patient", "Ready")["status"] == "False"
        assert ("NodeNotReady", "Node is not ready") in world.said("patient")
        assert "deletionTimestamp" in world.get("pods", "hasty")["metadata"]
        assert "deletionTimestamp" not in world.get("pods", "patient")["metadata"]
        await world.run(60)
        assert "deletionTimestamp" in world.get("pods", "patient")["metadata"]
        assert ("TaintManagerEviction", "Marking for deletion Pod space/patient") in world.said("patient")
        assert world.condition("pods", "patient", "DisruptionTarget")["reason"] == "DeletionByTaintManager"
        assert "deletionTimestamp" not in world.get("pods", "stoic")["metadata"]
        world.pod("new")
        await world.settle()
        assert world.where("new") == "b"


async def test_a_node_that_comes_back() -> None:
    async with World() as world:
        world.lease("control-plane")
        world.change("nodes", "control-plane", "", metadata={"labels": {}})
        world.pod("patient", nodeName="control-plane", tolerations=forgiving(60))
        await world.run(55)
        assert taints(world, "control-plane")
        lease = {"renewTime": micro_stamp(world.clock.now())}
        world.change("leases.coordination.k8s.io", "control-plane", "kube-node-lease", spec=lease)
        world.status("nodes", "control-plane", {"conditions": [{"type": "Ready", "status": "True"}]}, "")
        await world.settle()
        assert taints(world, "control-plane") == []
        await world.run(40)
        assert "deletionTimestamp" not in world.get("pods", "patient")["metadata"]


async def test_a_taint_evicts_at_once() -> None:
    async with World("a", "b") as world:
        world.pod("web", nodeName="a")
        world.change("nodes", "a", "", spec={"taints": [{"key": "k", "effect": "NoExecute"}]})
        await world.settle()
        assert "deletionTimestamp" in world.get("pods", "web")["metadata"]


async def test_pods_of_a_node_that_is_gone() -> None:
    async with World("a", "b") as world:
        world.pod("web", nodeName="a")
        await world.settle()
        world.delete("nodes", "a", "")
        await world.run(39)
        assert world.there("pods", "web")
        await world.run(2)
        assert not world.there("pods", "web")
