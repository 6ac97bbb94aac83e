"""What the HTTP side needs of the rest of the cluster."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tutor.practice.api.chain import Api
from tutor.practice.api.errors import Obj
from tutor.practice.api.kinds import Kind
from tutor.practice.api.request import User
from tutor.practice.http.documents import Documents
from tutor.practice.http.pages import Pages
from tutor.practice.http.path import Path
from tutor.practice.http.versions import Versions
from tutor.practice.kubelet.logs import Options
from tutor.practice.schema.definitions import Schema


class Access(Protocol):
    """Who asks, and whether they may."""

    def authenticate(
        self, certificate: Mapping[str, Any] | None, headers: Mapping[str, str], binary: bytes | None = None
    ) -> User:
        """Return the user behind a peer certificate (`binary`: its DER), a bearer token or nothing. Raises ApiError."""
        ...

    def impersonated(self, who: User, headers: Any, path: Path) -> User:
        """Return the user that `Impersonate-…` headers name. Raises ApiError (403)."""
        ...

    def authorize(self, who: User, path: Path) -> None:
        """Raise ApiError (403) where the user may not."""
        ...


class Process(Protocol):
    """A command in a container."""

    @property
    def output(self) -> AsyncIterator[tuple[int, bytes]]:
        """Pieces of standard output (1) and standard error (2)."""
        ...

    async def write(self, data: bytes | None) -> None:
        """Write to its standard input; None closes it."""
        ...

    async def wait(self) -> Any:
        """Return how it ended; `code` is its exit code."""
        ...

    def kill(self, signal: int) -> None:
        """Send a signal."""
        ...

    def resize(self, width: int, height: int) -> None:
        """Tell the size of the terminal, in cells."""
        ...


class Connection(Protocol):
    """A connection to a port of a Pod."""

    async def read(self) -> bytes:
        """Return what came; empty at the end."""
        ...

    async def write(self, data: bytes) -> None:
        """Send."""
        ...

    def close(self) -> None:
        """End it."""
        ...


class Nodes(Protocol):
    """The kubelets, as the API server reaches them. All methods raise ApiError."""

    def logs(self, namespace: str, pod: str, container: str, options: Options) -> AsyncIterator[bytes]:
        """Stream a container's log."""
        ...

    async def exec(
        self, namespace: str, pod: str, container: str, argv: list[str], *, stdin: bool, tty: bool
    ) -> Process:
        """Start a command in a container."""
        ...

    async def attach(self, namespace: str, pod: str, container: str, *, stdin: bool, tty: bool) -> Process:
        """Attach to a container's main process."""
        ...

    async def dial(self, namespace: str, pod: str, port: int) -> Connection:
        """Connect to a port of a Pod."""
        ...


Review = Callable[[str, Obj, User, str], Obj]
"""Answers an object that is a question: (resource, object, who, namespace)."""


@dataclass(kw_only=True)
class Parts:
    """Everything that requests are answered with."""

    api: Api
    schema: Schema
    access: Access
    nodes: Nodes
    versions: Versions
    documents: Documents
    table: Callable[[Kind, list[Obj], str], Obj]
    """A Table of objects, with `includeObject` as given."""
    review: Review
    token: Callable[[Obj, Obj], Obj]
    """Answers a TokenRequest for a ServiceAccount: (account, request)."""
    evict: Callable[[Api, Obj, Obj], None]
    """Evicts a Pod: (api, Pod, Eviction)."""
    bind: Callable[[Api, str, str, str, Mapping[str, str] | None], Obj]
    """Binds a Pod to a node: (api, namespace, Pod, node, annotations)."""
    metrics: Callable[[Path], Obj | None]
    """Answers a path below `/apis/metrics.k8s.io`, None where there is nothing."""
    pages: Pages = field(default_factory=Pages)
    scales: dict[str, Obj] = field(default_factory=dict)
    """`spec.subresources.scale` of custom resources, by resource."""
