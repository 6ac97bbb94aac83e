"""PriorityClasses and RuntimeClasses.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/scheduling/validation/validation.go
"""

from __future__ import annotations

from tutor.practice.api.causes import forbidden, invalid, not_supported, required
from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.meta import name_faults
from tutor.practice.api.strategy import Strategy
from tutor.practice.rules.checks import faults
from tutor.practice.rules.pod_defaults import fill

SYSTEM = {"system-cluster-critical": 2000000000, "system-node-critical": 2000001000}
HIGHEST = 1000000000
_POLICIES = ("PreemptLowerPriority", "Never")


class PriorityClasses(Strategy):
    """The rules of PriorityClasses."""

    has_status = False

    def default(self, obj: Obj) -> None:
        """Fill in whether Pods of the class drive others away."""
        fill(obj, {"preemptionPolicy": "PreemptLowerPriority"})
        obj.setdefault("value", 0)

    def validate(self, obj: Obj) -> list[Cause]:
        """Check the value, and that the system's names are not used."""
        found, name = [], obj["metadata"].get("name") or ""
        if name.startswith("system-") and name not in SYSTEM:
            text = "priority class names with 'system-' prefix are reserved for system use only. error: "
            found.append(forbidden("metadata.name", f"{text}{name} is not a known system priority class"))
        if obj["value"] > HIGHEST and name not in SYSTEM:
            found.append(forbidden("value", f"maximum allowed value of a user defined priority is {HIGHEST}"))
        if obj["preemptionPolicy"] not in _POLICIES:
            found.append(not_supported("preemptionPolicy", obj["preemptionPolicy"], _POLICIES))
        return found

    def validate_update(self, new: Obj, old: Obj) -> list[Cause]:
        """Check that value and policy stay."""
        found = []
        if new["value"] != old["value"]:
            found.append(forbidden("value", "may not be changed in an update."))
        if new["preemptionPolicy"] != old["preemptionPolicy"]:
            found.append(invalid("preemptionPolicy", new["preemptionPolicy"], "field is immutable"))
        return found


class RuntimeClasses(Strategy):
    """The rules of RuntimeClasses."""

    has_status = False
    counts_generations = False
    may_create_on_update = True
    may_update_unconditionally = False

    def validate(self, obj: Obj) -> list[Cause]:
        """Check the handler."""
        handler = obj.get("handler") or ""
        return list(faults("handler", handler, name_faults(handler, label=True))) if handler else [required("handler")]

    def validate_update(self, new: Obj, old: Obj) -> list[Cause]:
        """Check that the handler stays."""
        changed = new.get("handler") != old.get("handler")
        return [*([invalid("handler", None, "field is immutable")] if changed else []), *self.validate(new)]
