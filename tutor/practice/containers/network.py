"""The virtual network: who listens where, what a Service's address leads to, and what policies let through."""

from __future__ import annotations

import asyncio
import ipaddress
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from tutor.practice.clock import Clock
from tutor.practice.containers import policies
from tutor.practice.containers.connection import Connection, Refused, TimedOut, pair
from tutor.practice.containers.names import Names

__all__ = ["Connection", "Lookup", "Network", "PodNetwork", "Refused", "Source", "TimedOut"]

Obj = dict[str, Any]
Handler = Callable[[Connection], Awaitable[None]]
_SYN_SECONDS = 127.0
"""How long Linux tries to connect where nobody answers."""
_FINISHED = ("Succeeded", "Failed")


class Lookup(Protocol):
    """What the network reads of the cluster's state; the store is one."""

    def get(self, resource: str, namespace: str, name: str) -> Obj | None:
        """Return an object."""
        ...

    def list(self, resource: str, namespace: str = "") -> list[Obj]:
        """Return the objects of a namespace, or of all."""
        ...


@dataclass(frozen=True)
class Source:
    """Where a connection starts: a Pod, or with an empty name a node, which no policy holds up."""

    ip: str
    namespace: str = ""
    pod: str = ""


class Network:
    """Connects simulated programs with each other by the cluster's own objects."""

    def __init__(
        self, lookup: Lookup, clock: Clock, zone: str = "cluster.local", services: str = "10.96.0.0/16"
    ) -> None:
        self.lookup, self.clock = lookup, clock
        self.names = Names(lookup, zone)
        self.zone = zone
        self._services = ipaddress.ip_network(services)
        self._listeners: dict[tuple[str, int], Handler] = {}
        self._turns: dict[tuple[str, int], itertools.count[int]] = {}
        self._serving: set[asyncio.Task[None]] = set()

    def view(self, pod: Obj, ip: str) -> PodNetwork:
        """Return the network as the containers of a Pod with that address see it."""
        meta = pod["metadata"]
        return PodNetwork(self, Source(ip, meta["namespace"], meta["name"]))

    def listen(self, ip: str, port: int, handler: Handler) -> Callable[[], None]:
        """Have `handler` serve connections to the address; returns what ends that. Raises OSError for a taken port."""
        if (ip, port) in self._listeners:
            raise OSError("Address already in use")
        self._listeners[ip, port] = handler
        return lambda: self._listeners.pop((ip, port), None) and None

    async def dial(
        self, source: Source, ip: str, port: int, *, timeout: float | None = None, protocol: str = "TCP"
    ) -> Connection:
        """Connect to an address. Raises ValueError for a name, Refused, or TimedOut after `timeout` seconds."""
        ip = source.ip if ip.startswith("127.") or ip == "::1" else ip
        backend = self._backend(ip, port, protocol)
        if backend is None and ipaddress.ip_address(ip) in self._services:
            raise Refused(f"{ip}:{port}")
        target, target_port = backend or (ip, port)
        handler = self._listeners.get((target, target_port))
        if not self._reaches(source, target, target_port, protocol) or (handler is None and not self.lives(target)):
            await self.clock.sleep(_SYN_SECONDS if timeout is None else timeout)
            raise TimedOut(f"{ip}:{port}")
        if handler is None:
            raise Refused(f"{ip}:{port}")
        client, server = pair(source.ip, target, target_port)
        task = asyncio.ensure_future(_serve(handler, server))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        return client

    def _backend(self, ip: str, port: int, protocol: str) -> tuple[str, int] | None:
        """Return the endpoint behind a Service's address or a node's port; None where there is no such Service."""
        for service in self.lookup.list("services"):
            spec = service["spec"]
            own = ip in (spec.get("clusterIPs") or [spec.get("clusterIP")]) or ip in (spec.get("externalIPs") or [])
            balancers = (service.get("status", {}).get("loadBalancer") or {}).get("ingress") or []
            own = own or any(each.get("ip") == ip for each in balancers)
            for entry in spec.get("ports") or []:
                if entry.get("protocol", "TCP") != protocol:
                    continue
                if (own and entry["port"] == port) or (
                    entry.get("nodePort") == port and policies.is_node(self.lookup, ip)
                ):
                    return self._endpoint(service, entry, ip, port)
        return None

    def _endpoint(self, service: Obj, entry: Obj, ip: str, port: int) -> tuple[str, int]:
        ready = self.names.endpoints(service, entry.get("name") or "")
        if not ready:
            raise Refused(f"{ip}:{port}")
        turn = next(self._turns.setdefault((service["metadata"]["uid"], entry["port"]), itertools.count()))
        return ready[turn % len(ready)]

    def pod_at(self, ip: str) -> Obj | None:
        """Return the Pod that has an address to itself."""
        for pod in self.lookup.list("pods"):
            status = pod.get("status") or {}
            if (
                status.get("podIP") == ip
                and status.get("phase") not in _FINISHED
                and not pod["spec"].get("hostNetwork")
            ):
                return pod
        return None

    def lives(self, ip: str) -> bool:
        """Whether a Pod or a node has the address."""
        return policies.is_node(self.lookup, ip) or self.pod_at(ip) is not None

    def _reaches(self, source: Source, ip: str, port: int, protocol: str) -> bool:
        if source.ip == ip:
            return True
        sender = self.lookup.get("pods", source.namespace, source.pod) if source.pod else None
        if sender is not None and sender["spec"].get("hostNetwork"):
            sender = None
        receiver = self.pod_at(ip)
        return policies.allowed(self.lookup, sender, receiver, (source.ip, ip), port, protocol)


class PodNetwork:
    """The network of one Pod; its containers share it."""

    def __init__(self, network: Network, source: Source) -> None:
        self.network, self.source = network, source
        self.ip = source.ip

    def listen(self, port: int, handler: Handler) -> Callable[[], None]:
        """Serve a port of the Pod. Raises OSError for a taken one."""
        return self.network.listen(self.ip, port, handler)

    async def dial(self, ip: str, port: int, *, timeout: float | None = None, protocol: str = "TCP") -> Connection:
        """Connect from the Pod, as `Network.dial`."""
        return await self.network.dial(self.source, ip, port, timeout=timeout, protocol=protocol)

    def lives(self, ip: str) -> bool:
        """Whether a Pod or a node has the address."""
        return ip.startswith("127.") or self.network.lives(ip)

    def answer(self, wire: bytes) -> bytes:
        """Answer a DNS question, as the cluster's DNS server does."""
        return self.network.names.answer(wire)


def is_address(host: str) -> bool:
    """Whether `host` is an IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def _serve(handler: Handler, connection: Connection) -> None:
    try:
        await handler(connection)
    except (asyncio.IncompleteReadError, ValueError):
        pass  # the client went away in the middle of a request, or speaks another protocol
    finally:
        connection.close()
