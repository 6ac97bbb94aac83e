"""APIServices, CustomResourceDefinitions, and what the API server does with many requests.

https://github.com/kubernetes/apiextensions-apiserver/blob/v0.37.2/pkg/apis/apiextensions/v1/defaults.go
"""

from __future__ import annotations

from tutor.practice.api.causes import invalid
from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.strategy import Strategy
from tutor.practice.rules.checks import needed
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

    def validate(self, obj: Obj) -> list[Cause]:
        """Check name, priorities and service."""
        spec, name = obj["spec"], obj["metadata"].get("name")
        found: list[Cause] = []
        wanted = f"{spec.get('version', '')}.{spec.get('group', '')}"
        if name != wanted:
            text = 'must be `spec.version+"."+spec.group`'
            found.append(invalid("metadata.name", name, f'{text}: "{wanted}"'))
        for key, limit in (("groupPriorityMinimum", 20000), ("versionPriority", 1000)):
            if not 0 < spec.get(key, 0) <= limit:
                found.append(invalid(f"spec.{key}", spec.get(key, 0), f"must be positive and less than {limit}"))
        if spec.get("service") is not None:
            found += needed(spec["service"], "spec.service", "namespace", "name")
        return found


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
