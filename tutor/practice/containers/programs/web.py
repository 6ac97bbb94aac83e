"""wget and curl, in busybox' and curl's words."""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from tutor.practice.containers.call import Call, Program, Usage, options
from tutor.practice.containers.connection import NoSuchName, Refused, TimedOut
from tutor.practice.containers.http import Response, fetch
from tutor.practice.containers.programs.system import seconds
from tutor.practice.containers.resolver import addresses, dial

_REDIRECTS = (301, 302, 303, 307, 308)
_PATIENCE = 900.0
_BAR = "100% |********************************|"


@dataclass
class Visit:
    """One address to fetch, and how far it got: where it failed, `host`, `ip` and `port` say."""

    url: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    limit: float | None = None
    follow: bool = True
    place: str = ""
    """Host and port, as the address has them."""
    host: str = ""
    ip: str = ""
    port: int = 80

    async def make(self, call: Call, on_connect: Callable[[str], Awaitable[None]] | None = None) -> Response:
        """Fetch it, and what it redirects to. Raises NoSuchName, Refused or TimedOut."""
        for _ in range(10):
            parts = urlsplit(self.url if "://" in self.url else f"http://{self.url}")
            self.place = parts.netloc
            self.host, self.port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
            self.ip = (await addresses(call, self.host))[0]
            if on_connect is not None:
                await on_connect(self.place)
            connection = await dial(call, self.ip, self.port, self.limit)
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            headers = {"Host": self.place, **self.headers}
            work = asyncio.ensure_future(fetch(connection, self.method, target, headers, self.body))
            timer = asyncio.ensure_future(call.sandbox.clock.sleep(self.limit or _PATIENCE))
            try:
                await asyncio.wait({work, timer}, return_when=asyncio.FIRST_COMPLETED)
                if not work.done():
                    raise TimedOut
                response = work.result()
            finally:
                work.cancel()
                timer.cancel()
            if not (self.follow and response.status in _REDIRECTS and "location" in response.headers):
                break
            self.url = urljoin(parts.geturl(), response.headers["location"])
        return response


def _head(response: Response) -> list[str]:
    return [f"HTTP/1.1 {response.status} {response.reason}", *(f"{k}: {v}" for k, v in response.headers.items())]


def _headers(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


_WGET = {
    "--header": "H", "--post-data": "d", "--timeout": "T", "--spider": "s", "--quiet": "q", "--output-document": "O",
    "--server-response": "S", "--no-check-certificate": "n",
}  # fmt: skip


async def wget(call: Call) -> int:
    """Fetch pages over HTTP, as busybox does."""
    try:
        found, urls = options(call.args, "qsSn", "OTtHd", _WGET)
    except Usage as error:
        return await call.fail(f"unrecognized option '{error}'")
    for url in urls:
        visit = Visit(url, "POST" if "d" in found else "GET", {"User-Agent": "Wget"})
        visit.headers.update(_headers(found.get("H", "")))
        visit.body, visit.limit = found.get("d", "").encode(), float(found["T"]) if "T" in found else None

        async def connecting(place: str, visit: Visit = visit) -> None:
            if "q" not in found:
                await call.err(f"Connecting to {place} ({visit.ip}:{visit.port})\n".encode())

        try:
            response = await visit.make(call, connecting)
        except NoSuchName:
            return await call.fail(f"bad address '{visit.place}'")
        except Refused:
            return await call.fail(f"can't connect to remote host ({visit.ip}): Connection refused")
        except TimedOut:
            slow = f"can't connect to remote host ({visit.ip}): Connection timed out"
            return await call.fail("download timed out" if visit.limit else slow)
        if not response.status:
            return await call.fail("error getting response")
        if "S" in found:
            await call.err("".join(f"  {line}\n" for line in _head(response)).encode())
        if response.status >= 300:
            return await call.fail(f"server returned error: HTTP/1.1 {response.status} {response.reason}")
        if code := await _keep(call, url, response, found):
            return code
    return 0


async def _keep(call: Call, url: str, response: Response, found: dict[str, str]) -> int:
    loud = "q" not in found
    if "s" in found:
        await call.err(b"remote file exists\n" if loud else b"")
        return 0
    name = posixpath.basename(urlsplit(url if "://" in url else f"http://{url}").path) or "index.html"
    target = found.get("O", name)
    if target == "-":
        await call.out(response.body)
    elif not target.startswith("/dev/"):
        try:
            call.fs.write_file(call.path(target), response.body)
        except RuntimeError:
            return await call.fail(f"can't open '{target}': {call.sandbox.refusal}")
    if loud:
        start, end = f"saving to '{target}'", f"'{target}' saved"
        if target == "-":
            start, end = "writing to stdout", "written to stdout"
        await call.err(f"{start}\n{target:<20} {_BAR} {len(response.body):>5}  0:00:00 ETA\n{end}\n".encode())
    return 0


_CURL = {
    "--max-time": "m", "--connect-timeout": "m", "--silent": "s", "--header": "H", "--request": "X", "--data": "d",
    "--output": "o", "--write-out": "w", "--fail": "f", "--head": "I", "--include": "i", "--location": "L",
    "--show-error": "S", "--verbose": "v", "--insecure": "k",
}  # fmt: skip


async def curl(call: Call) -> int:
    """Fetch pages as curl does."""
    try:
        found, urls = options(call.args, "sSfIiLvk", "omXdHw", _CURL)
    except Usage as error:
        await call.err(f"curl: option -{error}: is unknown\ncurl: try 'curl --help' for more information\n".encode())
        return 2
    for url in urls:
        method = found.get("X", "HEAD" if "I" in found else "POST" if "d" in found else "GET")
        visit = Visit(url, method, {"User-Agent": "curl/8.14.1", "Accept": "*/*"})
        visit.headers.update(_headers(found.get("H", "")))
        visit.body, visit.follow = found.get("d", "").encode(), "L" in found
        visit.limit = min(map(seconds, found["m"].splitlines())) if "m" in found else None
        status, code, words = 0, 0, ""
        try:
            response = await visit.make(call)
            status = response.status
            if not status:
                code, words = 52, "Empty reply from server"
            elif status >= 400 and "f" in found:
                code, words = 22, f"The requested URL returned error: {status}"
        except NoSuchName:
            code, words = 6, f"Could not resolve host: {visit.host}"
        except Refused:
            place = f"{visit.host} port {visit.port}"
            code, words = 7, f"Failed to connect to {place} after 0 ms: Could not connect to server"
        except TimedOut:
            code, words = 28, f"Connection timed out after {int((visit.limit or 127) * 1000)} milliseconds"
        if not code:
            await _show(call, response, found)
        if "w" in found:
            text = found["w"].replace("%{http_code}", f"{status:03}")
            await call.out(text.replace("\\n", "\n").encode())
        if code:
            if "s" not in found or "S" in found:
                await call.err(f"curl: ({code}) {words}\n".encode())
            return code
    return 0


async def _show(call: Call, response: Response, found: dict[str, str]) -> None:
    if found.keys() & {"I", "i"}:
        await call.out("\r\n".join([*_head(response), "", ""]).encode())
    if "o" not in found:
        await call.out(response.body)
    elif not found["o"].startswith("/dev/"):
        call.fs.write_file(call.path(found["o"]), response.body)


PROGRAMS: dict[str, Program] = {"wget": wget, "curl": curl}
