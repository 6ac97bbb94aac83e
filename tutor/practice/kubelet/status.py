"""A Pod's status, as its kubelet reports it.

https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
The rules are those of `pkg/kubelet/kubelet_pods.go` and `pkg/kubelet/status/generate.go`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tutor.practice.admission.amounts import pod_amounts
from tutor.practice.api.errors import Obj
from tutor.practice.kubelet.container import STATUS_UNKNOWN, Container

OWNED = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
"""The conditions that a kubelet sets; others it leaves alone."""


@dataclass(kw_only=True)
class Life:
    """What a Pod's status tells of besides its containers."""

    host_ip: str
    start_time: str
    ip: str = ""
    sandbox: str = ""
    """Empty before there is one, then `ready`, in the end `stopped`."""
    reason: str = ""
    message: str = ""
    phase: str = ""
    """A phase that is decided from outside: `Failed` at a deadline."""
    ending: bool = False
    """Whether the Pod is being stopped for good."""
    containers: list[Container] = field(default_factory=list)

    def of(self, kind: str) -> list[Container]:
        """Return the containers of one list of the spec."""
        return [each for each in self.containers if each.kind == kind]


def status_of(pod: Obj, life: Life, now: str) -> Obj:
    """Return the new status of `pod`; `now` is the time of what has changed."""
    old, spec = pod.get("status") or {}, pod["spec"]
    seen: Obj = {} if is_mirror(pod) else {"observedGeneration": pod["metadata"].get("generation", 1)}
    phase = life.phase or phase_of(spec, life)
    shown = phase
    if phase in ("Succeeded", "Failed") and life.sandbox != "stopped":
        shown = old.get("phase") or "Pending"  # not before everything has stopped
    elif life.ending and life.sandbox == "stopped" and phase != "Succeeded":
        shown = "Failed"  # a Pod that is stopped before it has run; its conditions do not tell
    conditions = [each for each in old.get("conditions") or [] if each["type"] not in OWNED]
    own = _conditions(spec, life, phase, conditions)
    conditions += [_timed(each, old.get("conditions") or [], now, seen) for each in own]
    requests, limits = _total(spec, "requests"), _total(spec, "limits")
    status: Obj = {
        **seen,
        "phase": shown,
        "conditions": conditions,
        "hostIP": life.host_ip,
        "hostIPs": [{"ip": life.host_ip}],
        "startTime": life.start_time,
        "qosClass": old.get("qosClass", "BestEffort"),
        "resources": {key: value for key, value in (("limits", limits), ("requests", requests)) if value},
    }
    if requests:
        status["allocatedResources"] = requests
    if life.ip:
        status |= {"podIP": life.ip, "podIPs": [{"ip": life.ip}]}
    if life.reason and shown == "Failed":
        status |= {"reason": life.reason, "message": life.message}
    for key in ("nominatedNodeName", "resourceClaimStatuses"):
        if key in old:
            status[key] = old[key]
    init = life.of("initContainers")
    default = "PodInitializing" if init else "ContainerCreating"
    if init:
        status["initContainerStatuses"] = [_container(each, default, life) for each in init]
    # A real kubelet sorts by name all but the init containers.
    mains = sorted(life.of("containers"), key=lambda each: each.name)
    status["containerStatuses"] = [_container(each, default, life) for each in mains]
    if ephemeral := sorted(life.of("ephemeralContainers"), key=lambda each: each.name):
        status["ephemeralContainerStatuses"] = [_container(each, "ContainerCreating", life) for each in ephemeral]
    return status


def is_mirror(pod: Obj) -> bool:
    """Tell whether the Pod is a static one's image in the API, whose status counts no generations."""
    return "kubernetes.io/config.mirror" in (pod["metadata"].get("annotations") or {})


def phase_of(spec: Obj, life: Life) -> str:
    """Return the phase that the containers' states make, as `getPhase` does."""
    init = [each for each in life.of("initContainers") if not each.sidecar]
    sidecars = [each for each in life.of("initContainers") if each.sidecar]
    mains, policy = life.of("containers"), spec.get("restartPolicy", "Always")
    if policy == "Never" and any((_code(each) or 0) != 0 for each in init):
        return "Failed"
    pending = any(each.running or _code(each) is None for each in init)
    starting = any(not each.started and _code(each) is None for each in sidecars)
    if pending or (starting and not any(each.current for each in mains)):
        return "Pending"
    codes = [_code(each) for each in mains if not each.running]
    running = [each for each in [*mains, *sidecars] if each.running]
    if None in codes:
        return "Pending"
    if running or (life.sandbox != "stopped" and any(not each.over for each in mains)):
        return "Running"
    return "Succeeded" if not any(codes) else "Failed"


def _code(container: Container) -> int | None:
    """Return the exit code of the last attempt that has ended."""
    for attempt in (container.current, container.last):
        if attempt and attempt.terminated:
            return int(attempt.terminated["exitCode"])
    return None


def _initialized(init: Sequence[Container], life: Life) -> bool:
    return any(each.current for each in life.of("containers")) or not _incomplete(init)


def _incomplete(init: Iterable[Container]) -> list[str]:
    return [each.name for each in init if not (each.started if each.sidecar else each.ready)]


def _conditions(spec: Obj, life: Life, phase: str, others: Sequence[Obj]) -> list[Obj]:
    reason = {"Succeeded": "PodCompleted", "Failed": "PodFailed"}.get(phase, "")
    sandbox = _false("PodReadyToStartContainers", "PodSandboxNotReady", "no pod sandbox exists")
    if life.sandbox == "ready":
        sandbox = {"type": "PodReadyToStartContainers", "status": "True"}
    elif life.sandbox == "stopped":
        sandbox["message"] = "pod sandbox is not ready"
    init = life.of("initContainers")
    initialized: Obj = {"type": "Initialized", "status": "True"}
    if phase == "Succeeded":
        initialized["reason"] = reason
    elif init and not _initialized(init, life):
        message = f"containers with incomplete status: [{' '.join(_incomplete(init))}]"
        initialized = _false("Initialized", "ContainersNotInitialized", message)
    counted = [each for each in init if each.sidecar] + life.of("containers")
    unready = [each.name for each in counted if not each.ready]
    containers: Obj = {"type": "ContainersReady", "status": "True"}
    if reason:
        containers = _false("ContainersReady", reason)
    elif unready:
        message = f"containers with unready status: [{' '.join(unready)}]"
        containers = _false("ContainersReady", "ContainersNotReady", message)
    ready = {**containers, "type": "Ready"}
    gates = _closed_gates(spec, others)
    if ready["status"] == "True" and gates:
        ready = _false("Ready", "ReadinessGatesNotReady", ", ".join(gates))
    return [sandbox, initialized, ready, containers, {"type": "PodScheduled", "status": "True"}]


def _closed_gates(spec: Obj, conditions: Sequence[Obj]) -> list[str]:
    """Return what is said of the readiness gates that keep the Pod from being ready."""
    found = {each["type"]: each["status"] for each in conditions}
    messages = []
    for gate in spec.get("readinessGates") or []:
        kind = gate["conditionType"]
        if kind not in found:
            messages.append(f'corresponding condition of pod readiness gate "{kind}" does not exist.')
        elif found[kind] != "True":
            messages.append(f'the status of pod readiness gate "{kind}" is not "True", but {found[kind]}')
    return messages


def _false(kind: str, reason: str, message: str = "") -> Obj:
    condition = {"type": kind, "status": "False", "reason": reason, "message": message}
    return {key: value for key, value in condition.items() if value}


def _timed(condition: Obj, before: Sequence[Obj], now: str, seen: Obj) -> Obj:
    """Return the condition with its times; the transition's stays while the status does."""
    same = next((each for each in before if each["type"] == condition["type"]), None)
    kept = same is not None and same["status"] == condition["status"]
    since = same["lastTransitionTime"] if same and kept else now
    return {"lastProbeTime": None, "lastTransitionTime": since, **seen, **condition}


def _container(container: Container, default: str, life: Life) -> Obj:
    spec, current, waiting = container.spec, container.current, container.waiting
    status: Obj = {
        "name": container.name,
        "image": current.image.reference if current else spec["image"],
        "imageID": current.image.image_id if current else "",
        "restartCount": container.restarts,
        "ready": container.ready,
        "lastState": {},
    }
    if container.kind != "ephemeralContainers":
        status["started"] = container.started
    last = container.last
    if waiting and not life.ending:
        reason, message = waiting
        status["state"] = {"waiting": {"reason": reason, "message": message} if message else {"reason": reason}}
        last = current
    elif current is None:
        begun = _initialized(life.of("initContainers"), life) and container.kind == "containers"
        gone = life.ending and life.sandbox == "stopped" and begun
        status["state"] = {"terminated": STATUS_UNKNOWN} if gone else {"waiting": {"reason": default}}
    elif current.terminated:
        status["state"] = {"terminated": current.terminated}
    else:
        status["state"] = {"running": {"startedAt": current.started_at}}
    if last and last.terminated:
        status["lastState"] = {"terminated": last.terminated}
    if current:
        status["containerID"], status["user"] = current.id, current.user
        resources = {
            key: value for key, value in (spec.get("resources") or {}).items() if key in ("limits", "requests")
        }
        status["resources"] = resources
        if resources.get("requests"):
            status["allocatedResources"] = resources["requests"]
    if mounts := spec.get("volumeMounts"):
        status["volumeMounts"] = [_mount(each) for each in mounts]
    return status


def _mount(mount: Obj) -> Obj:
    status = {"mountPath": mount["mountPath"], "name": mount["name"]}
    if mount.get("readOnly"):
        status |= {"readOnly": True, "recursiveReadOnly": "Disabled"}
    return status


def _total(spec: Obj, kind: str) -> Obj:
    """Return what the Pod requests, or is limited to."""
    return {name: str(amount) for name, amount in sorted(pod_amounts(spec, kind).items())}
