"""Which Pods a check means: by name, by labels, or those of a workload; and how they stand."""

from __future__ import annotations

from typing import Any

import msgspec

from checkers.words import say
from checkers.world import Kind, Obj, World

POD = Kind("v1", "Pod")
WORKLOADS = {
    "Deployment": Kind("apps/v1", "Deployment"),
    "StatefulSet": Kind("apps/v1", "StatefulSet"),
    "DaemonSet": Kind("apps/v1", "DaemonSet"),
    "ReplicaSet": Kind("apps/v1", "ReplicaSet"),
    "Job": Kind("batch/v1", "Job"),
}
READS = frozenset({POD, *WORKLOADS.values()})
_REVISION = ("pod-template-hash", "controller-revision-hash")


class PodChoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Pod: exactly one of `pod`, `selector` and `workload` (`Deployment/web`), in `namespace`.

    Of several, those of the newest revision count, and of these the one that is ready first.
    """

    pod: str = ""
    selector: str = ""
    workload: str = ""
    container: str = ""
    namespace: str | None = None

    def problems(self) -> list[str]:
        """Return what is wrong with the choice itself, for the author."""
        if sum(map(bool, (self.pod, self.selector, self.workload))) != 1:
            return ["say which Pod: exactly one of pod, selector and workload"]
        kind, _, name = self.workload.partition("/")
        if self.workload and (kind not in WORKLOADS or not name):
            return [f"workload is one of {', '.join(WORKLOADS)}, a slash, and a name: Deployment/web"]
        return []

    def find(self, world: World) -> list[Obj]:
        """Return the Pods of the newest revision, ready ones first; none where there are none."""
        selector = self.selector
        if self.pod:
            pod = world.get(POD, self.pod, self.namespace)
            return [] if pod is None else [pod]
        if self.workload:
            owner = self.owner(world)
            if owner is None:
                return []
            selector = selector_text((owner.get("spec") or {}).get("selector") or {})
            if not selector:
                return []
        pods = [pod for pod in world.list(POD, self.namespace, selector) if not leaving(pod)]
        pods.sort(key=lambda pod: str(pod["metadata"].get("creationTimestamp") or ""), reverse=True)
        if pods:
            pods = [pod for pod in pods if _revision(pod) == _revision(pods[0])]
        return sorted(pods, key=lambda pod: (not ready(pod), not running(pod)))

    def owner(self, world: World) -> Obj | None:
        """Return the workload, or None."""
        kind, _, name = self.workload.partition("/")
        return world.get(WORKLOADS[kind], name, self.namespace)

    def missing(self, world: World) -> tuple[str, bool]:
        """Return a sentence for why `find` found none, and whether waiting makes sense."""
        if self.pod:
            return say("There is no Pod {name}.", name=self.pod), False
        if not self.workload:
            return say("No Pod carries the labels {selector}.", selector=self.selector), False
        kind, _, name = self.workload.partition("/")
        owner = self.owner(world)
        if owner is None:
            return say("There is no {kind} {name}.", kind=kind, name=name), False
        wanted = (owner.get("spec") or {}).get("replicas", 1)
        return say("{kind} {name} has no Pods yet.", kind=kind, name=name), wanted != 0

    def flag(self) -> str:
        """Return ` -n namespace` for a command, where that is not the exercise's own."""
        return f" -n {self.namespace}" if self.namespace else ""


def leaving(pod: Obj) -> bool:
    """Tell whether the Pod is being deleted."""
    return bool(pod["metadata"].get("deletionTimestamp"))


def running(pod: Obj) -> bool:
    """Tell whether the Pod's phase is Running."""
    return (pod.get("status") or {}).get("phase") == "Running"


def ready(pod: Obj) -> bool:
    """Tell whether the Pod's condition Ready is True."""
    conditions = (pod.get("status") or {}).get("conditions") or []
    return any(each.get("type") == "Ready" and each.get("status") == "True" for each in conditions)


def container_status(pod: Obj, container: str) -> dict[str, Any]:
    """Return the status of `container`; of the default one where that is empty."""
    annotations = pod["metadata"].get("annotations") or {}
    name = container or annotations.get("kubectl.kubernetes.io/default-container")
    statuses: list[dict[str, Any]] = [
        each
        for key in ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")
        for each in (pod.get("status") or {}).get(key) or []
    ]
    return next((each for each in statuses if not name or each.get("name") == name), {})


def selector_text(selector: Any) -> str:
    """Return a label selector object as kubectl writes it: `app=web,tier in (a,b)`.

    Takes both kinds: with `matchLabels`, and the plain map of a Service.
    """
    if not isinstance(selector, dict):
        return ""
    if "matchLabels" not in selector and "matchExpressions" not in selector:
        return ",".join(f"{key}={value}" for key, value in selector.items())
    parts = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    for each in selector.get("matchExpressions") or []:
        key, operator, values = each["key"], each["operator"], ",".join(each.get("values") or [])
        parts.append(
            {
                "In": f"{key} in ({values})",
                "NotIn": f"{key} notin ({values})",
                "Exists": key,
                "DoesNotExist": f"!{key}",
            }[operator]
        )
    return ",".join(parts)


def labels_match(selector: Any, labels: dict[str, str]) -> bool:
    """Tell whether a label selector object matches `labels`; an empty one matches everything."""
    if not isinstance(selector, dict):
        return False
    plain = "matchLabels" not in selector and "matchExpressions" not in selector
    wanted = selector if plain else selector.get("matchLabels") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    for each in [] if plain else selector.get("matchExpressions") or []:
        value, values = labels.get(each["key"]), each.get("values") or []
        holds = {
            "In": value in values,
            "NotIn": value not in values,
            "Exists": value is not None,
            "DoesNotExist": value is None,
        }[each["operator"]]
        if not holds:
            return False
    return True


def labels_text(labels: dict[str, str]) -> str:
    """Return labels as kubectl prints them, without those that controllers add."""
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()) if key not in _REVISION)


def _revision(pod: Obj) -> str:
    labels = pod["metadata"].get("labels") or {}
    return next((str(labels[key]) for key in _REVISION if key in labels), "")
