"""Updates of Pods: nearly all of the spec stays as it is.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/validation/validation.go
"""

from __future__ import annotations

from tutor.practice.api.causes import forbidden, invalid
from tutor.practice.api.errors import Obj
from tutor.practice.rules.checks import Causes, items, struct_diff
from tutor.practice.rules.qos import qos_class

_CORE = "io.k8s.api.core.v1"
_ALLOWED = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n"
)


def pod_update(new: Obj, old: Obj) -> Causes:
    """Check that a Pod's spec changes only where it may."""
    for key in ("containers", "initContainers"):
        if len(new.get(key) or []) != len(old.get(key) or []):
            yield forbidden(f"spec.{key}", "pod updates may not add or remove containers")
            return
    wrong = list(_deadline(new.get("activeDeadlineSeconds"), old.get("activeDeadlineSeconds")))
    yield from wrong
    if wrong:
        return
    before = {gate["name"] for gate in old.get("schedulingGates") or []}
    for at, gate in items(new, "spec", "schedulingGates"):
        if gate["name"] not in before:
            detail = f"only deletion is allowed, but found new scheduling gate '{gate['name']}'"
            yield forbidden(f"{at}.name", detail)
    yield from _tolerations(new, old)
    selector = new.get("nodeSelector") or {}
    if before and any(selector.get(key) != value for key, value in (old.get("nodeSelector") or {}).items()):
        detail = "only additions to spec.nodeSelector are allowed (no mutations or deletions)"
        yield invalid("spec.nodeSelector", selector, detail)
    rest = _as_before(new, old)
    if rest != old:
        yield forbidden("spec", _ALLOWED + struct_diff(old, rest, f"{_CORE}.PodSpec"))


def ephemeral_update(new: Obj, old: Obj) -> Causes:
    """Check that ephemeral containers are only added."""
    path = "spec.ephemeralContainers"
    after = {each.get("name"): each for each in new.get("ephemeralContainers") or []}
    for each in old.get("ephemeralContainers") or []:
        what, wanted = f'existing ephemeral containers "{each["name"]}" may not be', after.get(each["name"])
        if wanted is None:
            yield forbidden(path, f"{what} removed\n")
        elif wanted != each:
            yield forbidden(path, f"{what} changed\n{struct_diff(each, wanted, f'{_CORE}.EphemeralContainer')}")


def resize(new: Obj, old: Obj) -> Causes:
    """Check that a resize neither changes the Pod's quality of service nor takes anything away."""
    before = qos_class(old)
    if qos_class(new) != before:
        yield invalid("spec", before, "Pod QOS Class may not change as a result of resizing")
    for kind in ("containers", "initContainers"):
        for index, (was, now) in enumerate(zip(old.get(kind) or [], new.get(kind) or [], strict=True)):
            for side in ("requests", "limits"):
                lost, kept = ((each["resources"].get(side) or {}) for each in (was, now))
                if lost.keys() - kept.keys():
                    detail = f"resource {side} cannot be removed"
                    yield forbidden(f"spec.{kind}[{index}].resources.{side}", detail)
                elif any(kept[key] != lost.get(key) for key in kept.keys() - {"cpu", "memory"}):
                    yield forbidden("spec", "only cpu and memory resources are mutable")


def _deadline(new: int | None, old: int | None) -> Causes:
    path = "spec.activeDeadlineSeconds"
    if new is None and old is not None:
        yield invalid(path, None, "must not update from a positive integer to nil value")
    elif new is not None and not 0 <= new < 2**31:
        yield invalid(path, new, "must be between 0 and 2147483647, inclusive")
    elif new is not None and old is not None and new > old:
        yield invalid(path, new, "must be less than or equal to previous value")


def _tolerations(new: Obj, old: Obj) -> Causes:
    def timeless(spec: Obj) -> list[Obj]:
        return [{**each, "tolerationSeconds": None} for each in spec.get("tolerations") or []]

    kept = timeless(new)
    if any(each not in kept for each in timeless(old)):
        yield forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds")


def _as_before(new: Obj, old: Obj) -> Obj:
    """Return the new spec with the old values where changes are allowed."""
    rest = dict(new)
    free = ["activeDeadlineSeconds", "tolerations", "schedulingGates"]
    if old.get("terminationGracePeriodSeconds", 0) < 0 and new.get("terminationGracePeriodSeconds") == 1:
        free.append("terminationGracePeriodSeconds")
    if old.get("schedulingGates"):  # a Pod that is not to be scheduled yet may still be steered
        free.append("nodeSelector")
        if not (old.get("affinity") or {}).get("nodeAffinity"):
            free.append("affinity")
    for key in free:
        rest.pop(key, None)
        if key in old:
            rest[key] = old[key]
    for key in ("containers", "initContainers"):
        if key in rest:
            pairs = zip(rest[key], old.get(key) or [], strict=True)
            rest[key] = [{**each, "image": before.get("image")} for each, before in pairs]
    return rest
