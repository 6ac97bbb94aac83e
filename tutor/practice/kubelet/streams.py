"""What the API server asks of kubelets: logs, commands in containers, connections to Pods."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator

from tutor.practice.api import errors
from tutor.practice.api.errors import ApiError, Obj
from tutor.practice.containers.sandbox import Exit, Process, StartError
from tutor.practice.kubelet.container import Attempt, Container
from tutor.practice.kubelet.kubelet import Kubelets
from tutor.practice.kubelet.logs import Options, chosen, read
from tutor.practice.kubelet.runtime import Line

NOT_UPGRADED = "unable to upgrade connection: "
"""What kubectl says before the words of a kubelet that refuses a stream."""


class Attached:
    """A view of a container's main process: its output from now on, and its standard input."""

    def __init__(self, attempt: Attempt, process: Process, *, stdin: bool, once: bool) -> None:
        self._attempt, self._process, self._stdin, self._once = attempt, process, stdin, once
        self._pieces: asyncio.Queue[tuple[int, bytes] | None] = asyncio.Queue()
        attempt.viewers.add(self._pieces)

    @property
    def output(self) -> AsyncIterator[tuple[int, bytes]]:
        """Pieces of standard output (1) and standard error (2)."""
        return self._read()

    async def write(self, data: bytes | None) -> None:
        """Write to its standard input; None closes that, if the container says `stdinOnce`."""
        if self._stdin and (data is not None or self._once):
            await self._process.write(data)

    async def wait(self) -> Exit:
        """Return how the attaching ended, which is always well."""
        return Exit(0)

    def kill(self, signal: int) -> None:
        """Look on no more; the process runs on."""
        del signal
        self._attempt.viewers.discard(self._pieces)
        self._pieces.put_nowait(None)

    def resize(self, width: int, height: int) -> None:
        """Tell the size of the terminal, in cells."""
        self._process.resize(width, height)

    async def _read(self) -> AsyncIterator[tuple[int, bytes]]:
        while (piece := await self._pieces.get()) is not None:
            yield piece


class Streams:
    """The nodes, as the HTTP side reaches them. All methods raise ApiError."""

    def __init__(self, kubelets: Kubelets) -> None:
        self._kubelets = kubelets

    async def logs(self, namespace: str, pod: str, container: str, options: Options) -> AsyncIterator[bytes]:
        """Stream a container's log; that of a Pod without a node is empty."""
        options.check(pod)
        since = options.since(self._kubelets.clock)
        obj = self._kubelets.api.get("pods", namespace, pod)
        name = _container(obj, container)
        worker = self._kubelets.worker(obj)
        if not obj["spec"].get("nodeName"):
            return
        found = worker.find(name) if worker else None
        if found is None or worker is None:
            raise errors.bad_request(f'container "{name}" in pod "{pod}" is not available')
        if not found.current and not found.waiting:
            state = worker.waits_for(found)
            raise errors.bad_request(f'container "{name}" in pod "{pod}" is waiting to start: {state}')
        async for data in read(chosen(found, pod, previous=options.previous), options, since):
            yield data

    async def exec(
        self, namespace: str, pod: str, container: str, argv: list[str], *, stdin: bool, tty: bool
    ) -> Process:
        """Start a command in a container."""
        found, name = self._find(namespace, pod, container)
        attempt = found.current if found and found.running else None
        if attempt is None or attempt.sandbox is None:
            raise ApiError(500, "", f'{NOT_UPGRADED}container not found ("{name}")')
        try:
            return attempt.sandbox.start(argv, tty=tty, stdin=stdin)
        except StartError as error:
            twice = "Internal error occurred: Internal error occurred: "
            raise ApiError(500, "InternalError", f"{twice}{error.for_exec(secrets.token_hex(32))}") from error

    async def attach(self, namespace: str, pod: str, container: str, *, stdin: bool, tty: bool) -> Attached:
        """Attach to a container's main process."""
        del tty  # the container's own setting counts
        found, name = self._find(namespace, pod, container)
        attempt = found.current if found and found.running else None
        if found is None or attempt is None or attempt.process is None:
            raise ApiError(500, "", f"{NOT_UPGRADED}container {name} not found in pod {pod}_{namespace}")
        once = bool(found.spec.get("stdinOnce"))
        return Attached(attempt, attempt.process, stdin=stdin and bool(found.spec.get("stdin")), once=once)

    async def dial(self, namespace: str, pod: str, port: int) -> Line:
        """Connect to a port of a Pod."""
        obj = self._kubelets.api.get("pods", namespace, pod)
        worker = self._kubelets.worker(obj)
        if worker is None:
            raise errors.bad_request(f"pod {pod} does not have a host assigned")
        try:
            return await self._kubelets.runtime.dial(worker.life.ip, worker.life.ip, port)
        except OSError as error:
            inside = secrets.token_hex(32)
            text = (
                f"error forwarding port {port} to pod {inside}, uid : failed to execute portforward in network "
                f'namespace "/var/run/netns/cni-{worker.uid}": failed to connect to localhost:{port} inside namespace '
                f'"{inside}", IPv4: dial tcp4 127.0.0.1:{port}: connect: connection refused '
                f"IPv6 dial tcp6 [::1]:{port}: connect: connection refused "
            )
            raise ApiError(500, "InternalError", text) from error

    def _find(self, namespace: str, pod: str, container: str) -> tuple[Container | None, str]:
        obj = self._kubelets.api.get("pods", namespace, pod)
        name = _container(obj, container)
        if not obj["spec"].get("nodeName"):
            raise errors.bad_request(f"pod {pod} does not have a host assigned")
        worker = self._kubelets.worker(obj)
        return worker.find(name) if worker else None, name


def _container(pod: Obj, wanted: str) -> str:
    """Return the name of the container that is meant. Raises ApiError."""
    spec, name = pod["spec"], pod["metadata"]["name"]
    mains = [each["name"] for each in spec["containers"]]
    init = [each["name"] for each in spec.get("initContainers") or []]
    every = [*mains, *init, *(each["name"] for each in spec.get("ephemeralContainers") or [])]
    if wanted:
        if wanted not in every:
            raise errors.bad_request(f"container {wanted} is not valid for pod {name}")
        return wanted
    if len(mains) == 1:
        return str(mains[0])
    text = f"a container name must be specified for pod {name}, choose one of: [{' '.join(mains)}]"
    if init:
        text += f" or one of the init containers: [{' '.join(init)}]"
    raise errors.bad_request(text)
