"""Logs, commands and connections."""

from typing import Any

import pytest

from tests.practice.kubelet.world import World
from tutor.practice.api.errors import ApiError
from tutor.practice.kubelet.logs import Options
from tutor.practice.kubelet.streams import Streams


async def log(world: World, container: str = "", pod: str = "p", **options: Any) -> bytes:
    return b"".join(
        [each async for each in Streams(world.kubelets).logs("default", pod, container, Options(**options))]
    )


async def refusal(world: World, container: str = "", pod: str = "p", **options: Any) -> str:
    with pytest.raises(ApiError) as caught:
        await log(world, container, pod, **options)
    assert caught.value.code in (400, 404, 422)
    return caught.value.message


async def test_logs(world: World) -> None:
    await world.pod({"command": "sleep"})
    process = world.runtime.sandboxes[0].processes[0]
    process.say("one\ntwo\nthr")
    await world.after(5)
    process.say("ee\nfour\nrest")
    await world.settle()
    assert await log(world) == b"one\ntwo\nthree\nfour\n"
    assert await log(world, tail=1) == b"four\n"
    assert await log(world, tail=0) == b""
    assert await log(world, since_seconds=3) == b"three\nfour\n"
    assert await log(world, limit_bytes=5) == b"one\nt"
    assert await log(world, tail=1, timestamps=True) == b"2026-01-01T00:00:05.000000000Z four\n"


async def test_following(world: World) -> None:
    await world.pod({"command": "sleep"}, restartPolicy="Never")
    process = world.runtime.sandboxes[0].processes[0]
    process.say("one\n")
    await world.settle()
    stream = Streams(world.kubelets).logs("default", "p", "", Options(follow=True))
    assert await anext(stream) == b"one\n"
    process.say("two\n")
    assert await anext(stream) == b"two\n"
    process.say("end")
    process.end(0)
    assert [each async for each in stream] == [b"end"]


async def test_why_there_is_no_log(world: World) -> None:
    await world.pod({"image": "missing:1"}, {"name": "d", "command": "say x"}, initContainers=[])
    await world.after(3)
    waits = 'container "c" in pod "p" is waiting to start: trying and failing to pull image'
    assert await refusal(world, "c") == waits
    assert await refusal(world) == "a container name must be specified for pod p, choose one of: [c d]"
    assert await refusal(world, "zz") == "container zz is not valid for pod p"
    assert await refusal(world, "c", previous=True) == 'previous terminated container "c" in pod "p" not found'
    assert await refusal(world, "c", tail=-1) == (
        'PodLogOptions "p" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0'
    )
    assert await refusal(world, "c", since_time="foo") == (
        'parsing time "foo" as "2006-01-02T15:04:05Z07:00": cannot parse "foo" as "2006"'
    )
    init = [{"name": "i", "command": "sleep"}]
    await world.pod({"command": "sleep"}, initContainers=init, name="q")
    assert await refusal(world, "c", "q") == 'container "c" in pod "q" is waiting to start: PodInitializing'


async def test_the_previous_log(world: World) -> None:
    await world.pod({"command": "exit 1 first"})
    await world.after(2.5)
    assert world.state()["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert await log(world, previous=True) == b"first"
    assert await log(world) == b"first"


async def test_exec(world: World) -> None:
    await world.pod({"command": "sleep"})
    streams = Streams(world.kubelets)
    process = await streams.exec("default", "p", "", ["exit", "7", "hi"], stdin=False, tty=False)
    assert [each async for each in process.output] == [(1, b"hi")]
    assert (await process.wait()).code == 7
    with pytest.raises(ApiError, match='exec: "nosuch": executable file not found in \\$PATH') as caught:
        await streams.exec("default", "p", "", ["nosuch"], stdin=False, tty=False)
    assert caught.value.code == 500
    await world.pod({"image": "missing:1"}, name="q")
    with pytest.raises(ApiError, match='container not found \\("c"\\)'):
        await streams.exec("default", "q", "", ["ls"], stdin=False, tty=False)


async def test_attach(world: World) -> None:
    await world.pod({"command": "sleep", "stdin": True, "stdinOnce": True})
    main = world.runtime.sandboxes[0].processes[0]
    main.say("before\n")
    await world.settle()
    view = await Streams(world.kubelets).attach("default", "p", "", stdin=True, tty=False)
    main.say("after\n")
    await view.write(b"in")
    await view.write(None)
    main.end(0)
    assert [each async for each in view.output] == [(1, b"after\n")]
    assert main.sent == [b"in", None]


async def test_dial(world: World) -> None:
    world.runtime.answers[80] = 200
    await world.pod({"command": "sleep"})
    streams = Streams(world.kubelets)
    connection = await streams.dial("default", "p", 80)
    assert (await connection.read()).startswith(b"HTTP/1.1 200")
    with pytest.raises(ApiError, match=r"IPv4: dial tcp4 127\.0\.0\.1:99: connect: connection refused"):
        await streams.dial("default", "p", 99)


async def test_ephemeral_containers(world: World) -> None:
    await world.pod({"command": "sleep"})

    def debug(pod: Any) -> Any:
        pod["spec"]["ephemeralContainers"] = [{"name": "dbg", "image": "busybox:1.37", "command": ["exit", "4", "hi"]}]
        return pod

    world.api.change("pods", "default", "p", debug, subresource="ephemeralcontainers")
    await world.after(2)
    (status,) = world.status()["ephemeralContainerStatuses"]
    assert status["state"]["terminated"]["exitCode"] == 4
    assert "started" not in status
    assert world.status()["phase"] == "Running"
    assert await log(world, "dbg") == b"hi"


async def test_usage(world: World) -> None:
    pod = await world.pod({"command": "sleep"})
    cores, held = world.kubelets.usage(pod) or (0, 0)
    assert cores > 0 < held
