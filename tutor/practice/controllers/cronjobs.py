"""CronJobs: a Job whenever the schedule says so.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/cronjob/cronjob_controllerv2.go
"""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from tutor.practice.api.deletion import Deletion
from tutor.practice.api.errors import ApiError, Obj
from tutor.practice.api.meta import owner_reference
from tutor.practice.clock import parse_stamp, stamp
from tutor.practice.controllers import podtools
from tutor.practice.controllers.queue import Controller

JOBS = "jobs.batch"
SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp"
MANY = 100
"""Missed start times from which on the controller complains."""
LATE = 0.1
"""Seconds after a start time at which the controller looks."""
NAMED = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


class CronJobs(Controller):
    """Starts Jobs by the clock, and clears away those that are done."""

    name: ClassVar[str] = "cronjob-controller"
    resource: ClassVar[str] = "cronjobs.batch"
    owns: ClassVar[tuple[str, ...]] = (JOBS,)

    def reconcile(self, obj: Obj) -> float | None:
        """Note what has become of the Jobs, start the one that is due, and say when the next one is."""
        status = copy.deepcopy(obj.get("status") or {})
        jobs = {job["metadata"]["uid"]: job for job in self.owned(obj, JOBS)}
        self._follow(obj, status, jobs)
        error, again = None, None
        if not podtools.is_terminating(obj) and not obj["spec"].get("suspend"):
            try:
                again = self._start(obj, status)
            except ApiError as failure:
                error = failure
        self._clear(obj, jobs)
        self.api.set_status(self.resource, obj, podtools.compact(status))
        if error:
            raise error
        return again

    def _follow(self, obj: Obj, status: Obj, jobs: dict[str, Obj]) -> None:
        """Take what is done off the list of active Jobs."""
        active = {each["uid"]: each for each in status.get("active") or []}
        for uid, job in jobs.items():
            name, end = job["metadata"]["name"], _end(job)
            if uid not in active and not end:
                message = f"Saw a job that the controller did not create or forgot: {name}"
                self.events.record(obj, "Warning", "UnexpectedJob", message)
            if uid in active and end:
                del active[uid]
                message = f"Saw completed job: {name}, condition: {end['type']}"
                self.events.record(obj, "Normal", "SawCompletedJob", message)
            if end and end["type"] == "Complete":
                done = (job.get("status") or {}).get("completionTime") or ""
                status["lastSuccessfulTime"] = max(status.get("lastSuccessfulTime") or "", done)
        for uid, reference in list(active.items()):
            if uid not in jobs:
                del active[uid]
                message = f"Active job went missing: {reference['name']}"
                self.events.record(obj, "Normal", "MissingJob", message)
        status["active"] = list(active.values())

    def _start(self, obj: Obj, status: Obj) -> float | None:
        """Start the Job that is due; return in how many seconds the next one is."""
        spec, now = obj["spec"], self.clock.now()
        zone = ZoneInfo(spec["timeZone"]) if spec.get("timeZone") else UTC
        try:
            missed, following = self._times(obj, status, now.astimezone(zone))
        except CronSimError as error:
            message = f'unparseable schedule: "{spec["schedule"]}" : {error}'
            self.events.record(obj, "Warning", "UnparseableSchedule", message)
            return None
        again = max((following - now).total_seconds(), 0.0) + LATE
        if missed is None:
            return again
        deadline = spec.get("startingDeadlineSeconds")
        if deadline is not None and missed + timedelta(seconds=deadline) < now:
            message = f"Missed scheduled time to start a job: {format_datetime(missed)}"
            self.events.record(obj, "Warning", "MissSchedule", message)
            return again
        policy = spec.get("concurrencyPolicy", "Allow")
        if policy == "Forbid" and status["active"]:
            message = "Not starting job because prior execution is running and concurrency policy is Forbid"
            self.events.record(obj, "Normal", "JobAlreadyActive", message)
            return again
        if policy == "Replace":
            for each in status["active"]:
                self._delete(obj, each["name"])
            status["active"] = []
        self._create(obj, status, missed)
        return again

    def _times(self, obj: Obj, status: Obj, now: datetime) -> tuple[datetime | None, datetime]:
        """Return the newest start time that has passed and was not served, and the next one."""
        spec, schedule = obj["spec"], obj["spec"]["schedule"]
        since = parse_stamp(status.get("lastScheduleTime") or obj["metadata"]["creationTimestamp"])
        if spec.get("startingDeadlineSeconds") is not None:
            since = max(since, now - timedelta(seconds=spec["startingDeadlineSeconds"]))
        missed, count = None, 0
        for moment in CronSim(NAMED.get(schedule, schedule.replace("?", "*")), since.astimezone(now.tzinfo)):
            if moment > now:
                if count > MANY:
                    message = (
                        "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
                    )
                    self.events.record(obj, "Warning", "TooManyMissedTimes", message)
                return missed, moment
            missed, count = moment, count + 1
        return missed, now + timedelta(days=365)

    def _create(self, obj: Obj, status: Obj, moment: datetime) -> None:
        template = copy.deepcopy(obj["spec"].get("jobTemplate") or {})
        meta = template.get("metadata") or {}
        name = f"{obj['metadata']['name']}-{int(moment.timestamp()) // 60}"
        scheduled = moment.isoformat().replace("+00:00", "Z")
        job = {
            "metadata": {
                "name": name,
                "namespace": obj["metadata"]["namespace"],
                "annotations": {**(meta.get("annotations") or {}), SCHEDULED: scheduled},
                "ownerReferences": [owner_reference(obj)],
                **({"labels": meta["labels"]} if meta.get("labels") else {}),
            },
            "spec": template.get("spec") or {},
        }
        try:
            created = self.api.create(JOBS, job)
        except ApiError as error:
            if error.reason != "AlreadyExists":
                self.events.record(obj, "Warning", "FailedCreate", f"Error creating job: {error.message}")
                raise
            created = self.api.get(JOBS, obj["metadata"]["namespace"], name)
        else:
            self.events.record(obj, "Normal", "SuccessfulCreate", f"Created job {name}")
        kept = ("name", "namespace", "uid", "resourceVersion")
        reference = {key: created["metadata"][key] for key in kept}
        status["active"].append({"apiVersion": created["apiVersion"], "kind": created["kind"], **reference})
        status["lastScheduleTime"] = stamp(moment)

    def _clear(self, obj: Obj, jobs: dict[str, Obj]) -> None:
        """Delete the oldest of the Jobs that are done, beyond the limits."""
        for kind, key in (("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit")):
            limit = obj["spec"].get(key, 3 if kind == "Complete" else 1)
            done = [job for job in jobs.values() if (_end(job) or {}).get("type") == kind]
            done.sort(key=lambda job: ((job.get("status") or {}).get("startTime") or "", job["metadata"]["name"]))
            for job in done[: max(len(done) - limit, 0)]:
                self._delete(obj, job["metadata"]["name"])

    def _delete(self, obj: Obj, name: str) -> None:
        try:
            self.api.delete(JOBS, obj["metadata"]["namespace"], name, Deletion(propagation="Background"))
        except ApiError as error:
            if error.code != 404:
                self.events.record(obj, "Warning", "FailedDelete", f"Deleted job: {error.message}")
                raise
        self.events.record(obj, "Normal", "SuccessfulDelete", f"Deleted job {name}")


def _end(job: Obj) -> Obj | None:
    """Return the condition with which the Job has ended."""
    ends = (podtools.condition(job, "Complete"), podtools.condition(job, "Failed"))
    return next((each for each in ends if each and each["status"] == "True"), None)
