"""A shell that reads its commands from standard input, with or without a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from bashkit import Bash, BashError

from tutor.practice.containers.call import Call

if TYPE_CHECKING:
    from tutor.practice.containers.process import Process

_INCOMPLETE = ("unexpected end", "unterminated", "expected", "eof", "unclosed")


class Lines:
    """Reads lines and has them run; on a terminal it echoes and edits them as the kernel's line discipline does."""

    def __init__(self, process: Process, call: Call) -> None:
        self._process, self._call, self._tty = process, call, process.tty
        self._waiting = bytearray()
        self._at_end = False

    async def run(
        self, shell: Bash, execute: Callable[[str], Awaitable[int]], interrupt: Callable[[], Awaitable[None]]
    ) -> int:
        """Run commands until `exit` or the end of the input; returns the last exit code.

        `interrupt` stops the one that `execute` runs.
        """
        code, script = 0, ""
        while True:
            if self._tty:
                await self._call.out(b"> " if script else self._prompt(shell))
            line = await self._line()
            if line is None:
                if self._tty:
                    await self._call.out(b"\n")
                return await execute(script) if script else code
            script += line
            if not script.strip() or not _whole(shell, script):
                continue
            words = script.split()
            if words[0] == "exit" and len(words) <= 2:
                return int(words[1]) & 255 if len(words) == 2 and words[1].isdigit() else code
            code = await (self._attended(execute(script), interrupt) if self._tty else execute(script))
            script = ""

    async def _attended(self, running: Awaitable[int], interrupt: Callable[[], Awaitable[None]]) -> int:
        """Let a command run, unless Ctrl-C comes meanwhile."""
        work, key = asyncio.ensure_future(running), asyncio.ensure_future(self._interrupted())
        try:
            await asyncio.wait({work, key}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return work.result()
            await interrupt()
            await self._call.out(b"^C\n")
            return 130
        finally:
            work.cancel()
            key.cancel()

    async def _interrupted(self) -> None:
        while data := await self._call.read():
            _, mark, rest = data.partition(b"\x03")
            self._waiting += rest if mark else data
            if mark:
                return
        self._at_end = True
        await asyncio.get_running_loop().create_future()

    def _prompt(self, shell: Bash) -> bytes:
        sign = "#" if self._process.sandbox.user.uid == 0 else "$"
        return f"{shell.shell_state().cwd} {sign} ".encode()

    async def _line(self) -> str | None:
        line = bytearray()
        while True:
            while not self._waiting:
                if self._at_end:
                    return line.decode(errors="replace") if line else None
                data = await self._call.read()
                self._at_end = not data
                self._waiting += data
            byte = self._waiting.pop(0)
            if not self._tty:
                line.append(byte)
                if byte == 10:
                    return line.decode(errors="replace")
            elif byte in (10, 13):
                await self._call.out(b"\n")
                return line.decode(errors="replace") + "\n"
            elif byte == 4 and not line:
                return None
            elif byte == 3:
                await self._call.out(b"^C\n")
                return "\n"
            elif byte in (8, 127):
                if line:
                    del line[-1]
                    await self._call.out(b"\b \b")
            elif byte >= 32:
                line.append(byte)
                await self._call.out(bytes([byte]))


def _whole(shell: Bash, script: str) -> bool:
    """Whether a script is complete: more lines may follow an open quote or loop."""
    try:
        shell.analyze(script)
    except BashError as error:
        return not any(word in str(error).lower() for word in _INCOMPLETE)
    return not script.endswith("\\\n")
