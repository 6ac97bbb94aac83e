"""Commands and requests that a kubelet sends into a container: for probes, and for lifecycle hooks."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

from tutor.practice.api.errors import Obj
from tutor.practice.containers.sandbox import StartError
from tutor.practice.kubelet.container import Container
from tutor.practice.kubelet.env import quoted

if TYPE_CHECKING:
    from tutor.practice.kubelet.worker import Worker

OUTPUT = 10 * 1024
"""Bytes of a command's output that are kept."""
SIGKILL = 9


class HookError(Exception):
    """A lifecycle hook has failed; the message is the kubelet's."""


def exec_error(error: StartError) -> str:
    """Return what containerd says of a command that does not start in a container."""
    return error.for_exec(secrets.token_hex(32)).removeprefix("error executing command in container: ")


async def execute(container: Container, argv: list[str]) -> tuple[int, bytes]:
    """Run a command in the container; return its exit code and output. Raises StartError."""
    sandbox = container.current.sandbox if container.current else None
    if sandbox is None:
        raise StartError("container not running")
    process, output = sandbox.start(argv), b""
    try:
        async for _, data in process.output:
            output = (output + data)[:OUTPUT]
        return (await process.wait()).code, output
    except asyncio.CancelledError:
        process.kill(SIGKILL)
        raise


async def request(worker: Worker, container: Container, action: Obj, agent: str) -> int:
    """Send an HTTP GET as `httpGet` says; return the status code. Raises OSError, as ConnectionRefusedError."""
    host, number = action.get("host") or worker.life.ip, port(container, action["port"])
    path = action.get("path") or "/"
    headers = {"Host": f"{host}:{number}", "User-Agent": agent, "Accept": "*/*", "Connection": "close"}
    headers |= {each["name"]: each["value"] for each in action.get("httpHeaders") or []}
    connection = await worker.kubelet.dial(host, number)
    try:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        await connection.write(f"GET /{path.lstrip('/')} HTTP/1.1\r\n{lines}\r\n".encode())
        answer = b""
        while b"\r\n" not in answer:
            data = await connection.read()
            if not data:
                raise EOFError
            answer += data
        return int(answer.split(None, 2)[1])
    finally:
        connection.close()


def url(worker: Worker, container: Container, action: Obj) -> str:
    """Return the URL that `httpGet` means."""
    host, number = action.get("host") or worker.life.ip, port(container, action["port"])
    return f"{action.get('scheme', 'HTTP').lower()}://{host}:{number}/{(action.get('path') or '/').lstrip('/')}"


def port(container: Container, wanted: int | str) -> int:
    """Return a port by number, or by its name in the container. Raises LookupError where there is none of that name."""
    if isinstance(wanted, int) or str(wanted).isdigit():
        return int(wanted)
    for each in container.spec.get("ports") or []:
        if each.get("name") == wanted:
            return int(each["containerPort"])
    raise LookupError(f'port "{wanted}" not found')


async def run_hook(worker: Worker, container: Container, hook: Obj) -> None:
    """Run a lifecycle hook. Raises HookError."""
    name = f'for Container "{container.name}" in Pod "{worker.full_name}" failed - error: '
    if action := hook.get("exec"):
        argv = action["command"]
        shown = " ".join(argv)
        try:
            code, output = await execute(container, argv)
        except StartError as error:
            text = f"Exec lifecycle hook ([{shown}]) {name}{exec_error(error)}, message: {quoted('')}"
            raise HookError(text) from error
        if code:
            message = quoted(output.decode(errors="replace"))
            text = f"Exec lifecycle hook ([{shown}]) {name}command '{shown}' exited with {code}: , message: {message}"
            raise HookError(text)
    elif action := hook.get("sleep"):
        await worker.clock.sleep(action["seconds"])
