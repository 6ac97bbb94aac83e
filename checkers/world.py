"""What a check may look at: the cluster behind one exercise, read-only.

`World` is the whole surface. `checkers.live` implements it on a real cluster,
tests on recorded objects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

Obj: TypeAlias = dict[str, Any]
"""A Kubernetes object as the API server sends it, decoded from JSON."""


class LookError(Exception):
    """The tutor could not look: the cluster is gone, or refused the tutor itself.

    Becomes a result with status `error`. `hint` says what to do next.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, order=True)
class Kind:
    """A kind as a manifest names it: `apps/v1`, `Deployment`."""

    api_version: str
    kind: str


@dataclass(frozen=True)
class Ran:
    """How a command in a container or on a node ended."""

    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Address:
    """One end of a connection from inside the cluster: a name or an IP, and a port."""

    host: str
    port: int


@dataclass(frozen=True)
class Source:
    """Where a probe starts.

    With `pod`, inside that Pod of the learner's. With `labels`, in a Pod of the
    tutor's that wears these labels in `namespace`. With neither, in the tutor's own
    namespace, where names are resolved as if in the exercise's namespace.
    """

    namespace: str = ""
    pod: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Response:
    """What came back over one connection from inside the cluster."""

    problem: str = ""
    """Empty when connected; else `refused`, `timeout`, `no-such-name`, `tls` or `broken`."""
    detail: str = ""
    """The client's own words for the problem."""
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    certificate: Mapping[str, Any] = field(default_factory=dict)
    """`subject`, `issuer`, `names` and `expires` of the server's certificate, under TLS."""


@dataclass(frozen=True)
class DnsAnswer:
    """What the cluster's DNS said: `code` as `NOERROR` or `NXDOMAIN`, and the records' texts."""

    name: str
    code: str
    records: tuple[str, ...] = ()


@dataclass(frozen=True)
class Admission:
    """What the API server said to a dry run: the object it would store, or its refusal."""

    accepted: bool
    message: str = ""
    reason: str = ""
    stored: Obj | None = None


@dataclass(frozen=True)
class Subject:
    """Who asks: a user with groups. A ServiceAccount is `system:serviceaccount:NAMESPACE:NAME`."""

    user: str
    groups: tuple[str, ...] = ()


class Nodes(Protocol):
    """The machines under the cluster, by role, never by name."""

    def names(self, role: str) -> Sequence[str]:
        """Return the names of nodes with `role` (`control-plane`, `worker`), in order."""
        ...

    def run(self, name: str, argv: Sequence[str], timeout: float = 10.0) -> Ran:
        """Run `argv` on node `name` as root. Raises LookError when the node is gone."""
        ...


class World(Protocol):
    """One exercise's cluster as a check sees it. Every method may raise LookError."""

    namespace: str
    """The exercise's first namespace: where objects are looked for by default."""
    namespaces: tuple[str, ...]
    """All namespaces of the exercise."""
    nodes: Nodes | None
    """None where the provider has no nodes to open."""

    def namespaced(self, kind: Kind) -> bool:
        """Tell whether objects of `kind` live in a namespace. LookError if the kind is unknown."""
        ...

    def get(self, kind: Kind, name: str, namespace: str | None = None) -> Obj | None:
        """Return the object, or None. `namespace` None is the exercise's own."""
        ...

    def list(self, kind: Kind, namespace: str | None = None, selector: str = "") -> list[Obj]:
        """Return objects; `namespace` None is the exercise's own, `*` is all of them."""
        ...

    def plural(self, kind: Kind) -> str:
        """Return what kubectl calls the kind: `deployments`, `networkpolicies.networking.k8s.io`."""
        ...

    def logs(
        self, pod: str, container: str = "", namespace: str | None = None, *, previous: bool = False, lines: int = 200
    ) -> str:
        """Return the last `lines` log lines of a container."""
        ...

    def exec(
        self,
        pod: str,
        argv: Sequence[str],
        container: str = "",
        namespace: str | None = None,
        *,
        stdin: bytes = b"",
        timeout: float = 10.0,
    ) -> Ran:
        """Run `argv` in a container of the learner's."""
        ...

    def connect(self, source: Source, to: Address, timeout: float = 2.0) -> Response:
        """Open and close a TCP connection from inside the cluster."""
        ...

    def request(
        self,
        source: Source,
        to: Address,
        *,
        path: str = "/",
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        tls: bool = False,
        server_name: str = "",
        timeout: float = 3.0,
    ) -> Response:
        """Send one HTTP request from inside the cluster and return the answer."""
        ...

    def resolve(self, source: Source, name: str, record: str = "A") -> DnsAnswer:
        """Ask the cluster's DNS, with the search list of the source's namespace."""
        ...

    def can(
        self,
        who: Subject,
        verb: str,
        group: str,
        resource: str,
        name: str = "",
        namespace: str = "",
        subresource: str = "",
    ) -> tuple[bool, str]:
        """Ask the API server whether `who` may; returns the answer and its reason. `namespace` "" is cluster-wide."""
        ...

    def dry_run(self, manifest: Obj, who: Subject | None = None) -> Admission:
        """Send `manifest` as a server-side dry-run create (an update if it exists); nothing is stored."""
        ...

    def raw(self, path: str) -> Any:
        """GET an API path, as `/apis/metrics.k8s.io/v1beta1/nodes`; decoded JSON, or None on 404."""
        ...
