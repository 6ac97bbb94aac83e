"""A started node for every test."""

from collections.abc import AsyncIterator

import pytest

from tests.practice.kubelet.world import World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    world.kubelets.start()
    yield world
    world.kubelets.stop()
