"""What a kubelet knows of one container: its attempts to run, its log, and what it waits for."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from tutor.practice.api.errors import Obj
from tutor.practice.clock import Clock, stamp

if TYPE_CHECKING:
    from tutor.practice.containers.images import Image
    from tutor.practice.containers.sandbox import Process, Sandbox

LOG_BYTES = 1_000_000
"""What is kept of one attempt's log; a real kubelet rotates at 10 MiB."""
STATUS_UNKNOWN = {
    "exitCode": 137,
    "finishedAt": None,
    "message": "The container could not be located when the pod was terminated",
    "reason": "ContainerStatusUnknown",
    "startedAt": None,
}
"""How a container ends that never ran when its Pod is stopped."""


class Log:
    """The lines that a container has written, with the times of their coming."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.lines: deque[tuple[datetime, bytes]] = deque()
        self.dropped = 0
        """Lines that were too old to keep."""
        self.closed = False
        self._size = 0
        self._partial = {1: b"", 2: b""}
        self._listeners: set[asyncio.Event] = set()

    def write(self, stream: int, data: bytes) -> None:
        """Add what came on standard output (1) or standard error (2)."""
        *lines, rest = (self._partial[stream] + data).split(b"\n")
        self._partial[stream] = rest
        for line in lines:
            self._add(line + b"\n")
        self._tell()

    def close(self) -> None:
        """Nothing more will come: a line without an end counts as it is."""
        for stream, rest in self._partial.items():
            if rest:
                self._add(rest)
            self._partial[stream] = b""
        self.closed = True
        self._tell()

    def tail(self, lines: int, limit: int) -> str:
        """Return the last lines, `limit` bytes at the most."""
        return b"".join(line for _, line in list(self.lines)[-lines:])[-limit:].decode(errors="replace")

    def listen(self) -> asyncio.Event:
        """Return an event that is set whenever something comes."""
        event = asyncio.Event()
        self._listeners.add(event)
        return event

    def unlisten(self, event: asyncio.Event) -> None:
        """Set that event no more."""
        self._listeners.discard(event)

    def _add(self, line: bytes) -> None:
        self.lines.append((self._clock.now(), line))
        self._size += len(line)
        while self._size > LOG_BYTES and len(self.lines) > 1:
            self._size -= len(self.lines.popleft()[1])
            self.dropped += 1

    def _tell(self) -> None:
        for event in self._listeners:
            event.set()


@dataclass(eq=False)
class Attempt:
    """One start of a container."""

    log: Log
    image: Image
    user: Obj
    """`user` of the status."""
    started_at: str = "1970-01-01T00:00:00Z"
    id: str = field(default_factory=lambda: f"containerd://{secrets.token_hex(32)}")
    sandbox: Sandbox | None = None
    process: Process | None = None
    viewers: set[asyncio.Queue[tuple[int, bytes] | None]] = field(default_factory=set)
    """Who is attached to its output."""
    ended: float = 0.0
    """When it ended, by the monotonic clock."""
    terminated: Obj | None = None
    """`state.terminated`, once it has ended."""

    def ends(self, clock: Clock, code: int, reason: str, message: str = "") -> None:
        """Keep how it ended, and let go of what it ran in."""
        self.ended = clock.monotonic()
        ended = {
            "containerID": self.id,
            "exitCode": code,
            "finishedAt": stamp(clock.now()),
            "message": message,
            "reason": reason,
            "startedAt": self.started_at,
        }
        self.terminated = {key: value for key, value in ended.items() if value != ""}
        self.sandbox = self.process = None
        for viewer in self.viewers:
            viewer.put_nowait(None)


@dataclass(eq=False)
class Container:
    """A container of a Pod. `kind` is the list of the spec that it stands in."""

    spec: Obj
    kind: str
    """`initContainers`, `containers` or `ephemeralContainers`."""
    restarts: int = 0
    current: Attempt | None = None
    last: Attempt | None = None
    """The attempt before the current one."""
    waiting: tuple[str, str] | None = None
    """Reason and message, while it waits for its next start."""
    killed: bool = False
    """Whether a probe has had its current attempt killed."""
    hook_failure: str = ""
    """Why the hook after its start has failed."""
    passed: bool = False
    """Whether its startup probe, if it has one, has succeeded."""
    probed_ready: bool = False
    """Whether its readiness probe, if it has one, succeeds."""
    over: bool = False
    """Whether it has ended for good."""
    backoff: float = 0.0
    """Seconds between its last end and its next start."""
    backed_off: float = 0.0
    """When that was last set, by the monotonic clock."""
    exited: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while no process runs."""
    up: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once it counts as started; what an init container after a sidecar waits for."""

    def __post_init__(self) -> None:
        self.exited.set()

    @property
    def name(self) -> str:
        """Its name in the Pod."""
        return str(self.spec["name"])

    @property
    def path(self) -> str:
        """How Events name it: `spec.containers{web}`."""
        return f"spec.{self.kind}{{{self.name}}}"

    @property
    def sidecar(self) -> bool:
        """Whether it is an init container that keeps running."""
        return self.kind == "initContainers" and self.spec.get("restartPolicy") == "Always"

    @property
    def running(self) -> bool:
        """Whether its process runs."""
        return not self.exited.is_set()

    @property
    def started(self) -> bool:
        """Whether it runs and its startup probe has succeeded."""
        return self.running and (self.passed or "startupProbe" not in self.spec)

    @property
    def ready(self) -> bool:
        """`ready` of the status: an init container that has ended well, another that runs and passes its probe."""
        if self.kind == "ephemeralContainers":
            return False
        if self.kind == "initContainers" and not self.sidecar:
            ended = self.current.terminated if self.current and not self.waiting else None
            return bool(ended and ended["exitCode"] == 0)
        return self.started and (self.probed_ready or "readinessProbe" not in self.spec)
