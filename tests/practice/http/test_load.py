"""Many clients, clients that vanish, and requests that never end: nobody else waits, and nothing is left."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.practice.http.serving import tls_of
from tutor.practice.cluster import PracticeCluster

MAPS = "/api/v1/namespaces/default/configmaps"
PODS = "/api/v1/namespaces/default/pods"
SLEEPER = {
    "metadata": {"name": "sleeper"},
    "spec": {
        "terminationGracePeriodSeconds": 0,
        "containers": [{"name": "main", "image": "busybox:1.37", "command": ["sh", "-c", "echo up; sleep 1000000"]}],
    },
}


@pytest.fixture
async def session(cluster: PracticeCluster) -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(ssl=tls_of(cluster.files.kubeconfig), limit=0)
    async with aiohttp.ClientSession(cluster.url, connector=connector) as made:
        yield made


async def until(true: Callable[[], Any], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.005)


def phase(cluster: PracticeCluster, name: str) -> str:
    return ((cluster.store.get("pods", "default", name) or {}).get("status") or {}).get("phase", "")


async def test_two_hundred_creates_at_once_get_names_of_their_own(session: aiohttp.ClientSession) -> None:
    async def create() -> str:
        async with session.post(MAPS, json={"metadata": {"generateName": "a-"}}) as response:
            assert response.status == 201
            return str((await response.json())["metadata"]["name"])

    begin = time.perf_counter()
    names = await asyncio.gather(*(create() for _ in range(200)))
    assert len(set(names)) == 200
    assert time.perf_counter() - begin < 10


async def test_of_fifty_updates_of_one_revision_one_succeeds(session: aiohttp.ClientSession) -> None:
    async with session.post(MAPS, json={"metadata": {"name": "a"}}) as response:
        made = await response.json()

    async def update(number: int) -> int:
        async with session.put(f"{MAPS}/a", json={**made, "data": {"by": str(number)}}) as response:
            return response.status

    codes = await asyncio.gather(*(update(number) for number in range(50)))
    assert sorted(codes) == [200, *[409] * 49]


async def test_a_watch_whose_reader_is_stuck_ends(
    cluster: PracticeCluster, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tutor.practice.http.watching.WAITING", 20)
    before = len(cluster.store._subscribers)
    async with session.get(MAPS, params={"watch": "true"}):
        await until(lambda: len(cluster.store._subscribers) == before + 1)
        obj = {"metadata": {"name": "big", "namespace": "default"}, "data": {"a": "x" * 200_000}}
        for _ in range(200):
            cluster.store.put("configmaps", dict(obj))
            await asyncio.sleep(0)
        await until(lambda: len(cluster.store._subscribers) == before)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET " + MAPS.encode(),
        b"POST " + MAPS.encode() + b" HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n{",
        b"GET " + MAPS.encode() + b"?watch=true HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01 nothing of HTTP\r\n\r\n",
    ],
    ids=["half a line", "half a body", "a watch", "noise"],
)
async def test_what_is_half_sent_hinders_nobody(
    cluster: PracticeCluster, session: aiohttp.ClientSession, sent: bytes
) -> None:
    before = len(cluster.store._subscribers)
    tls = tls_of(cluster.files.kubeconfig)
    port = int(cluster.url.rpartition(":")[2])
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
    writer.write(sent)
    await writer.drain()
    async with session.get("/healthz") as response:
        assert response.status == 200
    writer.transport.abort()
    await until(lambda: len(cluster.store._subscribers) == before)


async def test_megabytes_through_exec_both_ways(cluster: PracticeCluster, session: aiohttp.ClientSession) -> None:
    async with session.post(PODS, json=SLEEPER) as response:
        assert response.status == 201
    await until(lambda: phase(cluster, "sleeper") == "Running")
    query = [("command", "cat"), ("stdin", "true"), ("stdout", "true")]
    size = 10 * 1024 * 1024
    async with asyncio.timeout(20):
        async with session.ws_connect(
            f"{PODS}/sleeper/exec", params=query, protocols=["v5.channel.k8s.io"], max_msg_size=0
        ) as socket:

            async def send() -> None:
                for _ in range(size // 65_536):
                    await socket.send_bytes(b"\0" + b"x" * 65_536)
                await socket.send_bytes(b"\xff\0")

            sending, got = asyncio.create_task(send()), 0
            async for message in socket:
                got += len(message.data) - 1 if message.data[0] == 1 else 0
            await sending
    assert got == size


async def test_chunks_stay_as_they_were(session: aiohttp.ClientSession) -> None:
    for name in "abcd":
        async with session.post(MAPS, json={"metadata": {"name": name, "labels": {"set": "x"}}}):
            pass
    query = {"limit": "2", "labelSelector": "set=x"}
    async with session.get(MAPS, params=query) as response:
        first = await response.json()
    async with session.delete(f"{MAPS}/c"):
        pass
    async with session.get(MAPS, params={**query, "continue": first["metadata"]["continue"]}) as response:
        second = await response.json()
    assert [each["metadata"]["name"] for each in first["items"] + second["items"]] == list("abcd")


async def test_a_reset_is_quick_and_ends_what_ran(cluster: PracticeCluster, session: aiohttp.ClientSession) -> None:
    async with session.post(PODS, json=SLEEPER):
        pass
    await until(lambda: phase(cluster, "sleeper") == "Running")
    workers = sum(len(each.workers) for each in cluster.kubelets.by_node.values())
    begin = time.perf_counter()
    cluster.reset()
    assert time.perf_counter() - begin < 0.25
    await until(lambda: sum(len(each.workers) for each in cluster.kubelets.by_node.values()) == workers - 1)
    async with session.get(f"{PODS}/sleeper") as response:
        assert response.status == 404


async def test_stopping_ends_everything(tmp_path: Path) -> None:
    before = asyncio.all_tasks()
    cluster = PracticeCluster(tmp_path)
    await cluster.start()
    connector = aiohttp.TCPConnector(ssl=tls_of(cluster.files.kubeconfig))
    async with aiohttp.ClientSession(cluster.url, connector=connector) as session:
        async with session.post(PODS, json=SLEEPER):
            pass
        await until(lambda: phase(cluster, "sleeper") == "Running")
        async with session.get(MAPS, params={"watch": "true"}):
            begin = time.perf_counter()
            await cluster.stop()
            assert time.perf_counter() - begin < 1.5
    with contextlib.suppress(ssl.SSLError):
        await until(lambda: asyncio.all_tasks() <= before)
