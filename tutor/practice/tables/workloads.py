"""Rows of what makes Pods: Deployments, ReplicaSets, Jobs and their kin."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tutor.practice.api import selectors
from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import controller_of
from tutor.practice.clock import parse_stamp
from tutor.practice.tables.texts import NONE, UNKNOWN, age, containers, human, labels, since


def deployment(obj: Obj, now: datetime) -> list[Any]:
    """READY is ready of wanted."""
    spec, status = obj["spec"], obj.get("status") or {}
    counts = [status.get(key, 0) for key in ("updatedReplicas", "availableReplicas")]
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}"
    return [_name(obj), ready, *counts, age(obj, now), *_template(spec), _selector(spec)]


def replicaset(obj: Obj, now: datetime) -> list[Any]:
    """ReplicaSets and ReplicationControllers: wanted, there, ready."""
    spec, status = obj["spec"], obj.get("status") or {}
    counts = [spec.get("replicas", 0), status.get("replicas", 0), status.get("readyReplicas", 0)]
    selector = labels(spec.get("selector")) if obj.get("kind") == "ReplicationController" else _selector(spec)
    return [_name(obj), *counts, age(obj, now), *_template(spec), selector]


def statefulset(obj: Obj, now: datetime) -> list[Any]:
    """READY is ready of wanted."""
    spec, status = obj["spec"], obj.get("status") or {}
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}"
    return [_name(obj), ready, age(obj, now), *_template(spec)]


def daemonset(obj: Obj, now: datetime) -> list[Any]:
    """Counts of nodes."""
    spec, status = obj["spec"], obj.get("status") or {}
    keys = ("desiredNumberScheduled", "currentNumberScheduled", "numberReady", "updatedNumberScheduled")
    counts = [status.get(key, 0) for key in (*keys, "numberAvailable")]
    where = labels(spec["template"]["spec"].get("nodeSelector"))
    return [_name(obj), *counts, where, age(obj, now), *_template(spec), _selector(spec)]


def job(obj: Obj, now: datetime) -> list[Any]:
    """COMPLETIONS is done of wanted; DURATION stands still once it has ended."""
    spec, status = obj["spec"], obj.get("status") or {}
    if spec.get("completions") is not None:
        wanted = str(spec["completions"])
    else:
        parallelism = spec.get("parallelism") or 0
        wanted = f"1 of {parallelism}" if parallelism > 1 else "1"
    duration = ""
    if start := status.get("startTime"):
        end = status.get("completionTime")
        duration = human(((parse_stamp(end) if end else now) - parse_stamp(start)).total_seconds())
    cells = [_name(obj), _job_state(obj), f"{status.get('succeeded', 0)}/{wanted}", duration, age(obj, now)]
    return [*cells, *_template(spec), _selector(spec)]


def cronjob(obj: Obj, now: datetime) -> list[Any]:
    """When it runs, and when it last did."""
    spec, status = obj["spec"], obj.get("status") or {}
    last = since(status["lastScheduleTime"], now) if status.get("lastScheduleTime") else NONE
    job_spec = spec["jobTemplate"]["spec"]
    selector = selectors.shown(job_spec["selector"]) if job_spec.get("selector") else NONE
    cells = [_name(obj), spec["schedule"], spec.get("timeZone") or NONE, "True" if spec.get("suspend") else "False"]
    cells += [len(status.get("active") or []), last, age(obj, now)]
    return [*cells, *_template(job_spec), selector]


def autoscaler(obj: Obj, now: datetime) -> list[Any]:
    """TARGETS is what is of what shall be, for each metric."""
    spec, status = obj["spec"], obj.get("status") or {}
    target = f"{spec['scaleTargetRef']['kind']}/{spec['scaleTargetRef']['name']}"
    least = spec.get("minReplicas")
    return [
        *(_name(obj), target, _metrics(spec.get("metrics") or [], status.get("currentMetrics") or [])),
        *(UNKNOWN if least is None else str(least), spec["maxReplicas"], status.get("currentReplicas", 0)),
        age(obj, now),
    ]


def disruption_budget(obj: Obj, now: datetime) -> list[Any]:
    """N/A for the bound that is not given."""
    spec, status = obj["spec"], obj.get("status") or {}
    bounds = [str(spec[key]) if key in spec else "N/A" for key in ("minAvailable", "maxUnavailable")]
    return [_name(obj), *bounds, status.get("disruptionsAllowed", 0), age(obj, now)]


def revision(obj: Obj, now: datetime) -> list[Any]:
    """A ControllerRevision and whose it is."""
    owner = controller_of(obj)
    whose = NONE
    if owner:
        group = owner["apiVersion"].rpartition("/")[0]
        whose = f"{owner['kind'].lower()}{'.' + group if group else ''}/{owner['name']}"
    return [_name(obj), whose, obj.get("revision", 0), age(obj, now)]


def pod_template(obj: Obj, now: datetime) -> list[Any]:
    """Containers and labels of a PodTemplate."""
    del now
    template = obj["template"]
    return [_name(obj), *containers(template["spec"]), labels((template.get("metadata") or {}).get("labels"))]


def _name(obj: Obj) -> str:
    return str(obj["metadata"]["name"])


def _template(spec: Obj) -> list[str]:
    return containers(spec["template"]["spec"])


def _selector(spec: Obj) -> str:
    selector = spec.get("selector")
    return (selectors.shown(selector) if selector else "") or NONE


def _job_state(obj: Obj) -> str:
    states = {each["type"] for each in (obj.get("status") or {}).get("conditions") or [] if each["status"] == "True"}
    for condition, word in (("Complete", "Complete"), ("Failed", "Failed")):
        if condition in states:
            return word
    if obj["metadata"].get("deletionTimestamp"):
        return "Terminating"
    if "Suspended" in states:
        return "Suspended"
    if "FailureTarget" in states:
        return "FailureTarget"
    return "SuccessCriteriaMet" if "SuccessCriteriaMet" in states else "Running"


def _metrics(wanted: list[Obj], current: list[Obj]) -> str:
    texts = []
    for number, metric in enumerate(wanted):
        now = current[number] if number < len(current) else {}
        kind = metric["type"]
        key = kind[0].lower() + kind[1:]
        target, value = metric[key]["target"], (now.get(key) or {}).get("current") or {}
        name = f"{metric[key]['name']}: " if kind in ("Resource", "ContainerResource") else ""
        if target.get("averageUtilization") is not None:
            use = value.get("averageUtilization")
            texts.append(f"{name}{UNKNOWN if use is None else f'{use}%'}/{target['averageUtilization']}%")
        elif target.get("averageValue") is not None:
            suffix = "" if kind in ("Resource", "ContainerResource", "Pods") else " (avg)"
            texts.append(f"{name}{value.get('averageValue') or UNKNOWN}/{target['averageValue']}{suffix}")
        else:
            texts.append(f"{name}{value.get('value') or UNKNOWN}/{target.get('value')}")
    if not texts:
        return NONE
    more = len(texts) - 2
    return ", ".join(texts[:2]) + (f" + {more} more..." if more > 0 else "")


ROWS = {
    "apps/v1/Deployment": deployment,
    "apps/v1/ReplicaSet": replicaset,
    "v1/ReplicationController": replicaset,
    "apps/v1/StatefulSet": statefulset,
    "apps/v1/DaemonSet": daemonset,
    "apps/v1/ControllerRevision": revision,
    "batch/v1/Job": job,
    "batch/v1/CronJob": cronjob,
    "autoscaling/v2/HorizontalPodAutoscaler": autoscaler,
    "policy/v1/PodDisruptionBudget": disruption_budget,
    "v1/PodTemplate": pod_template,
}
