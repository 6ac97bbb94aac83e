"""`kubectl port-forward`: SPDY streams inside a WebSocket, or the plain channels of v4.channel.k8s.io.

https://kubernetes.io/docs/reference/using-api/api-concepts/
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from tutor.practice.api import errors
from tutor.practice.api.errors import ApiError
from tutor.practice.http import spdy
from tutor.practice.http.call import Call
from tutor.practice.http.parts import Connection

TUNNEL, PLAIN = "SPDY/3.1+portforward.k8s.io", "v4.channel.k8s.io"
PIECE = 16_384


async def forward(call: Call) -> web.StreamResponse:
    """Carry connections between the client and a Pod's ports."""
    socket = web.WebSocketResponse(protocols=(TUNNEL, PLAIN), max_msg_size=0)
    pod = call.stored()
    phase = (pod.get("status") or {}).get("phase")
    if phase != "Running":
        raise errors.bad_request(f"unable to forward port because pod is not running. Current status={phase}")
    if not socket.can_prepare(call.request).ok:
        raise errors.bad_request("Upgrade request required")
    await socket.prepare(call.request)
    session = (_Tunnel if socket.ws_protocol == TUNNEL else _Plain)(call, socket)
    try:
        await session.run()
    except (ConnectionResetError, asyncio.CancelledError, ValueError):
        pass  # the client has gone, or speaks no SPDY
    finally:
        session.close()
    return socket


@dataclass
class _Pair:
    """The two streams of one connection, and the connection once both are there."""

    port: int
    data: int = 0
    error: int = 0
    connection: Connection | None = None
    early: list[bytes] = field(default_factory=list)


class _Session:
    """What both protocols share: connections, and the tasks that read them."""

    def __init__(self, call: Call, socket: web.WebSocketResponse) -> None:
        self._call, self._socket = call, socket
        self._pairs: list[_Pair] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve messages until the client hangs up."""
        async for message in self._socket:
            if message.type is WSMsgType.BINARY:
                await self.receive(message.data)

    async def receive(self, data: bytes) -> None:
        """Take one message."""
        raise NotImplementedError

    async def send(self, pair: _Pair, data: bytes, *, is_error: bool = False, last: bool = False) -> None:
        """Send what the Pod said, or what went wrong."""
        raise NotImplementedError

    def close(self) -> None:
        """End all connections."""
        for task in self._tasks:
            task.cancel()
        for pair in self._pairs:
            if pair.connection:
                pair.connection.close()

    async def open(self, pair: _Pair) -> None:
        """Connect to the port and begin to read."""
        namespace, name = self._call.key
        try:
            pair.connection = await self._call.parts.nodes.dial(namespace, name, pair.port)
        except ApiError as error:
            await self.send(pair, error.message.encode(), is_error=True, last=True)
            await self.send(pair, b"", last=True)
            return
        for data in pair.early:
            await pair.connection.write(data)
        pair.early.clear()
        task = asyncio.create_task(self._pump(pair, pair.connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _pump(self, pair: _Pair, connection: Connection) -> None:
        with contextlib.suppress(ConnectionResetError):
            while data := await connection.read():
                for at in range(0, len(data), PIECE):
                    await self.send(pair, data[at : at + PIECE])
            await self.send(pair, b"", is_error=True, last=True)
            await self.send(pair, b"", last=True)

    async def write(self, pair: _Pair, data: bytes) -> None:
        """Carry what the client sends to the Pod."""
        if pair.connection is None:
            pair.early.append(data)
            return
        with contextlib.suppress(OSError):
            await pair.connection.write(data)


class _Tunnel(_Session):
    """SPDY frames; each connection has a data and an error stream with the same request id."""

    def __init__(self, call: Call, socket: web.WebSocketResponse) -> None:
        super().__init__(call, socket)
        self._framer = spdy.Framer()
        self._by_request: dict[str, _Pair] = {}
        self._by_stream: dict[int, _Pair] = {}

    async def receive(self, data: bytes) -> None:
        for frame in self._framer.feed(data):
            await self._take(frame)

    async def send(self, pair: _Pair, data: bytes, *, is_error: bool = False, last: bool = False) -> None:
        stream = pair.error if is_error else pair.data
        await self._socket.send_bytes(self._framer.data(stream, data, fin=last))

    async def _take(self, frame: spdy.Frame) -> None:
        if frame.type == spdy.PING:
            await self._socket.send_bytes(self._framer.pong(frame.data))
        elif frame.type == spdy.SYN_STREAM:
            await self._socket.send_bytes(self._framer.reply(frame.stream))
            await self._stream(frame)
        elif frame.type == spdy.DATA and frame.data and (pair := self._by_stream.get(frame.stream)):
            await self.write(pair, frame.data)
            await self._socket.send_bytes(self._framer.more(frame.stream, len(frame.data)))

    async def _stream(self, frame: spdy.Frame) -> None:
        request = frame.headers.get("requestid", "")
        pair = self._by_request.get(request)
        if pair is None:
            pair = self._by_request[request] = _Pair(int(frame.headers.get("port", "0")))
            self._pairs.append(pair)
        if frame.headers.get("streamtype") == "error":
            pair.error = frame.stream
        else:
            pair.data = frame.stream
            self._by_stream[frame.stream] = pair
        if pair.data and pair.error:
            await self.open(pair)


class _Plain(_Session):
    """Two channels for each port of the query, data and error; the first frame of each names the port."""

    async def run(self) -> None:
        ports = [int(port) for value in self._call.request.query.getall("ports", []) for port in value.split(",")]
        for number, port in enumerate(ports):
            pair = _Pair(port, number * 2, number * 2 + 1)
            self._pairs.append(pair)
            for channel in (pair.data, pair.error):
                await self._socket.send_bytes(bytes([channel]) + struct.pack("<H", port))
            await self.open(pair)
        await super().run()

    async def receive(self, data: bytes) -> None:
        if data and data[0] // 2 < len(self._pairs):
            await self.write(self._pairs[data[0] // 2], data[1:])

    async def send(self, pair: _Pair, data: bytes, *, is_error: bool = False, last: bool = False) -> None:
        del last  # these channels know no end
        if data:
            await self._socket.send_bytes(bytes([pair.error if is_error else pair.data]) + data)
