"""The `proxy` subresource of Pods and Services: one HTTP request carried to a port inside the cluster."""

from __future__ import annotations

import asyncio

from aiohttp import web

from tutor.practice.api import errors
from tutor.practice.api.errors import ApiError, Obj
from tutor.practice.http.call import Call
from tutor.practice.http.parts import Connection

PATIENCE = 10.0
"""Real seconds that the answer may take."""
HOP_BY_HOP = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive", "date", "server"})


async def proxy(call: Call) -> web.Response:
    """Carry a request to `/…/pods/NAME[:PORT]/proxy/…` or `/…/services/NAME[:PORT]/proxy/…`."""
    if call.kind.resource not in ("pods", "services"):
        raise errors.no_such_path()
    scheme_name = call.path.name.split(":")
    name = scheme_name[1] if len(scheme_name) == 3 else scheme_name[0]
    port = scheme_name[-1] if len(scheme_name) > 1 else ""
    obj = call.parts.api.get(call.resource, call.namespace, name)
    pod, number = _pod(obj, port) if call.kind.resource == "pods" else _behind(call, obj, port)
    connection = await call.parts.nodes.dial(call.namespace, pod, number)
    target = f"/{call.path.rest}" + (f"?{call.request.query_string}" if call.request.query_string else "")
    body = await call.request.read()
    head = f"{call.request.method} {target} HTTP/1.0\r\nHost: {name}\r\nContent-Length: {len(body)}\r\n\r\n"
    try:
        await connection.write(head.encode() + body)
        raw = await asyncio.wait_for(_all(connection), PATIENCE)
    except (OSError, TimeoutError) as error:
        raise _unavailable(f"error trying to reach service: {error}") from error
    finally:
        connection.close()
    top, _, content = raw.partition(b"\r\n\r\n")
    first, *lines = top.decode("latin-1").split("\r\n")
    words = first.split(" ", 2)
    if len(words) < 2 or not words[1].isdigit():
        raise _unavailable("error trying to reach service: malformed HTTP response")
    headers = dict(line.split(": ", 1) for line in lines if ": " in line)
    kept = {key: value for key, value in headers.items() if key.lower() not in HOP_BY_HOP}
    return web.Response(status=int(words[1]), body=content, headers=kept)


def _pod(pod: Obj, port: str) -> tuple[str, int]:
    declared = [each for container in pod["spec"]["containers"] for each in container.get("ports") or []]
    number = int(port) if port.isdigit() else next((e["containerPort"] for e in declared if e.get("name") == port), 0)
    return pod["metadata"]["name"], number or (declared[0]["containerPort"] if declared else 80)


def _behind(call: Call, service: Obj, port: str) -> tuple[str, int]:
    """Return a ready Pod behind a Service, and its port."""
    name = service["metadata"]["name"]
    wanted = next(
        (e for e in service["spec"].get("ports") or [] if not port or port in (e.get("name"), str(e["port"]))), None
    )
    slices = call.parts.api.store.list("endpointslices.discovery.k8s.io", call.namespace)
    for each in slices:
        if each["metadata"].get("labels", {}).get("kubernetes.io/service-name") != name or wanted is None:
            continue
        number = next((e["port"] for e in each["ports"] if e.get("name", "") == wanted.get("name", "")), None)
        for endpoint in each.get("endpoints") or []:
            if number and endpoint["conditions"].get("ready") and endpoint.get("targetRef"):
                return endpoint["targetRef"]["name"], number
    raise _unavailable(f'no endpoints available for service "{name}"')


def _unavailable(message: str) -> ApiError:
    return ApiError(503, "ServiceUnavailable", message)


async def _all(connection: Connection) -> bytes:
    data = b""
    while piece := await connection.read():
        data += piece
    return data
