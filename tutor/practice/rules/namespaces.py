"""Namespaces and nodes.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/registry/core/namespace/strategy.go
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.meta import finalizer_faults, name_faults
from tutor.practice.api.strategy import Strategy
from tutor.practice.rules.checks import faults

NAME_LABEL = "kubernetes.io/metadata.name"
_OWN_FINALIZER = "kubernetes"


class Namespaces(Strategy):
    """The rules of Namespaces."""

    first_status: Mapping[str, Any] = {"phase": "Active"}
    counts_generations = False

    def name_faults(self, name: str) -> list[str]:
        """A name is a label."""
        return name_faults(name, label=True)

    def default(self, obj: Obj) -> None:
        """Label it with its name."""
        meta = obj["metadata"]
        if meta.get("name"):
            meta["labels"] = {**(meta.get("labels") or {}), NAME_LABEL: meta["name"]}

    def prepare_create(self, obj: Obj) -> None:
        """Begin as active, with the finalizer that keeps it until it is empty."""
        super().prepare_create(obj)
        self.default(obj)  # a generated name is known by now
        finalizers = (obj.get("spec") or {}).get("finalizers") or []
        obj["spec"] = {"finalizers": [*finalizers, *({_OWN_FINALIZER} - {*finalizers})]}

    def prepare_update(self, new: Obj, old: Obj) -> None:
        """Keep the finalizers, which only the finalize subresource changes."""
        super().prepare_update(new, old)
        new["spec"] = old.get("spec") or {}

    def validate(self, obj: Obj) -> list[Cause]:
        """Check the finalizers."""
        found: list[Cause] = []
        for each in (obj.get("spec") or {}).get("finalizers") or []:
            found += faults("spec.finalizers", each, finalizer_faults(each))
        return found
