"""What a Deployment reports: its counts, and whether it is available, goes on or is stuck.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/deployment/progress.go
"""

from __future__ import annotations

from collections.abc import Sequence

from tutor.practice.api.errors import Obj
from tutor.practice.clock import Clock, stamp
from tutor.practice.controllers import podtools, rollout

Conditions = list[Obj]


def has_deadline(deployment: Obj) -> bool:
    """Tell whether the rollout has to go on within some time."""
    seconds = deployment["spec"].get("progressDeadlineSeconds")
    return seconds is not None and seconds != rollout.NO_DEADLINE


def with_condition(
    conditions: Sequence[Obj], kind: str, status: str, reason: str, message: str, clock: Clock
) -> Conditions:
    """Return the conditions with that one, unless its status and reason are there already."""
    new = {"type": kind, "status": status, "reason": reason, "message": message}
    return podtools.set_condition(conditions, new, clock, update_time=True)


def counts(deployment: Obj, sets: Sequence[Obj], new: Obj | None, clock: Clock) -> Obj:
    """Return the status with its counts and the Available condition; the other conditions stay."""
    before = deployment.get("status") or {}
    available = rollout.counted(sets, "availableReplicas")
    enough = available >= rollout.replicas(deployment) - rollout.bounds(deployment)[1]
    words = (
        ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        if enough
        else ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    )
    return {
        "observedGeneration": deployment["metadata"].get("generation", 0),
        "replicas": rollout.counted(sets, "replicas"),
        "updatedReplicas": rollout.counted([new], "replicas"),
        "readyReplicas": rollout.counted(sets, "readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(rollout.total(sets) - available, 0),
        "terminatingReplicas": rollout.counted(sets, "terminatingReplicas"),
        "collisionCount": before.get("collisionCount"),
        "conditions": with_condition(before.get("conditions") or [], "Available", *words, clock),
    }


def progress(deployment: Obj, status: Obj, sets: Sequence[Obj], new: Obj | None, clock: Clock) -> None:
    """Add to a fresh status how the rollout goes on: the conditions Progressing and ReplicaFailure."""
    conditions: Conditions = status["conditions"]
    if not has_deadline(deployment):
        conditions = podtools.without_condition(conditions, "Progressing")
    current = podtools.condition(deployment, "Progressing")
    finished = (
        status["replicas"] == status["updatedReplicas"]
        and current is not None
        and current["reason"] == "NewReplicaSetAvailable"
    )
    if has_deadline(deployment) and not finished:
        what = f'ReplicaSet "{new["metadata"]["name"]}"' if new else f'Deployment "{deployment["metadata"]["name"]}"'
        if rollout.complete(deployment, status):
            words = ("True", "NewReplicaSetAvailable", f"{what} has successfully progressed.")
            conditions = with_condition(conditions, "Progressing", *words, clock)
        elif rollout.progressing(deployment.get("status") or {}, status):
            words = ("True", "ReplicaSetUpdated", f"{what} is progressing.")
            now = stamp(clock.now())
            since = current["lastTransitionTime"] if current and current["status"] == "True" else now
            times = {"lastTransitionTime": since, "lastUpdateTime": now}
            moving = {**times, "type": "Progressing", **dict(zip(("status", "reason", "message"), words, strict=True))}
            conditions = [*podtools.without_condition(conditions, "Progressing"), moving]
        elif _timed_out(deployment, current, clock):
            words = ("False", "ProgressDeadlineExceeded", f"{what} has timed out progressing.")
            conditions = with_condition(conditions, "Progressing", *words, clock)
    status["conditions"] = _with_failure(conditions, sets, new, clock)


def until_stuck(deployment: Obj, status: Obj, clock: Clock) -> float | None:
    """Return in how many seconds the rollout is overdue; None where it is done, or known to be overdue."""
    current = next((each for each in status["conditions"] if each["type"] == "Progressing"), None)
    if not has_deadline(deployment) or current is None:
        return None
    if rollout.complete(deployment, status) or current["reason"] == "ProgressDeadlineExceeded":
        return None
    left = deployment["spec"]["progressDeadlineSeconds"] - clock.since(current["lastUpdateTime"])
    return float(max(left, 0) + 1)


def _timed_out(deployment: Obj, current: Obj | None, clock: Clock) -> bool:
    if current is None or current["reason"] == "NewReplicaSetAvailable":
        return False
    if current["reason"] == "ProgressDeadlineExceeded":
        return True
    return bool(clock.since(current["lastUpdateTime"]) > deployment["spec"]["progressDeadlineSeconds"])


def _with_failure(conditions: Conditions, sets: Sequence[Obj], new: Obj | None, clock: Clock) -> Conditions:
    """Return the conditions with a ReplicaSet's failure, the newest one's before others'."""
    failures = [podtools.condition(each, "ReplicaFailure") for each in ([new] if new else []) + list(sets)]
    failure = next(filter(None, failures), None)
    if failure is None:
        return podtools.without_condition(conditions, "ReplicaFailure")
    times = {"lastUpdateTime": failure["lastTransitionTime"], "lastTransitionTime": failure["lastTransitionTime"]}
    return podtools.set_condition(conditions, {**times, **failure}, clock)
