"""What a simulated program gets: its arguments, its streams, and the container around it."""

from __future__ import annotations

import posixpath
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bashkit import FileSystem

    from tutor.practice.containers.sandbox import Process, Sandbox


@dataclass
class Call:
    """One run of a program, in a shell or by itself."""

    name: str
    args: list[str]
    env: dict[str, str]
    cwd: str
    read: Callable[[], Awaitable[bytes]]
    """The next bytes of standard input, b"" at its end."""
    out: Callable[[bytes], Awaitable[None]]
    err: Callable[[bytes], Awaitable[None]]
    fs: FileSystem
    """The container's files with its volumes, in one tree."""
    sandbox: Sandbox
    process: Process

    async def say(self, text: str) -> int:
        """Write a line to standard output; returns 0, the exit code of success."""
        await self.out(text.encode() + b"\n")
        return 0

    async def fail(self, text: str, code: int = 1) -> int:
        """Write `name: text` to standard error and return the exit code."""
        await self.err(f"{self.name}: {text}\n".encode())
        return code

    async def read_all(self) -> bytes:
        """Return standard input up to its end."""
        data = bytearray()
        while piece := await self.read():
            data += piece
        return bytes(data)

    def path(self, name: str) -> str:
        """Return `name` as an absolute path."""
        return posixpath.normpath(posixpath.join(self.cwd, name))

    async def run(self, argv: list[str], env: dict[str, str] | None = None) -> int:
        """Run another program in this one's place, with its streams; returns its exit code, 127 without it."""
        return await self.process.nested(self, argv, env)


Program = Callable[[Call], Awaitable[int]]


class Usage(Exception):
    """An option that the program does not know."""


def options(
    args: list[str], flags: str, valued: str, long: Mapping[str, str] | None = None
) -> tuple[dict[str, str], list[str]]:
    """Split arguments as getopt does: letters in `flags` stand alone, those in `valued` take a value.

    `long` gives the letters of long options. A value given again is added on a new line. Raises Usage with an option
    that is in none of them.
    """
    found: dict[str, str] = {}
    rest: list[str] = []
    words = iter(args)
    for word in words:
        if word == "--":
            rest.extend(words)
        elif word.startswith("--"):
            name, equals, value = word.partition("=")
            letter = (long or {}).get(name)
            if letter is None:
                raise Usage(name.lstrip("-"))
            text = "1" if letter in flags else value if equals else next(words, "")
            found[letter] = f"{found[letter]}\n{text}" if letter in found else text
        elif word.startswith("-") and word != "-":
            letters = word[1:]
            while letters:
                letter, letters = letters[0], letters[1:]
                if letter in valued:
                    text = letters or next(words, "")
                    found[letter] = f"{found[letter]}\n{text}" if letter in found else text
                    break
                if letter not in flags:
                    raise Usage(letter)
                found[letter] = "1"
        else:
            rest.append(word)
    return found, rest
