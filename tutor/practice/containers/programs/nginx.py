"""nginx, as far as its configuration says which files, texts or other servers answer."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tutor.practice.containers.call import Call, Program
from tutor.practice.containers.connection import NoSuchName, Refused, TimedOut
from tutor.practice.containers.http import Request, Response, fetch, serving
from tutor.practice.containers.programs.servers import file_response, serve
from tutor.practice.containers.resolver import dial

if TYPE_CHECKING:
    from tutor.practice.containers.network import Handler

_CONF = "/etc/nginx/nginx.conf"


@dataclass
class Block:
    """A directive: its words, and for a block what stands in its braces."""

    words: list[str]
    inner: list[Block] = field(default_factory=list)

    def all(self, name: str) -> list[Block]:
        """Return the inner directives of a name."""
        return [each for each in self.inner if each.words[:1] == [name]]

    def value(self, name: str, default: str = "") -> str:
        """Return the first word of a directive."""
        found = self.all(name)
        return found[0].words[1] if found and len(found[0].words) > 1 else default


def parse(text: str) -> Block:
    """Read a configuration. Raises ValueError for braces that do not fit or a line without its semicolon."""
    lexer = shlex.shlex(re.sub(r"(?m)^\s*#.*$|\s#[^'\"\n]*$", "", text), posix=True, punctuation_chars=";{}")
    lexer.whitespace_split, lexer.commenters = True, ""
    stack, words = [Block([])], list[str]()
    for token in (mark for word in lexer for mark in (word if set(word) <= set(";{}") else [word])):
        if token == "{":
            stack.append(Block(words))
            words = []
        elif token == "}":
            if words or len(stack) == 1:
                raise ValueError('unexpected "}"')
            done = stack.pop()
            stack[-1].inner.append(done)
        elif token == ";":
            stack[-1].inner.append(Block(words))
            words = []
        else:
            words.append(token.replace("\\n", "\n"))
    if words or len(stack) > 1:
        raise ValueError('unexpected end of file, expecting ";" or "}"')
    return stack[0]


class Server:
    """The servers of one configuration."""

    def __init__(self, call: Call) -> None:
        self._call = call
        http = self._load(_CONF).all("http") or [Block([])]
        self._servers = http[0].all("server")

    def _load(self, path: str) -> Block:
        data = self._call.sandbox.read(path)
        if data is None:
            raise ValueError(f'open() "{path}" failed (2: No such file or directory)')
        try:
            block = parse(data.decode(errors="replace"))
        except ValueError as error:
            raise ValueError(f"{error} in {path}:1") from error
        self._include(block)
        return block

    def _include(self, block: Block) -> None:
        for each in list(block.inner):
            if each.words[:1] == ["include"] and "*" in each.words[1]:
                folder = posixpath.dirname(each.words[1])
                names = (
                    [entry["name"] for entry in self._call.fs.read_dir(folder)] if self._call.fs.exists(folder) else []
                )
                for name in sorted(each for each in names if each.endswith(".conf")):
                    block.inner += self._load(f"{folder}/{name}").inner
            self._include(each)

    def ports(self) -> set[int]:
        """Return the ports that the servers listen on."""
        words = [each.words[1] for server in self._servers for each in server.all("listen")]
        return {int(word.rsplit(":", 1)[-1].rstrip("]")) for word in words if word.rsplit(":", 1)[-1].isdigit()}

    async def answer(self, request: Request, port: int) -> Response:
        """Answer a request on a port."""
        host = request.headers.get("host", "").split(":")[0]
        fit = [s for s in self._servers if any(str(port) in each.words[1] for each in s.all("listen")) or port == 80]
        server = next((s for s in fit for n in s.all("server_name") if host in n.words[1:]), (fit or self._servers)[0])
        places = [each for each in server.all("location") if self._fits(each, request.path)]
        place = max(places, key=lambda each: (each.words[1] == "=", len(each.words[-1])), default=Block([]))
        for block in (server, place):
            if returned := block.all("return"):
                words = returned[0].words[1:]
                kind = block.value("default_type", server.value("default_type", "text/plain"))
                text = " ".join(words[1:])
                if words[0] in ("301", "302", "307", "308"):
                    return self._page(int(words[0]), {"Location": text})
                return Response(
                    int(words[0]),
                    text.replace("$hostname", self._call.sandbox.hostname).encode(),
                    {"Content-Type": kind},
                )
        if upstream := place.value("proxy_pass"):
            return await self._forward(upstream, place, request)
        root = place.value("root", server.value("root", "/etc/nginx/html"))
        path = posixpath.normpath(f"{root}/{request.path}")
        if alias := place.value("alias"):
            path = posixpath.normpath(f"{alias}/{request.path.removeprefix(place.words[-1])}")
        if (response := file_response(self._call, path)) is not None:
            return response
        exists = self._call.fs.exists(path)
        await self._log_missing(request, path, exists)
        return self._page(403 if exists else 404, {})

    @staticmethod
    def _fits(place: Block, path: str) -> bool:
        kind, pattern = (place.words[1], place.words[-1]) if len(place.words) > 2 else ("", place.words[-1])
        if kind in ("~", "~*"):
            return re.search(pattern, path, re.I if kind == "~*" else 0) is not None
        return path == pattern if kind == "=" else path.startswith(pattern)

    async def _log_missing(self, request: Request, path: str, exists: bool) -> None:
        what = f'open() "{path}" failed (2: No such file or directory)'
        if exists:
            what = f'directory index of "{path}/" is forbidden'
        asked = f'"{request.method} {request.target} {request.version}", host: "{request.headers.get("host", "")}"'
        about = f"client: {request.client}, server: localhost, request: {asked}"
        await self._call.err(f"{_stamp(self._call)} [error] 29#29: *1 {what}, {about}\n".encode())

    def _page(self, status: int, headers: dict[str, str]) -> Response:
        response = Response(status, b"", {"Content-Type": "text/html", **headers})
        title = f"{status} {response.reason}"
        response.body = (
            f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
            f"<hr><center>nginx/{self._call.sandbox.image.tag}</center>\r\n</body>\r\n</html>\r\n"
        ).encode()
        return response

    async def _forward(self, upstream: str, place: Block, request: Request) -> Response:
        found = re.match(r"https?://([^/:]+)(?::(\d+))?(/.*)?$", upstream)
        host, port, path = (found[1], int(found[2] or 80), found[3]) if found else (upstream, 80, None)
        target = path + request.target.removeprefix(place.words[-1]) if path else request.target
        try:
            connection = await dial(self._call, host, port, 60)
            response = await fetch(connection, request.method, target, {"Host": f"{host}:{port}"}, request.body)
        except (NoSuchName, Refused):
            return self._page(502, {})
        except TimedOut:
            return self._page(504, {})
        return Response(
            response.status, response.body, {"Content-Type": response.headers.get("content-type", "text/plain")}
        )


async def nginx(call: Call) -> int:
    """Serve what the configuration says, or with -t or -v look at it."""
    version = call.sandbox.image.tag
    if "-v" in call.args or "-V" in call.args:
        await call.err(f"nginx version: nginx/{version}\n".encode())
        return 0
    try:
        server = Server(call)
        if not call.fs.exists("/var/cache/nginx/client_temp"):
            call.fs.mkdir("/var/cache/nginx/client_temp", recursive=True)
    except ValueError as error:
        return await _emergency(call, str(error))
    except RuntimeError:
        number = 30 if call.sandbox.read_only else 13
        words = f'mkdir() "/var/cache/nginx/client_temp" failed ({number}: {call.sandbox.refusal})'
        return await _emergency(call, words)
    if "-t" in call.args:
        await call.err(f"nginx: the configuration file {_CONF} syntax is ok\n".encode())
        await call.err(f"nginx: configuration file {_CONF} test is successful\n".encode())
        return 0
    for words in ('using the "epoll" event method', f"nginx/{version}", "start worker processes"):
        await call.err(f"{_stamp(call)} [notice] 1#1: {words}\n".encode())

    def on(port: int) -> Handler:
        async def answer(request: Request) -> Response:
            response = await Server(call).answer(request, port)
            now = call.sandbox.clock.now().strftime("%d/%b/%Y:%H:%M:%S +0000")
            agent = request.headers.get("user-agent", "-")
            line = (
                f'{request.client} - - [{now}] "{request.method} {request.target} {request.version}" {response.status}'
            )
            await call.say(f'{line} {len(response.body)} "-" "{agent}" "-"')
            return response

        return serving(call.sandbox.clock, answer, f"nginx/{version}")

    try:
        return await serve(call, {port: on(port) for port in server.ports()})
    except OSError as error:
        return await _emergency(call, f"bind() to 0.0.0.0:80 failed (98: {error})")


async def _emergency(call: Call, words: str) -> int:
    await call.err(f"{_stamp(call)} [emerg] 1#1: {words}\nnginx: [emerg] {words}\n".encode())
    return 1


def _stamp(call: Call) -> str:
    return f"{call.sandbox.clock.now():%Y/%m/%d %H:%M:%S}"


PROGRAMS: dict[str, Program] = {"nginx": nginx}
