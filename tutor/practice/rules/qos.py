"""The quality of service of a Pod."""

from __future__ import annotations

from tutor.practice.api.errors import Obj
from tutor.practice.schema.quantity import number

_QOS = ("cpu", "memory")


def qos_class(spec: Obj) -> str:
    """Return `Guaranteed`, `Burstable` or `BestEffort`.

    https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/helper/qos/qos.go
    """
    owners = [*(spec.get("containers") or []), *(spec.get("initContainers") or [])]
    if any((spec.get("resources") or {}).get(side) for side in ("requests", "limits")):
        owners = [spec]
    sums: dict[str, dict[str, object]] = {"requests": {}, "limits": {}}
    guaranteed = True
    for owner in owners:
        resources = owner.get("resources") or {}
        for side, total in sums.items():
            amounts = resources.get(side) or {}
            found = {key: number(amounts[key]) for key in _QOS if key in amounts and number(amounts[key]) > 0}
            for key, amount in found.items():
                total[key] = amount + total.get(key, 0)  # type: ignore[operator]
            if side == "limits" and len(found) < len(_QOS):
                guaranteed = False
    if not sums["requests"] and not sums["limits"]:
        return "BestEffort"
    return "Guaranteed" if guaranteed and sums["requests"] == sums["limits"] else "Burstable"
