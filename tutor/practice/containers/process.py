"""One process of a container: a simulated program, or a shell."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tutor.practice.containers.call import Call
from tutor.practice.containers.programs import GRACEFUL, PROGRAMS
from tutor.practice.containers.shell import Shell

if TYPE_CHECKING:
    from tutor.practice.containers.sandbox import Sandbox

_PIECES = 256
"""Pieces of output that wait for a reader before the program waits."""
_IGNORED = {17, 18, 23, 28}
"""Signals that do nothing unless a program asks for them: CHLD, CONT, URG, WINCH."""


@dataclass(frozen=True)
class Exit:
    """How a process ended; `oom` when it took more memory than it may."""

    code: int
    oom: bool = False
    message: str = ""


class Process:
    """A running program, made by `Sandbox.start`."""

    def __init__(
        self,
        sandbox: Sandbox,
        pid: int,
        name: str,
        argv: list[str],
        env: dict[str, str],
        cwd: str,
        *,
        tty: bool,
        stdin: bool,
    ) -> None:
        self.sandbox, self.pid, self.name, self.argv, self.env, self.cwd = sandbox, pid, name, argv, env, cwd
        self.tty, self.stdin = tty, stdin
        self.memory = 0
        """Bytes beyond those of a small program."""
        self.started = sandbox.clock.monotonic()
        self.size = (80, 24)
        self.running: dict[str, int] = {}
        """Simulated programs at work in it, counted by name."""
        self._input: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._closed = not stdin
        self._output: asyncio.Queue[tuple[int, bytes] | None] = asyncio.Queue(_PIECES)
        self._exit: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
        self._tasks: set[asyncio.Task[int]] = set()
        self._main: asyncio.Task[None] | None = None
        self._shell: Shell | None = None

    def begin(self) -> None:
        """Let it run."""
        self._main = asyncio.get_running_loop().create_task(self._run())

    async def write(self, data: bytes | None) -> None:
        """Send bytes to standard input; None closes it."""
        self._input.put_nowait(data)

    async def read(self) -> bytes:
        """Return what comes next on standard input, b"" at its end."""
        if self._closed:
            return b""
        data = await self._input.get()
        self._closed = data is None
        return data or b""

    async def emit(self, stream: int, data: bytes) -> None:
        """Write to stream 1 or 2; waits while nobody reads."""
        if self._exit.done() or not data:
            return
        if self.tty:
            stream, data = 1, data.replace(b"\n", b"\r\n")
        await self._output.put((stream, data))

    @property
    async def output(self) -> AsyncIterator[tuple[int, bytes]]:
        """What it writes, until it has ended; for one reader."""
        while (piece := await self._output.get()) is not None:
            yield piece

    async def wait(self) -> Exit:
        """Return how it ended, once it has."""
        return await asyncio.shield(self._exit)

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self._exit.done()

    def resize(self, width: int, height: int) -> None:
        """Tell the size of the terminal, in characters."""
        self.size = (width, height)

    def kill(self, signal: int) -> None:
        """Send a signal by its number, as the kernel does: the first process of a container ignores what it can."""
        if self.done or (signal in _IGNORED and not self.running.keys() & GRACEFUL):
            return
        if signal == 9:
            self.finish(Exit(137))
        elif self.running.keys() & GRACEFUL:
            self.finish(Exit(0))
        elif self._shell and self._main and (handler := self._shell.trap(signal)) is not None:
            self._replace(self._shell, self._main, handler)
        elif self.pid != 1:
            self.finish(Exit(128 + signal))

    def finish(self, how: Exit) -> None:
        """End it at once."""
        if self.done:
            return
        self._exit.set_result(how)
        if self._shell is not None:
            self._shell.cancel()
        if self._main is not None:
            self._main.cancel()
        self.cancel_programs()
        while self._output.full():  # its reader is gone or slow; the end must find room
            self._output.get_nowait()
        self._output.put_nowait(None)
        self.sandbox.ended(self)

    def cancel_programs(self) -> None:
        """Stop the simulated programs at work in it."""
        for task in self._tasks:
            task.cancel()

    async def nested(self, call: Call, argv: list[str], env: dict[str, str] | None = None) -> int:
        """Run a program with another one's streams; 127 where there is none."""
        from tutor.practice.containers.sandbox import StartError

        try:
            name = self.sandbox.locate(argv[0])
        except StartError:
            await call.err(f"{call.name}: can't execute '{argv[0]}': No such file or directory\n".encode())
            return 127
        inner = replace(call, name=name, args=argv[1:], env=call.env if env is None else env)
        if name in PROGRAMS:
            return await self.work(inner)
        shell = Shell(self, inner)
        try:
            return await shell.run(name, argv)
        finally:
            shell.cancel()

    async def work(self, call: Call) -> int:
        """Run a simulated program as a task that ends with the process."""
        task = asyncio.ensure_future(_safely(call))
        self._tasks.add(task)
        self.running[call.name] = self.running.get(call.name, 0) + 1
        try:
            return await task
        finally:
            task.cancel()
            self._tasks.discard(task)
            self.running[call.name] -= 1
            if not self.running[call.name]:
                del self.running[call.name]

    async def _run(self) -> None:
        async def out(data: bytes) -> None:
            await self.emit(1, data)

        async def err(data: bytes) -> None:
            await self.emit(2, data)

        call = Call(
            self.name, self.argv[1:], self.env, self.cwd, self.read, out, err, self.sandbox.fs, self.sandbox, self
        )
        try:
            if self.name in PROGRAMS:
                code = await self.work(call)
            else:
                self._shell = Shell(self, call)
                code = await self._shell.run(self.name, self.argv)
        except Exception as error:  # noqa: BLE001 - a simulated program that breaks is the program's crash, not ours
            await err(f"{self.name}: {error}\n".encode())
            code = 1
        self.finish(Exit(code))

    def _replace(self, shell: Shell, main: asyncio.Task[None], script: str) -> None:
        """Stop what the shell does, let it run a trap's script, and end."""

        async def handle() -> None:
            with contextlib.suppress(asyncio.CancelledError):
                await main
            self.finish(Exit(await shell.resume(script)))

        main.cancel()
        self._main = asyncio.get_running_loop().create_task(handle())


async def _safely(call: Call) -> int:
    """Run a program; a reader that has gone ends it as a broken pipe does."""
    try:
        return await PROGRAMS[call.name](call)
    except BrokenPipeError:
        return 141
