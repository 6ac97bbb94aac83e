"""What the workload controllers share: the states of Pods, making them from a template, conditions, claims.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/controller_utils.go
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Sequence

from tutor.practice.api.errors import ApiError, Obj
from tutor.practice.api.meta import controller_of, owner_reference
from tutor.practice.clock import Clock, parse_stamp, stamp
from tutor.practice.controllers.queue import Controller

BURST = 500
"""Pods that one reconcile creates or deletes at the most."""


def phase(pod: Obj) -> str:
    """Return the Pod's phase, `Pending` before anybody has set one."""
    return str((pod.get("status") or {}).get("phase") or "Pending")


def is_finished(pod: Obj) -> bool:
    """Tell whether the Pod has come to its end."""
    return phase(pod) in ("Succeeded", "Failed")


def is_terminating(obj: Obj) -> bool:
    """Tell whether the object is being deleted."""
    return "deletionTimestamp" in obj["metadata"]


def is_active(pod: Obj) -> bool:
    """Tell whether the Pod counts as a replica: neither finished nor being deleted."""
    return not is_finished(pod) and not is_terminating(pod)


def condition(obj: Obj, kind: str) -> Obj | None:
    """Return the condition of that type."""
    conditions = (obj.get("status") or {}).get("conditions") or []
    return next((each for each in conditions if each["type"] == kind), None)


def is_ready(pod: Obj) -> bool:
    """Tell whether the Pod's Ready condition is true."""
    return (condition(pod, "Ready") or {}).get("status") == "True"


def until_available(pod: Obj, min_ready: int, clock: Clock) -> float | None:
    """Return the seconds until a ready Pod is available, 0 once it is; None when it is not ready."""
    if not is_ready(pod):
        return None
    since = (condition(pod, "Ready") or {}).get("lastTransitionTime")
    return max(min_ready - clock.since(since), 0.0) if min_ready and since else 0.0


def is_available(pod: Obj, min_ready: int, clock: Clock) -> bool:
    """Tell whether the Pod has been ready for `min_ready` seconds."""
    return until_available(pod, min_ready, clock) == 0


def next_available(pods: Iterable[Obj], min_ready: int, clock: Clock) -> float | None:
    """Return in how many seconds the next of the ready Pods becomes available; None when nothing is to come."""
    return min(filter(None, (until_available(pod, min_ready, clock) for pod in pods)), default=None)


def resolve(value: int | str | None, total: int, *, up: bool) -> int:
    """Return the number that an integer or a percentage of `total` stands for."""
    if isinstance(value, str) and value.endswith("%"):
        share = int(value[:-1]) * total / 100
        return math.ceil(share) if up else math.floor(share)
    return int(value or 0)


def compact(status: Obj, *keep: str) -> Obj:
    """Return the status without its empty fields, as Go's `omitempty` writes it; those of `keep` stay."""
    return {key: value for key, value in status.items() if key in keep or value not in (0, None, "", [], {})}


def set_condition(conditions: Sequence[Obj], new: Obj, clock: Clock, *, update_time: bool = False) -> list[Obj]:
    """Return the conditions with `new` at their end, unless one with that status and reason is there already."""
    old = next((each for each in conditions if each["type"] == new["type"]), None)
    if old and (old["status"], old.get("reason")) == (new["status"], new.get("reason")):
        return list(conditions)
    now = stamp(clock.now())
    new = {"lastTransitionTime": now, **({"lastUpdateTime": now} if update_time else {}), **new}
    if old and old["status"] == new["status"]:
        new["lastTransitionTime"] = old["lastTransitionTime"]
    return [*without_condition(conditions, new["type"]), new]


def renewed(conditions: Sequence[Obj], new: Obj, clock: Clock) -> list[Obj]:
    """Return the conditions with `new` in the place of the one of its type; its time changes only with its status."""
    old = next((each for each in conditions if each["type"] == new["type"]), None)
    since = old["lastTransitionTime"] if old and old["status"] == new["status"] else stamp(clock.now())
    new = {**new, "lastTransitionTime": since}
    return [new if each is old else each for each in conditions] + ([] if old else [new])


def without_condition(conditions: Sequence[Obj], kind: str) -> list[Obj]:
    """Return the conditions but for that type."""
    return [each for each in conditions if each["type"] != kind]


def pod_from(template: Obj, owner: Obj) -> Obj:
    """Return a Pod of the owner's template, that is named after the owner."""
    meta = template.get("metadata") or {}
    kept = {key: copy.deepcopy(meta[key]) for key in ("labels", "annotations", "finalizers") if meta.get(key)}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            **kept,
            "generateName": f"{owner['metadata']['name']}-",
            "namespace": owner["metadata"]["namespace"],
            "ownerReferences": [owner_reference(owner)],
        },
        "spec": copy.deepcopy(template.get("spec") or {}),
    }


def create_pod(controller: Controller, owner: Obj, pod: Obj) -> Obj:
    """Create the Pod and record that, or what it failed for, about its owner. Raises ApiError."""
    try:
        created = controller.api.create("pods", pod)
    except ApiError as error:
        causes = (error.details or {}).get("causes") or []
        if not any(each.get("reason") == "NamespaceTerminating" for each in causes):
            controller.events.record(owner, "Warning", "FailedCreate", f"Error creating: {error.message}")
        raise
    controller.events.record(owner, "Normal", "SuccessfulCreate", f"Created pod: {created['metadata']['name']}")
    return created


def slow_start(builds: Sequence[Callable[[], object]]) -> tuple[int, ApiError | None]:
    """Call in batches of 1, 2, 4, …, up to the first batch with an error; return how many went well and that error."""
    done, size, rest = 0, 1, list(builds)
    while rest:
        batch, rest = rest[:size], rest[size:]
        failure = None
        for build in batch:
            try:
                build()
                done += 1
            except ApiError as error:
                failure = failure or error
        if failure:
            return done, failure
        size *= 2
    return done, None


def delete_pod(controller: Controller, owner: Obj, pod: Obj) -> None:
    """Delete the Pod and record that about its owner; nothing happens where it is gone. Raises ApiError."""
    namespace, name = pod["metadata"]["namespace"], pod["metadata"]["name"]
    try:
        controller.api.delete("pods", namespace, name)
    except ApiError as error:
        if error.code == 404:
            return
        controller.events.record(owner, "Warning", "FailedDelete", f"Error deleting: {error.message}")
        raise
    controller.events.record(owner, "Normal", "SuccessfulDelete", f"Deleted pod: {name}")


def claim(controller: Controller, owner: Obj, resource: str, also: Callable[[Obj], object] = bool) -> list[Obj]:
    """Return what `owner` controls: adopt orphans that it selects, let go of what it selects no more.

    `also` tells what else must hold of them.
    """
    uid, leaving, claimed = owner["metadata"]["uid"], is_terminating(owner), []
    reference = owner_reference(owner)

    def wanted(obj: Obj) -> bool:
        return controller.selects(owner, obj) and bool(also(obj))

    def adopt(obj: Obj) -> Obj:
        obj["metadata"].setdefault("ownerReferences", []).append(reference)
        return obj

    def release(obj: Obj) -> Obj:
        rest = [each for each in obj["metadata"]["ownerReferences"] if each["uid"] != uid]
        obj["metadata"]["ownerReferences"] = rest
        if not rest:
            del obj["metadata"]["ownerReferences"]
        return obj

    for obj in controller.store.list(resource, owner["metadata"]["namespace"]):
        current, name = controller_of(obj), obj["metadata"]["name"]
        if current and current["uid"] == uid:
            if wanted(obj):
                claimed.append(obj)
            elif not leaving:
                controller.api.change(resource, owner["metadata"]["namespace"], name, release)
        elif not current and not leaving and not is_terminating(obj) and wanted(obj):
            claimed.append(controller.api.change(resource, owner["metadata"]["namespace"], name, adopt))
    return claimed


def _log_age(moment: str | None, clock: Clock) -> int:
    age = (clock.now() - parse_stamp(moment)).total_seconds() if moment else 0
    return int(math.log2(age * 1e9)) if age > 0 else -1


def deletion_order(pods: Iterable[Obj], related: Iterable[Obj], clock: Clock) -> list[Obj]:
    """Return the Pods in the order in which a scale down deletes them, as `ActivePodsWithRanks` sorts.

    `related` are the active Pods of all sets with the same controller: where many share a node, one goes first.
    """
    nodes: dict[str, int] = {}
    for pod in related:
        node = pod["spec"].get("nodeName") or ""
        nodes[node] = nodes.get(node, 0) + 1

    def rank(pod: Obj) -> tuple[object, ...]:
        meta, node = pod["metadata"], pod["spec"].get("nodeName") or ""
        cost = (meta.get("annotations") or {}).get("controller.kubernetes.io/pod-deletion-cost", "0")
        ready = condition(pod, "Ready") if is_ready(pod) else None
        statuses = (pod.get("status") or {}).get("containerStatuses") or []
        return (
            bool(node),
            {"Pending": 0, "Unknown": 1}.get(phase(pod), 2),
            ready is not None,
            int(cost) if cost.lstrip("-").isdigit() else 0,
            -nodes.get(node, 0),
            _log_age((ready or {}).get("lastTransitionTime"), clock) if ready else 0,
            -max((each.get("restartCount", 0) for each in statuses), default=0),
            _log_age(meta["creationTimestamp"], clock),
            meta["uid"],
        )

    return sorted(pods, key=rank)
