"""Why something does not become what it should: workloads, Pods, claims, and deletions that hang.

`cause` is the one entry. It reads the object's Pods (of the newest revision), conditions and
events, and says whether waiting can help.
"""

from __future__ import annotations

from dataclasses import replace

from checkers import mended
from checkers.evidence import EVENT, event_text, event_time, first_event, one_line
from checkers.motion import (
    DAEMON_SET,
    DEPLOYMENT,
    POD,
    REPLICA_SET,
    STATEFUL_SET,
    condition,
    finished,
    holds,
    known,
    unobserved,
)
from checkers.pod_causes import Cause, claim_cause, look_at, pod_cause
from checkers.words import say, say_n
from checkers.world import Kind, Obj, World

REVISION = Kind("apps/v1", "ControllerRevision")
READS = frozenset({POD, REPLICA_SET, DEPLOYMENT, STATEFUL_SET, DAEMON_SET, REVISION, EVENT, *mended.READS})
"""What a cause may be read from."""
_WORKLOADS = ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job")
_USUAL_FINALIZERS = frozenset({"foregroundDeletion", "orphan"})
_REVISION_NUMBER = "deployment.kubernetes.io/revision"


def cause(world: World, obj: Obj) -> Cause | None:
    """Return why `obj` is not (yet) what its spec asks for; None when nothing stands in its way."""
    if obj["metadata"].get("deletionTimestamp"):
        return deletion_cause(world, obj)
    kind = known(obj)
    if kind == "Pod":
        return pod_cause(world, obj)
    if kind == "PersistentVolumeClaim":
        return claim_cause(world, obj)
    if kind in _WORKLOADS:
        return _workload(world, obj)
    return None


def deletion_cause(world: World, obj: Obj) -> Cause | None:
    """Return what holds back the deletion of `obj`: its finalizers."""
    names = [each for each in obj["metadata"].get("finalizers") or [] if each not in _USUAL_FINALIZERS]
    if not names:
        return None
    sentence = say_n(
        "{kind} {name} is being deleted, but its finalizer holds it back: {finalizers}.",
        "{kind} {name} is being deleted, but its finalizers hold it back: {finalizers}.",
        len(names),
        kind=obj["kind"],
        name=obj["metadata"]["name"],
        finalizers=", ".join(names),
    )
    return Cause(sentence=sentence, look=look_at(world, f"get {obj['kind'].lower()}", obj) + " -o yaml")


def owned(world: World, kind: Kind, owner: Obj) -> list[Obj]:
    """Return the objects of `kind` that `owner` made, by their owner references."""
    uid, name = owner["metadata"].get("uid"), owner["metadata"]["name"]
    return [
        each
        for each in world.list(kind, owner["metadata"].get("namespace"))
        if any(
            ref.get("uid") == uid if uid else (ref.get("kind"), ref.get("name")) == (owner.get("kind"), name)
            for ref in each["metadata"].get("ownerReferences") or []
        )
    ]


def revision_number(obj: Obj) -> int:
    """Return the revision of a Deployment's ReplicaSet, or of a ControllerRevision; 0 where there is none."""
    text = obj.get("revision") or (obj["metadata"].get("annotations") or {}).get(_REVISION_NUMBER) or 0
    return int(text) if str(text).isdigit() else 0


def newest_pods(world: World, workload: Obj) -> list[Obj]:
    """Return the Pods that the workload's newest template made, without those on their way out."""
    kind = workload["kind"]
    if kind == "Deployment":
        newest = max(owned(world, REPLICA_SET, workload), key=revision_number, default=None)
        pods = owned(world, POD, newest) if newest else []
    else:
        pods = owned(world, POD, workload)
    pods = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
    revision = ""
    if kind == "StatefulSet":
        revision = (workload.get("status") or {}).get("updateRevision", "")
    elif kind == "DaemonSet":
        latest = max(owned(world, REVISION, workload), key=revision_number, default=None)
        revision = (latest["metadata"].get("labels") or {}).get("controller-revision-hash", "") if latest else ""
    current = [
        pod
        for pod in pods
        if not revision or (pod["metadata"].get("labels") or {}).get("controller-revision-hash") == revision
    ]
    # A StatefulSet replaces one Pod at a time: a broken old one stands in the way of all newer ones.
    return current or pods


def _workload(world: World, workload: Obj) -> Cause | None:
    if unobserved(workload):
        return None
    kind, name = workload["kind"], workload["metadata"]["name"]
    if kind == "Job":
        return _job(world, workload)
    pods = newest_pods(world, workload)
    found = [each for pod in pods if not finished(pod) and (each := pod_cause(world, pod)) is not None]
    refused = _refused(world, workload)
    if refused is not None and not any(each.terminal for each in found):
        return refused
    if found:
        worst = sorted(found, key=lambda each: not each.terminal)[0]
        alike = sum(each.terminal == worst.terminal for each in found)
        if alike > 1:
            counted = say_n(
                "The same goes for {n} other Pod of {kind} {name}.",
                "The same goes for {n} other Pods of {kind} {name}.",
                alike - 1,
                kind=kind,
                name=name,
            )
            worst = replace(worst, sentence=f"{worst.sentence} {counted}")
        return worst
    if kind == "Deployment":
        return _deployment(world, workload)
    return None


def _deployment(world: World, workload: Obj) -> Cause | None:
    name, spec, status = workload["metadata"]["name"], workload.get("spec") or {}, workload.get("status") or {}
    if spec.get("paused") and status.get("updatedReplicas", 0) != spec.get("replicas", 1):
        sentence = say("Deployment {name} is paused: changes of its template are not rolled out.", name=name)
        return Cause(sentence=sentence, look=look_at(world, "get deployment", workload) + " -o yaml", terminal=True)
    progressing = condition(workload, "Progressing")
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        seconds = spec.get("progressDeadlineSeconds", 600)
        sentence = say_n(
            "Deployment {name} has made no progress for {n} second: ProgressDeadlineExceeded.",
            "Deployment {name} has made no progress for {n} seconds: ProgressDeadlineExceeded.",
            seconds,
            name=name,
        )
        look = look_at(world, "describe deployment", workload)
        return Cause(sentence=sentence, evidence=one_line(progressing.get("message")), look=look)
    return None


def _refused(world: World, workload: Obj) -> Cause | None:
    """Return why the API server refuses the workload's Pods: quota, Pod Security, no such ServiceAccount."""
    makers = [workload]
    if workload["kind"] == "Deployment":
        newest = max(owned(world, REPLICA_SET, workload), key=revision_number, default=None)
        makers = [newest] if newest else []
    for maker in makers:
        wanted, status = (maker.get("spec") or {}).get("replicas", 1), maker.get("status") or {}
        if maker["kind"] != "DaemonSet" and status.get("replicas", 0) >= wanted:
            continue
        failure = condition(maker, "ReplicaFailure")
        event = first_event(world, maker, ["FailedCreate"])
        made = first_event(world, maker, ["SuccessfulCreate"])
        if event is not None and made is not None and event_time(made) > event_time(event):
            event = None
        if failure.get("status") != "True" and event is None:
            continue
        since = max(str(failure.get("lastTransitionTime") or ""), event_time(event) if event else "")
        namespace = maker["metadata"].get("namespace") or world.namespace
        return Cause(
            sentence=say(
                "The API server refuses the Pods of {kind} {name}: FailedCreate.",
                kind=workload["kind"],
                name=workload["metadata"]["name"],
            ),
            evidence=one_line(failure.get("message")) or event_text(event or {"metadata": {}}),
            look=look_at(world, f"describe {maker['kind'].lower()}", maker),
            terminal=not mended.admission(world, namespace, since),
        )
    return None


def _job(world: World, job: Obj) -> Cause | None:
    name = job["metadata"]["name"]
    if holds(job, "Failed"):
        failed = condition(job, "Failed")
        sentence = say("Job {name} has failed: {reason}.", name=name, reason=failed.get("reason") or "Failed")
        pods = [pod for pod in owned(world, POD, job) if (pod.get("status") or {}).get("phase") == "Failed"]
        why = next((each for pod in pods if (each := pod_cause(world, pod)) is not None), None)
        evidence = why.evidence or why.sentence if why else one_line(failed.get("message"))
        return Cause(sentence=sentence, evidence=evidence, look=look_at(world, "describe job", job), terminal=True)
    if (job.get("spec") or {}).get("suspend"):
        look = look_at(world, "get job", job)
        return Cause(sentence=say("Job {name} is suspended.", name=name), look=look, terminal=True)
    found = [pod_cause(world, pod) for pod in owned(world, POD, job) if not finished(pod)]
    return next((each for each in found if each is not None), None) or _refused_job(world, job)


def _refused_job(world: World, job: Obj) -> Cause | None:
    event = first_event(world, job, ["FailedCreate"])
    if event is None or owned(world, POD, job):
        return None
    sentence = say("The API server refuses the Pods of Job {name}: FailedCreate.", name=job["metadata"]["name"])
    look = look_at(world, "describe job", job)
    namespace = job["metadata"].get("namespace") or world.namespace
    terminal = not mended.admission(world, namespace, event_time(event))
    return Cause(sentence=sentence, evidence=event_text(event), look=look, terminal=terminal)
