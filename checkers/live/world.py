"""The World of a real cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from checkers.live import exec as command
from checkers.live import http, tunnel
from checkers.live.client import Client
from checkers.live.discovery import Discovery
from checkers.live.dns import Dns
from checkers.live.objects import Objects
from checkers.live.probe import Probes
from checkers.world import Address, Admission, DnsAnswer, Kind, Nodes, Obj, Ran, Response, Source, Subject


class LiveWorld:
    """A real cluster behind one exercise; implements `checkers.world.World`. Safe to use from many threads.

    `kubeconfig` is read, never written. `namespaces` are the exercise's, the default first.
    `nodes` opens the machines where the provider can. Close it (or use it as a context
    manager), so that the probe Pods it made are removed.
    """

    def __init__(self, kubeconfig: Path, namespaces: tuple[str, ...], nodes: Nodes | None = None) -> None:
        self.namespaces = namespaces
        self.namespace = namespaces[0] if namespaces else "default"
        self.nodes = nodes
        self.client = Client(kubeconfig)
        self.discovery = Discovery(self.client)
        self._objects = Objects(self.client, self.discovery, self.namespace)
        self._dns = Dns(self.client)
        self._probes = Probes(self.client, self.namespace)

    def __enter__(self) -> LiveWorld:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove this world's probes and close its connections. Never raises: the cluster may be gone."""
        self._probes.close()
        self.client.close()

    def namespaced(self, kind: Kind) -> bool:
        """Tell whether objects of `kind` live in a namespace. LookError if the kind is unknown."""
        return self.discovery.of(kind).namespaced

    def plural(self, kind: Kind) -> str:
        """Return what kubectl calls the kind: `deployments`, `networkpolicies.networking.k8s.io`."""
        return self.discovery.of(kind).spoken

    def get(self, kind: Kind, name: str, namespace: str | None = None) -> Obj | None:
        """Return the object, or None; also where the cluster does not know the kind (yet)."""
        return self._objects.get(kind, name, namespace)

    def list(self, kind: Kind, namespace: str | None = None, selector: str = "") -> list[Obj]:
        """Return objects without the tutor's own; `namespace` None is the exercise's, `*` is all of them."""
        return self._objects.list(kind, namespace, selector)

    def raw(self, path: str) -> Any:
        """GET an API path; decoded JSON, or None on 404."""
        return self._objects.raw(path)

    def logs(
        self, pod: str, container: str = "", namespace: str | None = None, *, previous: bool = False, lines: int = 200
    ) -> str:
        """Return the last `lines` log lines of a container; "" where there is no log yet."""
        return self._objects.logs(pod, container, namespace, previous=previous, lines=lines)

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
        """Run `argv` in a container of the learner's. Code 124: still running after `timeout` seconds."""
        where = namespace or self.namespace
        container = container or self._objects.main_container(pod, where)
        return command.run(self.client, where, pod, argv, container, stdin=stdin, timeout=timeout)

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
        return self._objects.can(who, verb, group, resource, name, namespace, subresource)

    def dry_run(self, manifest: Obj, who: Subject | None = None) -> Admission:
        """Send `manifest` as a server-side dry run: a create, or an apply where it exists; nothing is stored."""
        return self._objects.dry_run(manifest, who)

    def connect(self, source: Source, to: Address, timeout: float = 2.0) -> Response:
        """Open and close a TCP connection from inside the cluster."""
        try:
            tunnel.connect(self.client, self._place(source), to, timeout)
        except tunnel.Trouble as trouble:
            return Response(problem=trouble.problem, detail=trouble.detail)
        return Response()

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
        """Send one HTTP request from inside the cluster and return the answer; redirects are not followed."""
        return http.request(
            self.client,
            self._place(source),
            to,
            path=path,
            method=method,
            headers=headers or {},
            tls=tls,
            server_name=server_name,
            timeout=timeout,
        )

    def resolve(self, source: Source, name: str, record: str = "A") -> DnsAnswer:
        """Ask the cluster's DNS, with the search list of the source's namespace."""
        return self._dns.resolve(self._place(source), name, record)

    def warm(self) -> None:
        """Make the probe of the tutor's namespace ahead of the first look. Raises LookError like a look."""
        self._probes.place(Source())

    def _place(self, source: Source) -> tunnel.Place:
        if source.pod:
            where = source.namespace or self.namespace
            return tunnel.Place(where, source.pod, self._objects.main_container(source.pod, where))
        return self._probes.place(source)
