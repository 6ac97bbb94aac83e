"""What the server warns of in the spec of a Pod: it works, but not as its author may think.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/api/pod/warnings.go
"""

from __future__ import annotations

from collections.abc import Iterator

from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import name_faults
from tutor.practice.rules.checks import items
from tutor.practice.rules.scheduling import node_terms, pod_terms
from tutor.practice.schema.quantity import number

_ZONES = {f"failure-domain.beta.kubernetes.io/{each}": f"topology.kubernetes.io/{each}" for each in ("zone", "region")}
_LABELS = {
    "beta.kubernetes.io/arch": ("v1.14", "kubernetes.io/arch"),
    "beta.kubernetes.io/os": ("v1.14", "kubernetes.io/os"),
    **{old: ("v1.17", new) for old, new in _ZONES.items()},
    "beta.kubernetes.io/instance-type": ("v1.17", "node.kubernetes.io/instance-type"),
}


def name_warnings(obj: Obj, used: str = "in Pod names and hostnames") -> Iterator[str]:
    """Warn of a name that is no DNS label where it becomes part of host names."""
    if faults := name_faults(obj["metadata"].get("name") or "", label=True):
        why = "which can result in surprising behavior; a DNS label is recommended"
        yield f"metadata.name: this is used {used}, {why}: [{', '.join(faults)}]"


def spec_warnings(template: Obj, path: str = "") -> Iterator[str]:
    """Warn of what is in a Pod or a template at `path`, which is empty or ends with a dot."""
    spec = template.get("spec") or {}
    yield from _placement(spec, f"{path}spec")
    yield from _repeated(spec, f"{path}spec", "hostAliases", "ip")
    yield from _repeated(spec, f"{path}spec", "imagePullSecrets", "name")
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        for index, container in enumerate(spec.get(kind) or []):
            yield from _container(container, f"{path}spec.{kind}[{index}]")
    yield from _ports(spec, f"{path}spec")
    if spec.get("terminationGracePeriodSeconds", 0) < 0:
        why = "must be >= 0; negative values are invalid and will be treated as 1"
        yield f"{path}spec.terminationGracePeriodSeconds: {why}"


def _placement(spec: Obj, path: str) -> Iterator[str]:
    for key in (spec.get("nodeSelector") or {}).keys() & _LABELS.keys():
        yield '{}.nodeSelector[{}]: deprecated since {}; use "{}" instead'.format(path, key, *_LABELS[key])
    for at, term in node_terms(spec, path):
        for where, each in items(term, at, "matchExpressions"):
            yield from _old_key(each.get("key"), f"{where}.key")
    for at, each in items(spec, path, "topologySpreadConstraints"):
        yield from _old_key(each.get("topologyKey"), f"{at}.topologyKey")
        yield from _unselective(each, at)
    for at, each in pod_terms(spec, path):
        yield from _unselective(each, at)
        yield from _old_key(each.get("topologyKey"), f"{at}.topologyKey")


def _unselective(term: Obj, path: str) -> Iterator[str]:
    if term.get("labelSelector") is None:
        yield f"{path}.labelSelector: a null labelSelector results in matching no pod"


def _old_key(key: str | None, path: str) -> Iterator[str]:
    if key in _LABELS:
        yield '{}: {} is deprecated since {}; use "{}" instead'.format(path, key, *_LABELS[key])


def _repeated(spec: Obj, path: str, field: str, key: str) -> Iterator[str]:
    seen = set()
    for index, each in enumerate(spec.get(field) or []):
        if each.get(key) and each[key] in seen:
            yield f'{path}.{field}[{index}].{key}: duplicate {key} "{each[key]}"'
        seen.add(each.get(key))


def _container(container: Obj, path: str) -> Iterator[str]:
    for name in ("memory", "ephemeral-storage"):
        for side in ("limits", "requests"):
            amount = ((container.get("resources") or {}).get(side) or {}).get(name)
            if amount is not None and number(amount) % 1:
                where = f"{path}.resources.{side}[{name}]"
                yield f'{where}: fractional byte value "{amount}" is invalid, must be an integer'
    names = set()
    for at, variable in items(container, path, "env"):
        if variable.get("name") in names:
            hidden = f'hides previous definition of "{variable["name"]}"'
            yield f"{at}: {hidden}, which may be dropped when using apply"
        names.add(variable.get("name"))


def _ports(spec: Obj, path: str) -> Iterator[str]:
    """Warn of ports that are told twice, in one container or in two."""
    seen: list[tuple[str, Obj]] = []
    for kind in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(kind) or []):
            for place, port in enumerate(container.get("ports") or []):
                at = f"{path}.{kind}[{index}].ports[{place}]"
                for where, other in seen:
                    if what := _overlap(port, other):
                        yield f"{at}: {what} port definition with {where}"
                seen.append((at, port))


def _overlap(port: Obj, other: Obj) -> str:
    if any(port.get(key) != other.get(key) for key in ("containerPort", "protocol")):
        return ""
    if not port.get("hostPort") or not other.get("hostPort"):
        return "duplicate" if port.get("hostPort") == other.get("hostPort") else "overlapping"
    one, two = port.get("hostIP") or "", other.get("hostIP") or ""
    if port["hostPort"] != other["hostPort"] or (one and two and one != two):
        return ""
    return "duplicate" if one == two else "dangerously ambiguous"
