"""A TCP connection that starts inside the cluster: `nc` in a Pod, its bytes carried by exec.

Whatever speaks over it (HTTP, TLS, DNS) runs on the tutor's side, so that a Pod needs no
client of its own, and an answer comes back byte for byte.
"""

from __future__ import annotations

import contextlib
import io
import math
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from checkers.live.client import Client
from checkers.live.exec import NOT_EXECUTABLE, NOT_FOUND, STDOUT, TIMED_OUT, ExecStream, run
from checkers.words import say
from checkers.world import Address, LookError, Ran

T = TypeVar("T")

_NAMES = re.compile(r"bad address|not known|does not resolve|name resolution|could not resolve|nodename nor", re.I)
_OPTION = re.compile(r"(invalid|unrecognized|unknown|illegal) option", re.I)
_AT_ONCE = 0.5
"""Of the timeout: a client that fails sooner and without a word was refused; later, it timed out."""


@dataclass(frozen=True)
class Place:
    """A container from which a connection can start."""

    namespace: str
    pod: str
    container: str = ""


class Trouble(Exception):
    """A connection that did not come about, or broke; `problem` as in `Response.problem`."""

    def __init__(self, problem: str, detail: str = "") -> None:
        super().__init__(detail or problem)
        self.problem = problem
        self.detail = detail


class _NoTool(Exception):
    """The container lacks the program."""


class Tunnel:
    """One connection, carried by the command `argv` in a Pod; socket-like, as `http.client` wants it.

    It lasts until `timeout` seconds after its start: later reads raise Trouble with `timeout`.
    """

    def __init__(self, client: Client, place: Place, argv: Sequence[str], timeout: float) -> None:
        self._stream = ExecStream(client, place.namespace, place.pod, argv, place.container, stdin=True)
        self._started = time.monotonic()
        self._timeout = timeout
        self._stderr = bytearray()
        self._rest = b""

    def sendall(self, data: bytes) -> None:
        """Send all of `data`. When the command has ended, the next read says why."""
        with contextlib.suppress(LookError):
            self._stream.send(data)

    def recv(self, most: int = 65536) -> bytes:
        """Return up to `most` bytes as soon as there are any; b"" when the other side has closed."""
        while not self._rest:
            try:
                piece = self._stream.receive(self._started + self._timeout)
            except TimeoutError as error:
                raise Trouble("timeout", self._words) from error
            if piece is None:
                ended = self._stream.result or Ran(0, "", "")
                seconds = time.monotonic() - self._started
                _raise_if_failed(Ran(ended.code, "", self._words or ended.stderr), seconds, self._timeout)
                return b""
            channel, data = piece
            if channel == STDOUT:
                self._rest = data
            else:
                self._stderr += data
        data, self._rest = self._rest[:most], self._rest[most:]
        return data

    @property
    def _words(self) -> str:
        return bytes(self._stderr).decode(errors="replace").strip()

    def makefile(self, _mode: str = "rb", *_: Any, **__: Any) -> io.BufferedReader:
        """Return a file to read the answer from."""
        return io.BufferedReader(Reader(self.recv))

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()


class Reader(io.RawIOBase):
    """A file over a `recv` function, for readers that want lines."""

    def __init__(self, recv: Callable[[int], bytes]) -> None:
        self._recv = recv

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` with what comes next; 0 at the end."""
        data = self._recv(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def through(client: Client, place: Place, to: Address, timeout: float, talk: Callable[[Tunnel], T]) -> T:
    """Let `talk` speak over a connection from `place` to `to`, and return what it returns.

    `talk` starts over with the next client program where the container lacks one. Raises Trouble
    when the connection fails, LookError when the container has nothing to connect with.
    """
    seconds = str(max(1, math.ceil(timeout)))
    bash = 'exec 3<>"/dev/tcp/$0/$1" || exit 1; cat <&3 & cat >&3; wait'
    for argv in (["nc", "-w", seconds, to.host, str(to.port)], ["bash", "-c", bash, to.host, str(to.port)]):
        tunnel = Tunnel(client, place, argv, timeout)
        try:
            return talk(tunnel)
        except _NoTool:
            continue
        finally:
            tunnel.close()
    raise _no_tool(place)


def connect(client: Client, place: Place, to: Address, timeout: float) -> None:
    """Open a connection from `place` to `to` and close it. Raises Trouble when that fails, else as `through`."""
    host, port, seconds = to.host, str(to.port), str(max(1, math.ceil(timeout)))
    for argv in (
        ["nc", "-w", seconds, host, port, "-e", "true"],  # busybox: runs a program once it is connected
        ["nc", "-z", "-w", seconds, host, port],  # OpenBSD and others: connects, sends nothing
        ["bash", "-c", 'exec 3<>"/dev/tcp/$0/$1"', host, port],
    ):
        started = time.monotonic()
        ran = run(client, place.namespace, place.pod, argv, place.container, timeout=timeout + 1)
        if _OPTION.search(ran.stderr):
            continue
        try:
            return _raise_if_failed(ran, time.monotonic() - started, timeout)
        except _NoTool:
            continue
    raise _no_tool(place)


def _raise_if_failed(ran: Ran, seconds: float, timeout: float) -> None:
    """Raise what the end of a client program means; return when it ended well."""
    words = ran.stderr.strip()
    if ran.code == 0:
        return
    if ran.code in (NOT_FOUND, NOT_EXECUTABLE):
        raise _NoTool
    if _NAMES.search(words):
        raise Trouble("no-such-name", words)
    if "refused" in words.lower() or (not words and seconds < timeout * _AT_ONCE):
        raise Trouble("refused", words)
    # A host that nobody owns is "unreachable" after a while on one network, silence on another.
    if not words or ran.code == TIMED_OUT or re.search(r"timed out|unreachable|no route", words, re.I):
        raise Trouble("timeout", words)
    raise Trouble("broken", words)


def _no_tool(place: Place) -> LookError:
    return LookError(
        say("Pod {pod} has neither nc nor bash: the tutor cannot open a connection from inside it.", pod=place.pod),
        say("Try it from a Pod whose image has one of them, as busybox."),
    )
