"""What is particular to one resource on its way into the store: defaults, what users may not set, validation."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.meta import name_faults
from tutor.practice.api.store import Store


class Strategy:
    """The rules of a resource. `rules/` has one subclass or instance for each; this one fits a plain kind."""

    has_status: bool = True
    """Whether there is a status, that only the status subresource changes."""
    first_status: Mapping[str, Any] = {}
    """What a new object has for a status: Go's empty values of its type, where they are not left out."""
    counts_generations: bool = True
    """Whether `metadata.generation` counts changes of the spec."""
    may_create_on_update: bool = False
    """Whether a PUT makes an object that is not there, as for Leases."""
    may_update_unconditionally: bool = True
    """Whether an update may come without the resourceVersion that it starts from."""

    def name_faults(self, name: str) -> list[str]:
        """Return what is wrong with an object's name."""
        return name_faults(name)

    def default(self, obj: Obj) -> None:
        """Fill in what the manifest leaves out; `obj` is the caller's own copy."""

    def allocate(self, store: Store, new: Obj, old: Obj | None, *, dry_run: bool = False) -> list[Cause]:
        """Take what no two objects may have, such as a Service's address; return why that cannot be had.

        This comes before all other checks; `old` is the stored object on an update.
        """
        del store, new, old, dry_run
        return []

    def prepare_create(self, obj: Obj) -> None:
        """Put what users may not set (the status above all) into its first state."""
        if self.has_status:
            obj["status"] = copy.deepcopy(dict(self.first_status))
        if self.counts_generations:
            obj["metadata"]["generation"] = 1

    def prepare_update(self, new: Obj, old: Obj) -> None:
        """Undo changes of what an update of the object itself may not change; count the generation."""
        if self.has_status:
            _keep(new, old, "status")
        _keep(new["metadata"], old["metadata"], "generation")
        if self.counts_generations:
            before = old["metadata"].get("generation", 1)
            changed = any(new.get(key) != old.get(key) for key in {*new, *old} - {"metadata", "status"})
            new["metadata"]["generation"] = before + 1 if changed else before

    def prepare_status(self, new: Obj, old: Obj) -> None:
        """Undo changes of everything but the status; labels and annotations stay as they were, too."""
        for key in {*new, *old} - {"status", "metadata"}:
            _keep(new, old, key)
        new["metadata"] = {**old["metadata"], "managedFields": new["metadata"].get("managedFields", [])}

    def prepare_delete(self, new: Obj, old: Obj) -> None:
        """Change what a delete request makes of an object that it does not remove at once; not the inner parts."""

    def validate(self, obj: Obj) -> list[Cause]:
        """Return what is wrong with a new object."""
        del obj
        return []

    def validate_update(self, new: Obj, old: Obj) -> list[Cause]:
        """Return what is wrong with an update: what `validate` finds, and changes of what is immutable."""
        del old
        return self.validate(new)

    def update_part(self, new: Obj, old: Obj, subresource: str) -> list[Cause]:
        """Settle an update of a part, as `resize` of a Pod, and return what is wrong with it."""
        del old, subresource
        return self.validate(new)

    def warnings(self, obj: Obj, old: Obj | None) -> list[str]:
        """Return what kubectl prints as `Warning: …` of an object that is created or changed."""
        del obj, old
        return []

    def validate_status(self, new: Obj, old: Obj) -> list[Cause]:
        """Return what is wrong with a new status."""
        del new, old
        return []


class CustomStrategy(Strategy):
    """The rules of custom resources, which begin without a status."""

    may_update_unconditionally = False

    def __init__(self, *, has_status: bool) -> None:
        self.has_status = has_status

    def prepare_create(self, obj: Obj) -> None:
        """Take the status away where it is a subresource."""
        super().prepare_create(obj)
        if self.has_status:
            del obj["status"]


def _keep(new: Obj, old: Obj, key: str) -> None:
    if key in old:
        new[key] = old[key]
    else:
        new.pop(key, None)
