"""Why one Pod is not ready: from the scheduler over its containers to its probes.

Sources: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/ and
https://kubernetes.io/docs/tasks/debug/debug-application/debug-pods/.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from checkers import mended
from checkers.evidence import event_text, event_time, first_event, last_log_line, one_line
from checkers.motion import condition, holds
from checkers.words import say
from checkers.world import Obj, World

IMAGE = frozenset({"ImagePullBackOff", "ErrImagePull", "ErrImageNeverPull", "InvalidImageName", "RegistryUnavailable"})
CONFIG = frozenset({"CreateContainerConfigError", "CreateContainerError"})
START = frozenset({"RunContainerError", "StartError", "ContainerCannotRun"})
OFTEN = 2
"""Restarts after which a container that ended with an error counts as one that always will."""
_PASSING_TAINTS = re.compile(
    r"node\.(?:kubernetes|cloudprovider\.kubernetes)\.io/"
    r"(?:not-ready|unreachable|network-unavailable|uninitialized|\w+-pressure)"
)


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why something does not become what it should. All texts are whole, translated sentences."""

    sentence: str
    evidence: str = ""
    """One event, condition or log line that shows it."""
    look: str = ""
    """One command to look with."""
    terminal: bool = False
    """It cannot heal by waiting: somebody has to change something."""


def pod_cause(world: World, pod: Obj) -> Cause | None:
    """Return why `pod` is not ready; None when it is, or when it has only just begun."""
    status = pod.get("status") or {}
    if holds(pod, "Ready") or pod["metadata"].get("deletionTimestamp"):
        return None
    if status.get("phase") in ("Succeeded", "Failed"):
        return _ended(world, pod)
    if condition(pod, "PodScheduled").get("status") == "False":
        return _unscheduled(world, pod)
    for each, init in _containers(pod):
        cause = _container(world, pod, each, init=init)
        if cause is not None:
            return cause
    return _mount(world, pod) or _probes(world, pod)


def look_at(world: World, what: str, obj: Obj) -> str:
    """Return `kubectl <what> <name>`, with `-n` where that is not the exercise's own namespace."""
    meta = obj["metadata"]
    namespace = meta.get("namespace")
    flag = f" -n {namespace}" if namespace and namespace != world.namespace else ""
    return f"kubectl {what} {meta['name']}{flag}"


def _containers(pod: Obj) -> Iterator[tuple[dict[str, Any], bool]]:
    status = pod.get("status") or {}
    for key in ("initContainerStatuses", "containerStatuses"):
        for each in status.get(key) or []:
            yield each, key == "initContainerStatuses"


def _ended(world: World, pod: Obj) -> Cause:
    status, name = pod["status"], pod["metadata"]["name"]
    describe = look_at(world, "describe pod", pod)
    if status.get("reason"):
        sentence = say("Pod {name} has failed: {reason}.", name=name, reason=status["reason"])
        return Cause(sentence=sentence, evidence=one_line(status.get("message")), look=describe, terminal=True)
    for each, _ in _containers(pod):
        ended = (each.get("state") or {}).get("terminated") or {}
        if ended.get("exitCode"):
            sentence = say(
                "Pod {name} has failed: its container {container} ended with exit code {code} ({reason}).",
                name=name,
                container=each["name"],
                code=ended["exitCode"],
                reason=ended.get("reason") or "Error",
            )
            log = last_log_line(world, pod, each["name"], previous=False)
            return Cause(sentence=sentence, evidence=log, look=look_at(world, "logs", pod), terminal=True)
    return Cause(sentence=say("Pod {name} has finished its work and ended.", name=name), look=describe, terminal=True)


def _unscheduled(world: World, pod: Obj) -> Cause | None:
    scheduled, name = condition(pod, "PodScheduled"), pod["metadata"]["name"]
    message, look = one_line(scheduled.get("message")), look_at(world, "describe pod", pod)
    if scheduled.get("reason") == "SchedulingGated":
        sentence = say("Pod {name} is held back by a scheduling gate.", name=name)
        return Cause(sentence=sentence, evidence=message, look=look, terminal=True)
    event = first_event(world, pod, ["FailedScheduling"])
    since = max(str(scheduled.get("lastTransitionTime") or ""), event_time(event) if event else "")
    claim = next((cause for each in mended.claims(world, pod) if (cause := claim_cause(world, each))), None)
    if claim is not None:
        return Cause(
            sentence=say("Pod {name} has no node yet, because it waits for its volume.", name=name)
            + " "
            + claim.sentence,
            evidence=claim.evidence,
            look=claim.look,
            terminal=claim.terminal,
        )
    passing = _PASSING_TAINTS.search(message) or "unbound immediate" in message
    waiting = bool((pod.get("status") or {}).get("nominatedNodeName")) or mended.room_is_made(world)
    return Cause(
        sentence=say("Pod {name} is Unschedulable: no node takes it.", name=name),
        evidence=say("The scheduler says: {message}", message=message),
        look=look,
        terminal=not (passing or waiting or mended.nodes_touched(world, pod, since)),
    )


def claim_cause(world: World, claim: Obj) -> Cause | None:
    """Return why a PersistentVolumeClaim is not bound; None when it is."""
    if (claim.get("status") or {}).get("phase") == "Bound":
        return None
    name, spec = claim["metadata"]["name"], claim.get("spec") or {}
    look = look_at(world, "describe pvc", claim)
    if (claim.get("status") or {}).get("phase") == "Lost":
        sentence = say("PersistentVolumeClaim {name} has lost its volume.", name=name)
        return Cause(sentence=sentence, look=look, terminal=True)
    event = first_event(
        world, claim, ["ProvisioningFailed", "FailedBinding", "WaitForFirstConsumer", "ExternalProvisioning"]
    )
    reason = (event or {}).get("reason")
    sentence = say("PersistentVolumeClaim {name} is Pending.", name=name)
    evidence = event_text(event) if event else ""
    class_ = spec.get("storageClassName")
    if class_ and not mended.storage_class(world, class_) and not mended.volume_for(world, claim):
        sentence = say(
            "PersistentVolumeClaim {name} is Pending: no StorageClass {wanted}, and no free volume of that class.",
            name=name,
            wanted=class_,
        )
        return Cause(sentence=sentence, evidence=evidence, look=look, terminal=True)
    if reason == "ProvisioningFailed":
        return Cause(sentence=sentence, evidence=evidence, look=look, terminal=True)
    return Cause(sentence=sentence, evidence=evidence, look=look)


def _container(world: World, pod: Obj, each: dict[str, Any], *, init: bool) -> Cause | None:
    state = each.get("state") or {}
    waiting, ended = state.get("waiting") or {}, state.get("terminated") or {}
    reason, describe = waiting.get("reason", ""), look_at(world, "describe pod", pod)
    at = {"name": pod["metadata"]["name"], "container": each["name"], "reason": reason}
    message = one_line(waiting.get("message"))
    if reason in IMAGE:
        image = next((c["image"] for c in _specs(pod) if c["name"] == each["name"]), each.get("image"))
        sentence = say("Pod {name} cannot get the image {image}: {reason}.", image=image, **at)
        return Cause(sentence=sentence, evidence=message, look=describe, terminal=True)
    if reason in CONFIG:
        sentence = say("Container {container} of Pod {name} cannot be created: {reason}.", **at)
        return Cause(
            sentence=sentence, evidence=message, look=describe, terminal=not mended.config(world, pod, message)
        )
    last = (each.get("lastState") or {}).get("terminated") or {}
    if (
        reason in START
        or ended.get("reason") in START
        or (reason == "CrashLoopBackOff" and last.get("reason") in START)
    ):
        at["reason"] = reason if reason in START else (ended or last)["reason"]
        sentence = say("Container {container} of Pod {name} cannot start: {reason}.", **at)
        message = one_line(ended.get("message") or last.get("message") or waiting.get("message"))
        return Cause(sentence=sentence, evidence=message, look=describe, terminal=True)
    if reason == "CrashLoopBackOff" or ended.get("exitCode"):
        return _crash(world, pod, each, ended or last, looping=reason == "CrashLoopBackOff", init=init)
    if state.get("running") and init and not each.get("ready") and not each.get("started"):
        sentence = say("Pod {name} waits for its init container {container}, which is still running.", **at)
        log = last_log_line(world, pod, each["name"], previous=False)
        return Cause(sentence=sentence, evidence=log, look=f"{look_at(world, 'logs', pod)} -c {each['name']}")
    return None


def _crash(
    world: World, pod: Obj, each: dict[str, Any], ended: dict[str, Any], *, looping: bool, init: bool
) -> Cause | None:
    container, restarts = each["name"], int(each.get("restartCount") or 0)
    at = {"name": pod["metadata"]["name"], "container": container, "code": ended.get("exitCode", "?")}
    terminal = (looping or restarts >= OFTEN) and not mended.references_touched(
        world, pod, str(ended.get("finishedAt") or "")
    )
    flag = "" if len(_specs(pod)) == 1 else f" -c {container}"
    if ended.get("reason") == "OOMKilled":
        sentence = say("Container {container} of Pod {name} was OOMKilled: it used more memory than its limit.", **at)
        look = look_at(world, "describe pod", pod)
        return Cause(sentence=sentence, evidence=_limit(pod, container), look=look, terminal=terminal)
    killed = first_event(world, pod, ["Killing"], f"Container {container} failed")
    if killed is not None and not init:
        probe = first_event(world, pod, ["Unhealthy"], "iveness probe") or first_event(
            world, pod, ["Unhealthy"], "tartup probe"
        )
        sentence = say("Container {container} of Pod {name} is restarted again and again: a probe fails.", **at)
        evidence = event_text(probe or killed)
        return Cause(sentence=sentence, evidence=evidence, look=look_at(world, "describe pod", pod), terminal=terminal)
    if init:
        sentence = say("Init container {container} of Pod {name} fails with exit code {code}.", **at)
    elif looping:
        sentence = say(
            "Container {container} of Pod {name} ends with exit code {code} each time it starts: CrashLoopBackOff.",
            **at,
        )
    elif restarts >= OFTEN:
        sentence = say("Container {container} of Pod {name} ends with exit code {code} each time it starts.", **at)
    else:
        sentence = say("Container {container} of Pod {name} ended with exit code {code}.", **at)
    log = last_log_line(world, pod, container, previous=False) or last_log_line(world, pod, container, previous=True)
    return Cause(sentence=sentence, evidence=log, look=f"{look_at(world, 'logs', pod)}{flag}", terminal=terminal)


def _limit(pod: Obj, container: str) -> str:
    spec = next((each for each in _specs(pod) if each["name"] == container), {})
    limit = ((spec.get("resources") or {}).get("limits") or {}).get("memory")
    return say("Its memory limit is {limit}.", limit=limit) if limit else ""


def _specs(pod: Obj) -> list[dict[str, Any]]:
    spec = pod.get("spec") or {}
    return [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]


def _mount(world: World, pod: Obj) -> Cause | None:
    statuses = [each for each, _ in _containers(pod)]
    creating = all((each.get("state") or {}).get("waiting") for each in statuses)
    if not statuses or not creating:
        return None
    event = first_event(world, pod, ["FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox"])
    if event is None:
        return None
    name = pod["metadata"]["name"]
    if event["reason"] == "FailedCreatePodSandBox":
        sentence = say("Pod {name} cannot start: its node cannot set up its network or sandbox.", name=name)
    else:
        sentence = say("Pod {name} cannot start: a volume cannot be mounted.", name=name)
    missing = "not found" in str(event.get("message")) or "non-existent" in str(event.get("message"))
    terminal = missing and not mended.references_touched(world, pod, event_time(event))
    return Cause(
        sentence=sentence, evidence=event_text(event), look=look_at(world, "describe pod", pod), terminal=terminal
    )


def _probes(world: World, pod: Obj) -> Cause | None:
    """Running, and yet not ready: a probe, or a readiness gate that is still closed."""
    name, describe = pod["metadata"]["name"], look_at(world, "describe pod", pod)
    for gate in (pod.get("spec") or {}).get("readinessGates") or []:
        if not holds(pod, gate["conditionType"]) and holds(pod, "ContainersReady"):
            sentence = say(
                "Pod {name} is held back by its readiness gate {gate}.", name=name, gate=gate["conditionType"]
            )
            return Cause(sentence=sentence, look=describe)
    waiting = next((each for each, init in _containers(pod) if not init and not each.get("ready")), None)
    if waiting is None or not (waiting.get("state") or {}).get("running"):
        return None
    event = first_event(world, pod, ["Unhealthy"])
    at = {"name": name, "container": waiting["name"]}
    if event is None:
        return Cause(
            sentence=say("Container {container} of Pod {name} runs, but is not ready yet.", **at), look=describe
        )
    if str(event.get("message")).startswith("Readiness"):
        sentence = say("Container {container} of Pod {name} runs, but its readiness probe fails.", **at)
    elif str(event.get("message")).startswith("Startup"):
        sentence = say("Container {container} of Pod {name} runs, but its startup probe has not passed.", **at)
    else:
        sentence = say("Container {container} of Pod {name} runs, but its liveness probe fails.", **at)
    return Cause(sentence=sentence, evidence=event_text(event), look=describe)
