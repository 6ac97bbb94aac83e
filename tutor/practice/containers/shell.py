"""A shell of a container: bashkit's interpreter with the container's files and the simulated programs."""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import Awaitable, Callable
from functools import cache
from typing import TYPE_CHECKING

from bashkit import Bash, CommandContext, ExecResult, ExecutionProfile

from tutor.practice.containers.call import Call, Program
from tutor.practice.containers.programs import PROGRAMS
from tutor.practice.containers.terminal import Lines
from tutor.practice.containers.words import in_busybox_words

if TYPE_CHECKING:
    from tutor.practice.containers.process import Process

SHELLS = frozenset({"sh", "ash", "bash"})
_WITHOUT_END = 10**12
"""A main process may loop for ever."""
_SIGNALS = {1: "HUP", 2: "INT", 3: "QUIT", 10: "USR1", 12: "USR2", 15: "TERM"}
_RUNNING: set[asyncio.Future[ExecResult]] = set()


class Shell:
    """One interpreter. `call` carries the streams, variables and directory that it starts with."""

    def __init__(self, process: Process, call: Call) -> None:
        self._process, self._call = process, call
        sandbox = process.sandbox
        self._script = ""
        self._work: asyncio.Future[ExecResult] | None = None
        self._bash = sandbox.mounted(
            Bash(
                username=sandbox.user.name or str(sandbox.user.uid),
                hostname=sandbox.hostname,
                cwd=call.cwd,
                env=call.env,
                profile=ExecutionProfile.Interactive,
                max_commands=_WITHOUT_END,
                max_loop_iterations=_WITHOUT_END,
                timeout_seconds=float(_WITHOUT_END),
            )
        )
        held = sandbox.image.programs
        for name in PROGRAMS.keys() & held:
            self._add(name, PROGRAMS[name])
        for name in _foreign() - held:
            self._add(name, _absent)

    async def run(self, name: str, argv: list[str]) -> int:
        """Run what `argv` asks for: a script (`sh -c`), a file, standard input, or a program of bashkit's own."""
        if name not in SHELLS:
            return await self._fed(shlex.join([name, *argv[1:]]))
        words = argv[1:]
        while words and re.fullmatch(r"[-+][abefhiklmnuvx]+|-o|-l", words[0]) and words[0] != "-c":
            flag = words.pop(0)
            if "c" not in flag and flag not in ("-i", "-l"):
                await self._bash.execute(f"set {flag}")
        if words and re.fullmatch(r"-[a-z]*c", words[0]):
            flags = words.pop(0).replace("c", "")
            script = (f"set {flags}\n" if flags != "-" else "") + words[0]
            return await self._fed(_with_arguments(script, words[2:]))
        if words:
            source = self._process.sandbox.read(self._call.path(words[0]))
            if source is None:
                await self._call.err(f"{name}: can't open '{words[0]}': No such file or directory\n".encode())
                return 2
            return await self._fed(_with_arguments(source.decode(errors="replace"), words[1:]))
        return await Lines(self._process, self._call).run(self._bash, self.execute, self._interrupt)

    async def execute(self, script: str) -> int:
        """Run a script in the shell, whose variables it sees and keeps; returns its exit code."""
        self._script = script
        # Shielded, as the interpreter's own threads go on until it notices the cancellation.
        task = self._work = asyncio.ensure_future(
            self._bash.execute(script, capture=0, stdout=self._out, stderr=self._err)
        )
        _RUNNING.add(task)
        task.add_done_callback(_RUNNING.discard)
        result = await asyncio.shield(task)
        if result.error and "cancelled" not in result.error:
            if "intermediate bytes" in result.error or "memory limit" in result.error:
                self._process.memory = self._process.sandbox.memory_limit or 0
                self._process.sandbox.charge()
            await self._err(f"sh: {result.error}\n".encode())
            return 2 if "syntax error" in result.error else 1
        return result.exit_code

    def trap(self, signal: int) -> str | None:
        """Return what the script traps a signal with; None where it does not."""
        name = _SIGNALS.get(signal)
        if name is None or "trap" not in self._script:
            return None
        return _trapped(self._script, name, signal)

    async def resume(self, script: str) -> int:
        """Run a trap's script after the shell was cancelled; returns the exit code that it ends with."""
        await self._interrupt()
        return await self.execute(script)

    def cancel(self) -> None:
        """Stop at the next command."""
        self._bash.cancel()

    async def _interrupt(self) -> None:
        """Stop what runs, and be ready for more."""
        self._bash.cancel()
        self._process.cancel_programs()
        if self._work is not None:
            await asyncio.wait({self._work})
        self._bash.clear_cancel()

    async def _fed(self, script: str) -> int:
        if not self._process.stdin:
            return await self.execute(script)
        # The pump ends with the script, not with its input, which may stay open for ever.
        ended: list[bool] = []

        async def pump(context: CommandContext) -> int:
            while not ended and (data := await self._call.read()):
                await context.stdout.write(data)
            return 0

        async def close(_: CommandContext) -> int:
            ended.append(True)
            await self._process.write(None)
            return 0

        self._bash.add_command(".pump", _quiet(pump))
        self._bash.add_command(".close", close)
        return await self.execute(f".pump | {{ ( {script}\n); _code=$?; .close; exit $_code; }}")

    def _add(self, name: str, program: Program) -> None:
        process, sandbox = self._process, self._process.sandbox

        async def command(context: CommandContext) -> int:
            async def read() -> bytes:
                return await context.stdin.read_chunk() or b""

            call = Call(
                name,
                list(context.argv),
                dict(context.env),
                context.cwd,
                read,
                context.stdout.write,
                context.stderr.write,
                sandbox.fs,
                sandbox,
                process,
            )
            return await program(call) if program is _absent else await process.work(call)

        self._bash.add_command(name, _quiet(command))

    async def _out(self, data: bytes) -> None:
        await self._call.out(data)

    async def _err(self, data: bytes) -> None:
        text = in_busybox_words(data.decode(errors="surrogateescape"), self._process.sandbox.refusal)
        await self._call.err(text.encode(errors="surrogateescape"))


async def quiesce(timeout: float = 2.0) -> None:
    """Wait until no interpreter runs any more, for up to `timeout` real seconds; before the Python process ends."""
    if _RUNNING:
        await asyncio.wait(_RUNNING, timeout=timeout)


def _quiet(command: Callable[[CommandContext], Awaitable[int]]) -> Callable[[CommandContext], Awaitable[int]]:
    """Let a command whose reader has gone end as a broken pipe does, without bashkit's words about it."""

    async def run(context: CommandContext) -> int:
        try:
            return await command(context)
        except (BrokenPipeError, ConnectionError):
            return 141

    return run


def _with_arguments(script: str, arguments: list[str]) -> str:
    return f"set -- {shlex.join(arguments)}\n{script}" if arguments else script


def _trapped(script: str, name: str, number: int) -> str | None:
    """Return the action of the last `trap ACTION SIGNAL...` of a script that names the signal."""
    found = None
    for action, signals in re.findall(r"\btrap\s+('[^']*'|\"[^\"]*\"|[\w-]+)((?:\s+\w+)+)", script):
        if {name, f"SIG{name}", str(number)} & set(signals.split()):
            found = shlex.split(action)[0] if action[0] in "'\"" else action
    return found


async def _absent(call: Call) -> int:
    await call.err(f"sh: {call.name}: not found\n".encode())
    return 127


@cache
def _foreign() -> frozenset[str]:
    """Return the programs that bashkit brings along, its shell's own words left out."""
    shell = Bash()
    own = set(shell.execute_sync("compgen -b").stdout.split())
    return frozenset(shell.capabilities().builtins) - own - {"echo", "test", "["}
