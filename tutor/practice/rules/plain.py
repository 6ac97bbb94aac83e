"""Kinds whose rules are told one by one: for most, little is particular."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.meta import name_faults
from tutor.practice.api.strategy import Strategy


def fill(obj: Obj, defaults: Mapping[str, Any]) -> None:
    """Set the fields that are missing or empty; in a mapping that is not empty, those of the inner object."""
    for key, value in defaults.items():
        if isinstance(value, Mapping) and value:
            fill(obj.setdefault(key, {}), value)
        elif obj.get(key) in (None, ""):
            obj[key] = copy.deepcopy(value)


@dataclass
class Kind(Strategy):
    """A kind; what is not told of it is as usual, `check` and the like are its functions."""

    status: Mapping[str, Any] | None = None
    """A new object's, None where the kind has none."""
    generations: bool = True
    """Whether changes of the spec are counted."""
    creates: bool = False
    """Whether an update may make the object."""
    unconditionally: bool = True
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """As `fill` takes them."""
    complete: Callable[[Obj], None] | None = None
    """Fills in what depends on other fields."""
    names: Callable[[str], list[str]] = name_faults
    check: Callable[[Obj], Iterable[Cause]] | None = None
    change: Callable[[Obj, Obj], Iterable[Cause]] | None = None
    """Checks what an update changes, of the new and the old object."""
    changes_first: bool = False
    """Whether a refusal tells of changes before the rest."""
    warn: Callable[[Obj, Obj | None], Iterable[str]] | None = None

    def __post_init__(self) -> None:
        self.has_status, self.first_status = self.status is not None, self.status or {}
        self.counts_generations = self.generations
        self.may_create_on_update, self.may_update_unconditionally = self.creates, self.unconditionally

    def name_faults(self, name: str) -> list[str]:
        """Return what is wrong with a name."""
        return self.names(name)

    def default(self, obj: Obj) -> None:
        """Fill in what the manifest leaves out."""
        fill(obj, self.defaults)
        if self.complete:
            self.complete(obj)

    def validate(self, obj: Obj) -> list[Cause]:
        """Check a new object."""
        return list(self.check(obj)) if self.check else []

    def validate_update(self, new: Obj, old: Obj) -> list[Cause]:
        """Check the object as it is now, and what changes."""
        found, changed = self.validate(new), list(self.change(new, old)) if self.change else []
        return [*changed, *found] if self.changes_first else [*found, *changed]

    def warnings(self, obj: Obj, old: Obj | None) -> list[str]:
        """Tell of what is stored all the same."""
        return list(self.warn(obj, old)) if self.warn else []
