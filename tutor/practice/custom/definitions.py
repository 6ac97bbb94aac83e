"""The rules of CustomResourceDefinitions.

https://github.com/kubernetes/apiextensions-apiserver/blob/v0.37.2/pkg/apis/apiextensions/v1/defaults.go
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.strategy import Strategy
from tutor.practice.custom import checks
from tutor.practice.rules.plain import fill

DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"
CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
"""The finalizer that keeps a definition until its objects are gone."""


class Definitions(Strategy):
    """The rules of CustomResourceDefinitions."""

    may_update_unconditionally = False
    first_status: Mapping[str, Any] = {
        "conditions": None,
        "acceptedNames": {"plural": "", "kind": ""},
        "storedVersions": None,
    }

    def default(self, obj: Obj) -> None:
        """Fill in the names that follow from the kind, and that nothing is converted."""
        spec = obj.setdefault("spec", {})
        names, kind = spec.setdefault("names", {}), (spec.get("names") or {}).get("kind") or ""
        fill(names, {"singular": kind.lower(), "listKind": f"{kind}List" if kind else ""})
        fill(spec, {"conversion": {"strategy": "None"}})

    def prepare_create(self, obj: Obj) -> None:
        """Note which version is stored."""
        super().prepare_create(obj)
        obj["status"]["storedVersions"] = _storage(obj)[:1] or None

    def prepare_update(self, new: Obj, old: Obj) -> None:
        """Note a version that is stored from now on."""
        super().prepare_update(new, old)
        stored = new["status"].get("storedVersions") or []
        more = [name for name in _storage(new) if name not in stored]
        if more:
            new["status"] = {**new["status"], "storedVersions": [*stored, *more]}

    def prepare_delete(self, new: Obj, old: Obj) -> None:
        """Keep the definition until its objects are gone."""
        if old["metadata"].get("deletionTimestamp"):
            return
        finalizers = new["metadata"].get("finalizers") or []
        if CLEANUP not in finalizers:
            new["metadata"]["finalizers"] = [*finalizers, CLEANUP]
        text = "CustomResourceDefinition marked for deletion; CustomResource deletion will be initiated soon"
        row = (True, "InstanceDeletionPending", text)
        new["status"] = with_condition(new, "Terminating", *row, new["metadata"]["deletionTimestamp"])

    def validate(self, obj: Obj) -> list[Cause]:
        """Return what is wrong with a definition."""
        return list(checks.created(obj))

    def validate_update(self, new: Obj, old: Obj) -> list[Cause]:
        """Return what is wrong with a definition, and what of it may not change."""
        return list(checks.updated(new, old))


def condition(definition: Obj, type: str) -> bool:
    """Tell whether a condition holds."""
    conditions = (definition.get("status") or {}).get("conditions") or []
    return any(each["type"] == type and each["status"] == "True" for each in conditions)


def with_condition(definition: Obj, type: str, holds: bool, reason: str, message: str, now: str) -> Obj:
    """Return the status with a condition; `now` (RFC 3339) is when it changed, if it did."""
    status = definition.get("status") or {}
    new: Obj = {"type": type, "status": str(holds), "lastTransitionTime": now, "reason": reason, "message": message}
    conditions = list(status.get("conditions") or [])
    for number, each in enumerate(conditions):
        if each["type"] == type:
            if each["status"] == new["status"]:
                new["lastTransitionTime"] = each["lastTransitionTime"]
            conditions[number] = new
            break
    else:
        conditions.append(new)
    return {**status, "conditions": conditions}


def _storage(definition: Obj) -> list[str]:
    return [each["name"] for each in definition["spec"].get("versions") or [] if each.get("storage")]
