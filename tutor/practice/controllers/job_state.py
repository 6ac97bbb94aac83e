"""What one look at a Job finds: what is done, what is lost, and whether it has come to its end.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/job/job_controller.go
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tutor.practice.api.errors import Obj
from tutor.practice.clock import Clock
from tutor.practice.controllers import job_pods, podtools

Finish = tuple[str, str, str]
"""The condition that comes before the last one, `SuccessCriteriaMet` or `FailureTarget`, with reason and message."""


@dataclass
class Sync:
    """What one look at a Job finds."""

    job: Obj
    status: Obj
    pods: list[Obj] = field(default_factory=list)
    succeeded: int = 0
    done: set[int] = field(default_factory=set)
    """Indexes that are done."""
    finish: Finish | None = None
    wait: float = 0.0
    """Seconds until the next Pod may be made, after failures."""
    again: list[float] = field(default_factory=list)

    @property
    def failing(self) -> bool:
        """Whether the Job has come to a bad end."""
        return self.finish is not None and self.finish[0] == "FailureTarget"

    @property
    def active(self) -> list[Obj]:
        """The Pods that are at work."""
        return [pod for pod in self.pods if podtools.is_active(pod)]

    @property
    def terminating(self) -> int:
        """How many Pods are being deleted."""
        return sum(podtools.is_terminating(pod) and not podtools.is_finished(pod) for pod in self.pods)


def judge(sync: Sync, clock: Clock) -> None:
    """Find out what is done, and whether the Job has come to its end; note it in `sync`."""
    job, spec = sync.job, sync.job["spec"]
    fresh = [pod for pod in sync.pods if job_pods.tracked(pod)]
    good = [pod for pod in fresh if job_pods.succeeded(pod)]
    sync.succeeded = sync.status.get("succeeded", 0) + len(good)
    failed = sync.status.get("failed", 0) + sum(map(job_pods.failed, fresh))
    if spec.get("completionMode") == "Indexed":
        sync.done = job_pods.parse_indexes(sync.status.get("completedIndexes", ""))
        sync.done |= {index for index in map(job_pods.index_of, good) if index is not None}
        sync.succeeded = len(sync.done)
    interim = podtools.condition(job, "SuccessCriteriaMet") or podtools.condition(job, "FailureTarget")
    if interim:
        sync.finish = interim["type"], interim["reason"], interim["message"]
        return
    if failed > spec.get("backoffLimit", 6) or _restarted_too_often(job, sync.pods):
        sync.finish = "FailureTarget", "BackoffLimitExceeded", "Job has reached the specified backoff limit"
    elif "activeDeadlineSeconds" in spec and not spec.get("suspend"):
        left = spec["activeDeadlineSeconds"] - clock.since(sync.status["startTime"])
        if left > 0:
            sync.again.append(left)
        else:
            sync.finish = "FailureTarget", "DeadlineExceeded", "Job was active longer than specified deadline"


def _restarted_too_often(job: Obj, pods: Iterable[Obj]) -> bool:
    if (job["spec"]["template"].get("spec") or {}).get("restartPolicy") != "OnFailure":
        return False
    restarts, limit = 0, job["spec"].get("backoffLimit", 6)
    for pod in pods:
        if podtools.phase(pod) in ("Running", "Pending"):
            status = pod.get("status") or {}
            every = [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
            restarts += sum(each.get("restartCount", 0) for each in every)
    return bool(restarts >= max(limit, 1))
