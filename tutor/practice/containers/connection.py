"""A connection of the virtual network: two ends, each with bytes to read and to write."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass


class NoSuchName(Exception):
    """The name does not resolve."""


class Refused(Exception):
    """Nobody listens there."""


class TimedOut(Exception):
    """No answer: nobody has the address, or a policy drops what is sent."""


@dataclass(eq=False)
class Connection:
    """One end. `local` and `remote` are IP addresses; `port` is the one that was dialled."""

    local: str
    remote: str
    port: int
    _input: asyncio.StreamReader
    _peer: asyncio.StreamReader

    async def read(self, most: int = 65536) -> bytes:
        """Return up to `most` bytes as soon as there are any; b"" when the other end has closed."""
        return await self._input.read(most)

    async def readline(self) -> bytes:
        """Return a line with its end, or what is left of one."""
        return await self._input.readline()

    async def exactly(self, count: int) -> bytes:
        """Return so many bytes. Raises asyncio.IncompleteReadError when there are fewer."""
        return await self._input.readexactly(count)

    def write(self, data: bytes) -> None:
        """Send bytes; what is sent to a closed end is lost."""
        if not self._peer.at_eof() and not self._peer._eof:  # type: ignore[attr-defined]
            self._peer.feed_data(data)

    def eof(self) -> None:
        """Send no more."""
        self._peer.feed_eof()

    def close(self) -> None:
        """End both directions."""
        self._peer.feed_eof()
        self._input.feed_eof()


def pair(source: str, target: str, port: int) -> tuple[Connection, Connection]:
    """Return the client's and the server's end of a new connection."""
    client, server = asyncio.StreamReader(), asyncio.StreamReader()
    return Connection(source, target, port, client, server), Connection(target, source, port, server, client)
