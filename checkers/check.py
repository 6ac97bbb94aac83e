"""A check as data, and the base of all check types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import msgspec

from checkers.result import Verdict
from checkers.world import Kind, World


class CheckType(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of check; its fields are its parameters, in the words of `exercise.yaml`.

    A check names its type by the key that carries the type's name: a check with the
    key `object` is an `ObjectCheck`. To add a type, subclass this in `checkers/types/`
    and list it in `checkers/registry.py`.
    """

    key: ClassVar[str]
    """The key in `exercise.yaml` that chooses this type."""
    polls: ClassVar[bool] = False
    """True where no watch tells of a change (logs, requests, files on a node)."""

    def reads(self) -> frozenset[Kind]:
        """Return the kinds whose changes make this check worth running again."""
        raise NotImplementedError

    def look(self, world: World) -> Verdict:
        """Look at the cluster once. Raises LookError when that is impossible."""
        raise NotImplementedError

    def problems(self) -> list[str]:
        """Return what is wrong with the parameters themselves, as sentences for the author."""
        return []


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check of an exercise."""

    id: str
    title: str
    type: CheckType
    after: tuple[str, ...] = ()
    weight: int = 1
    within: float = 30.0
    """Seconds that a state on its way may take before `wait` becomes `fail`."""
    line: int = 0
    """Where it stands in `exercise.yaml`, for messages to the author."""


class ObjectRef(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Which object: by name, or the one of several that fits best by `selector`."""

    api_version: str
    kind: str
    name: str | None = None
    namespace: str | None = None
    selector: str = ""

    @property
    def of(self) -> Kind:
        """The kind alone."""
        return Kind(self.api_version, self.kind)


Tree: TypeAlias = dict[str, Any]
"""A partial object: what an `expect` holds."""
