"""Servers: programs that run until they are stopped, and answer on the Pod's address."""

from __future__ import annotations

import asyncio
import posixpath
import struct
from email.utils import format_datetime
from typing import TYPE_CHECKING

from tutor.practice.containers.call import Call, Program, Usage, options
from tutor.practice.containers.connection import Connection
from tutor.practice.containers.http import Answer, Request, Response, serving

if TYPE_CHECKING:
    from tutor.practice.containers.network import Handler

_TYPES = {
    ".html": "text/html", ".htm": "text/html", ".css": "text/css", ".js": "text/javascript", ".txt": "text/plain",
    ".json": "application/json", ".png": "image/png",
}  # fmt: skip


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
    kind = _TYPES.get(posixpath.splitext(path)[1], "application/octet-stream")
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
    now = call.sandbox.clock.now().strftime("%a %b %d %H:%M:%S.%f %Y")
    ip = call.sandbox.network.ip if call.sandbox.network else "127.0.0.1"
    await call.err(
        f"AH00558: httpd: Could not reliably determine the server's fully qualified domain name, using {ip}. "
        "Set the 'ServerName' directive globally to suppress this message\n"
        f"[{now}] [mpm_event:notice] [pid 1:tid 1] AH00489: Apache/{call.sandbox.image.tag} (Unix) configured -- "
        f"resuming normal operations\n[{now}] [core:notice] [pid 1:tid 1] AH00094: Command line: "
        "'httpd -D FOREGROUND'\n".encode()
    )

    async def answer(request: Request) -> Response:
        path = posixpath.normpath("/usr/local/apache2/htdocs/" + request.path)
        response = file_response(call, path) or Response(404, b"Not Found\n", {"Content-Type": "text/html"})
        stamp = call.sandbox.clock.now().strftime("%d/%b/%Y:%H:%M:%S +0000")
        line = f'{request.client} - - [{stamp}] "{request.method} {request.target} {request.version}"'
        await call.say(f"{line} {response.status} {len(response.body)}")
        return response

    return await serve(call, {80: serving(call.sandbox.clock, answer, f"Apache/{call.sandbox.image.tag} (Unix)")})


def _option(args: list[str], name: str, default: str) -> str:
    """Return the value of `--name=value`, `--name value`, or the same with one dash."""
    for word, following in zip(args, [*args[1:], ""], strict=True):
        key, _, value = word.lstrip("-").partition("=")
        if word.startswith("-") and key == name:
            return value or following
    return default


async def http_echo(call: Call) -> int:
    """hashicorp/http-echo: always the same text."""
    text = _option(call.args, "text", call.env.get("ECHO_TEXT", ""))
    if not text:
        await call.err(b"Missing -text option or ECHO_TEXT env var!\n")
        return 127
    listen = _option(call.args, "listen", ":5678")
    stamp = call.sandbox.clock.now().strftime("%Y/%m/%d %H:%M:%S")
    await call.say(f"{stamp} [INFO] server is listening on {listen}")

    async def answer(_: Request) -> Response:
        return Response(200, text.encode() + b"\n", {"X-App-Name": "http-echo"})

    return await serve(call, {int(listen.rsplit(":", 1)[1]): serving(call.sandbox.clock, answer)})


async def hello_app(call: Call) -> int:
    """Google's sample: says hello, with its version and the Pod's name."""
    await call.err(call.sandbox.clock.now().strftime("%Y/%m/%d %H:%M:%S Server listening on port 8080\n").encode())

    async def answer(_: Request) -> Response:
        text = f"Hello, world!\nVersion: {call.sandbox.image.tag}.0\nHostname: {call.sandbox.hostname}\n"
        return Response(200, text.encode())

    return await serve(call, {8080: serving(call.sandbox.clock, answer)})


async def agnhost(call: Call) -> int:
    """Kubernetes' own test image: netexec, serve-hostname and pause."""
    mode = call.args[0] if call.args else "pause"
    if mode == "pause":
        return await serve(call, {})
    port = int(_option(call.args, "http-port", _option(call.args, "port", "8080" if mode == "netexec" else "9376")))

    async def answer(request: Request) -> Response:
        path = request.path
        if mode == "serve-hostname" or path == "/hostname":
            return Response(200, call.sandbox.hostname.encode())
        if path == "/clientip":
            return Response(200, f"{request.client}:40000".encode())
        if path == "/echo":
            return Response(int(request.query.get("code") or 200), request.query.get("msg", "").encode())
        if path in ("/", "/healthz"):
            return Response(200, b"" if path == "/healthz" else f"NOW: {call.sandbox.clock.now()}".encode())
        return Response(404, b"404 page not found\n")

    return await serve(call, {port: serving(call.sandbox.clock, answer)})


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


def _daemon(log: str = "", ports: tuple[int, ...] = (), response: Response | None = None) -> Program:
    """Return a program that says it has started, and gives one answer to whoever asks."""

    async def run(call: Call) -> int:
        stamp = call.sandbox.clock.now()
        if log:
            await call.err(stamp.strftime(log.replace("{version}", call.sandbox.image.tag)).encode() + b"\n")
        answer = serving(call.sandbox.clock, _always(response or Response(200, b"ok")))
        return await serve(call, dict.fromkeys(ports, answer))

    return run


_KLOG = "I%m%d %H:%M:%S.000000       1 "
_POSTGRES = "%Y-%m-%d %H:%M:%S.000 UTC [1] LOG:  database system is ready to accept connections"
_MYSQL = "%Y-%m-%dT%H:%M:%S.000000Z 0 [System] [MY-010931] [Server] /usr/sbin/mysqld: ready for connections."
_PROMETHEUS = 'time=%Y-%m-%dT%H:%M:%S.000Z level=INFO msg="Server is ready to receive web requests."'
_TRAEFIK = "%Y-%m-%dT%H:%M:%SZ INF Traefik version {version} built on 2026-01-01"
_NOT_FOUND = Response(404, b"404 page not found\n")
PROGRAMS: dict[str, Program] = {
    "httpd": httpd,
    "httpd-foreground": apache,
    "http-echo": http_echo,
    "agnhost": agnhost,
    "coredns": coredns,
    "hello-app": hello_app,
    "pause": _daemon(),
    "memcached": _daemon("", (11211,)),
    "mongod": _daemon('{"t":{"$date":"%Y-%m-%dT%H:%M:%S.000Z"},"s":"I","msg":"Waiting for connections"}', (27017,)),
    "postgres": _daemon(_POSTGRES, (5432,)),
    "mysqld": _daemon(_MYSQL, (3306,)),
    "prometheus": _daemon(_PROMETHEUS, (9090,)),
    "traefik": _daemon(_TRAEFIK, (80, 8000, 8080, 9000), _NOT_FOUND),
    "metrics-server": _daemon(_KLOG + "secure_serving.go:211] Serving securely on [::]:10250"),
    "etcd": _daemon('{"level":"info","ts":"%Y-%m-%dT%H:%M:%S.000000Z","msg":"ready to serve client requests"}'),
    "kube-apiserver": _daemon(_KLOG + "secure_serving.go:211] Serving securely on [::]:6443"),
    "kube-controller-manager": _daemon(_KLOG + "secure_serving.go:211] Serving securely on 127.0.0.1:10257"),
    "kube-scheduler": _daemon(_KLOG + "secure_serving.go:211] Serving securely on 127.0.0.1:10259"),
    "kube-proxy": _daemon(_KLOG + 'server_linux.go:132] "Using iptables Proxier"'),
    "kindnetd": _daemon(_KLOG + 'main.go:109] connected to apiserver'),
    "local-path-provisioner": _daemon("time=%Y-%m-%dT%H:%M:%SZ level=debug msg=Provisioner started"),
}  # fmt: skip
