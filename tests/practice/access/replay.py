"""Plays recorded cases against the practice cluster's API, without HTTP."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from multidict import CIMultiDict

from tests.practice.access.cases import path_of, request_of
from tutor.practice.access.bootstrap import default_roles
from tutor.practice.access.certificates import Authority
from tutor.practice.access.reviews import Access
from tutor.practice.access.tokens import Tokens
from tutor.practice.admission import plugins
from tutor.practice.api.chain import Api
from tutor.practice.api.errors import ApiError
from tutor.practice.api.kinds import Kinds
from tutor.practice.api.meta import new_uid
from tutor.practice.api.request import User
from tutor.practice.api.store import Store
from tutor.practice.clock import FakeClock
from tutor.practice.http.path import understand
from tutor.practice.schema import discovery

ADMIN = User("kubernetes-admin", ("kubeadm:cluster-admins", "system:authenticated"))


class Small:
    """A cluster with the default roles, and nothing that runs."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.store = Store()
        self.api = Api(self.store, Kinds(discovery.built_in()), self.clock)
        self.authority = Authority(self.clock.now())
        self.tokens = Tokens(self.api, self.authority.certificate)
        self.access = Access(self.store, self.tokens, self.clock)
        self.api.plugins = plugins(self.api, self.access.rbac)
        for resource, obj in default_roles():
            self.store.put(resource, {**obj})
        for name in ("kube-system", "kube-public", "default"):
            self.namespace(name)
        for name, value in (("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)):
            self.put("priorityclasses.scheduling.k8s.io", "PriorityClass", {"metadata": {"name": name}, "value": value})
        marked = {"storageclass.kubernetes.io/is-default-class": "true"}
        self.put(
            "storageclasses.storage.k8s.io", "StorageClass", {"metadata": {"name": "standard", "annotations": marked}}
        )

    def namespace(self, name: str, labels: dict[str, str] | None = None) -> None:
        """Add a namespace with what its controllers put there."""
        labels = {"kubernetes.io/metadata.name": name, **(labels or {})}
        self.put("namespaces", "Namespace", {"metadata": {"name": name, "labels": labels}})
        self.put("serviceaccounts", "ServiceAccount", {"metadata": {"name": "default", "namespace": name}})
        self.put("configmaps", "ConfigMap", {"metadata": {"name": "kube-root-ca.crt", "namespace": name}})

    def put(self, resource: str, kind: str, obj: dict[str, Any]) -> dict[str, Any]:
        """Store an object past admission."""
        meta = {"uid": new_uid(), **obj["metadata"]}
        kind_of = self.api.kinds.stored(resource)
        return self.store.put(resource, {"apiVersion": kind_of.api_version, "kind": kind, **obj, "metadata": meta})

    def enter(self, room: dict[str, Any]) -> None:
        """Make a room."""
        namespace = room["namespace"]
        self.namespace(namespace, room.get("labels"))
        for obj in copy.deepcopy(room.get("given", [])):
            path = understand("POST", path_of(obj, namespace), watching=False)
            resource = f"{path.resource}.{path.group}" if path.group else path.resource
            if path.namespace:
                obj["metadata"]["namespace"] = namespace
            if resource == "pods":
                defaults(obj)
            if resource == "limitranges":
                limit_defaults(obj)
            self.put(resource, obj["kind"], obj)

    def play(self, case: dict[str, Any], namespace: str) -> dict[str, Any]:
        """Send one case and return its answer, as the recording has it."""
        warnings: list[str] = []
        try:
            body = self._send(case, namespace, warnings)
        except ApiError as error:
            kept = ("code", "message", "reason", "details")
            found: dict[str, Any] = {key: error.status[key] for key in kept if key in error.status}
        else:
            found = {"body": body}
        return found | ({"warnings": warnings} if warnings else {})

    def _send(self, case: dict[str, Any], namespace: str, warnings: list[str]) -> Any:
        method, target, body = request_of(case, namespace)
        parts = urlsplit(target)
        path = understand(method, parts.path, watching="watch" in parse_qs(parts.query))
        who = self._who(case, namespace, path)
        self.access.authorize(who, path)
        resource = f"{path.resource}.{path.group}" if path.group else path.resource
        body = copy.deepcopy(body)
        if resource.endswith(("authorization.k8s.io", "authentication.k8s.io")) and "rbac" not in resource:
            return self.access.review(resource, body, who, path.namespace)
        if path.subresource == "token":
            return self.tokens.request(self.api.get("serviceaccounts", path.namespace, path.name), body)
        options: dict[str, Any] = {"who": who, "dry_run": True, "warnings": warnings}
        if method == "POST":
            if resource == "pods":
                defaults(body)
            where = path.namespace if self.api.kinds.stored(resource).namespaced else ""
            return self.api.create(resource, body, where, **options)
        where = "" if resource == "namespaces" else path.namespace
        if method == "PATCH":
            return self.api.change(resource, where, path.name, lambda old: merged(old, body), **options)
        if method == "DELETE":
            return self.api.delete(resource, where, path.name, **options)
        return {}

    def _who(self, case: dict[str, Any], namespace: str, path: Any) -> User:
        who = ADMIN
        if "token" in case:
            who = self.access.authenticate(None, {"Authorization": f"Bearer {case['token']}"})
        if "by" in case:
            account = self.api.get("serviceaccounts", namespace, case["by"])
            token = self.tokens.request(account, {})["status"]["token"]
            who = self.access.authenticate(None, {"Authorization": f"Bearer {token}"})
        headers = CIMultiDict(list(_headers(case)))
        return self.access.impersonated(who, headers, path) if headers else who


def merged(old: Any, patch: Any) -> Any:
    """Return a merge patch's result."""
    if not isinstance(old, dict) or not isinstance(patch, dict):
        return patch
    return {**old, **{key: merged(old.get(key), value) for key, value in patch.items()}}


def defaults(pod: dict[str, Any]) -> None:
    """Fill in what admission counts on: requests that are not given are the limits."""
    for container in [*pod["spec"].get("containers", []), *pod["spec"].get("initContainers", [])]:
        resources = container.setdefault("resources", {})
        if resources.get("limits"):
            resources["requests"] = {**resources["limits"], **resources.get("requests", {})}


def limit_defaults(limit_range: dict[str, Any]) -> None:
    """Let a LimitRange's defaults follow from its bounds."""
    for limit in limit_range["spec"]["limits"]:
        if limit["type"] == "Container":
            limit["default"] = {**limit.get("max", {}), **limit.get("default", {})}
            limit["defaultRequest"] = {**limit.get("min", {}), **limit["default"], **limit.get("defaultRequest", {})}


def _headers(case: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "as" in case:
        yield "Impersonate-User", case["as"]
    yield from (("Impersonate-Group", group) for group in case.get("groups", []))
    for key, values in case.get("extra", {}).items():
        yield from ((f"Impersonate-Extra-{key}", value) for value in values)
