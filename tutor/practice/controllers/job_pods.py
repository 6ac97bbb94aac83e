"""The Pods of Jobs: which count as failed, indexes, and the wait after a failure.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/job/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tutor.practice.api.errors import Obj
from tutor.practice.controllers import podtools

FINALIZER = "batch.kubernetes.io/job-tracking"
INDEX = "batch.kubernetes.io/job-completion-index"
FIRST_WAIT, LAST_WAIT = 10.0, 600.0
"""Seconds before a failed Pod is replaced: twice as long for every failure in a row."""


def tracked(pod: Obj) -> bool:
    """Tell whether the Pod is not accounted for yet."""
    return FINALIZER in (pod["metadata"].get("finalizers") or [])


def succeeded(pod: Obj) -> bool:
    """Tell whether the Pod has done its work."""
    return podtools.phase(pod) == "Succeeded"


def failed(pod: Obj) -> bool:
    """Tell whether the Pod counts as failed: one that is being deleted does."""
    return podtools.phase(pod) == "Failed" or (podtools.is_terminating(pod) and not succeeded(pod))


def wait_after(failures: int) -> float:
    """Return the seconds to wait after so many failures in a row."""
    return min(FIRST_WAIT * 2 ** (failures - 1), LAST_WAIT) if failures else 0.0


def finished_at(pod: Obj) -> str:
    """Return when the Pod came to its end."""
    statuses = (pod.get("status") or {}).get("containerStatuses") or []
    ends = [((each.get("state") or {}).get("terminated") or {}).get("finishedAt") for each in statuses]
    if ends and all(ends):
        return max(map(str, ends))
    ready = podtools.condition(pod, "Ready") or {}
    if ready.get("status") == "False" and ready.get("lastTransitionTime"):
        return str(ready["lastTransitionTime"])
    return str(pod["metadata"].get("deletionTimestamp") or pod["metadata"]["creationTimestamp"])


def index_of(pod: Obj) -> int | None:
    """Return the Pod's completion index."""
    text = (pod["metadata"].get("annotations") or {}).get(INDEX, "")
    return int(text) if text.isdigit() else None


def parse_indexes(text: str) -> set[int]:
    """Return the indexes of `0-2,5`."""
    found: set[int] = set()
    for part in filter(None, text.split(",")):
        low, _, high = part.partition("-")
        found |= set(range(int(low), int(high or low) + 1))
    return found


def shown_indexes(indexes: Iterable[int]) -> str:
    """Return indexes as `0-2,5`; two neighbours are written as `0,1`."""
    runs: list[list[int]] = []
    for each in sorted(indexes):
        if runs and runs[-1][-1] == each - 1:
            runs[-1].append(each)
        else:
            runs.append([each])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(map(str, run)) for run in runs)


def pod_for(job: Obj, index: int | None) -> Obj:
    """Return a new Pod of the Job."""
    pod = podtools.pod_from(job["spec"]["template"], job)
    meta, spec = pod["metadata"], pod["spec"]
    meta["finalizers"] = [*meta.get("finalizers", []), FINALIZER]
    if index is None:
        return pod
    name = f"{job['metadata']['name']}-{index}"
    meta["generateName"] = f"{name}-"
    meta["annotations"] = {**meta.get("annotations", {}), INDEX: str(index)}
    meta["labels"] = {**meta.get("labels", {}), INDEX: str(index)}
    spec["hostname"] = name
    source = {"fieldRef": {"fieldPath": f"metadata.labels['{INDEX}']"}}
    variable: dict[str, Any] = {"name": "JOB_COMPLETION_INDEX", "valueFrom": source}
    for container in [*(spec.get("initContainers") or []), *spec["containers"]]:
        if all(each["name"] != variable["name"] for each in container.get("env") or []):
            container["env"] = [*(container.get("env") or []), variable]
    return pod
