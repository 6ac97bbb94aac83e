"""One HTTP/1.1 request over a tunnel."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from typing import Any

from checkers.live.client import Client
from checkers.live.tls import TlsTunnel
from checkers.live.tunnel import Place, Trouble, Tunnel, through
from checkers.words import say
from checkers.world import Address, Response

MOST = 1 << 20
"""Bytes of a body that are read; a check looks at text, not at downloads."""


def request(
    client: Client,
    place: Place,
    to: Address,
    *,
    path: str,
    method: str,
    headers: Mapping[str, str],
    tls: bool,
    server_name: str,
    timeout: float,
) -> Response:
    """Send one request from `place` and follow no redirect; what goes wrong on the way becomes `Response.problem`."""
    certificate: dict[str, Any] = {}

    def talk(tunnel: Tunnel) -> Response:
        stream: Tunnel | TlsTunnel = tunnel
        if tls:
            stream = TlsTunnel(tunnel, server_name or headers.get("Host", "") or to.host)
            certificate.update(stream.certificate())
        return _exchange(stream, to, path, method, _with_host(headers, to, tls=tls), certificate)

    try:
        return through(client, place, to, timeout, talk)
    except Trouble as error:
        return Response(problem=error.problem, detail=error.detail, certificate=certificate)


def _with_host(headers: Mapping[str, str], to: Address, *, tls: bool) -> dict[str, str]:
    """Add what every request carries; the port belongs in `Host` only where it is unusual."""
    host = f"[{to.host}]" if ":" in to.host else to.host
    usual = to.port == (443 if tls else 80)
    sent = {"User-Agent": "kubetutor", "Accept": "*/*", "Connection": "close", **headers}
    if "host" not in {name.lower() for name in headers}:
        sent["Host"] = host if usual else f"{host}:{to.port}"
    return sent


def _exchange(
    stream: Tunnel | TlsTunnel,
    to: Address,
    path: str,
    method: str,
    headers: Mapping[str, str],
    certificate: dict[str, Any],
) -> Response:
    connection = http.client.HTTPConnection(to.host, to.port)
    connection.sock = stream  # socket-like: it sends, makes a file, closes
    try:
        connection.request(method, path, headers=dict(headers))
        # Not `getresponse`: it closes the tunnel under the body, as sockets count their files and a tunnel does not.
        answer = http.client.HTTPResponse(stream, method=method)  # type: ignore[arg-type]
        answer.begin()
        body = answer.read(MOST)
    except http.client.RemoteDisconnected as error:
        raise Trouble("broken", say("the connection was closed without an answer")) from error
    except http.client.BadStatusLine as error:
        raise Trouble("broken", say("the answer is not HTTP: {line}", line=error)) from error
    except http.client.HTTPException as error:
        raise Trouble("broken", say("the answer is not whole: {error}", error=error)) from error
    return Response(
        status=answer.status,
        headers={name.lower(): value for name, value in answer.getheaders()},
        body=body.decode(errors="replace"),
        certificate=certificate,
    )
