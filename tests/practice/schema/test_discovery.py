"""The discovery documents."""

from typing import Any

from tutor.practice.api.kinds import Kind
from tutor.practice.schema import discovery

VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]


def gizmo(version: str = "v1", subresources: tuple[str, ...] = ()) -> Kind:
    return Kind(
        "example.com",
        version,
        "Gizmo",
        "gizmos",
        namespaced=True,
        singular="gizmo",
        short_names=("gz",),
        categories=("all",),
        verbs=discovery.CUSTOM_VERBS,
        subresources=subresources,
        custom=True,
    )


def names(document: Any) -> list[str]:
    return [group.get("name") or group["metadata"]["name"] for group in document.get("groups", document.get("items"))]


def test_built_in_kinds_carry_what_discovery_tells() -> None:
    kinds = {(kind.api_version, kind.plural): kind for kind in discovery.built_in()}
    pods = kinds["v1", "pods"]
    assert (pods.kind, pods.singular, pods.short_names, pods.categories) == ("Pod", "pod", ("po",), ("all",))
    assert {"log", "exec", "eviction", "status"} <= set(pods.subresources)
    assert not kinds["rbac.authorization.k8s.io/v1", "clusterroles"].namespaced
    versions = [kind.version for kind in kinds.values() if kind.plural == "horizontalpodautoscalers"]
    assert versions == ["v2", "v1"]


def test_older_documents() -> None:
    assert discovery.core_versions("127.0.0.1:6443")["versions"] == ["v1"]
    assert names(discovery.group_list())[:3] == ["apiregistration.k8s.io", "apps", "events.k8s.io"]
    assert discovery.group("apps") == {
        "kind": "APIGroup",
        "apiVersion": "v1",
        "name": "apps",
        "versions": [{"groupVersion": "apps/v1", "version": "v1"}],
        "preferredVersion": {"groupVersion": "apps/v1", "version": "v1"},
    }
    core = discovery.resource_list("", "v1")
    assert core is not None
    listed = {resource["name"]: resource for resource in core["resources"]}
    assert listed["pods"] == {
        "name": "pods",
        "singularName": "pod",
        "namespaced": True,
        "kind": "Pod",
        "verbs": VERBS,
        "shortNames": ["po"],
        "categories": ["all"],
        "storageVersionHash": "xPOwRZ+Yhw8=",
    }
    assert listed["pods/eviction"] == {
        "name": "pods/eviction",
        "singularName": "",
        "namespaced": True,
        "group": "policy",
        "version": "v1",
        "kind": "Eviction",
        "verbs": ["create"],
    }
    assert discovery.group("nope") is None
    assert discovery.resource_list("apps", "v2") is None


def test_aggregated_documents() -> None:
    core = discovery.aggregated(core=True)
    assert [version["version"] for version in core["items"][0]["versions"]] == ["v1"]
    assert names(discovery.aggregated(core=False)) == names(discovery.group_list())


def test_custom_resources_come_after_kubernetes_own_and_their_best_version_first() -> None:
    extra = [*discovery.METRICS, gizmo("v1alpha1"), gizmo("v1", ("status", "scale"))]
    assert names(discovery.group_list(extra))[-2:] == ["example.com", "metrics.k8s.io"]
    document = discovery.group("example.com", extra)
    assert document is not None
    assert [version["version"] for version in document["versions"]] == ["v1", "v1alpha1"]
    assert discovery.resource_list("example.com", "v1", extra) == {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": "example.com/v1",
        "resources": [
            {
                "name": "gizmos",
                "singularName": "gizmo",
                "namespaced": True,
                "kind": "Gizmo",
                "verbs": list(discovery.CUSTOM_VERBS),
                "shortNames": ["gz"],
                "categories": ["all"],
                "storageVersionHash": "o5bmO4nVZn8=",
            },
            {
                "name": "gizmos/status",
                "singularName": "",
                "namespaced": True,
                "kind": "Gizmo",
                "verbs": ["get", "patch", "update"],
            },
            {
                "name": "gizmos/scale",
                "singularName": "",
                "namespaced": True,
                "group": "autoscaling",
                "version": "v1",
                "kind": "Scale",
                "verbs": ["get", "patch", "update"],
            },
        ],
    }


def test_versions_are_sorted_as_kubernetes_sorts_them() -> None:
    best_first = ["v10", "v2", "v1", "v11beta2", "v10beta3", "v3beta1", "v12alpha1", "v11alpha2", "foo1", "foo10"]
    assert sorted({*best_first}, key=discovery.version_priority) == best_first
