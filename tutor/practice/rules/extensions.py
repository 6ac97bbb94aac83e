"""APIServices, CustomResourceDefinitions, and classes of Pods.

https://github.com/kubernetes/apiextensions-apiserver/blob/v0.37.2/pkg/apis/apiextensions/v1/defaults.go
"""

from __future__ import annotations

from tutor.practice.api.errors import Obj
from tutor.practice.api.strategy import Strategy
from tutor.practice.rules.plain import Plain
from tutor.practice.rules.pod_defaults import fill


class ApiServices(Strategy):
    """The rules of APIServices."""

    counts_generations = False
    may_update_unconditionally = False

    def name_faults(self, name: str) -> list[str]:
        """A name follows from version and group."""
        del name
        return []

    def default(self, obj: Obj) -> None:
        """Fill in the port."""
        if service := obj.setdefault("spec", {}).get("service"):
            service.setdefault("port", 443)


class PriorityClasses(Strategy):
    """The rules of PriorityClasses."""

    has_status = False

    def default(self, obj: Obj) -> None:
        """Fill in whether Pods of the class drive others away."""
        fill(obj, {"preemptionPolicy": "PreemptLowerPriority"})
        obj.setdefault("value", 0)


class Definitions(Strategy):
    """The rules of CustomResourceDefinitions."""

    may_update_unconditionally = False
    first_status = {"conditions": None, "acceptedNames": {"plural": "", "kind": ""}, "storedVersions": None}

    def default(self, obj: Obj) -> None:
        """Fill in the names that follow from the kind, and that nothing is converted."""
        spec = obj.setdefault("spec", {})
        names, kind = spec.setdefault("names", {}), (spec.get("names") or {}).get("kind") or ""
        fill(names, {"singular": kind.lower(), "listKind": f"{kind}List" if kind else ""})
        fill(spec, {"conversion": {"strategy": "None"}})

    def prepare_create(self, obj: Obj) -> None:
        """Note which version is stored."""
        super().prepare_create(obj)
        stored = [each["name"] for each in obj["spec"].get("versions") or [] if each.get("storage")]
        obj["status"]["storedVersions"] = stored


class FlowSchemas(Plain):
    """The rules of FlowSchemas."""

    def default(self, obj: Obj) -> None:
        """Fill in which schema comes first."""
        fill(obj.setdefault("spec", {}), {"matchingPrecedence": 1000})


class PriorityLevels(Plain):
    """The rules of PriorityLevelConfigurations."""

    def default(self, obj: Obj) -> None:
        """Fill in the shares."""
        if limited := obj.setdefault("spec", {}).get("limited"):
            limited.setdefault("nominalConcurrencyShares", 30)
            limited.setdefault("lendablePercent", 0)
