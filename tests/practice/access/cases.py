"""The cases in cases.yaml as requests: for the recording script and for the tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

CLUSTER_WIDE = {
    "PriorityClass": "priorityclasses",
    "RuntimeClass": "runtimeclasses",
    "PersistentVolume": "persistentvolumes",
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
    "ValidatingAdmissionPolicy": "validatingadmissionpolicies",
    "ValidatingAdmissionPolicyBinding": "validatingadmissionpolicybindings",
    "Node": "nodes",
    "Namespace": "namespaces",
}


def rooms(place: Path) -> list[dict[str, Any]]:
    """Return the rooms in a directory's cases.yaml, each with its recorded `answers` where there are any."""
    answers = place / "answers.json"
    found = json.loads(answers.read_text()) if answers.exists() else {}
    given = yaml.safe_load((place / "cases.yaml").read_text())
    for room in given:
        namespace = f"access-{room['room']}"
        room |= json.loads(json.dumps(room).replace("{ns}", namespace)) | {"namespace": namespace}
        room["answers"] = found.get(room["room"], {})
    return list(given)


def path_of(obj: dict[str, Any], namespace: str) -> str:
    """Return the collection that an object belongs to."""
    root = "/api/v1" if obj["apiVersion"] == "v1" else f"/apis/{obj['apiVersion']}"
    if plural := CLUSTER_WIDE.get(obj["kind"]):
        return f"{root}/{plural}"
    plural = obj["kind"].lower()
    plural = plural[:-1] + "ies" if plural.endswith("y") else plural + ("es" if plural.endswith("s") else "s")
    return f"{root}/namespaces/{obj['metadata'].get('namespace', namespace)}/{plural}"


def pod_of(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a Pod with names and images filled in."""
    spec = {"containers": [{"name": "app"}], **spec}
    for field in ("containers", "initContainers"):
        for container in spec.get(field, []):
            container.setdefault("image", "busybox:1.37")
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "tried"}, "spec": spec}


def request_of(case: dict[str, Any], namespace: str) -> tuple[str, str, Any]:
    """Return method, path and body of a case."""
    if "pod" in case:
        return "POST", f"/api/v1/namespaces/{namespace}/pods?dryRun=All", pod_of(case["pod"])
    if "create" in case:
        return "POST", path_of(case["create"], namespace) + "?dryRun=All", case["create"]
    if "patch" in case:
        where = f"/api/v1/namespaces/{namespace}"
        if case["patch"] != "namespaces":
            where += f"/{case['patch']}/{case['name']}"
        return "PATCH", where + "?dryRun=All", case["with"]
    if "delete" in case:
        where = "" if case["delete"] == "namespaces" else f"/namespaces/{namespace}"
        return "DELETE", f"/api/v1{where}/{case['delete']}/{case['name']}?dryRun=All", None
    if "delete-all" in case:
        return "DELETE", case["delete-all"] + "?dryRun=All", None
    if "patch-path" in case:
        return "PATCH", case["patch-path"] + "?dryRun=All", case["with"]
    if "post" in case:
        review = "review" in case["post"] or case["post"].endswith("/token")
        return "POST", case["post"] + ("" if review else "?dryRun=All"), case["body"]
    return "GET", case["get"], None


def shown(obj: Any, fields: list[str]) -> Any:
    """Return the named fields of an object."""
    found = {}
    for field in fields:
        value = obj
        for key in field.split("."):
            value = (value or {}).get(key)
        found[field] = value
    return found
