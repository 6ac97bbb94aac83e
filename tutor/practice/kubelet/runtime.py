"""The container runtime, as a kubelet uses it: images, sandboxes, and the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tutor.practice.api.errors import Obj
from tutor.practice.clock import Clock
from tutor.practice.containers import images
from tutor.practice.containers.images import Image
from tutor.practice.containers.network import Connection, Network, Refused, Source, TimedOut
from tutor.practice.containers.sandbox import Mount, Sandbox

HOSTS = """# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
"""


@dataclass(frozen=True, kw_only=True)
class Config:
    """What a container is made of."""

    pod: Obj
    image: Image
    hostname: str
    ip: str
    env: dict[str, str]
    mounts: Sequence[Mount]
    user: tuple[int, int]
    memory_limit: int | None
    """Bytes."""
    read_only: bool
    hosts: str
    """The contents of `/etc/hosts`."""
    resolver: str
    """The contents of `/etc/resolv.conf`."""


class Line:
    """A connection to a port of a Pod, from its node."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def read(self) -> bytes:
        """Return what came; empty at the end."""
        return await self._connection.read()

    async def write(self, data: bytes) -> None:
        """Send."""
        self._connection.write(data)

    def close(self) -> None:
        """End it."""
        self._connection.close()


class Runtime:
    """Makes containers of the catalogue's images, in one network."""

    def __init__(self, clock: Clock, network: Network) -> None:
        self.clock, self.network = clock, network

    def find(self, reference: str) -> Image | None:
        """Return the image of that name, None where no registry has it."""
        return images.find(reference)

    def pull_error(self, reference: str) -> str:
        """Return what containerd says of an image that it cannot pull."""
        return images.pull_error(reference)

    def sandbox(self, config: Config) -> Sandbox:
        """Make a container."""
        sandbox = Sandbox(
            config.image,
            config.hostname,
            config.env,
            list(config.mounts),
            self.network.view(config.pod, config.ip),
            self.clock,
            config.user,
            config.memory_limit,
            config.read_only,
        )
        sandbox.write("/etc/hosts", config.hosts.encode())
        sandbox.write("/etc/resolv.conf", config.resolver.encode())
        return sandbox

    async def dial(self, source: str, host: str, port: int, *, timeout: float | None = None) -> Line:
        """Connect from an address of a node or, for a Pod itself, its own.

        Raises OSError, as ConnectionRefusedError and TimeoutError.
        """
        try:
            return Line(await self.network.dial(Source(source), host, port, timeout=timeout))
        except Refused as error:
            raise ConnectionRefusedError(str(error)) from error
        except TimedOut as error:
            raise TimeoutError(str(error)) from error
        except ValueError as error:
            raise OSError(f"lookup {host}: no such host") from error
