"""HTTP/1.1 as far as simulated servers and clients speak it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.utils import format_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from tutor.practice.clock import Clock
from tutor.practice.containers.connection import Connection

if TYPE_CHECKING:
    from tutor.practice.containers.network import Handler


@dataclass(frozen=True)
class Request:
    """What a client asks for; header names are in lower case."""

    method: str
    target: str
    version: str
    headers: dict[str, str]
    body: bytes
    client: str
    """Its IP address."""

    @property
    def path(self) -> str:
        """The path without its query, decoded."""
        return unquote(urlsplit(self.target).path)


@dataclass
class Response:
    """What a server answers."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """The words that go with the status."""
        return HTTPStatus(self.status).phrase if self.status in HTTPStatus._value2member_map_ else ""


Answer = Callable[[Request], Awaitable[Response]]


def serving(clock: Clock, answer: Answer, server: str = "") -> Handler:
    """Return what serves HTTP on a connection, one request after another."""

    async def handle(connection: Connection) -> None:
        while (request := await read_request(connection)) is not None:
            response = await answer(request)
            close = request.version == "HTTP/1.0" or request.headers.get("connection", "").lower() == "close"
            lines = {
                **({"Server": server} if server else {}),
                "Date": format_datetime(clock.now(), usegmt=True),
                "Content-Type": "text/plain; charset=utf-8",
                **response.headers,
                "Content-Length": str(len(response.body)),
                "Connection": "close" if close else "keep-alive",
            }
            head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
            body = b"" if request.method == "HEAD" else response.body
            connection.write(f"HTTP/1.1 {response.status} {response.reason}\r\n{head}\r\n".encode() + body)
            if close:
                return

    return handle


async def read_request(connection: Connection) -> Request | None:
    """Return the next request; None at the end, or for what is not HTTP."""
    words = (await connection.readline()).decode("latin-1").split()
    if len(words) < 2:
        return None
    headers = await _headers(connection)
    body = await connection.exactly(int(headers.get("content-length", "0")))
    return Request(words[0], words[1], words[2] if len(words) > 2 else "HTTP/1.0", headers, body, connection.remote)


async def fetch(
    connection: Connection, method: str, target: str, headers: dict[str, str], body: bytes = b""
) -> Response:
    """Send a request and return the answer; status 0 for none."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    connection.write(f"{method} {target} HTTP/1.1\r\n{lines}{length}Connection: close\r\n\r\n".encode() + body)
    words = (await connection.readline()).decode("latin-1").split(" ", 2)
    if len(words) < 2 or not words[1].isdigit():
        return Response(0)
    found = await _headers(connection)
    data = bytearray()
    while method != "HEAD" and len(data) < int(found.get("content-length", 1 << 40)):
        piece = await connection.read()
        if not piece:
            break
        data += piece
    connection.close()
    return Response(int(words[1]), bytes(data), found)


async def _headers(connection: Connection) -> dict[str, str]:
    headers: dict[str, str] = {}
    while (line := (await connection.readline()).strip()) and b":" in line:
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    return headers
