"""SPDY/3.1, as much of it as `kubectl port-forward` speaks inside its WebSocket.

https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

SYN_STREAM, SYN_REPLY, RST_STREAM, PING, GOAWAY, WINDOW_UPDATE, DATA = 1, 2, 3, 6, 7, 9, 0
FIN = 1
DICTIONARY = Path(__file__).parent.parent / "data/spdy_dictionary.bin"
LONGEST = 1 << 20
"""Bytes of a frame; kubectl's are 32 KiB."""


@cache
def _dictionary() -> bytes:
    return DICTIONARY.read_bytes()


@dataclass(frozen=True)
class Frame:
    """A frame that came in; `type` DATA for one of data."""

    type: int
    stream: int
    fin: bool = False
    data: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Framer:
    """Both directions of one SPDY session; header compression has a state in each."""

    def __init__(self) -> None:
        self._buffer = b""
        self._inflate = zlib.decompressobj(zdict=_dictionary())
        self._deflate = zlib.compressobj(zdict=_dictionary())

    def feed(self, data: bytes) -> list[Frame]:
        """Return the frames that are complete now. Raises ValueError for what is no SPDY."""
        self._buffer += data
        frames = []
        while len(self._buffer) >= 8:
            first, second = struct.unpack(">II", self._buffer[:8])
            length = second & 0xFFFFFF
            if length > LONGEST:
                raise ValueError("SPDY: frame too large")
            if len(self._buffer) < 8 + length:
                break
            body, self._buffer = self._buffer[8 : 8 + length], self._buffer[8 + length :]
            frames.append(self._frame(first, second >> 24, body))
        return frames

    def data(self, stream: int, data: bytes, *, fin: bool = False) -> bytes:
        """Return a frame of data."""
        return struct.pack(">II", stream, (FIN if fin else 0) << 24 | len(data)) + data

    def reply(self, stream: int) -> bytes:
        """Return the frame that accepts a stream."""
        block = self._deflate.compress(struct.pack(">I", 0)) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        return _control(SYN_REPLY, struct.pack(">I", stream) + block)

    def pong(self, number: bytes) -> bytes:
        """Return the answer to a ping."""
        return _control(PING, number)

    def more(self, stream: int, size: int) -> bytes:
        """Return the frame that lets the other side send `size` bytes more."""
        return _control(WINDOW_UPDATE, struct.pack(">II", stream, size))

    def _frame(self, first: int, flags: int, body: bytes) -> Frame:
        if not first & 0x80000000:
            return Frame(DATA, first, bool(flags & FIN), body)
        type = first & 0xFFFF
        stream = struct.unpack(">I", body[:4])[0] if len(body) >= 4 else 0
        if type == SYN_STREAM:
            return Frame(type, stream, bool(flags & FIN), headers=self._headers(body[10:]))
        return Frame(type, stream, bool(flags & FIN), body)

    def _headers(self, block: bytes) -> dict[str, str]:
        try:
            raw = self._inflate.decompress(block, LONGEST)
            count, at, headers = struct.unpack(">I", raw[:4])[0], 4, {}
            for _ in range(count):
                name, at = _text(raw, at)
                headers[name], at = _text(raw, at)
        except (zlib.error, struct.error) as error:
            raise ValueError(f"SPDY: {error}") from error
        return headers


def _control(type: int, body: bytes) -> bytes:
    return struct.pack(">II", 0x80030000 | type, len(body)) + body


def _text(raw: bytes, at: int) -> tuple[str, int]:
    length = struct.unpack(">I", raw[at : at + 4])[0]
    return raw[at + 4 : at + 4 + length].decode("utf-8", "replace"), at + 4 + length
