"""The kinds that the server knows: where they live, what they are called, what may be done with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Kind:
    """One resource type in one version, as discovery describes it."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    singular: str = ""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    custom: bool = field(default=False)
    """Whether a CustomResourceDefinition made it."""
    warning: str = ""
    """What every request for it is warned of, as that it is deprecated."""

    @property
    def api_version(self) -> str:
        """As manifests write it: `v1`, `apps/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def resource(self) -> str:
        """The key in the store: `pods`, `deployments.apps`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


class Kinds:
    """All kinds; a resource's first version is the one that is stored."""

    def __init__(self, kinds: Iterable[Kind] = ()) -> None:
        self._by_path: dict[tuple[str, str, str], Kind] = {}
        self._by_kind: dict[tuple[str, str], Kind] = {}
        self._stored: dict[str, Kind] = {}
        for kind in kinds:
            self.add(kind)

    def add(self, kind: Kind, *, served: bool = True) -> None:
        """Serve a kind; of a resource's versions the first is stored, even one that is not `served`."""
        if served:
            self._by_path[kind.group, kind.version, kind.plural] = kind
            self._by_kind[kind.api_version, kind.kind] = kind
        self._stored.setdefault(kind.resource, kind)

    def remove(self, resource: str) -> None:
        """Stop serving a resource in all its versions."""
        for kind in [each for each in self._by_path.values() if each.resource == resource]:
            del self._by_path[kind.group, kind.version, kind.plural]
            self._by_kind.pop((kind.api_version, kind.kind), None)
        self._stored.pop(resource, None)

    def at(self, group: str, version: str, plural: str) -> Kind | None:
        """Return the kind served under `/apis/GROUP/VERSION/PLURAL`."""
        return self._by_path.get((group, version, plural))

    def of(self, api_version: str, kind: str) -> Kind | None:
        """Return the kind that a manifest names."""
        return self._by_kind.get((api_version, kind))

    def stored(self, resource: str) -> Kind:
        """Return the version of a resource that is stored. Raises KeyError for an unknown resource."""
        return self._stored[resource]

    def __contains__(self, resource: str) -> bool:
        return resource in self._stored

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._by_path.values())
