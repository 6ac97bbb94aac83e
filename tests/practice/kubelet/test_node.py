"""Nodes and their heartbeats."""

from tests.practice.kubelet.world import World


async def test_a_node_looks_like_one_of_kinds(world: World) -> None:
    node = world.api.get("nodes", "", "node")
    assert node["metadata"]["labels"]["kubernetes.io/hostname"] == "node"
    assert node["metadata"]["annotations"]["kubetutor.dev/practice"] == "simulated"
    assert node["spec"] == {
        "podCIDR": "10.244.0.0/24",
        "podCIDRs": ["10.244.0.0/24"],
        "providerID": "kind://docker/c/node",
    }
    status = node["status"]
    assert {each["type"]: each["status"] for each in status["conditions"]} == {
        "MemoryPressure": "False",
        "DiskPressure": "False",
        "PIDPressure": "False",
        "Ready": "True",
    }
    assert status["images"] == [{"names": ["docker.io/library/busybox:1.37"], "sizeBytes": 2200000}]
    assert status["allocatable"]["pods"] == "110"
    events = [each["reason"] for each in world.store.list("events", "default")]
    assert sorted(events) == ["NodeHasNoDiskPressure", "NodeHasSufficientMemory", "NodeHasSufficientPID", "NodeReady"]


async def test_heartbeats(world: World) -> None:
    def renewed() -> str:
        return str(world.api.get("leases.coordination.k8s.io", "kube-node-lease", "node")["spec"]["renewTime"])

    first = renewed()
    await world.after(11)
    assert renewed() > first


async def test_a_doubted_node_speaks_up(world: World) -> None:
    node = world.api.get("nodes", "", "node")
    conditions = [
        {**each, "status": "Unknown"} if each["type"] == "Ready" else each for each in node["status"]["conditions"]
    ]
    world.api.set_status("nodes", node, {**node["status"], "conditions": conditions})
    await world.after(11)
    ready = world.api.get("nodes", "", "node")["status"]["conditions"][-1]
    assert (ready["type"], ready["status"]) == ("Ready", "True")


async def test_a_node_without_power_says_nothing_more(world: World) -> None:
    await world.pod({"command": "sleep"})
    world.kubelets.stop()
    await world.after(60)
    assert world.status()["phase"] == "Running"
