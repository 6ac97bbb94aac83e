"""The kind configurations of the topologies, and the choice of the node image."""

from __future__ import annotations

import pytest
import yaml

from tutor.clusters import docker
from tutor.clusters.kind.images import full_name
from tutor.clusters.kind.readiness import what_lacks
from tutor.clusters.kind.stages import plan
from tutor.clusters.kind.topologies import DEFAULT_NODE, TOPOLOGIES, choose_image, configuration, find
from tutor.errors import TutorError


def test_every_topology_has_the_nodes_it_promises() -> None:
    roles = {
        name: [node["role"] for node in yaml.safe_load(configuration(shape, "kindest/node:v1.36.4", False))["nodes"]]
        for name, shape in TOPOLOGIES.items()
    }
    assert roles == {
        "single": ["control-plane"],
        "pair": ["control-plane", "worker"],
        "trio": ["control-plane", "worker", "worker"],
        "ha": ["control-plane"] * 3 + ["worker"],
        "bare": ["control-plane", "worker"],
        "upgrade": ["control-plane", "worker"],
    }


def test_only_bare_comes_without_a_network() -> None:
    bare = [
        name
        for name, shape in TOPOLOGIES.items()
        if yaml.safe_load(configuration(shape, "kindest/node:v1.36.4", False))["networking"]["disableDefaultCNI"]
    ]
    assert bare == ["bare"]
    assert "network" not in plan(find("bare"))


@pytest.mark.parametrize(("version", "patched"), [("v1.34.11", False), ("v1.35.8", True), ("v1.37.2", True)])
def test_the_kubelet_is_told_to_run_on_cgroup_v1_where_it_would_refuse(version: str, patched: bool) -> None:
    image = f"kindest/node:{version}"
    assert ("failCgroupV1: false" in configuration(find("single"), image, True)) == patched
    assert "failCgroupV1" not in configuration(find("single"), image, False)


def test_the_newest_local_image_that_is_supported_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    tags = ["v1.33.1", "v1.36.4", "v1.37.2", "v1.36.10", "v1.38.0", "latest"]
    monkeypatch.setattr(docker, "local_tags", lambda repository: tags)
    assert choose_image(find("single")) == "kindest/node:v1.37.2"
    assert choose_image(find("upgrade")) == "kindest/node:v1.36.4"
    monkeypatch.setattr(docker, "local_tags", lambda repository: ["v1.33.1"])
    assert choose_image(find("single")) == DEFAULT_NODE


def test_an_unknown_topology_names_those_there_are() -> None:
    with pytest.raises(TutorError, match="single, pair, trio"):
        find("round")


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("busybox:1.37", "docker.io/library/busybox:1.37"),
        ("rancher/k3s:v1", "docker.io/rancher/k3s:v1"),
        ("example.com/team/app:2", "example.com/team/app:2"),
        ("localhost:5000/app:2", "localhost:5000/app:2"),
    ],
)
def test_images_are_compared_by_the_name_that_a_node_knows(image: str, name: str) -> None:
    assert full_name(image) == name


def item(kind: str, name: str, namespace: str = "", ready: str = "True") -> dict[str, object]:
    return {
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "status": {"conditions": [{"type": "Ready", "status": ready}]},
    }


def test_ready_means_nodes_system_pods_and_the_default_account() -> None:
    node, pod = item("Node", "a"), item("Pod", "dns", "kube-system")
    account = item("ServiceAccount", "default", "default")
    assert what_lacks([node], 2, True) == "nodes: 1 of 2"
    assert what_lacks([item("Node", "a", ready="False"), pod, account], 1, True) == "node a"
    assert what_lacks([node, account], 1, True) == "the system's Pods"
    assert what_lacks([node, item("Pod", "dns", "kube-system", "False"), account], 1, True) == "Pod dns"
    assert what_lacks([node, pod], 1, True) == "ServiceAccount default"
    assert what_lacks([node, pod, item("Pod", "mine", "default", "False"), account], 1, True) == ""
    assert what_lacks([item("Node", "a", ready="False")], 1, False) == "", "without a network nothing gets Ready"
