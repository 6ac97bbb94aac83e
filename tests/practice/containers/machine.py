"""A small cluster for tests: objects in a dictionary, and Pods that are only sandboxes."""

from __future__ import annotations

import asyncio
from typing import Any

from tutor.practice.clock import Clock
from tutor.practice.containers import images
from tutor.practice.containers.network import Network
from tutor.practice.containers.sandbox import Exit, Mount, Process, Sandbox, quiesce

Obj = dict[str, Any]
FAST = 50.0
"""Simulated seconds in one of the test's."""


class Objects:
    """What the network looks things up in."""

    def __init__(self) -> None:
        self.held: dict[str, dict[tuple[str, str], Obj]] = {}

    def add(self, resource: str, obj: Obj) -> Obj:
        meta = obj["metadata"]
        meta.setdefault("uid", f"{resource}-{meta['name']}")
        self.held.setdefault(resource, {})[meta.get("namespace", ""), meta["name"]] = obj
        return obj

    def get(self, resource: str, namespace: str, name: str) -> Obj | None:
        return self.held.get(resource, {}).get((namespace, name))

    def list(self, resource: str, namespace: str = "") -> list[Obj]:
        return [obj for key, obj in self.held.get(resource, {}).items() if namespace in ("", key[0])]


class Ran:
    """How a program ended, and what it wrote."""

    def __init__(self, exit: Exit, stdout: str, stderr: str) -> None:
        self.exit, self.code, self.stdout, self.stderr = exit, exit.code, stdout, stderr


class Machine:
    """Pods by name, each with one container."""

    def __init__(self) -> None:
        self.objects, self.clock = Objects(), Clock(FAST)
        self.network = Network(self.objects, self.clock)
        self.sandboxes: list[Sandbox] = []
        self._readers: list[asyncio.Task[None]] = []
        for name in ("default", "kube-system"):
            self.objects.add(
                "namespaces", {"metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}}}
            )

    def pod(
        self, name: str, image: str, argv: list[str] | None = None, *, namespace: str = "default",
        labels: dict[str, str] | None = None, mounts: list[Mount] | None = None, **more: Any,
    ) -> Sandbox:  # fmt: skip
        """Start a Pod; it answers at once."""
        found = images.find(image)
        assert found is not None
        ip = f"10.244.0.{len(self.sandboxes) + 2}"
        meta = {"name": name, "namespace": namespace, "labels": labels or {}}
        pod = self.objects.add("pods", {"metadata": meta, "spec": {"containers": []}, "status": {"podIP": ip}})
        env = more.pop("env", {})
        sandbox = Sandbox(found, name, env, mounts or [], self.network.view(pod, ip), self.clock, **more)
        search = f"{namespace}.svc.cluster.local svc.cluster.local cluster.local"
        resolver = f"search {search}\nnameserver 10.96.0.10\noptions ndots:5\n"
        sandbox.write("/etc/hosts", f"127.0.0.1\tlocalhost\n{ip}\t{name}\n".encode())
        sandbox.write("/etc/resolv.conf", resolver.encode())
        self.sandboxes.append(sandbox)
        self._readers.append(asyncio.ensure_future(self._read(sandbox.start(argv or [*found.entrypoint, *found.cmd]))))
        return sandbox

    def service(self, name: str, ip: str, ports: list[Obj], pods: list[Sandbox], namespace: str = "default") -> None:
        """Make a Service with an EndpointSlice of these Pods."""
        meta = {"name": name, "namespace": namespace}
        spec = {"clusterIP": ip, "ports": ports}
        self.objects.add("services", {"metadata": dict(meta), "spec": spec})
        endpoints = [
            {"addresses": [each.network.ip], "conditions": {"ready": True}, "hostname": each.hostname}
            for each in pods
            if each.network
        ]
        target = [{**each, "port": each.get("targetPort", each["port"])} for each in ports]
        labels = {"kubernetes.io/service-name": name}
        self.objects.add(
            "endpointslices.discovery.k8s.io",
            {"metadata": {**meta, "name": f"{name}-1", "labels": labels}, "endpoints": endpoints, "ports": target},
        )

    def dns(self) -> None:
        """Start the cluster's DNS."""
        server = self.pod("coredns", "registry.k8s.io/coredns/coredns:v1.14.6", namespace="kube-system")
        ports = [{"name": "dns", "port": 53, "protocol": "UDP"}, {"name": "dns-tcp", "port": 53, "protocol": "TCP"}]
        self.service("kube-dns", "10.96.0.10", ports, [server], "kube-system")

    async def run(self, sandbox: Sandbox, argv: list[str], stdin: bytes | None = None, **more: Any) -> Ran:
        """Run a program in a Pod to its end."""
        process = sandbox.start(argv, stdin=stdin is not None, **more)
        if stdin is not None:
            await process.write(stdin)
            await process.write(None)
        return await collect(process)

    async def close(self) -> None:
        """End all Pods."""
        for sandbox in self.sandboxes:
            sandbox.stop()
        await asyncio.gather(*self._readers)
        await quiesce()

    async def _read(self, process: Process) -> None:
        async for _ in process.output:
            pass


async def collect(process: Process) -> Ran:
    """Return how a program ended, and all that it wrote."""
    written = {1: b"", 2: b""}
    async for stream, data in process.output:
        written[stream] += data
    return Ran(await process.wait(), written[1].decode(errors="replace"), written[2].decode(errors="replace"))


async def settle() -> None:
    """Let what was started reach the point where it waits."""
    for _ in range(20):
        await asyncio.sleep(0.001)
