"""Objects and checks for the tests of behaviour: short to write, whole enough to be looked at."""

from __future__ import annotations

from typing import Any

import yaml

from checkers.check import CheckType
from checkers.parse import parse_check
from checkers.result import Verdict
from checkers.world import Obj, World


def check(text: str) -> CheckType:
    """Return the type of a check written as in `exercise.yaml`, without id and title."""
    parsed, problems = parse_check({"id": "it", "title": "It works", **yaml.safe_load(text)})
    assert parsed is not None, problems
    return parsed.type


def problems(text: str) -> list[str]:
    """Return what is wrong with a check."""
    return [each.message for each in parse_check({"id": "it", "title": "It works", **yaml.safe_load(text)})[1]]


def look(text: str, world: World) -> Verdict:
    return check(text).look(world)


def pod(
    name: str, labels: dict[str, str] | None = None, *, ready: bool = True, ip: str = "10.0.0.1", **more: Any
) -> Obj:
    ports = more.pop("ports", [{"containerPort": 8000, "name": "http"}])
    state: dict[str, Any] = more.pop("state", {"running": {}})
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "shop",
            "labels": {"app": "web"} if labels is None else labels,
            "creationTimestamp": "2026-01-01T00:00:00Z",
            **more.pop("meta", {}),
        },
        "spec": {"containers": [{"name": "main", "image": "busybox:1.37", "ports": ports}]},
        "status": {
            "phase": "Running",
            "podIP": ip,
            "conditions": [{"type": "Ready", "status": str(ready)}],
            "containerStatuses": [{"name": "main", "ready": ready, "state": state}],
            **more,
        },
    }


def service(name: str = "web", namespace: str = "shop", **spec: Any) -> Obj:
    whole = {
        "selector": {"app": "web"},
        "clusterIP": "10.96.0.9",
        "clusterIPs": ["10.96.0.9"],
        "ports": [{"port": 80, "targetPort": 8000}],
        **spec,
    }
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {key: value for key, value in whole.items() if value is not None},
    }


def endpoints(*pods: Obj, of: str = "web", port: int = 8000) -> Obj:
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": f"{of}-abc", "namespace": "shop", "labels": {"kubernetes.io/service-name": of}},
        "ports": [{"name": "", "port": port}],
        "endpoints": [
            {
                "addresses": [each["status"]["podIP"]],
                "conditions": {"ready": each["status"]["conditions"][0]["status"] == "True"},
                "targetRef": {"kind": "Pod", "name": each["metadata"]["name"]},
            }
            for each in pods
        ],
    }


def policy(name: str, labels: dict[str, str], *types: str) -> Obj:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"podSelector": {"matchLabels": labels}, "policyTypes": list(types)},
    }
