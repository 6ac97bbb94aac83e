"""RuntimeClass: what a class of runtime costs, and where it runs.

https://kubernetes.io/docs/concepts/containers/runtime-class/
"""

from __future__ import annotations

from tutor.practice.admission.plugin import Plugin, forbid, new_pod
from tutor.practice.api.request import Request
from tutor.practice.api.store import Store

CLASSES = "runtimeclasses.node.k8s.io"


class RuntimeClass(Plugin):
    """Gives Pods the overhead, node selector and tolerations of their class."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def mutate(self, request: Request) -> None:
        """Raise ApiError (403) for a class that is not there or contradicts the Pod."""
        pod = new_pod(request)
        if pod is None:
            return
        spec = pod["spec"]
        name = spec.get("runtimeClassName")
        chosen = self._store.get(CLASSES, "", name) if name else {}
        if chosen is None:
            raise forbid(request, f'pod rejected: RuntimeClass "{name}" not found')
        overhead = (chosen.get("overhead") or {}).get("podFixed")
        if spec.get("overhead") and not overhead:
            raise forbid(request, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead")
        if overhead and spec.setdefault("overhead", dict(overhead)) != overhead:
            raise forbid(request, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead")
        scheduling = chosen.get("scheduling") or {}
        selector = spec.get("nodeSelector") or {}
        for key, value in (scheduling.get("nodeSelector") or {}).items():
            if selector.get(key, value) != value:
                why = f"conflict: runtimeClass.scheduling.nodeSelector[{key}] = {value}; "
                raise forbid(request, f"{why}pod.spec.nodeSelector[{key}] = {selector[key]}")
        if scheduling.get("nodeSelector"):
            spec["nodeSelector"] = {**selector, **scheduling["nodeSelector"]}
        if extra := scheduling.get("tolerations"):
            own = spec.get("tolerations") or []
            spec["tolerations"] = [*own, *(dict(each) for each in extra if each not in own)]
