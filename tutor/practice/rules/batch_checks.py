"""What is refused of Jobs and CronJobs.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/batch/validation/validation.go
"""

from __future__ import annotations

from tutor.practice.api.causes import invalid, not_supported, required
from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.meta import name_faults, qualified_faults
from tutor.practice.api.selectors import matches
from tutor.practice.rules.apps_checks import SELECTOR
from tutor.practice.rules.checks import Causes, at_least, faults, invalid_struct, label_selector, one_of, unchanged
from tutor.practice.rules.pod_defaults import all_containers
from tutor.practice.rules.pod_spec import pod_template
from tutor.practice.rules.schedule import schedule_fault, zone_fault

_MANY = 100_000
_BATCH = "io.k8s.api.batch.v1"
_INDEXED_ONLY = "requires indexed completion mode"


def generated_selector(obj: Obj) -> Causes:
    """Check that a new Job has the selector that was made for it, unless it says that it has its own."""
    expected = {"matchLabels": {"batch.kubernetes.io/controller-uid": obj["metadata"].get("uid", "")}}
    selector = obj["spec"].get("selector")
    if selector not in (None, expected) and not obj["spec"].get("manualSelector"):
        yield invalid_struct("spec.selector", selector, SELECTOR, "`selector` not auto-generated")


def job(obj: Obj) -> Causes:
    """Check a Job, new or changed."""
    meta, spec = obj["metadata"], obj["spec"]
    labels = spec["template"]["metadata"].get("labels")
    selector = spec.get("selector")
    yield from job_spec(spec, "spec")
    if selector is None:
        yield required("spec.selector")
    else:
        yield from label_selector(selector, "spec.selector")
    if not matches(selector, labels):
        yield invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")
    if spec.get("completionMode") == "Indexed" and spec.get("completions"):
        last = f"{meta.get('name')}-{spec['completions'] - 1}"
        if name_faults(last, label=True) and not name_faults(meta.get("name") or ""):
            yield invalid("metadata.name", meta["name"], f"will not able to create pod with invalid DNS label: {last}")


def job_spec(spec: Obj, path: str) -> Causes:
    """Check the spec of a Job, or of the template of one."""
    numbers = ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished")
    yield from at_least(spec, path, *numbers, "backoffLimitPerIndex", "maxFailedIndexes")
    yield from one_of(spec, path, "completionMode", ("NonIndexed", "Indexed"))
    indexed = spec.get("completionMode") == "Indexed"
    yield from _indexes(spec, path, indexed=indexed)
    template = spec.get("template") or {}
    failures = spec.get("podFailurePolicy")
    if failures is not None:
        for index, rule in enumerate(failures.get("rules") or []):
            yield from _failure_rule(rule, f"{path}.podFailurePolicy.rules[{index}]", spec)
    replacements = ("Failed",) if failures is not None else ("Failed", "TerminatingOrFailed")
    yield from one_of(spec, path, "podReplacementPolicy", replacements)
    yield from pod_template(template, f"{path}.template")
    restart = (template.get("spec") or {}).get("restartPolicy")
    if restart == "Always":
        yield required(f"{path}.template.spec.restartPolicy", 'valid values: "OnFailure", "Never"')
    elif restart not in (None, "OnFailure", "Never"):
        yield not_supported(f"{path}.template.spec.restartPolicy", restart, ("OnFailure", "Never"))
    elif failures is not None and restart == "OnFailure":
        detail = 'only "Never" is supported when podFailurePolicy is specified'
        yield invalid(f"{path}.template.spec.restartPolicy", restart, detail)


def _indexes(spec: Obj, path: str, *, indexed: bool) -> Causes:
    completions = spec.get("completions")
    if spec.get("maxFailedIndexes") is not None and spec.get("backoffLimitPerIndex") is None:
        yield required(f"{path}.backoffLimitPerIndex", "when maxFailedIndexes is specified")
    if indexed:
        if completions is None:
            yield required(f"{path}.completions", "when completion mode is Indexed")
        if spec.get("parallelism", 1) > _MANY:
            detail = f"must be less than or equal to {_MANY} when completion mode is Indexed"
            yield invalid(f"{path}.parallelism", spec["parallelism"], detail)
        if completions is not None and spec.get("maxFailedIndexes", 0) > completions:
            detail = "must be less than or equal to completions"
            yield invalid(f"{path}.maxFailedIndexes", spec["maxFailedIndexes"], detail)
    else:
        for key in ("backoffLimitPerIndex", "maxFailedIndexes"):
            if spec.get(key) is not None:
                yield invalid(f"{path}.{key}", spec[key], _INDEXED_ONLY)


def job_update(spec: Obj, old: Obj) -> Causes:
    """Check what may not change in the spec of a Job; Pods of one that has not started may still be steered."""
    before, struct = old["spec"], f"{_BATCH}.JobSpec"
    if spec.get("completions") != before.get("completions"):
        if spec.get("completionMode") != "Indexed":
            yield from unchanged(spec, before, "spec", struct, "completions")
        elif spec.get("completions") != spec.get("parallelism"):
            yield invalid(
                "spec.completions", spec.get("completions"), "can only be modified in tandem with spec.parallelism"
            )
    yield from unchanged(spec, before, "spec", struct, "selector")
    steered = before.get("suspend") and not (old.get("status") or {}).get("startTime")
    if not steered:
        yield from unchanged(spec, before, "spec", struct, "template")
    else:
        template, was = spec["template"], before["template"]
        if _fixed(template["spec"]) != _fixed(was["spec"]):
            yield from unchanged(template, was, "spec.template", "io.k8s.api.core.v1.PodTemplateSpec", "spec")
    fixed = ("completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy")
    yield from unchanged(spec, before, "spec", struct, *fixed)


def _fixed(spec: Obj) -> Obj:
    """Return a Pod's spec without what says where it runs, and with how much."""
    free = ("nodeSelector", "affinity", "tolerations", "schedulingGates")
    rest = {key: value for key, value in spec.items() if key not in free}
    for kind in ("containers", "initContainers"):
        if kind in rest:
            rest[kind] = [{**each, "resources": None} for each in rest[kind]]
    return rest


def cron_job_name(name: str) -> Causes:
    """Check the name of a new CronJob: those of its Jobs are longer by eleven characters."""
    if len(name) > 52:
        yield invalid("metadata.name", name, "must be no more than 52 characters")


def cron_job(spec: Obj) -> Causes:
    """Check the spec of a CronJob."""
    schedule = spec.get("schedule")
    if not schedule:
        yield required("spec.schedule")
    else:
        if fault := schedule_fault(schedule):
            yield invalid("spec.schedule", schedule, fault)
        if "TZ" in schedule:
            detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
            yield invalid("spec.schedule", schedule, detail)
    yield from at_least(spec, "spec", "startingDeadlineSeconds")
    if spec.get("timeZone") is not None:
        yield from _zone(spec["timeZone"])
    yield from one_of(spec, "spec", "concurrencyPolicy", ("Allow", "Forbid", "Replace"))
    template, at = spec["jobTemplate"]["spec"], "spec.jobTemplate.spec"
    yield from job_spec(template, at)
    if template.get("selector") is not None:
        detail = "`selector` will be auto-generated"
        yield invalid_struct(f"{at}.selector", template["selector"], SELECTOR, detail)
    if template.get("manualSelector"):
        yield not_supported(f"{at}.manualSelector", True, ("nil", "false"))
    yield from at_least(spec, "spec", "successfulJobsHistoryLimit", "failedJobsHistoryLimit")


def _zone(zone: str) -> Causes:
    if not zone:
        yield invalid("spec.timeZone", zone, "timeZone must be nil or non-empty string")
    elif zone.lower() == "local":
        detail = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
        yield invalid("spec.timeZone", zone, detail)
    elif fault := zone_fault(zone):
        yield invalid("spec.timeZone", zone, fault)


def _failure_rule(rule: Obj, path: str, spec: Obj) -> Causes:
    yield from one_of(rule, path, "action", ("Count", "FailIndex", "FailJob", "Ignore"), optional=False)
    if rule.get("action") == "FailIndex" and spec.get("backoffLimitPerIndex") is None:
        yield invalid(f"{path}.action", "FailIndex", "requires the backoffLimitPerIndex to be set")
    codes, conditions = rule.get("onExitCodes"), rule.get("onPodConditions") or []
    if codes is not None:
        yield from _exit_codes(codes, f"{path}.onExitCodes", spec["template"].get("spec") or {})
    for index, condition in enumerate(conditions):
        kind = condition.get("type") or ""
        yield from faults(f"{path}.onPodConditions[{index}].type", kind, qualified_faults(kind))
        yield from one_of(condition, f"{path}.onPodConditions[{index}]", "status", ("False", "True", "Unknown"))
    if (codes is None) == (not conditions):
        which = "specifying one of OnExitCodes and OnPodConditions is required"
        both = "specifying both OnExitCodes and OnPodConditions is not supported"
        yield Cause(path, "FieldValueInvalid", f"Invalid value: {which if codes is None else both}")


def _exit_codes(codes: Obj, path: str, spec: Obj) -> Causes:
    values, operator, name = codes.get("values") or [], codes.get("operator"), codes.get("containerName")
    if name is not None and name not in {each.get("name") for each in all_containers(spec)}:
        detail = "must be one of the container or initContainer names in the pod template"
        yield invalid(f"{path}.containerName", name, detail)
    yield from one_of(codes, path, "operator", ("In", "NotIn"), optional=False)
    if not values:
        yield invalid(f"{path}.values", [], "at least one value is required")
    for index, value in enumerate(values):
        if value == 0 and operator == "In":
            yield invalid(f"{path}.values[{index}]", 0, "must not be 0 for the In operator")
