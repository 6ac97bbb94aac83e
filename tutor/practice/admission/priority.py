"""Priority: the number behind a Pod's PriorityClass.

https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
"""

from __future__ import annotations

from tutor.practice.admission.plugin import Plugin, forbid
from tutor.practice.api.request import Request
from tutor.practice.api.store import Store

CLASSES = "priorityclasses.scheduling.k8s.io"
LOWER = "PreemptLowerPriority"


class Priority(Plugin):
    """Sets priority and preemption policy; guards that one class at the most is the default."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def mutate(self, request: Request) -> None:
        """Raise ApiError (403) for a class that is not there, or numbers that differ from it."""
        if request.resource != "pods" or request.object is None or request.subresource:
            return
        spec = request.object["spec"]
        if request.operation == "UPDATE":
            for key in ("priority", "preemptionPolicy"):
                if request.old and key in request.old["spec"]:
                    spec.setdefault(key, request.old["spec"][key])
            return
        name = spec.get("priorityClassName")
        if name:
            chosen = self._store.get(CLASSES, "", name)
            if chosen is None:
                raise forbid(request, f"no PriorityClass with name {name} was found")
        else:
            defaults = [each for each in self._store.list(CLASSES) if each.get("globalDefault")]
            chosen = min(defaults, key=lambda each: int(each["value"]), default=None)
            if chosen is not None:
                spec["priorityClassName"] = chosen["metadata"]["name"]
        value = chosen["value"] if chosen else 0
        policy = chosen.get("preemptionPolicy", LOWER) if chosen else LOWER
        computed = "must not be provided in pod spec; priority admission controller computed"
        if spec.get("priority") not in (None, value):
            found = f"the integer value of priority ({spec['priority']}) {computed} {value}"
            raise forbid(request, f"{found} from the given PriorityClass name")
        if spec.get("preemptionPolicy") not in (None, policy):
            found = f"the string value of PreemptionPolicy ({spec['preemptionPolicy']}) {computed} {policy}"
            raise forbid(request, f"{found} from the given PriorityClass name")
        spec["priority"], spec["preemptionPolicy"] = value, policy

    def validate(self, request: Request) -> None:
        """Raise ApiError (403) for a second default class."""
        if request.resource != CLASSES or not (request.object or {}).get("globalDefault"):
            return
        for other in self._store.list(CLASSES):
            name = other["metadata"]["name"]
            if other.get("globalDefault") and name != request.name:
                why = f"PriorityClass {name} is already marked as default. Only one default can exist"
                raise forbid(request, why)
