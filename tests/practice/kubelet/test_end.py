"""Pods that are deleted."""

from tests.practice.kubelet.world import World
from tutor.practice.api.deletion import Deletion


async def test_a_program_that_ends_at_the_signal(world: World) -> None:
    await world.pod({"command": "serve"})
    world.api.delete("pods", "default", "p")
    await world.after(1)
    assert world.store.get("pods", "default", "p") is None
    assert "Killing: Stopping container c" in world.events()


async def test_a_program_that_does_not_takes_the_whole_grace(world: World) -> None:
    await world.pod({"command": "sleep"})
    world.api.delete("pods", "default", "p")
    await world.after(29)
    assert world.get()["metadata"]["deletionGracePeriodSeconds"] == 30
    assert world.state()["state"]["running"]
    await world.after(2)
    assert world.store.get("pods", "default", "p") is None
    assert world.seen[-1][1] == "Error"


async def test_less_grace_later(world: World) -> None:
    await world.pod({"command": "sleep"})
    world.api.delete("pods", "default", "p")
    await world.after(3)
    world.api.delete("pods", "default", "p", Deletion(grace=1))
    await world.after(2)
    assert world.store.get("pods", "default", "p") is None


async def test_force(world: World) -> None:
    await world.pod({"command": "sleep"})
    process = world.runtime.sandboxes[0].processes[0]
    world.api.delete("pods", "default", "p", Deletion(grace=0))
    assert world.store.get("pods", "default", "p") is None
    await world.after(2)
    assert (await process.wait()).code == 137
    await world.pod({"command": "sleep"})
    assert world.status()["phase"] == "Running"


async def test_what_never_ran(world: World) -> None:
    await world.pod({"image": "missing:1"}, {"name": "d", "command": "serve"})
    await world.after(3)
    world.api.delete("pods", "default", "p")
    await world.after(1)
    assert world.store.get("pods", "default", "p") is None
    assert world.seen[-1][1] == "ContainerStatusUnknown"


async def test_finished_pods_go_at_once(world: World) -> None:
    await world.pod({"command": "say x"}, restartPolicy="Never")
    await world.after(2)
    world.api.delete("pods", "default", "p")
    assert world.store.get("pods", "default", "p") is None


async def test_what_was_still_initializing(world: World) -> None:
    await world.pod(
        {"command": "sleep"}, initContainers=[{"name": "i", "command": "sleep"}], terminationGracePeriodSeconds=1
    )
    world.api.delete("pods", "default", "p")
    await world.after(2)
    assert world.store.get("pods", "default", "p") is None
    assert world.seen[-1][1] == "PodInitializing"
