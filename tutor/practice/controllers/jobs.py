"""Jobs: Pods until enough of them have done their work, or too many have failed.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/job/job_controller.go
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from functools import partial
from typing import ClassVar

from tutor.practice.api.chain import Api
from tutor.practice.api.deletion import Deletion
from tutor.practice.api.errors import ApiError, Obj
from tutor.practice.api.meta import controller_of, key_of
from tutor.practice.api.store import Event
from tutor.practice.clock import stamp
from tutor.practice.controllers import job_pods, job_state, podtools
from tutor.practice.controllers.job_state import Finish, Sync
from tutor.practice.controllers.queue import Controller, Key

FINAL = ("Complete", "Failed")


class Jobs(Controller):
    """Counts each Pod once, by a finalizer that only this controller takes off."""

    name: ClassVar[str] = "job-controller"
    resource: ClassVar[str] = "jobs.batch"
    owns: ClassVar[tuple[str, ...]] = ("pods",)
    watches: ClassVar[tuple[str, ...]] = ("pods",)

    def __init__(self, api: Api) -> None:
        super().__init__(api)
        self._backoff: dict[str, tuple[int, str]] = {}
        """By uid: failures since the last success, and when the last one was."""

    def concerns(self, event: Event) -> Iterable[Key]:
        """A Pod that has lost its Job must lose its finalizer as well."""
        meta = event.object["metadata"]
        name = (meta.get("labels") or {}).get("batch.kubernetes.io/job-name")
        return [(meta["namespace"], name)] if name and not controller_of(event.object) else ()

    def gone(self, key: Key) -> None:
        """Let go of the Pods of a Job that is there no more."""
        self._release(key, "")

    def reconcile(self, obj: Obj) -> float | None:
        """Take the next step: create or delete Pods, account for those that are done, report."""
        self._release(key_of(obj), obj["metadata"]["uid"])
        final = next((each for each in (podtools.condition(obj, kind) for kind in FINAL) if each), None)
        if final:
            return self._retire(obj, final)
        sync = Sync(obj, copy.deepcopy(obj.get("status") or {}))
        sync.status.setdefault("uncountedTerminatedPods", {})
        sync.pods = podtools.claim(self, obj, "pods")
        if not sync.status.get("startTime") and not obj["spec"].get("suspend"):
            sync.status["startTime"] = stamp(self.clock.now())
        sync.wait = self._wait(sync)
        job_state.judge(sync, self.clock)
        failure = self._manage(sync)
        self._account(sync)
        if failure:
            raise failure
        return min(sync.again, default=None)

    def _manage(self, sync: Sync) -> ApiError | None:
        """Create or delete Pods; return what failed."""
        job, spec, error = sync.job, sync.job["spec"], None
        if sync.finish:
            for pod in sync.active:
                podtools.delete_pod(self, job, pod)
        elif not podtools.is_terminating(job):
            if spec.get("suspend"):
                self._remove(job, sync.active)
            else:
                error = self._resize(sync)
        sync.pods = self.owned(job, "pods")
        if sync.finish:
            return error
        completions = spec.get("completions")
        enough = sync.succeeded > 0 if completions is None else sync.succeeded >= completions
        if enough and not sync.active:
            text = "Reached expected number of succeeded pods"
            sync.finish = "SuccessCriteriaMet", "CompletionsReached", text
        elif not podtools.is_terminating(job):
            self._note_suspension(sync)
        return error

    def _resize(self, sync: Sync) -> ApiError | None:
        job, spec, active = sync.job, sync.job["spec"], sync.active
        wanted = spec.get("parallelism", 1)
        if spec.get("completions") is not None:
            wanted = max(min(wanted, spec["completions"] - sync.succeeded), 0)
        elif sync.succeeded:
            wanted = len(active)
        if len(active) > wanted:
            order = podtools.deletion_order(active, (), self.clock)
            self._remove(job, order[: len(active) - wanted])
            return None
        missing = wanted - len(active)
        if missing <= 0:
            return None
        if sync.wait > 0:
            sync.again.append(sync.wait)
            return None
        indexes: Sequence[int | None] = [None] * missing
        if spec.get("completionMode") == "Indexed":
            taken = sync.done | {job_pods.index_of(pod) for pod in active}
            indexes = [each for each in range(spec["completions"]) if each not in taken][:missing]
        builds = [
            partial(podtools.create_pod, self, job, job_pods.pod_for(job, index)) for index in indexes[: podtools.BURST]
        ]
        return podtools.slow_start(builds)[1]

    def _wait(self, sync: Sync) -> float:
        """Count failures since the last success; return in how many seconds the next Pod may be made."""
        uid = sync.job["metadata"]["uid"]
        failures, last = self._backoff.get(uid, (0, ""))
        fresh = sorted((pod for pod in sync.pods if job_pods.tracked(pod)), key=job_pods.finished_at)
        for pod in fresh:
            if job_pods.succeeded(pod):
                failures, last = 0, ""
            elif job_pods.failed(pod):
                failures, last = failures + 1, job_pods.finished_at(pod)
        self._backoff[uid] = failures, last
        return job_pods.wait_after(failures) - self.clock.since(last) if failures else 0.0

    def _remove(self, job: Obj, pods: Iterable[Obj]) -> None:
        """Delete Pods that are not to count as failed."""
        for pod in pods:
            self._untrack(pod)
            podtools.delete_pod(self, job, pod)

    def _note_suspension(self, sync: Sync) -> None:
        conditions, suspended = sync.status.get("conditions") or [], bool(sync.job["spec"].get("suspend"))
        current = next((each for each in conditions if each["type"] == "Suspended"), None)
        if suspended == ((current or {}).get("status") == "True"):
            return
        reason, message = ("JobSuspended", "Job suspended") if suspended else ("JobResumed", "Job resumed")
        new = self._condition(("Suspended", reason, message), "True" if suspended else "False")
        sync.status["conditions"] = [*podtools.without_condition(conditions, "Suspended"), new]
        self.events.record(sync.job, "Normal", reason.removeprefix("Job"), message)
        if not suspended:
            sync.status["startTime"] = stamp(self.clock.now())

    def _account(self, sync: Sync) -> None:
        """Count the Pods that are done, take their finalizers off, and write the status before and after."""
        job, status = sync.job, sync.status
        good, bad, free = [], [], []
        for pod in filter(job_pods.tracked, sync.pods):
            is_bad = job_pods.failed(pod)
            if not (is_bad or job_pods.succeeded(pod) or sync.finish or podtools.is_terminating(job)):
                continue
            free.append(pod)
            if job_pods.succeeded(pod):
                good.append(pod["metadata"]["uid"])
            elif is_bad or sync.failing:
                bad.append(pod["metadata"]["uid"])
        if sync.finish and not any(each["type"] == sync.finish[0] for each in status.get("conditions") or []):
            status["conditions"] = [*(status.get("conditions") or []), self._condition(sync.finish)]
        indexed = job["spec"].get("completionMode") == "Indexed"
        status["uncountedTerminatedPods"] = podtools.compact({"succeeded": [] if indexed else good, "failed": bad})
        status |= {"active": len(sync.active), "terminating": sync.terminating}
        status["ready"] = sum(map(podtools.is_ready, sync.active))
        status["completedIndexes"] = job_pods.shown_indexes(sync.done)
        if good or bad:
            self._write(job, status)
        for pod in free:
            self._untrack(pod)
        status["succeeded"] = len(sync.done) if indexed else status.get("succeeded", 0) + len(good)
        status["failed"] = status.get("failed", 0) + len(bad)
        status["uncountedTerminatedPods"] = {}
        if sync.finish is None or sync.terminating:
            self._write(job, status)
            return
        _, reason, message = sync.finish
        final = "Failed" if sync.failing else "Complete"
        status["conditions"] = [*status["conditions"], self._condition((final, reason, message))]
        if not sync.failing:
            status["completionTime"] = stamp(self.clock.now())
        self._write(job, status)
        said = ("Warning", reason, message) if sync.failing else ("Normal", "Completed", "Job completed")
        self.events.record(job, *said)

    def _write(self, job: Obj, status: Obj) -> None:
        kept = ("ready", "terminating", "uncountedTerminatedPods")
        self.api.set_status(self.resource, job, copy.deepcopy(podtools.compact(status, *kept)))

    def _condition(self, finish: Finish, status: str = "True") -> Obj:
        now = stamp(self.clock.now())
        times = {"lastProbeTime": now, "lastTransitionTime": now}
        return {"type": finish[0], "status": status, **times, "reason": finish[1], "message": finish[2]}

    def _retire(self, obj: Obj, final: Obj) -> float | None:
        """Take the last finalizers off; delete the Job when its time has come."""
        self._backoff.pop(obj["metadata"]["uid"], None)
        for pod in filter(job_pods.tracked, self.owned(obj, "pods")):
            self._untrack(pod)
        ttl = obj["spec"].get("ttlSecondsAfterFinished")
        if ttl is None or podtools.is_terminating(obj):
            return None
        left = ttl - self.clock.since(final["lastTransitionTime"])
        if left > 0:
            return float(left)
        self.api.delete(self.resource, *key_of(obj), Deletion(propagation="Foreground", uid=obj["metadata"]["uid"]))
        return None

    def _release(self, key: Key, uid: str) -> None:
        """Take the finalizers off Pods that were of a Job of this name, but not of the one with `uid`."""
        for pod in self.store.list("pods", key[0]):
            owner = controller_of(pod)
            if not job_pods.tracked(pod) or (owner and (owner["kind"], owner["name"]) != ("Job", key[1])):
                continue
            label = (pod["metadata"].get("labels") or {}).get("batch.kubernetes.io/job-name")
            if owner["uid"] != uid if owner else label == key[1]:
                self._untrack(pod)

    def _untrack(self, pod: Obj) -> None:
        def build(new: Obj) -> Obj:
            rest = [each for each in new["metadata"].get("finalizers") or [] if each != job_pods.FINALIZER]
            new["metadata"]["finalizers"] = rest
            if not rest:
                del new["metadata"]["finalizers"]
            return new

        if self.store.get("pods", *key_of(pod)):
            self.api.change("pods", *key_of(pod), build)
