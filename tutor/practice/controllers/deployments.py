"""Deployments: one ReplicaSet for each template, and the way from the old ones to the new one.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/deployment/
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import ClassVar

from tutor.practice.api.errors import ApiError, Obj
from tutor.practice.api.meta import controller_of, key_of
from tutor.practice.api.store import Event
from tutor.practice.controllers import deployment_status, podtools, rollout
from tutor.practice.controllers.queue import Controller, Key

SETS = "replicasets.apps"


class Deployments(Controller):
    """Rolls out templates: creates and scales ReplicaSets, step by step."""

    name: ClassVar[str] = "deployment-controller"
    resource: ClassVar[str] = "deployments.apps"
    owns: ClassVar[tuple[str, ...]] = (SETS,)
    watches: ClassVar[tuple[str, ...]] = (SETS, "pods")

    def concerns(self, event: Event) -> Iterable[Key]:
        """An orphaned ReplicaSet may be adopted; a Pod's end may be what a Recreate waits for."""
        namespace, owner = event.object["metadata"].get("namespace") or "", controller_of(event.object)
        if event.resource == SETS:
            return self.adopters(event)
        if event.type == "ADDED" or not owner or owner["kind"] != "ReplicaSet":
            return ()
        if event.type == "MODIFIED" and not podtools.is_finished(event.object):
            return ()
        above = controller_of(self.store.get(SETS, namespace, owner["name"]) or {"metadata": {}})
        return [(namespace, above["name"])] if above and above["kind"] == "Deployment" else ()

    def reconcile(self, obj: Obj) -> float | None:
        """Take the next step of the rollout, and report how it stands."""
        sets = podtools.claim(self, obj, SETS)
        if podtools.is_terminating(obj):
            return self._report(obj, sets, rollout.newest(obj, sets), rolling=False)
        obj = self._note_pause(obj)
        scaled = any(
            rollout.replicas(each) > 0
            and rollout.annotation(each, rollout.DESIRED) not in (None, rollout.replicas(obj))
            for each in sets
        )
        if obj["spec"].get("paused") or scaled:
            return self._resize(obj, sets)
        if (obj["spec"].get("strategy") or {}).get("type") == "Recreate":
            return self._recreate(obj, sets)
        return self._roll(obj, sets)

    def _roll(self, obj: Obj, sets: Sequence[Obj]) -> float | None:
        """First the new set grows, then the old ones shrink; each is a step of its own."""
        new, old = self._new_set(obj, sets, create=True)
        if new is None:
            return None  # its name was taken: the count of collisions has changed, and calls again
        wanted = rollout.replicas(obj)
        size = rollout.new_size(obj, [*old, new], new) if rollout.replicas(new) <= wanted else wanted
        if size != rollout.replicas(new):
            new = self._scale(obj, new, size)
        elif shrunk := self._shrink(obj, new, old):
            old = [shrunk.get(each["metadata"]["name"], each) for each in old]
        elif rollout.complete(obj, obj.get("status") or {}):
            old = self._forget(obj, old)
        return self._report(obj, [*old, new], new, rolling=True)

    def _shrink(self, obj: Obj, new: Obj, old: Sequence[Obj]) -> dict[str, Obj]:
        """Scale the old sets down as far as enough Pods stay available, first what is not healthy; return those."""
        changed: dict[str, Obj] = {}
        least = rollout.replicas(obj) - rollout.bounds(obj)[1]
        not_yet = rollout.replicas(new) - rollout.counted([new], "availableReplicas")
        room = rollout.total([*old, new]) - least - not_yet
        if rollout.total(old) == 0 or room <= 0:
            return changed
        spare = rollout.counted([*old, new], "availableReplicas") - least
        for healthy in (False, True):
            for each in sorted(old, key=rollout.age_key):
                now = changed.get(each["metadata"]["name"], each)
                size = rollout.replicas(now)
                fewer = min(spare, size) if healthy else min(room, size - rollout.counted([now], "availableReplicas"))
                if size and fewer > 0:
                    changed[each["metadata"]["name"]] = self._scale(obj, now, size - fewer)
                    room, spare = (room, spare - fewer) if healthy else (room - fewer, spare)
        return changed

    def _recreate(self, obj: Obj, sets: Sequence[Obj]) -> float | None:
        """All old Pods go before a new one comes."""
        new, old = self._new_set(obj, sets, create=False)
        busy = [each for each in old if rollout.replicas(each)]
        if busy:
            old = [self._scale(obj, each, 0) for each in old]
            return self._report(obj, [*old, *filter(None, [new])], new, rolling=True)
        left = [pod for each in old for pod in self.owned(each, "pods")]
        if rollout.counted(old, "replicas") or not all(map(podtools.is_finished, left)):
            return self._report(obj, [*old, *filter(None, [new])], new, rolling=True)
        if new is None:
            new, old = self._new_set(obj, sets, create=True)
            if new is None:
                return None
        new = self._scale(obj, new, rollout.replicas(obj))
        if rollout.complete(obj, obj.get("status") or {}):
            old = self._forget(obj, old)
        return self._report(obj, [*old, new], new, rolling=True)

    def _resize(self, obj: Obj, sets: Sequence[Obj]) -> float | None:
        """Share out a new number of replicas; nothing is rolled out."""
        new, old = self._new_set(obj, sets, create=False)
        every = [*old, *filter(None, [new])]
        resized = self._share(obj, new, old)
        every = [resized.get(each["metadata"]["name"], each) for each in every]
        new = resized.get(new["metadata"]["name"], new) if new else None
        if obj["spec"].get("paused"):
            kept = self._forget(obj, [each for each in every if each is not new])
            every = [*kept, *filter(None, [new])]
        return self._report(obj, every, new, rolling=False)

    def _share(self, obj: Obj, new: Obj | None, old: Sequence[Obj]) -> dict[str, Obj]:
        every, wanted = [*old, *filter(None, [new])], rollout.replicas(obj)
        active = sorted((each for each in every if rollout.replicas(each)), key=rollout.age_key)
        if len(active) < 2:
            only = active[0] if active else new or max(old, key=rollout.age_key, default=None)
            return {only["metadata"]["name"]: self._scale(obj, only, wanted)} if only else {}
        if rollout.saturated(obj, new):
            return {each["metadata"]["name"]: self._scale(obj, each, 0) for each in active if each is not new}
        if (obj["spec"].get("strategy") or {}).get("type") == "Recreate":
            return {}
        to_add = (wanted + rollout.bounds(obj)[0] if wanted else 0) - rollout.total(active)
        active.sort(key=rollout.age_key, reverse=to_add > 0)
        active.sort(key=rollout.replicas, reverse=True)
        added, targets = 0, []
        for each in active:
            share = rollout.proportion(each, obj, to_add, added)
            targets.append(rollout.replicas(each) + share)
            added += share
        targets[0] = max(targets[0] + to_add - added, 0)
        return {
            each["metadata"]["name"]: self._scale(obj, each, size, always=True)
            for each, size in zip(active, targets, strict=True)
        }

    def _new_set(self, obj: Obj, sets: Sequence[Obj], *, create: bool) -> tuple[Obj | None, list[Obj]]:
        """Return the set of the present template, with its revision noted, and the others."""
        new = rollout.newest(obj, sets)
        old = [each for each in sets if each is not new]
        revision = max((rollout.annotation(each, rollout.REVISION) or 0 for each in old), default=0) + 1
        if new is None:
            return (self._create(obj, old, revision) if create else None), old
        annotations = rollout.annotate(obj, new, revision, exists=True)
        min_ready = obj["spec"].get("minReadySeconds", 0)
        if annotations != new["metadata"].get("annotations") or min_ready != new["spec"].get("minReadySeconds", 0):

            def build(each: Obj) -> Obj:
                each["metadata"]["annotations"] = annotations
                each["spec"] |= {"minReadySeconds": min_ready} if min_ready else {}
                if not min_ready:
                    each["spec"].pop("minReadySeconds", None)
                return each

            new = self.api.change(SETS, *key_of(new), build)
        status = copy.deepcopy(obj.get("status") or {})
        if deployment_status.has_deadline(obj) and not podtools.condition(obj, "Progressing"):
            message = f'Found new replica set "{new["metadata"]["name"]}"'
            words = ("Progressing", "True", "FoundNewReplicaSet", message)
            conditions = deployment_status.with_condition(status.get("conditions") or [], *words, self.clock)
            status["conditions"] = conditions
        self._note(obj, status, new["metadata"]["annotations"][rollout.REVISION])
        return new, old

    def _create(self, obj: Obj, old: Sequence[Obj], revision: int) -> Obj | None:
        """Create the set of the present template; None where its name was taken."""
        status = copy.deepcopy(obj.get("status") or {})
        new = rollout.set_for(obj, revision, status.get("collisionCount"))
        size = new["spec"]["replicas"] = rollout.new_size(obj, [*old, new], new)
        name = new["metadata"]["name"]
        conditions = status.get("conditions") or []
        try:
            new = self.api.create(SETS, new)
        except ApiError as error:
            if error.reason == "AlreadyExists":
                status["collisionCount"] = status.get("collisionCount", 0) + 1
                self.api.set_status(self.resource, obj, status)
                return None
            message = f'Failed to create new replica set "{name}": {error.message}'
            if deployment_status.has_deadline(obj):
                words = ("Progressing", "False", "FailedCreate", message)
                status["conditions"] = deployment_status.with_condition(conditions, *words, self.clock)
                self.api.set_status(self.resource, obj, status)
            self.events.record(obj, "Warning", "FailedCreate", message)
            raise
        if size:
            message = f"Scaled up replica set {name} from 0 to {size}"
            self.events.record(obj, "Normal", "ScalingReplicaSet", message)
        if deployment_status.has_deadline(obj):
            words = ("Progressing", "True", "NewReplicaSetCreated", f'Created new replica set "{name}"')
            status["conditions"] = deployment_status.with_condition(conditions, *words, self.clock)
        self._note(obj, status, str(revision))
        return new

    def _note(self, obj: Obj, status: Obj, revision: str) -> None:
        """Write the revision that the Deployment has reached, with its status, in one request as upstream does."""

        def build(each: Obj) -> Obj:
            each["metadata"]["annotations"] = {
                **(each["metadata"].get("annotations") or {}),
                rollout.REVISION: revision,
            }
            return {**each, "status": status} if status else each

        self.api.change(self.resource, *key_of(obj), build, subresource="status")

    def _note_pause(self, obj: Obj) -> Obj:
        """Say in the Progressing condition that the rollout is paused, or goes on again."""
        current = podtools.condition(obj, "Progressing")
        if not deployment_status.has_deadline(obj) or (current and current["reason"] == "ProgressDeadlineExceeded"):
            return obj
        was_paused = bool(current) and (current or {})["reason"] == "DeploymentPaused"
        if bool(obj["spec"].get("paused")) == was_paused:
            return obj
        words = (
            ("DeploymentResumed", "Deployment is resumed")
            if was_paused
            else ("DeploymentPaused", "Deployment is paused")
        )
        status = copy.deepcopy(obj.get("status") or {})
        before = status.get("conditions") or []
        status["conditions"] = deployment_status.with_condition(before, "Progressing", "Unknown", *words, self.clock)
        return self.api.set_status(self.resource, obj, status) or obj

    def _scale(self, obj: Obj, each: Obj, size: int, *, always: bool = False) -> Obj:
        """Give a set another size and return it; `always` also renews what it says of the Deployment's size."""
        before, annotations = rollout.replicas(each), rollout.sizes(obj)
        own = each["metadata"].get("annotations") or {}
        stale = any(own.get(key) != value for key, value in annotations.items())
        if before == size and not (always and stale):
            return each

        def build(new: Obj) -> Obj:
            new["metadata"]["annotations"] = {**(new["metadata"].get("annotations") or {}), **annotations}
            new["spec"]["replicas"] = size
            return new

        changed = self.api.change(SETS, *key_of(each), build)
        if before != size:
            way = "up" if size > before else "down"
            message = f"Scaled {way} replica set {each['metadata']['name']} from {before} to {size}"
            self.events.record(obj, "Normal", "ScalingReplicaSet", message)
        return changed

    def _forget(self, obj: Obj, old: Sequence[Obj]) -> list[Obj]:
        """Delete the oldest empty sets that `revisionHistoryLimit` has no room for; return the rest."""
        limit = obj["spec"].get("revisionHistoryLimit")
        alive = [each for each in old if not podtools.is_terminating(each)]
        if limit is None or len(alive) <= limit:
            return list(old)
        alive.sort(key=lambda each: rollout.annotation(each, rollout.REVISION) or 0)
        gone = []
        for each in alive[: len(alive) - limit]:
            status, generation = each.get("status") or {}, each["metadata"].get("generation", 0)
            if rollout.replicas(each) or status.get("replicas") or generation > status.get("observedGeneration", 0):
                continue
            self.api.delete(SETS, *key_of(each))
            gone.append(each)
        return [each for each in old if each not in gone]

    def _report(self, obj: Obj, sets: Sequence[Obj], new: Obj | None, *, rolling: bool) -> float | None:
        """Write the status; return in how many seconds the rollout would be overdue."""
        obj = self.store.get(self.resource, *key_of(obj)) or obj
        status = deployment_status.counts(obj, sets, new, self.clock)
        if rolling:
            deployment_status.progress(obj, status, sets, new, self.clock)
        keep = ("terminatingReplicas", "collisionCount") if status["collisionCount"] else ("terminatingReplicas",)
        self.api.set_status(self.resource, obj, podtools.compact(status, *keep))
        return deployment_status.until_stuck(obj, status, self.clock)
