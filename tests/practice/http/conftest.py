"""A cluster for the whole run in a thread of its own, and one for a test in the test's own loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.practice.http.serving import SPEED, Client, Served
from tutor.practice.clock import Clock
from tutor.practice.cluster import PracticeCluster


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = Served(tmp_path_factory.mktemp("practice"))
    yield made
    made.stop()


@pytest.fixture
def client(served: Served) -> Iterator[Client]:
    made = Client(served.kubeconfig)
    yield made
    made.close()


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[PracticeCluster]:
    made = PracticeCluster(tmp_path, clock=Clock(SPEED))
    await made.start()
    yield made
    await made.stop()
