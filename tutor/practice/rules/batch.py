"""Jobs and CronJobs.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/batch/v1/defaults.go
"""

from __future__ import annotations

from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.strategy import Strategy
from tutor.practice.rules.apps import Templated
from tutor.practice.rules.batch_checks import cron_job, cron_job_name, generated_selector, job, job_update
from tutor.practice.rules.checks import label_value
from tutor.practice.rules.plain import fill
from tutor.practice.rules.pod_defaults import default_template
from tutor.practice.rules.pod_warnings import name_warnings, spec_warnings

_TOO_MANY = (
    "In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes "
    "might not be able to track completedIndexes when a big number of indexes fail"
)
UNLIMITED = 2**31 - 1


class Jobs(Templated):
    """The rules of Jobs."""

    def default(self, obj: Obj) -> None:
        """Fill in the spec; labels come from the template."""
        super().default(obj)
        spec = obj["spec"]
        if spec.get("completions") is None and spec.get("parallelism") is None:
            spec["completions"] = 1
        per_index = spec.get("backoffLimitPerIndex") is not None
        failures = spec.get("podFailurePolicy")
        for key, value in {
            "parallelism": 1,
            "backoffLimit": UNLIMITED if per_index else 6,
            "completionMode": "NonIndexed",
            "suspend": False,
            "podReplacementPolicy": "Failed" if failures is not None else "TerminatingOrFailed",
            "manualSelector": False,
        }.items():
            spec.setdefault(key, value)
        if failures is not None:
            failures.setdefault("rules", None)
        for rule in (failures or {}).get("rules") or []:
            for condition in rule.get("onPodConditions") or []:
                fill(condition, {"status": "True"})
        labels = spec["template"]["metadata"].get("labels")
        if labels:
            obj["metadata"]["labels"] = obj["metadata"].get("labels") or dict(labels)

    def prepare_create(self, obj: Obj) -> None:
        """Select the Job's own Pods, by its uid."""
        super().prepare_create(obj)
        spec, meta = obj["spec"], obj["metadata"]
        if spec["manualSelector"]:
            return
        template = spec["template"]["metadata"]
        own = {"controller-uid": meta["uid"], "job-name": meta["name"]}
        own |= {f"batch.kubernetes.io/{key}": value for key, value in own.items()}
        before = template.get("labels") or {}
        shared = (meta.get("labels") or {}) == before  # one map to the server
        if shared and not list(label_value("", meta["name"])):  # else refused, but not for these labels
            meta["labels"] = {**own, **before}
        template["labels"] = {**own, **before}
        selector = spec.setdefault("selector", {})
        selector["matchLabels"] = {
            "batch.kubernetes.io/controller-uid": meta["uid"],
            **(selector.get("matchLabels") or {}),
        }

    def validate(self, obj: Obj) -> list[Cause]:
        """Check the spec, and the selector."""
        return [*generated_selector(obj), *job(obj)]

    def validate_update(self, new: Obj, old: Obj) -> list[Cause]:
        """Check the new object, and what is settled once a Job is made."""
        return [*job(new), *job_update(new["spec"], old)]

    def warnings(self, obj: Obj, old: Obj | None) -> list[str]:
        """Warn of more indexes than can be tracked, too."""
        found = super().warnings(obj, old)
        spec = obj["spec"]
        indexed = spec.get("completionMode") == "Indexed"
        if indexed and (spec.get("completions") or 0) > 100_000 and spec["parallelism"] > 10_000:
            found.append(f"spec: {_TOO_MANY}")
        return found


class CronJobs(Strategy):
    """The rules of CronJobs."""

    def default(self, obj: Obj) -> None:
        """Fill in the spec; of the Jobs' template only that of their Pods."""
        spec = obj.setdefault("spec", {})
        fill(spec, {"concurrencyPolicy": "Allow"})
        for key, value in {"suspend": False, "successfulJobsHistoryLimit": 3, "failedJobsHistoryLimit": 1}.items():
            spec.setdefault(key, value)
        job = spec.setdefault("jobTemplate", {})
        job.setdefault("metadata", {})
        default_template(job.setdefault("spec", {}).setdefault("template", {}))

    def validate(self, obj: Obj) -> list[Cause]:
        """Check name, schedule, time zone and the template of Jobs."""
        return [*cron_job_name(obj["metadata"].get("name") or ""), *cron_job(obj["spec"])]

    def validate_update(self, new: Obj, old: Obj) -> list[Cause]:
        """Check the spec."""
        del old
        return list(cron_job(new["spec"]))

    def warnings(self, obj: Obj, old: Obj | None) -> list[str]:
        """Warn of the name of a new CronJob, and of the template of its Pods."""
        found = [] if old else list(name_warnings(obj))
        template = obj["spec"]["jobTemplate"]["spec"]["template"]
        return [*found, *spec_warnings(template, "spec.jobTemplate.spec.template.")]
