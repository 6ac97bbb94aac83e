"""PriorityClasses.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/scheduling/validation/validation.go
"""

from __future__ import annotations

from tutor.practice.api.causes import forbidden, invalid, not_supported
from tutor.practice.api.errors import Obj
from tutor.practice.rules.checks import Causes

SYSTEM = {"system-cluster-critical": 2000000000, "system-node-critical": 2000001000}
HIGHEST = 1000000000
_POLICIES = ("PreemptLowerPriority", "Never")


def priority_class(obj: Obj) -> Causes:
    """Check the value, and that the system's names are not used."""
    name = obj["metadata"].get("name") or ""
    if name.startswith("system-") and name not in SYSTEM:
        text = "priority class names with 'system-' prefix are reserved for system use only. error: "
        yield forbidden("metadata.name", f"{text}{name} is not a known system priority class")
    if obj["value"] > HIGHEST and name not in SYSTEM:
        yield forbidden("value", f"maximum allowed value of a user defined priority is {HIGHEST}")
    if obj["preemptionPolicy"] not in _POLICIES:
        yield not_supported("preemptionPolicy", obj["preemptionPolicy"], _POLICIES)


def priority_change(new: Obj, old: Obj) -> Causes:
    """Check that value and policy stay."""
    if new["value"] != old["value"]:
        yield forbidden("value", "may not be changed in an update.")
    if new["preemptionPolicy"] != old["preemptionPolicy"]:
        yield invalid("preemptionPolicy", new["preemptionPolicy"], "field is immutable")
