"""Who asks, and what for: what authorisation and admission look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from tutor.practice.api.errors import Obj
from tutor.practice.api.kinds import Kind


@dataclass(frozen=True)
class User:
    """An authenticated user with groups."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


SYSTEM = User("system:kube-controller-manager", ("system:authenticated", "system:masters"))
"""The cluster's own parts."""


@dataclass(kw_only=True)
class Request:
    """A write on its way through admission; plugins may change `object`, which belongs to the request."""

    operation: str
    """`CREATE`, `UPDATE`, `DELETE` or `CONNECT`."""
    kind: Kind
    namespace: str
    name: str
    object: Obj | None
    old: Obj | None = None
    subresource: str = ""
    who: User = SYSTEM
    dry_run: bool = False
    warnings: list[str] = field(default_factory=list)
    """What kubectl prints as `Warning: …`."""

    @property
    def resource(self) -> str:
        """The key of the resource, as `pods`."""
        return self.kind.resource


class Plugin(Protocol):
    """One admission plugin. Both methods raise ApiError to refuse."""

    def mutate(self, request: Request) -> None:
        """Change the object before it is validated."""
        ...

    def validate(self, request: Request) -> None:
        """Look at the object as it will be stored."""
        ...
