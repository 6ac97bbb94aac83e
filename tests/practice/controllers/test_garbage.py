"""Garbage collection: background, foreground, orphans, and owners that never were."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.practice.scheduler.world import SPACE, World
from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import owner_reference

CM = "configmaps"


def owned(world: World, name: str, *owners: Obj, **meta: Any) -> Obj:
    """Create a ConfigMap that others own; the first is its controller."""
    references = [owner_reference(owner, controller=number == 0) for number, owner in enumerate(owners)]
    return world.create(CM, {"metadata": {"name": name, "ownerReferences": references, **meta}}, SPACE)


async def test_dependents_go_with_their_owner_generation_after_generation() -> None:
    async with World() as world:
        child = owned(world, "child", world.create(CM, {"metadata": {"name": "top"}}, SPACE))
        owned(world, "grandchild", child)
        await world.settle()
        world.delete(CM, "top")
        await world.settle()
        assert not world.there(CM, "child")
        assert not world.there(CM, "grandchild")


async def test_in_the_foreground_the_owner_goes_last() -> None:
    async with World() as world:
        top = world.create(CM, {"metadata": {"name": "top"}}, SPACE)
        owned(world, "child", top, finalizers=["example.com/wait"])
        world.delete(CM, "top", propagation="Foreground")
        await world.settle()
        assert world.get(CM, "top")["metadata"]["finalizers"] == ["foregroundDeletion"]
        assert world.get(CM, "child")["metadata"]["deletionTimestamp"]
        world.change(CM, "child", metadata={"finalizers": []})
        await world.settle()
        assert not world.there(CM, "top")
        assert not world.there(CM, "child")


async def test_orphans_stay_without_their_owner() -> None:
    async with World() as world:
        owned(world, "child", world.create(CM, {"metadata": {"name": "top"}}, SPACE))
        world.delete(CM, "top", propagation="Orphan")
        await world.settle()
        assert not world.there(CM, "top")
        assert "ownerReferences" not in world.get(CM, "child")["metadata"]


async def test_another_owner_keeps_it() -> None:
    async with World() as world:
        first, second = (world.create(CM, {"metadata": {"name": name}}, SPACE) for name in ("first", "second"))
        owned(world, "child", first, second)
        world.delete(CM, "first")
        await world.settle()
        assert [each["name"] for each in world.get(CM, "child")["metadata"]["ownerReferences"]] == ["second"]


async def test_an_owner_that_is_not_there_takes_it_along() -> None:
    async with World() as world:
        owned(world, "child", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "none", "uid": "1-2-3"}})
        owned(world, "odd", {"apiVersion": "x.io/v1", "kind": "Thing", "metadata": {"name": "none", "uid": "1-2-4"}})
        await world.settle()
        assert not world.there(CM, "child")
        assert world.there(CM, "odd")


async def test_what_was_there_before_it_began() -> None:
    world = World()
    owned(world, "child", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "none", "uid": "1-2-3"}})
    async with world:
        assert not world.there(CM, "child")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parents=st.lists(st.integers(0, 7), min_size=1, max_size=8), policy=st.sampled_from(["Background", "Foreground"])
)
async def test_a_whole_tree_goes(parents: list[int], policy: str) -> None:
    async with World() as world:
        made = [world.create(CM, {"metadata": {"name": "n-0"}}, SPACE)]
        for number, parent in enumerate(parents, 1):
            made.append(owned(world, f"n-{number}", made[parent % len(made)]))
        world.delete(CM, "n-0", propagation=policy)
        await world.settle()
        assert [each["metadata"]["name"] for each in world.store.list(CM, SPACE)] == ["kube-root-ca.crt"]
