"""ResourceQuota: refuses what would be more than a namespace may use.

https://kubernetes.io/docs/concepts/policy/resource-quotas/
"""

from __future__ import annotations

from collections.abc import Iterable

from tutor.practice.admission.amounts import Amounts, added
from tutor.practice.admission.plugin import Plugin, forbid
from tutor.practice.admission.usage import hard, matches, usage_of, used
from tutor.practice.api.errors import Obj
from tutor.practice.api.request import Request
from tutor.practice.api.store import Store
from tutor.practice.schema.quantity import Quantity

MEASURED = {f"{kind}{name}" for kind in ("", "requests.", "limits.") for name in ("cpu", "memory")}
"""What every container must say, where a quota bounds it."""
CHANGING = frozenset({"pods", "services", "persistentvolumeclaims"})
"""Resources whose updates may use more."""


class ResourceQuota(Plugin):
    """The check, on what the store holds now."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def validate(self, request: Request) -> None:
        """Raise ApiError (403) for the first quota that is not kept."""
        obj = request.object
        creates = request.operation == "CREATE"
        if obj is None or not request.namespace or request.subresource:
            return
        if not creates and request.resource not in CHANGING:
            return
        quotas = [
            quota
            for quota in self._store.list("resourcequotas", request.namespace)
            if matches(quota, request.resource, obj)
        ]
        if request.resource == "pods" and creates:
            for quota in quotas:
                if faults := _unspecified(hard(quota), obj["spec"]):
                    raise forbid(request, f"failed quota: {quota['metadata']['name']}: must specify {faults}")
        asked = usage_of(request.resource, obj)
        if request.old is not None:
            asked = _difference(asked, usage_of(request.resource, request.old))
        asked = {name: amount for name, amount in asked.items() if amount.value > 0}
        for quota in quotas:
            self._confirm(request, quota, asked)

    def _confirm(self, request: Request, quota: Obj, asked: Amounts) -> None:
        bounds = hard(quota)
        counted = {name: amount for name, amount in asked.items() if name in bounds}
        if not counted:
            return
        before = used(self._store, quota)
        after = added(before, counted)
        exceeded = sorted(name for name in counted if after[name].value > bounds[name].value)
        if exceeded:
            parts = (("requested", counted), ("used", before), ("limited", bounds))
            shown = ", ".join(f"{what}: {_listed(amounts, exceeded)}" for what, amounts in parts)
            raise forbid(request, f"exceeded quota: {quota['metadata']['name']}, {shown}")


def _unspecified(bounds: Amounts, spec: Obj) -> str:
    """Return the bounded resources that containers leave out, as `limits.cpu for: a,b; …`."""
    declared = spec.get("resources") or {}
    found = []
    for name in sorted(MEASURED & bounds.keys()):
        kind, _, resource = name.rpartition(".")
        key = kind or "requests"
        if resource in (declared.get(key) or {}):
            continue
        containers = [*(spec.get("containers") or []), *(spec.get("initContainers") or [])]
        bare = [each["name"] for each in containers if resource not in ((each.get("resources") or {}).get(key) or {})]
        if bare:
            found.append(f"{name} for: {','.join(sorted(bare))}")
    return "; ".join(found)


def _difference(new: Amounts, old: Amounts) -> Amounts:
    zero = Quantity(new[next(iter(new))].value * 0, "DecimalSI")
    return {name: Quantity(each.value - old.get(name, zero).value, each.format) for name, each in new.items()}


def _listed(amounts: Amounts, names: Iterable[str]) -> str:
    return ",".join(f"{name}={amounts[name]}" for name in names)
