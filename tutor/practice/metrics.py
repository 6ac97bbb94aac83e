"""The metrics API, while something like a metrics server is installed: what Pods and nodes use.

https://kubernetes.io/docs/tasks/debug/debug-cluster/resource-metrics-pipeline/
"""

from __future__ import annotations

from collections.abc import Callable

from tutor.practice.api import errors
from tutor.practice.api.errors import Obj
from tutor.practice.api.store import Store
from tutor.practice.clock import Clock, stamp
from tutor.practice.http.path import Path

API_SERVICE = "v1beta1.metrics.k8s.io"
GROUP = "metrics.k8s.io/v1beta1"
WINDOW = "15s"
Usage = Callable[[Obj], tuple[int, int] | None]
"""What a Pod uses: millicores and bytes; None while nothing of it runs."""


class Metrics:
    """Answers `/apis/metrics.k8s.io/v1beta1`; `usage` asks the kubelets."""

    def __init__(self, store: Store, clock: Clock, usage: Usage) -> None:
        self._store, self._clock, self._usage = store, clock, usage

    @property
    def served(self) -> bool:
        """Whether the API is registered."""
        return self._store.get("apiservices.apiregistration.k8s.io", "", API_SERVICE) is not None

    def of_pod(self, pod: Obj) -> tuple[int, int] | None:
        """Return millicores and bytes of a Pod; None without the API."""
        return self._usage(pod) if self.served else None

    def answer(self, path: Path) -> Obj | None:
        """Answer a GET; None for what is not served. Raises ApiError (404) for an unknown name."""
        if not self.served or path.verb not in ("get", "list") or path.resource not in ("pods", "nodes"):
            return None
        kind = {"pods": "PodMetrics", "nodes": "NodeMetrics"}[path.resource]
        of = self._pod if path.resource == "pods" else self._node
        if path.name:
            obj = self._store.get(path.resource, path.namespace, path.name)
            if obj is None:
                raise errors.not_found(f"{path.resource}.metrics.k8s.io", path.name)
            return {"kind": kind, "apiVersion": GROUP, **of(obj)}
        running = [each for each in self._store.list(path.resource, path.namespace) if _runs(each)]
        return {"kind": f"{kind}List", "apiVersion": GROUP, "metadata": {}, "items": [of(each) for each in running]}

    def _pod(self, pod: Obj) -> Obj:
        names = [each["name"] for each in pod["spec"]["containers"]]
        cpu, memory = self._usage(pod) or (0, 0)
        containers = [{"name": name, "usage": _amounts(cpu // len(names), memory // len(names))} for name in names]
        return {**self._stamped(pod), "containers": containers}

    def _node(self, node: Obj) -> Obj:
        name = node["metadata"]["name"]
        pods = [each for each in self._store.list("pods") if each["spec"].get("nodeName") == name and _runs(each)]
        used = [self._usage(each) or (0, 0) for each in pods]
        return {**self._stamped(node), "usage": _amounts(sum(cpu for cpu, _ in used), sum(size for _, size in used))}

    def _stamped(self, obj: Obj) -> Obj:
        meta = {key: obj["metadata"][key] for key in ("name", "namespace", "labels") if key in obj["metadata"]}
        now = stamp(self._clock.now())
        return {"metadata": {**meta, "creationTimestamp": now}, "timestamp": now, "window": WINDOW}


def _amounts(cpu: int, memory: int) -> Obj:
    return {"cpu": f"{cpu}m", "memory": f"{memory // 1024}Ki"}


def _runs(obj: Obj) -> bool:
    return obj["kind"] == "Node" or (obj.get("status") or {}).get("phase") == "Running"
