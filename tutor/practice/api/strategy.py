"""What is particular to one resource on its way into the store: defaults, what users may not set, validation."""

from __future__ import annotations

from typing import ClassVar

from tutor.practice.api.errors import Cause, Obj


class Strategy:
    """The rules of a resource. `rules/` has one subclass or instance for each; this one fits a plain kind."""

    has_status: ClassVar[bool] = True
    """Whether there is a status, that only the status subresource changes."""
    counts_generations: ClassVar[bool] = True
    """Whether `metadata.generation` counts changes of the spec."""
    may_create_on_update: ClassVar[bool] = False
    """Whether a PUT makes an object that is not there, as for Leases."""

    def default(self, obj: Obj) -> None:
        """Fill in what the manifest leaves out; `obj` is the caller's own copy."""

    def prepare_create(self, obj: Obj) -> None:
        """Put what users may not set (the status above all) into its first state."""
        if self.has_status:
            obj.pop("status", None)
        if self.counts_generations:
            obj["metadata"]["generation"] = 1

    def prepare_update(self, new: Obj, old: Obj) -> None:
        """Undo changes of what an update of the object itself may not change; count the generation."""
        if self.has_status:
            _keep(new, old, "status")
        if self.counts_generations:
            before = old["metadata"].get("generation", 1)
            changed = any(new.get(key) != old.get(key) for key in {*new, *old} - {"metadata", "status"})
            new["metadata"]["generation"] = before + 1 if changed else before

    def prepare_status(self, new: Obj, old: Obj) -> None:
        """Undo changes of everything but the status; labels and annotations stay as they were, too."""
        for key in {*new, *old} - {"status", "metadata"}:
            _keep(new, old, key)
        new["metadata"] = {**old["metadata"], "managedFields": new["metadata"].get("managedFields", [])}

    def validate(self, obj: Obj) -> list[Cause]:
        """Return what is wrong with a new object."""
        del obj
        return []

    def validate_update(self, new: Obj, old: Obj) -> list[Cause]:
        """Return what is wrong with an update: what `validate` finds, and changes of what is immutable."""
        del old
        return self.validate(new)

    def validate_status(self, new: Obj, old: Obj) -> list[Cause]:
        """Return what is wrong with a new status."""
        del new, old
        return []


def _keep(new: Obj, old: Obj, key: str) -> None:
    if key in old:
        new[key] = old[key]
    else:
        new.pop(key, None)
