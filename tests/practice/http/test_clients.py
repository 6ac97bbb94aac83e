"""A thousand clients at once, and clients that vanish: what served them goes with them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.practice.http.serving import tls_of
from tests.practice.http.test_load import MAPS, PODS, SLEEPER, phase, until
from tutor.practice.cluster import PracticeCluster
from tutor.practice.kubelet.container import Attempt


@pytest.fixture
async def session(cluster: PracticeCluster) -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(ssl=tls_of(cluster.files.kubeconfig), limit=0)
    async with aiohttp.ClientSession(cluster.url, connector=connector) as made:
        yield made


@pytest.fixture
async def sleeper(cluster: PracticeCluster, session: aiohttp.ClientSession) -> Attempt:
    """A container that says `up` and sleeps."""
    async with session.post(PODS, json=SLEEPER) as response:
        assert response.status == 201
    await until(lambda: phase(cluster, "sleeper") == "Running")
    worker = cluster.kubelets.worker(cluster.store.get("pods", "default", "sleeper") or {})
    assert worker
    attempt = worker.life.of("containers")[0].current
    assert attempt
    return attempt


async def test_a_thousand_watches_see_a_change_and_go(cluster: PracticeCluster, session: aiohttp.ClientSession) -> None:
    before = len(cluster.store._subscribers)
    seen = []

    async def watch() -> None:
        query = {"watch": "true", "fieldSelector": "metadata.name=seen"}
        async with session.get(MAPS, params=query) as response:
            seen.append(json.loads(await response.content.readline())["object"]["metadata"]["name"])

    tasks = [asyncio.create_task(watch()) for _ in range(1000)]
    await until(lambda: len(cluster.store._subscribers) == before + 1000, 60)
    async with session.post(MAPS, json={"metadata": {"name": "seen"}}) as response:
        assert response.status == 201
    async with asyncio.timeout(60):
        await asyncio.gather(*tasks)
    assert seen == ["seen"] * 1000
    await until(lambda: len(cluster.store._subscribers) == before, 20)


async def test_a_log_is_followed_no_longer_than_somebody_reads_it(
    sleeper: Attempt, session: aiohttp.ClientSession
) -> None:
    following = await session.get(f"{PODS}/sleeper/log", params={"follow": "true"})
    assert await following.content.readline() == b"up\n"
    await until(lambda: sleeper.log._listeners)
    following.close()
    await until(lambda: not sleeper.log._listeners)


async def test_a_command_ends_when_its_client_vanishes(sleeper: Attempt, session: aiohttp.ClientSession) -> None:
    sandbox = sleeper.sandbox
    assert sandbox
    query = [("command", "sleep"), ("command", "1000000"), ("stdin", "true"), ("stdout", "true")]
    running = await session.ws_connect(f"{PODS}/sleeper/exec", params=query, protocols=["v5.channel.k8s.io"])
    await until(lambda: len(sandbox.processes) == 2)
    running._response.close()
    await until(lambda: len(sandbox.processes) == 1)


async def test_the_main_process_outlives_who_was_attached(sleeper: Attempt, session: aiohttp.ClientSession) -> None:
    sandbox = sleeper.sandbox
    assert sandbox
    attached = await session.ws_connect(
        f"{PODS}/sleeper/attach", params={"stdout": "true", "stdin": "true"}, protocols=["v5.channel.k8s.io"]
    )
    await until(lambda: sleeper.viewers)
    attached._response.close()
    await until(lambda: not sleeper.viewers)
    assert len(sandbox.processes) == 1
    assert sleeper.terminated is None
