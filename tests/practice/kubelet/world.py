"""A node with a stopped clock, and containers whose commands are played, not run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from tutor.practice.api.chain import Api
from tutor.practice.api.errors import Obj
from tutor.practice.api.kinds import Kinds
from tutor.practice.api.store import Store
from tutor.practice.clock import FakeClock
from tutor.practice.containers.images import Image
from tutor.practice.containers.network import Network
from tutor.practice.containers.sandbox import Exit, StartError
from tutor.practice.containers.volumes import Mount
from tutor.practice.kubelet.kubelet import Kubelets
from tutor.practice.kubelet.node import Node
from tutor.practice.kubelet.runtime import Config, Runtime
from tutor.practice.schema.discovery import built_in


class Played:
    """A process: `exit N`, `say TEXT… ` and then exit 0, `serve` (ends at TERM), `oom`, or anything else: runs on."""

    def __init__(self, sandbox: PlayedSandbox, argv: list[str]) -> None:
        self.sandbox, self.argv = sandbox, argv
        self.sent: list[bytes | None] = []
        self._exit: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
        self._queue: asyncio.Queue[tuple[int, bytes] | None] = asyncio.Queue()
        match argv:
            case ["exit", code, *said]:
                self.say(" ".join(said))
                self.end(int(code))
            case ["say", *words]:
                self.say(" ".join(words) + "\n")
                self.end(0)
            case ["oom"]:
                self.end(137, oom=True)

    def say(self, text: str, stream: int = 1) -> None:
        if text:
            self._queue.put_nowait((stream, text.encode()))

    def end(self, code: int, *, oom: bool = False) -> None:
        if not self._exit.done():
            self._exit.set_result(Exit(code, oom))
            self._queue.put_nowait(None)

    @property
    def output(self) -> AsyncIterator[tuple[int, bytes]]:
        return self._pieces()

    async def _pieces(self) -> AsyncIterator[tuple[int, bytes]]:
        while (piece := await self._queue.get()) is not None:
            yield piece

    async def write(self, data: bytes | None) -> None:
        self.sent.append(data)

    async def wait(self) -> Exit:
        return await asyncio.shield(self._exit)

    def kill(self, signal: int) -> None:
        if signal == 9:
            self.end(137)
        elif self.argv[0] == "serve":
            self.end(0)

    def resize(self, width: int, height: int) -> None: ...


class PlayedSandbox:
    def __init__(self, config: Config) -> None:
        self.config = config
        self.memory_limit = config.memory_limit
        self.files: dict[str, bytes] = {}
        self.processes: list[Played] = []

    def start(self, argv: list[str], **_: Any) -> Played:
        if argv[0] == "nosuch":
            raise StartError(f'exec: "{argv[0]}": executable file not found in $PATH')
        process = Played(self, argv)
        self.processes.append(process)
        return process

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def stop(self) -> None: ...

    def memory(self) -> int:
        return 1 << 20


class Answer:
    def __init__(self, status: int) -> None:
        self.data = f"HTTP/1.1 {status} X\r\n\r\n".encode()

    async def read(self) -> bytes:
        data, self.data = self.data, b""
        return data

    async def write(self, data: bytes) -> None: ...

    def close(self) -> None: ...


class PlayedRuntime(Runtime):
    def __init__(self, clock: FakeClock, store: Store) -> None:
        super().__init__(clock, Network(store, clock))
        self.sandboxes: list[PlayedSandbox] = []
        self.answers: dict[int, int] = {}
        """Status codes by port; other ports refuse."""

    def find(self, reference: str) -> Image | None:
        return super().find(reference) if "missing" not in reference else None

    def sandbox(self, config: Config) -> Any:
        self.sandboxes.append(PlayedSandbox(config))
        return self.sandboxes[-1]

    async def dial(self, source: str, host: str, port: int, **_: Any) -> Any:
        if port not in self.answers:
            raise ConnectionRefusedError
        return Answer(self.answers[port])


class World:
    """One node, `node`, that has busybox:1.37, in a cluster with the namespace `default`."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.store = Store()
        self.api = Api(self.store, Kinds(built_in()), self.clock)
        for name in ("default", "kube-node-lease"):
            self.api.create("namespaces", {"metadata": {"name": name}})
        self.runtime = PlayedRuntime(self.clock, self.store)
        image = self.runtime.find("busybox:1.37")
        assert image
        node = Node(
            name="node", cluster="c", ip="172.18.0.2", pod_cidr="10.244.0.0/24", images={image.reference: image.size}
        )
        self.kubelets = Kubelets(self.api, [node], self.runtime, token=lambda pod, source: "token")
        self.seen: list[tuple[str, str]] = []
        self.store.subscribe(self._watch)

    def _watch(self, event: Any) -> None:
        if event.resource == "pods":
            self.seen.append((event.type, shown(event.object)))

    async def pod(self, *containers: Obj, name: str = "p", **spec: Any) -> Obj:
        """Create a Pod that is bound to the node; a container's `command` is split at spaces."""
        containers = tuple({"name": "c", "image": "busybox:1.37", **each} for each in containers)
        whole = {"containers": list(containers), "nodeName": "node", "restartPolicy": "Always", **spec}
        whole.setdefault("terminationGracePeriodSeconds", 30)
        for each in [*whole["containers"], *whole.get("initContainers", [])]:
            if isinstance(each.get("command"), str):
                each["command"] = each["command"].split()
            each.setdefault("image", "busybox:1.37")
        self.api.create("pods", {"metadata": {"name": name}, "spec": whole}, "default")
        await self.settle()
        return self.get(name)

    def get(self, name: str = "p") -> Obj:
        return self.api.get("pods", "default", name)

    def status(self, name: str = "p") -> Obj:
        return dict(self.get(name)["status"])

    def state(self, container: str = "c", name: str = "p") -> Obj:
        """Return the state of a container: `{reason or running: …}`."""
        status = self.status(name)
        every = [*status["containerStatuses"], *status.get("initContainerStatuses", [])]
        return next(dict(each) for each in every if each["name"] == container)

    def events(self) -> list[str]:
        return [f"{each['reason']}: {each['message']}" for each in self.by_time()]

    def by_time(self) -> list[Obj]:
        events = [each for each in self.store.list("events", "default") if each["involvedObject"]["kind"] == "Pod"]
        return sorted(events, key=lambda each: int(each["metadata"]["resourceVersion"]))

    async def settle(self) -> None:
        """Let everything run that waits for no time."""
        for _ in range(60):
            await asyncio.sleep(0)

    async def after(self, seconds: float) -> None:
        """Let time pass, in steps in which everything can run."""
        end = self.clock.monotonic() + seconds
        while self.clock.monotonic() < end:
            await self.settle()
            self.clock.advance(min(0.5, end - self.clock.monotonic()))
        await self.settle()


def shown(pod: Obj) -> str:
    """Return what `kubectl get pods` shows under STATUS, roughly."""
    status = pod.get("status") or {}
    for each in status.get("containerStatuses") or []:
        state = each["state"]
        reason = (state.get("waiting") or state.get("terminated") or {}).get("reason")
        if reason:
            return str(reason)
    return str(status.get("phase", "Pending"))


def contents(mount: Mount) -> dict[str, bytes]:
    """Return the files of a mounted ConfigMap or the like."""
    fs = mount.volume.fs
    release = "/" + fs.read_link("/..data").strip("/")
    return {each["name"]: fs.read_file(f"{release}/{each['name']}") for each in fs.read_dir(release)}
