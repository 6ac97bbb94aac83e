"""What the server says that it serves: the discovery documents, in the older shape and aggregated.

https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson

from tutor.practice.api.errors import Obj
from tutor.practice.api.kinds import Kind

DATA = Path(__file__).parent.parent / "data/discovery.json.gz"
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
"""The media type that a client asks for, and gets, if it understands aggregated documents."""
CUSTOM_VERBS = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")
METRICS = (
    Kind("metrics.k8s.io", "v1beta1", "NodeMetrics", "nodes", namespaced=False, verbs=("get", "list")),
    Kind("metrics.k8s.io", "v1beta1", "PodMetrics", "pods", namespaced=True, verbs=("get", "list")),
)
"""What a metrics server adds."""


def built_in() -> Iterator[Kind]:
    """Yield Kubernetes' own kinds, in the order of discovery: a group's preferred version first."""
    for group in _data()["groups"]:
        for version in group["versions"]:
            for resource in version["resources"]:
                yield Kind(
                    group=group["metadata"].get("name", ""),
                    version=version["version"],
                    kind=resource["responseKind"]["kind"],
                    plural=resource["resource"],
                    namespaced=resource["scope"] == "Namespaced",
                    singular=resource["singularResource"],
                    short_names=tuple(resource.get("shortNames", ())),
                    categories=tuple(resource.get("categories", ())),
                    verbs=tuple(resource["verbs"]),
                    subresources=tuple(each["subresource"] for each in resource.get("subresources", ())),
                )


def aggregated(core: bool, extra: Iterable[Kind] = ()) -> Obj:
    """Return the aggregated document of `/api` (`core`) or `/apis`; `extra` are kinds besides the built-in ones."""
    groups = [group for group in _groups(extra) if ("name" not in group["metadata"]) == core]
    return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": groups}


def core_versions(address: str) -> Obj:
    """Return `/api`; `address` is the server's own, `HOST:PORT`."""
    addresses = [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}]
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": addresses}


def group_list(extra: Iterable[Kind] = ()) -> Obj:
    """Return `/apis`."""
    groups = [_versions(group) for group in _groups(extra) if "name" in group["metadata"]]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def group(name: str, extra: Iterable[Kind] = ()) -> Obj | None:
    """Return `/apis/NAME`, or None for an unknown group."""
    found = next((each for each in _groups(extra) if each["metadata"].get("name") == name), None)
    return {"kind": "APIGroup", "apiVersion": "v1", **_versions(found)} if found else None


def resource_list(name: str, version: str, extra: Iterable[Kind] = ()) -> Obj | None:
    """Return `/apis/NAME/VERSION`, or for an empty name `/api/VERSION`; None for an unknown one."""
    for each in _groups(extra):
        for found in each["versions"]:
            if each["metadata"].get("name", "") == name and found["version"] == version:
                resources = [item for resource in found["resources"] for item in _older(name, version, resource)]
                if not name:  # The one list without an apiVersion.
                    return {"kind": "APIResourceList", "groupVersion": version, "resources": resources}
                title = f"{name}/{version}"
                return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": title, "resources": resources}
    return None


def version_priority(version: str) -> tuple[int, int, int, str]:
    """Return a key that sorts versions as Kubernetes does: v10, v2, v1, v11beta2, v3alpha1, foo.

    https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#version-priority
    """
    if not (match := re.fullmatch(r"v(\d+)(?:(alpha|beta)(\d+))?", version)):
        return (3, 0, 0, version)
    major, stage, minor = match.groups()
    return (["", "beta", "alpha"].index(stage or ""), -int(major), -int(minor or 0), "")


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = orjson.loads(gzip.decompress(DATA.read_bytes()))
    return data


def _groups(extra: Iterable[Kind]) -> list[Obj]:
    """All groups: Kubernetes' own, those of custom resources by name, those of other servers."""
    kinds = sorted(extra, key=lambda kind: (not kind.custom, kind.group, version_priority(kind.version), kind.plural))
    groups = [*_data()["groups"]]
    for name, members in groupby(kinds, key=lambda kind: kind.group):
        versions = [
            {"version": version, "resources": [_resource(kind) for kind in same], "freshness": "Current"}
            for version, same in groupby(members, key=lambda kind: kind.version)
        ]
        groups.append({"metadata": {"name": name}, "versions": versions})
    return groups


def _resource(kind: Kind) -> Obj:
    own = {"group": kind.group, "version": kind.version, "kind": kind.kind}
    scale = {"group": "autoscaling", "version": "v1", "kind": "Scale"}
    subresources = [
        {"subresource": name, "responseKind": scale if name == "scale" else own, "verbs": ["get", "patch", "update"]}
        for name in kind.subresources
    ]
    resource: Obj = {
        "resource": kind.plural,
        "responseKind": own,
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.singular,
        "verbs": list(kind.verbs),
        "shortNames": list(kind.short_names),
        "categories": list(kind.categories),
        "subresources": subresources,
    }
    return {key: value for key, value in resource.items() if value or key == "singularResource"}


def _versions(group: Obj) -> Obj:
    name = group["metadata"]["name"]
    versions = [{"groupVersion": f"{name}/{each['version']}", "version": each["version"]} for each in group["versions"]]
    return {"name": name, "versions": versions, "preferredVersion": versions[0]}


def _older(group: str, version: str, resource: Obj) -> Iterator[Obj]:
    """A resource and its subresources, as the older documents list them."""
    namespaced = resource["scope"] == "Namespaced"
    names: Obj = {key: resource[key] for key in ("shortNames", "categories") if key in resource}
    own: Obj = {
        "name": resource["resource"],
        "singularName": resource["singularResource"],
        "namespaced": namespaced,
        "kind": resource["responseKind"]["kind"],
        "verbs": resource["verbs"],
        **names,
    }
    if stored := _storage_hash(group, version, resource):
        own["storageVersionHash"] = stored
    yield own
    for each in resource.get("subresources", ()):
        kind = each["responseKind"]
        other = {key: kind[key] for key in ("group", "version") if kind[key] and kind["group"] != group}
        name = f"{resource['resource']}/{each['subresource']}"
        verbs = {"kind": kind["kind"], "verbs": each["verbs"]}
        yield {"name": name, "singularName": "", "namespaced": namespaced, **other, **verbs}


def _storage_hash(group: str, version: str, resource: Obj) -> str:
    """The hash that tells clients whether an object's stored version has changed."""
    kind = resource["responseKind"]
    if not kind["group"]:
        return str(_data()["hashes"].get(f"{group}/{version}/{resource['resource']}", ""))
    if "watch" not in resource["verbs"]:
        return ""
    return base64.b64encode(hashlib.sha256(f"{group}/{version}/{kind['kind']}".encode()).digest()[:8]).decode()
