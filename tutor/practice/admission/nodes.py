"""Pods and nodes that are not ready: TaintNodesByCondition and DefaultTolerationSeconds.

https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions
"""

from __future__ import annotations

from tutor.practice.admission.plugin import Plugin
from tutor.practice.api.errors import Obj
from tutor.practice.api.request import Request

NOT_READY, UNREACHABLE = "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"
PATIENCE = 300
"""Seconds that a Pod stays on a node that is gone."""


class TaintNodes(Plugin):
    """New nodes are not ready."""

    def mutate(self, request: Request) -> None:
        """Add the taint."""
        if request.resource == "nodes" and request.operation == "CREATE" and request.object is not None:
            spec = request.object.setdefault("spec", {})
            taint = {"key": NOT_READY, "effect": "NoSchedule"}
            if taint not in (spec.get("taints") or []):
                spec["taints"] = [*(spec.get("taints") or []), taint]


class DefaultTolerations(Plugin):
    """Pods tolerate a node that is not ready, or unreachable, for five minutes."""

    def mutate(self, request: Request) -> None:
        """Add the tolerations that the Pod does not have."""
        if request.resource != "pods" or request.object is None or request.subresource:
            return
        spec = request.object["spec"]
        tolerations: list[Obj] = list(spec.get("tolerations") or [])
        missing = [key for key in (NOT_READY, UNREACHABLE) if not any(_tolerates(each, key) for each in tolerations)]
        for key in missing:
            toleration = {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": PATIENCE}
            tolerations.append(toleration)
        if missing:
            spec["tolerations"] = tolerations


def _tolerates(toleration: Obj, key: str) -> bool:
    return toleration.get("key") in (None, "", key) and toleration.get("effect") in (None, "", "NoExecute")
