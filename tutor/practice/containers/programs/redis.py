"""redis: a server that speaks RESP with the commands that lessons use, and its client."""

from __future__ import annotations

import asyncio
import fnmatch
import shlex
from collections.abc import Callable

from tutor.practice.containers.call import Call, Program, Usage, options
from tutor.practice.containers.connection import Connection, NoSuchName, Refused, TimedOut
from tutor.practice.containers.programs.servers import serve
from tutor.practice.containers.resolver import dial

Reply = str | int | bytes | None | list["Reply"]


class Failure(str):
    """An error reply."""


class Database:
    """The keys of one server."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._keys: dict[str, str] = {}
        self._started = call.sandbox.clock.monotonic()
        self._commands: dict[str, Callable[[list[str]], Reply]] = {
            "PING": lambda a: a[0].encode() if a else "PONG",
            "GET": lambda a: self._keys[a[0]].encode() if a[0] in self._keys else None,
            "SET": self._set,
            "INCR": self._increase,
            "DEL": lambda a: sum(self._keys.pop(key, None) is not None for key in a),
            "KEYS": lambda a: [key.encode() for key in self._keys if fnmatch.fnmatchcase(key, a[0])],
            "EXPIRE": lambda a: int(a[0] in self._keys),
            "INFO": self._info,
        }

    def run(self, words: list[str]) -> Reply:
        """Carry out one command."""
        command = self._commands.get(words[0].upper())
        if command is None:
            shown = "".join(f"'{each}' " for each in words[1:])
            return Failure(f"ERR unknown command '{words[0]}', with args beginning with: {shown}")
        try:
            return command(words[1:])
        except IndexError:
            return Failure(f"ERR wrong number of arguments for '{words[0].lower()}' command")

    def _set(self, args: list[str]) -> Reply:
        self._keys[args[0]] = args[1]
        return "OK"

    def _increase(self, args: list[str]) -> Reply:
        try:
            value = int(self._keys.get(args[0], "0")) + 1
        except ValueError:
            return Failure("ERR value is not an integer or out of range")
        self._keys[args[0]] = str(value)
        return value

    def _info(self, _: list[str]) -> Reply:
        up = int(self._call.sandbox.clock.monotonic() - self._started)
        server = f"# Server\r\nredis_version:{self._call.sandbox.image.tag}\r\nuptime_in_seconds:{up}\r\n"
        return f"{server}\r\n# Replication\r\nrole:master\r\nconnected_slaves:0\r\n".encode()


def encode(reply: Reply) -> bytes:
    """Return a reply as RESP."""
    if isinstance(reply, Failure):
        return f"-{reply}\r\n".encode()
    if isinstance(reply, str):
        return f"+{reply}\r\n".encode()
    if isinstance(reply, int):
        return f":{reply}\r\n".encode()
    if reply is None:
        return b"$-1\r\n"
    if isinstance(reply, list):
        return f"*{len(reply)}\r\n".encode() + b"".join(encode(each) for each in reply)
    return f"${len(reply)}\r\n".encode() + reply + b"\r\n"


async def read_reply(connection: Connection) -> Reply:
    """Read a reply. Raises ConnectionError when the connection ends."""
    line = (await connection.readline()).rstrip(b"\r\n")
    if not line:
        raise ConnectionError("Server closed the connection")
    kind, text = line[:1], line[1:].decode(errors="replace")
    if kind == b"-":
        return Failure(text)
    if kind == b":":
        return int(text)
    if kind == b"$":
        return (await connection.exactly(int(text) + 2))[:-2] if int(text) >= 0 else None
    if kind == b"*":
        return [await read_reply(connection) for _ in range(int(text))]
    return text


async def server(call: Call) -> int:
    """redis-server."""
    port = int(call.args[call.args.index("--port") + 1]) if "--port" in call.args else 6379
    version = call.sandbox.image.tag
    if "--version" in call.args or "-v" in call.args:
        return await call.say(f"Redis server v={version} sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=0")
    now = call.sandbox.clock.now().strftime("%d %b %Y %H:%M:%S.%f")[:-3]
    for role, words in (
        ("C", "# oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo"),
        ("C", f"# Redis version={version}, bits=64, commit=00000000, modified=0, pid=1, just started"),
        ("C", "# Configuration loaded"),
        ("M", "* monotonic clock: POSIX clock_gettime"),
        ("M", f"* Running mode=standalone, port={port}."),
        ("M", "* Server initialized"),
        ("M", "* Ready to accept connections tcp"),
    ):
        await call.say(f"1:{role} {now} {words}")
    database = Database(call)

    async def handle(connection: Connection) -> None:
        while line := (await connection.readline()).strip():
            if line.startswith(b"*"):
                words = []
                for _ in range(int(line[1:])):
                    size = int((await connection.readline())[1:])
                    words.append((await connection.exactly(size + 2))[:-2].decode(errors="replace"))
            else:
                words = line.decode(errors="replace").split()
            if words[0].upper() == "QUIT":
                connection.write(b"+OK\r\n")
                return
            connection.write(encode(database.run(words)))

    return await serve(call, {port: handle})


async def client(call: Call) -> int:
    """redis-cli: one command from its arguments, or one a line from standard input."""
    count = 0
    while count < len(call.args) and call.args[count].startswith("-"):
        count += 2
    try:
        found, _ = options(call.args[:count], "", "hpnat")
    except Usage as error:
        return await call.fail(f"Unrecognized option or bad number of args for: '-{error}'")
    host, port = found.get("h", "127.0.0.1"), int(found.get("p", "6379"))
    try:
        connection = await dial(call, host, port, float(found.get("t", "127")))
    except (NoSuchName, Refused, TimedOut) as error:
        reasons: dict[type[Exception], str] = {NoSuchName: "Name or service not known", Refused: "Connection refused"}
        reason = reasons.get(type(error), "Connection timed out")
        await call.err(f"Could not connect to Redis at {host}:{port}: {reason}\n".encode())
        return 1
    lines = (
        [call.args[count:]]
        if call.args[count:]
        else [shlex.split(x) for x in (await call.read_all()).decode().splitlines()]
    )
    try:
        for words in lines:
            if words:
                connection.write(encode([word.encode() for word in words]))
                await call.out(_shown(await read_reply(connection)) + b"\n")
    except (ConnectionError, asyncio.IncompleteReadError):
        await call.err(b"Error: Server closed the connection\n")
        return 1
    finally:
        connection.close()
    return 0


def _shown(reply: Reply) -> bytes:
    """Return a reply as redis-cli writes it where no terminal is."""
    if isinstance(reply, list):
        return b"\n".join(_shown(each) for each in reply)
    if isinstance(reply, bytes):
        return reply
    return ("" if reply is None else str(reply) + ("\n" if isinstance(reply, Failure) else "")).encode()


PROGRAMS: dict[str, Program] = {"redis-server": server, "redis-cli": client}
