"""A World over recorded objects, for unit tests without a cluster.

world = RecordedWorld.of("shop")                     # what a real cluster sent
world = RecordedWorld(pod, service, namespace="shop")  # or objects of the test's own
world.answers = lambda source, to, **how: Response(status=200, body="hello")
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from checkers.schema import kinds
from checkers.world import (
    Address,
    Admission,
    DnsAnswer,
    Kind,
    LookError,
    Nodes,
    Obj,
    Ran,
    Response,
    Source,
    Subject,
)

RECORDED = Path(__file__).parent / "recorded"
CLUSTER_SCOPED = frozenset(
    {
        *("Node", "Namespace", "PersistentVolume", "StorageClass", "PriorityClass", "IngressClass", "RuntimeClass"),
        *("ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "CSIDriver", "APIService"),
        *("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"),
        *("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"),
    }
)
_PART = re.compile(r"[^,(]+(?:\([^)]*\))?")
_SET = re.compile(r"(\S+)\s+(in|notin)\s+\(([^)]*)\)")


def _not_recorded(*what: Any, **how: Any) -> Any:
    raise AssertionError(f"this test recorded no answer to {what} {how}")


class RecordedWorld:
    """Objects by kind and name; behaviour by functions that a test sets.

    `reads` lists every read as `("get", kind, name, namespace)` or `("list", kind, namespace, selector)`.
    """

    def __init__(
        self,
        *objects: Obj,
        namespace: str = "shop",
        namespaces: Sequence[str] = (),
        logs: Mapping[str, str] | None = None,
        nodes: Nodes | None = None,
        broken: LookError | None = None,
    ) -> None:
        self.objects = [copy.deepcopy(each) for each in objects]
        self.namespace = namespace
        self.namespaces = tuple(namespaces) or (namespace,)
        self.nodes = nodes
        self.broken = broken
        """When set, every look raises it: the cluster is gone."""
        self.log_texts = dict(logs or {})
        """Logs by `pod`, `pod/container` or `pod/container/previous`."""
        self.raws: dict[str, Any] = {}
        self.reads: list[tuple[Any, ...]] = []
        self.runs: Callable[..., Ran] = _not_recorded
        self.answers: Callable[..., Response] = _not_recorded
        self.connects: Callable[..., Response] = _not_recorded
        self.resolves: Callable[..., DnsAnswer] = _not_recorded
        self.allows: Callable[..., tuple[bool, str]] = _not_recorded
        self.admits: Callable[..., Admission] = _not_recorded

    @classmethod
    def of(cls, name: str, **how: Any) -> RecordedWorld:
        """Return the objects of `recorded/NAME.json`, a `kubectl get … -o json` of a real cluster."""
        items = json.loads((RECORDED / f"{name}.json").read_text())["items"]
        return cls(*items, **how)

    def add(self, *objects: Obj) -> RecordedWorld:
        """Add objects; one of the same kind, namespace and name is replaced."""
        for obj in objects:
            self.objects = [each for each in self.objects if _id(each) != _id(obj)] + [copy.deepcopy(obj)]
        return self

    def remove(self, kind: str, name: str) -> RecordedWorld:
        """Take away all objects of this kind and name."""
        self.objects = [o for o in self.objects if (o["kind"], o["metadata"]["name"]) != (kind, name)]
        return self

    def namespaced(self, kind: Kind) -> bool:
        self._look()
        known = {Kind(each["apiVersion"], each["kind"]) for each in self.objects} | set(kinds())
        if kind not in known:
            raise LookError(f"This cluster knows no {kind.kind} in {kind.api_version}.", "Look: kubectl api-resources")
        return kind.kind not in CLUSTER_SCOPED

    def plural(self, kind: Kind) -> str:
        self._look()
        name = kind.kind.lower()
        name = f"{name[:-1]}ies" if name.endswith("y") else f"{name}es" if name[-1] in "sx" else f"{name}s"
        group = kind.api_version.rpartition("/")[0]
        return f"{name}.{group}" if "." in group else name

    def get(self, kind: Kind, name: str, namespace: str | None = None) -> Obj | None:
        self._look()
        self.reads.append(("get", kind, name, namespace))
        found = [each for each in self._of(kind, namespace) if each["metadata"]["name"] == name]
        return copy.deepcopy(found[0]) if found else None

    def list(self, kind: Kind, namespace: str | None = None, selector: str = "") -> list[Obj]:
        self._look()
        self.reads.append(("list", kind, namespace, selector))
        return [copy.deepcopy(each) for each in self._of(kind, namespace) if _selected(each, selector)]

    def logs(
        self, pod: str, container: str = "", namespace: str | None = None, *, previous: bool = False, lines: int = 200
    ) -> str:
        self._look()
        keys = [f"{pod}/{container}/previous"] if previous else [f"{pod}/{container}", pod]
        text = next((self.log_texts[key] for key in keys if key in self.log_texts), "")
        return "".join(text.splitlines(keepends=True)[-lines:])

    def exec(
        self,
        pod: str,
        argv: Sequence[str],
        container: str = "",
        namespace: str | None = None,
        *,
        stdin: bytes = b"",
        timeout: float = 10.0,
    ) -> Ran:
        self._look()
        return self.runs(pod, argv, container=container, namespace=namespace, stdin=stdin)

    def connect(self, source: Source, to: Address, timeout: float = 2.0) -> Response:
        self._look()
        return self.connects(source, to)

    def request(self, source: Source, to: Address, **how: Any) -> Response:
        self._look()
        return self.answers(source, to, **how)

    def resolve(self, source: Source, name: str, record: str = "A") -> DnsAnswer:
        self._look()
        return self.resolves(source, name, record)

    def can(
        self,
        who: Subject,
        verb: str,
        group: str,
        resource: str,
        name: str = "",
        namespace: str = "",
        subresource: str = "",
    ) -> tuple[bool, str]:
        self._look()
        return self.allows(who, verb, group, resource, name=name, namespace=namespace, subresource=subresource)

    def dry_run(self, manifest: Obj, who: Subject | None = None) -> Admission:
        self._look()
        return self.admits(manifest, who)

    def raw(self, path: str) -> Any:
        self._look()
        return self.raws.get(path)

    def _look(self) -> None:
        if self.broken is not None:
            raise self.broken

    def _of(self, kind: Kind, namespace: str | None) -> list[Obj]:
        where = namespace or self.namespace
        return [
            each
            for each in self.objects
            if (each["apiVersion"], each["kind"]) == (kind.api_version, kind.kind)
            and (where == "*" or kind.kind in CLUSTER_SCOPED or _namespace(each, self.namespace) == where)
        ]


def _namespace(obj: Obj, default: str) -> str:
    return str(obj["metadata"].get("namespace", default))


def _id(obj: Obj) -> tuple[Any, ...]:
    meta = obj["metadata"]
    return obj["apiVersion"], obj["kind"], meta.get("namespace"), meta["name"]


def _selected(obj: Obj, selector: str) -> bool:
    labels = obj["metadata"].get("labels") or {}
    return all(_holds(part.strip(), labels) for part in _PART.findall(selector))


def _holds(part: str, labels: Mapping[str, str]) -> bool:
    if match := _SET.fullmatch(part):
        inside = labels.get(match[1]) in [each.strip() for each in match[3].split(",")]
        return inside == (match[2] == "in")
    if "!=" in part:
        key, value = part.split("!=")
        return labels.get(key) != value
    if "=" in part:
        key, _, value = part.partition("=")
        return labels.get(key) == value.removeprefix("=")
    return part[1:] not in labels if part.startswith("!") else part in labels
