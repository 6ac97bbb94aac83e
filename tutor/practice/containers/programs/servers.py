"""Servers: programs that run until they are stopped, and answer on the Pod's address."""

from __future__ import annotations

import asyncio
import mimetypes
import posixpath
import struct
from email.utils import format_datetime
from typing import TYPE_CHECKING

from tutor.practice.containers.call import Call, Program, Usage, options
from tutor.practice.containers.connection import Connection
from tutor.practice.containers.http import Answer, Request, Response, serving

if TYPE_CHECKING:
    from tutor.practice.containers.network import Handler


async def serve(call: Call, handlers: dict[int, Handler]) -> int:
    """Listen on ports until the process ends. Raises OSError for a port that is taken."""
    ends = []
    try:
        if call.sandbox.network is not None:
            for port, handler in handlers.items():
                ends.append(call.sandbox.network.listen(port, handler))
        await asyncio.get_running_loop().create_future()
        return 0
    finally:
        for end in ends:
            end()


def file_response(call: Call, path: str) -> Response | None:
    """Return a file, or a directory's index.html, as a response; None where there is none."""
    fs = call.fs
    if fs.exists(path) and call.sandbox.read(path) is None:
        path = posixpath.join(path, "index.html")
    data = call.sandbox.read(path)
    if data is None:
        return None
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    stamp = format_datetime(call.sandbox.clock.now(), usegmt=True)
    return Response(200, data, {"Content-Type": kind, "Last-Modified": stamp, "Accept-Ranges": "bytes"})


async def httpd(call: Call) -> int:
    """Busybox's web server."""
    try:
        found, _ = options(call.args, "fivv", "phuceramd")
    except Usage as error:
        return await call.fail(f"invalid option -- '{error}'")
    if "f" not in found:
        call.sandbox.start(["httpd", "-f", *call.args], cwd=call.cwd)
        return 0
    port, top = int(found.get("p", "80").rsplit(":", 1)[-1]), call.path(found.get("h", "."))
    if not call.fs.exists(top):
        return await call.fail(f"can't change directory to '{found.get('h')}': No such file or directory")

    async def answer(request: Request) -> Response:
        path = posixpath.normpath(top + "/" + request.path)
        response = file_response(call, path) if path == top or path.startswith(top.rstrip("/") + "/") else None
        if response is None:
            page = (
                "<HTML><HEAD><TITLE>404 Not Found</TITLE></HEAD>\n"
                "<BODY><H1>404 Not Found</H1>\nThe requested URL was not found\n</BODY></HTML>\n"
            )
            response = Response(404, page.encode(), {"Content-Type": "text/html"})
        if "v" in found:
            await call.err(f"[::ffff:{request.client}]:40000: response:{response.status}\n".encode())
        return response

    try:
        return await serve(call, {port: serving(call.sandbox.clock, answer)})
    except OSError as error:
        return await call.fail(f"bind: {error}")


async def apache(call: Call) -> int:
    """The httpd image's server."""
    now, tag = call.sandbox.clock.now().strftime("%a %b %d %H:%M:%S.%f %Y"), call.sandbox.image.tag
    about = f"AH00489: Apache/{tag} (Unix) configured -- resuming normal operations"
    await call.err(f"[{now}] [mpm_event:notice] [pid 1:tid 1] {about}\n".encode())

    async def answer(request: Request) -> Response:
        path = posixpath.normpath("/usr/local/apache2/htdocs/" + request.path)
        return file_response(call, path) or Response(404, b"Not Found\n", {"Content-Type": "text/html"})

    return await serve(call, {80: serving(call.sandbox.clock, answer, f"Apache/{tag} (Unix)")})


async def coredns(call: Call) -> int:
    """The cluster's DNS server, over TCP and for those that ask by UDP."""
    await call.say(f".:53\nCoreDNS-{call.sandbox.image.tag}\nlinux/amd64, go1.25, ")

    async def dns(connection: Connection) -> None:
        while head := await connection.read(1):
            (length,) = struct.unpack("!H", head + await connection.exactly(1))
            wire = await connection.exactly(length)
            if call.sandbox.network is not None:
                reply = call.sandbox.network.answer(wire)
                connection.write(struct.pack("!H", len(reply)) + reply)

    ready = serving(call.sandbox.clock, _always(Response(200, b"OK")))
    return await serve(call, {53: dns, 8080: ready, 8181: ready})


def _always(response: Response) -> Answer:
    async def answer(_: Request) -> Response:
        return response

    return answer


def _daemon(log: str = "", *ports: int, status: int = 200) -> Program:
    """Return a program that says it has started, and gives one answer to whoever asks."""

    async def run(call: Call) -> int:
        if log:
            stamp = call.sandbox.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
            await call.err(f"{stamp} {log.replace('{version}', call.sandbox.image.tag)}\n".encode())
        answer = serving(call.sandbox.clock, _always(Response(status, b"ok" if status == 200 else b"not found\n")))
        return await serve(call, dict.fromkeys(ports, answer))

    return run


DAEMONS: dict[str, Program] = {
    "pause": _daemon(),
    "postgres": _daemon("LOG:  database system is ready to accept connections", 5432),
    "mysqld": _daemon("0 [System] [Server] mysqld: ready for connections.", 3306),
    "mongod": _daemon("Waiting for connections", 27017),
    "traefik": _daemon("INF Traefik version {version}", 80, 8000, 8080, 9000, status=404),
    "metrics-server": _daemon("Serving securely on [::]:10250"),
    "etcd": _daemon("ready to serve client requests"),
    "kube-apiserver": _daemon("Serving securely on [::]:6443"),
    "kube-controller-manager": _daemon("Serving securely on 127.0.0.1:10257"),
    "kube-scheduler": _daemon("Serving securely on 127.0.0.1:10259"),
    "kube-proxy": _daemon("Using iptables Proxier"),
    "kindnetd": _daemon("connected to apiserver"),
    "local-path-provisioner": _daemon("Provisioner started"),
}
PROGRAMS: dict[str, Program] = {"httpd": httpd, "httpd-foreground": apache, "coredns": coredns, **DAEMONS}
