"""Binding: a Pod gets its node. The scheduler does it, and so does whoever posts to `pods/NAME/binding`."""

from __future__ import annotations

from collections.abc import Mapping

from tutor.practice.api.chain import Api
from tutor.practice.api.errors import Obj, conflict
from tutor.practice.controllers.podtools import renewed


def bind(api: Api, namespace: str, pod: str, node: str, annotations: Mapping[str, str] | None = None) -> Obj:
    """Give a Pod its node, and the annotations of the Binding. Raises ApiError (404, 409) where it cannot have it.

    It goes past the rules of updates, for which `spec.nodeName` is immutable.
    """
    old = api.get("pods", namespace, pod)
    spec, meta = old["spec"], old["metadata"]
    if meta.get("deletionTimestamp"):
        raise conflict("pods/binding", pod, f"pod {pod} is being deleted, cannot be assigned to a host")
    if spec.get("nodeName"):
        raise conflict("pods/binding", pod, f'pod {pod} is already assigned to node "{spec["nodeName"]}"')
    if spec.get("schedulingGates"):
        raise conflict("pods/binding", pod, f"pod {pod} has non-empty .spec.schedulingGates")
    status = {key: value for key, value in (old.get("status") or {}).items() if key != "nominatedNodeName"}
    scheduled = {"type": "PodScheduled", "status": "True", "lastProbeTime": None}
    status["conditions"] = renewed(status.get("conditions") or [], scheduled, api.clock)
    new = {**old, "spec": {**spec, "nodeName": node}, "metadata": {**meta}, "status": status}
    if annotations:
        new["metadata"]["annotations"] = {**(meta.get("annotations") or {}), **annotations}
    return api.store.put("pods", new)
