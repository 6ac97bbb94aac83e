"""Which path of the API serves a kind: discovery, remembered."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from checkers.live.client import Client, forbidden
from checkers.words import say
from checkers.world import Kind, LookError


@dataclass(frozen=True)
class Resource:
    """How the API serves one kind: `apps/v1`, `deployments`, in namespaces or not."""

    group_version: str
    plural: str
    namespaced: bool

    @property
    def root(self) -> str:
        """The path of its group and version: `/api/v1`, `/apis/apps/v1`."""
        return f"/apis/{self.group_version}" if "/" in self.group_version else f"/api/{self.group_version}"

    def path(self, namespace: str = "", name: str = "") -> str:
        """Return the path of a collection, or of one object."""
        where = f"/namespaces/{namespace}" if namespace and self.namespaced else ""
        return f"{self.root}{where}/{self.plural}" + (f"/{name}" if name else "")

    @property
    def spoken(self) -> str:
        """What kubectl calls it: `deployments`; with the group where that is a domain of its own."""
        group = self.group_version.rpartition("/")[0]
        return f"{self.plural}.{group}" if "." in group else self.plural


class Discovery:
    """Finds the Resource of a Kind and remembers it. A kind not found is asked for again: a CRD may come."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[Kind, Resource] = {}
        self._lock = threading.Lock()

    def find(self, kind: Kind) -> Resource | None:
        """Return how `kind` is served, or None where the cluster does not know it."""
        with self._lock:
            if kind not in self._known:
                self._learn(kind.api_version)
            return self._known.get(kind)

    def of(self, kind: Kind) -> Resource:
        """Return how `kind` is served. Raises LookError where the cluster does not know it."""
        resource = self.find(kind)
        if resource is None:
            raise LookError(
                say("This cluster knows no {kind} in {version}.", kind=kind.kind, version=kind.api_version),
                say("Look: kubectl api-resources"),
            )
        return resource

    def _learn(self, api_version: str) -> None:
        root = Resource(api_version, "", namespaced=False).root
        reply = self._client.request("GET", root)
        if reply.status == 404:
            return
        if reply.status != 200:
            raise forbidden(reply, say("list the resources of {version}", version=api_version))
        rows: list[dict[str, Any]] = (reply.data or {}).get("resources", [])
        for row in rows:
            if "/" not in row["name"]:  # `pods/log` is a subresource
                kind = Kind(api_version, row["kind"])
                self._known.setdefault(kind, Resource(api_version, row["name"], bool(row["namespaced"])))
