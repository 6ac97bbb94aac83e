"""Logs, and commands in containers over WebSockets.

https://kubernetes.io/docs/reference/using-api/api-concepts/ describes the channels of v5.channel.k8s.io.
"""

from __future__ import annotations

import asyncio
import contextlib

import orjson
from aiohttp import WSMsgType, web

from tutor.practice.api import errors
from tutor.practice.api.errors import ApiError, Obj
from tutor.practice.http.call import Call
from tutor.practice.http.parts import Process
from tutor.practice.kubelet.logs import Options

STDIN, STDOUT, STDERR, ERROR, RESIZE, CLOSE = 0, 1, 2, 3, 4, 255
PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
HANGUP = 1


async def log(call: Call) -> web.StreamResponse:
    """GET a container's log, as a whole or as it is written."""
    query = call.request.query
    options = Options(
        previous=query.get("previous") == "true",
        follow=query.get("follow") == "true",
        tail=_number(query.get("tailLines")),
        since_seconds=_number(query.get("sinceSeconds")),
        since_time=query.get("sinceTime", ""),
        timestamps=query.get("timestamps") == "true",
        limit_bytes=_number(query.get("limitBytes")),
    )
    lines = call.parts.nodes.logs(*call.key, query.get("container", ""), options)
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    try:
        first = await anext(lines, b"")  # a refusal must come before the response begins
        await response.prepare(call.request)
        await response.write(first)
        async for line in lines:
            await response.write(line)
    except (ConnectionResetError, asyncio.CancelledError):
        pass
    finally:
        if hasattr(lines, "aclose"):
            await lines.aclose()
    return response


async def run(call: Call) -> web.StreamResponse:
    """Exec in a container, or attach to it."""
    query = call.request.query
    stdin, tty, container = query.get("stdin") == "true", query.get("tty") == "true", query.get("container", "")
    socket = web.WebSocketResponse(protocols=PROTOCOLS, max_msg_size=0)
    can_upgrade = socket.can_prepare(call.request).ok
    nodes = call.parts.nodes
    try:
        if call.path.subresource == "attach":
            process = await nodes.attach(*call.key, container, stdin=stdin, tty=tty)
        else:
            argv = query.getall("command", [])
            if not argv:
                raise errors.bad_request("you must specify at least 1 command for the container")
            process = await nodes.exec(*call.key, container, argv, stdin=stdin, tty=tty)
    except ApiError as error:
        # What the runtime refuses is said on the stream, what the API server refuses before there is one.
        if error.code != 500 or not can_upgrade:
            raise
        await socket.prepare(call.request)
        await _say(socket, ERROR, orjson.dumps(error.status))
        await socket.close()
        return socket
    if not can_upgrade:
        process.kill(HANGUP)
        raise errors.bad_request("Upgrade request required")
    await socket.prepare(call.request)
    reading = asyncio.create_task(_read(socket, process))
    try:
        async for stream, data in process.output:
            await _say(socket, STDERR if stream == STDERR and not tty else STDOUT, data)
        ended = await process.wait()
        await _say(socket, ERROR, orjson.dumps(_status(ended.code)))
        await socket.close()
    except (ConnectionResetError, asyncio.CancelledError):
        pass
    finally:
        process.kill(HANGUP)  # what has ended does not mind; from another's main process it only turns away
        reading.cancel()
    return socket


async def _read(socket: web.WebSocketResponse, process: Process) -> None:
    """Carry what the client sends to the process, until it hangs up."""
    async for message in socket:
        if message.type is not WSMsgType.BINARY and message.type is not WSMsgType.TEXT:
            continue
        data = message.data if isinstance(message.data, bytes) else message.data.encode()
        if not data:
            continue
        channel, rest = data[0], data[1:]
        if channel == STDIN and rest:
            await process.write(rest)
        elif channel == CLOSE and rest[:1] == bytes([STDIN]):
            await process.write(None)
        elif channel == RESIZE:
            with contextlib.suppress(ValueError, KeyError, TypeError):
                size = orjson.loads(rest)
                process.resize(int(size["Width"]), int(size["Height"]))
    await process.write(None)
    process.kill(HANGUP)


async def _say(socket: web.WebSocketResponse, channel: int, data: bytes) -> None:
    await socket.send_bytes(bytes([channel]) + data)


def _status(code: int) -> Obj:
    if code == 0:
        return {"metadata": {}, "status": "Success"}
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with non-zero exit code: exit status {code}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
    }


def _number(text: str | None) -> int | None:
    if not text:
        return None
    try:
        return int(text)
    except ValueError as error:
        raise errors.bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from error
