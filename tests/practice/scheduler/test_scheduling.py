"""Which node a Pod goes to, when it is tried again, and who has to go for it."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.practice.scheduler.world import NODE, SPACE, World, asking
from tutor.practice.api.errors import ApiError
from tutor.practice.scheduler.binding import bind

HOST = "kubernetes.io/hostname"


def unfinished(world: World, name: str) -> str:
    """Return what the scheduler last said of a Pod."""
    return str(world.condition("pods", name, "PodScheduled").get("message", ""))


async def test_a_pod_is_bound_and_the_event_says_so() -> None:
    async with World() as world:
        world.pod("web")
        await world.settle()
        assert world.where("web") == NODE
        assert world.said("web") == [("Scheduled", f"Successfully assigned {SPACE}/web to {NODE}")]
        scheduled = world.condition("pods", "web", "PodScheduled")
        assert (scheduled["status"], scheduled["lastProbeTime"]) == ("True", None)


async def test_replicas_spread_over_nodes() -> None:
    async with World("a", "b", "c") as world:
        world.create("services", {"metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}}}, SPACE)
        for number in range(9):
            world.pod(f"web-{number}", {"app": "web"})
            await world.settle()
        assert Counter(world.where(f"web-{number}") for number in range(9)) == {"a": 3, "b": 3, "c": 3}


async def test_the_emptier_node_and_the_preferred_one_win() -> None:
    async with World("a", "b") as world:
        world.pod("big", containers=asking(cpu="1", memory="4Gi"), nodeName="a")
        world.pod("small", containers=asking(cpu="100m"))
        term = {"matchExpressions": [{"key": HOST, "operator": "In", "values": ["a"]}]}
        preferred = [{"weight": 100, "preference": term}]
        affinity = {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}}
        world.pod("choosy", affinity=affinity)
        await world.settle()
        assert (world.where("small"), world.where("choosy")) == ("b", "a")


async def test_pods_near_each_other() -> None:
    async with World("a", "b") as world:
        near = {"topologyKey": HOST, "labelSelector": {"matchLabels": {"app": "db"}}}
        world.pod(
            "first", {"app": "db"}, affinity={"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [near]}}
        )
        world.pod("away", affinity={"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [near]}})
        preferred = [{"weight": 5, "podAffinityTerm": near}]
        world.pod("near", affinity={"podAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}})
        await world.settle()
        assert world.where("first") == world.where("near") != world.where("away") != ""


async def test_hard_spreading_over_zones() -> None:
    async with World("a") as world:
        for name in ("x1", "x2", "y1"):
            world.node(name, zone=name[0])
        world.node("cordoned", zone="z")
        world.change("nodes", "cordoned", "", spec={"unschedulable": True})
        rule = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
        rule |= {"labelSelector": {"matchLabels": {"app": "s"}}}
        for number in range(3):
            world.pod(f"s-{number}", {"app": "s"}, topologySpreadConstraints=[rule])
            await world.settle()
        assert {world.where(f"s-{number}")[:1] for number in range(2)} == {"x", "y"}
        assert unfinished(world, "s-2") == (
            "0/5 nodes are available: 1 node(s) didn't match pod topology spread constraints (missing required label), "
            "1 node(s) were unschedulable, 3 node(s) didn't match pod topology spread constraints. preemption: "
            "0/5 nodes are available: 2 Preemption is not helpful for scheduling, 3 No preemption victims found for "
            "incoming pod."
        )


async def test_taints_and_cordons() -> None:
    async with World("a", "b") as world:
        world.change("nodes", "a", "", spec={"taints": [{"key": "k", "value": "v", "effect": "NoSchedule"}]})
        world.change("nodes", "b", "", spec={"unschedulable": True})
        await world.settle()
        world.pod("plain")
        world.pod("tolerant", tolerations=[{"key": "k", "operator": "Equal", "value": "v", "effect": "NoSchedule"}])
        await world.settle()
        assert world.where("tolerant") == "a"
        assert unfinished(world, "plain") == (
            "0/2 nodes are available: 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable. preemption: "
            "0/2 nodes are available: 2 Preemption is not helpful for scheduling."
        )
        world.change("nodes", "b", "", spec={"unschedulable": False})
        await world.run(2)
        assert world.where("plain") == "b"


async def test_no_nodes_at_all() -> None:
    async with World() as world:
        world.delete("nodes", NODE, "")
        world.pod("web")
        await world.settle()
        assert unfinished(world, "web") == "no nodes available to schedule pods"


async def test_it_is_tried_again_when_a_pod_ends_and_not_without_reason() -> None:
    async with World() as world:
        world.pod("first", containers=asking(cpu="1500m"))
        world.pod("second", containers=asking(cpu="1"))
        await world.run(20)
        assert [reason for reason, _ in world.said("second")] == ["FailedScheduling"]
        world.status("pods", "first", {"phase": "Succeeded"})
        await world.settle()
        assert world.where("second") == NODE
        counts = {each["reason"]: each["count"] for each in world.store.list("events", SPACE)}
        assert counts["FailedScheduling"] == 1


async def test_back_off_grows() -> None:
    async with World() as world:
        world.pod("big", containers=asking(cpu="4"))
        for number in range(20):
            world.change("nodes", NODE, "", metadata={"labels": {"n": str(number)}})
            await world.run(1)
        assert world.store.list("events", SPACE)[0]["count"] in (4, 5)


async def test_gates_and_other_schedulers_are_left_alone() -> None:
    async with World() as world:
        world.pod("gated", schedulingGates=[{"name": "example.com/wait"}])
        world.pod("other", schedulerName="mine")
        await world.run(2)
        assert (world.where("gated"), world.where("other"), world.said("other")) == ("", "", [])
        world.change("pods", "gated", spec={"schedulingGates": []})
        await world.settle()
        assert world.where("gated") == NODE


async def test_the_important_one_preempts() -> None:
    async with World() as world:
        world.pod("low", containers=asking(cpu="500m"), priority=-10)
        world.pod("middle", containers=asking(cpu="1"), priority=0)
        await world.settle()
        world.running("low")
        world.running("middle")
        uid = world.pod("high", containers=asking(cpu="800m"), priority=100)["metadata"]["uid"]
        await world.settle()
        high = world.get("pods", "high")["status"]
        assert high["nominatedNodeName"] == NODE
        assert unfinished(world, "high") == (
            "0/1 nodes are available: 1 Insufficient cpu. preemption: found a potential placement for pod on node "
            f"{NODE}, preempting 1 victims"
        )
        # the more important one can stay, for the other frees enough
        assert world.said("low")[-1] == ("Preempted", f"Preempted by pod {uid} on node {NODE}")
        assert world.condition("pods", "low", "DisruptionTarget")["reason"] == "PreemptionByScheduler"
        assert world.get("pods", "low")["metadata"]["deletionTimestamp"]
        assert "deletionTimestamp" not in world.get("pods", "middle")["metadata"]
        world.pod("late", containers=asking(cpu="300m"))
        await world.settle()
        world.delete("pods", "low", grace=0)
        await world.run(2)
        assert (world.where("high"), world.where("late")) == (NODE, "")
        assert "nominatedNodeName" not in world.get("pods", "high")["status"]


async def test_the_more_important_one_is_bound_first() -> None:
    async with World() as world:
        world.pod("a-low", containers=asking(cpu="1500m"), priority=1)
        world.pod("b-high", containers=asking(cpu="1500m"), priority=5)
        await world.settle()
        assert (world.where("a-low"), world.where("b-high")) == ("", NODE)


async def test_binding_by_hand() -> None:
    async with World() as world:
        world.pod("mine", schedulerName="mine")
        bound = bind(world.api, SPACE, "mine", NODE, {"by": "hand"})
        assert (bound["spec"]["nodeName"], bound["metadata"]["annotations"]) == (NODE, {"by": "hand"})
        with pytest.raises(ApiError, match=f'pod mine is already assigned to node "{NODE}"'):
            bind(world.api, SPACE, "mine", NODE)


async def test_a_claim_that_waits_for_its_pod() -> None:
    async with World("a", "b") as world:
        world.storage_class("standard", "WaitForFirstConsumer")
        world.claim("data", storageClassName="standard")
        await world.settle()
        assert world.said("data") == [
            ("WaitForFirstConsumer", "waiting for first consumer to be created before binding")
        ]
        world.pod("db", volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}])
        await world.run(1)
        assert world.where("db") == ""
        node = world.get("persistentvolumeclaims", "data")["metadata"]["annotations"][
            "volume.kubernetes.io/selected-node"
        ]
        await world.run(3)
        assert world.where("db") == node
        assert {reason for reason, _ in world.said("data")} == {
            *("WaitForFirstConsumer", "Provisioning", "ExternalProvisioning", "ProvisioningSucceeded")
        }
        assert world.get("persistentvolumeclaims", "data")["status"]["phase"] == "Bound"
        volume = world.get("persistentvolumes", world.get("persistentvolumeclaims", "data")["spec"]["volumeName"], "")
        assert volume["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"][0]["matchExpressions"][0]["values"] == [
            node
        ]


async def test_a_static_volume_decides_the_node() -> None:
    async with World("a", "b") as world:
        world.storage_class("static", "WaitForFirstConsumer", "kubernetes.io/no-provisioner")
        term = {"matchExpressions": [{"key": HOST, "operator": "In", "values": ["b"]}]}
        world.volume("disk", storageClassName="static", nodeAffinity={"required": {"nodeSelectorTerms": [term]}})
        world.claim("data", storageClassName="static")
        world.pod("db", volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}])
        await world.run(1)
        assert world.where("db") == "b"
        assert world.get("persistentvolumeclaims", "data")["spec"]["volumeName"] == "disk"


@settings(max_examples=25, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["add", "add", "add", "end"]), st.integers(1, 18), st.integers(0, 2)), max_size=14
    )
)
async def test_nodes_are_never_overcommitted_and_nobody_waits_for_nothing(steps: list[tuple[str, int, int]]) -> None:
    async with World("a", "b") as world:
        sizes: dict[str, int] = {}
        for number, (step, size, priority) in enumerate(steps):
            if step == "add":
                sizes[f"p-{number}"] = size
                world.pod(f"p-{number}", containers=asking(cpu=f"{size}00m"), priority=priority)
            elif sizes:
                name = sorted(sizes)[size % len(sizes)]
                del sizes[name]
                world.delete("pods", name, grace=0)
            await world.run(0.5)
            for pod in world.store.list("pods", SPACE):
                if "deletionTimestamp" in pod["metadata"]:  # preempted: no kubelet would end it otherwise
                    sizes.pop(pod["metadata"]["name"])
                    world.delete("pods", pod["metadata"]["name"], grace=0)
        await world.run(12)
        for pod in world.store.list("pods", SPACE):
            if "deletionTimestamp" in pod["metadata"]:
                sizes.pop(pod["metadata"]["name"])
                world.delete("pods", pod["metadata"]["name"], grace=0)
        await world.run(12)
        used = {node: sum(size for name, size in sizes.items() if world.where(name) == node) for node in ("a", "b")}
        assert max(used.values()) <= 20
        waiting = [size for name, size in sizes.items() if not world.where(name)]
        assert all(size + used[node] > 20 for size in waiting for node in used)
