"""How much a Pod asks for in all: containers together, or the largest init container where that is more.

https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
"""

from __future__ import annotations

from fractions import Fraction

from tutor.practice.api.errors import Obj
from tutor.practice.schema.quantity import Quantity, parse

Amounts = dict[str, Quantity]


def read(quantities: Obj | None) -> Amounts:
    """Return the amounts of a resource list."""
    return {name: parse(str(text)) for name, text in (quantities or {}).items()}


def added(left: Amounts, right: Amounts) -> Amounts:
    """Return sums; an amount that only one has stays."""
    return {name: _sum(left.get(name), right.get(name)) for name in {**left, **right}}


def pod_amounts(spec: Obj, kind: str) -> Amounts:
    """Return a Pod's `requests` or `limits`, as `kind` says: sidecars count with the containers; overhead is added."""
    total: Amounts = {}
    for container in spec.get("containers") or []:
        total = added(total, _of(container, kind))
    sidecars: Amounts = {}
    largest: Amounts = {}
    for container in spec.get("initContainers") or []:
        own = _of(container, kind)
        if container.get("restartPolicy") == "Always":
            sidecars = added(sidecars, own)
            total = added(total, own)
            own = sidecars
        else:
            own = added(own, sidecars)
        largest = _maximum(largest, own)
    total = _maximum(total, largest)
    if declared := (spec.get("resources") or {}).get(kind):
        total |= read(declared)
    overhead = read(spec.get("overhead"))
    kept = overhead if kind == "requests" else {name: each for name, each in overhead.items() if name in total}
    return added(total, kept)


def _of(container: Obj, kind: str) -> Amounts:
    return read((container.get("resources") or {}).get(kind))


def _sum(left: Quantity | None, right: Quantity | None) -> Quantity:
    if left is None or right is None:
        return left or right or Quantity(Fraction(0), "DecimalSI")
    return Quantity(left.value + right.value, left.format if left.value else right.format)


def _maximum(left: Amounts, right: Amounts) -> Amounts:
    found = dict(left)
    for name, each in right.items():
        if name not in found or found[name].value < each.value:
            found[name] = each
    return found
