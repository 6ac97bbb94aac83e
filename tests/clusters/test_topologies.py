"""The kind configurations of the topologies, and the choice of the node image."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tutor.clusters.kind.images import full_name
from tutor.clusters.kind.readiness import Wanted, what_lacks
from tutor.clusters.kind.stages import plan
from tutor.clusters.kind.topologies import PINNED, SUPPORTED, TOPOLOGIES, choose_image, configuration, find
from tutor.errors import TutorError


def parsed(topology: str, version: str = "v1.36.4", cgroup_v1: bool = False) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load(
        configuration(find(topology), f"kindest/node:{version}", "/mark", cgroup_v1)
    )
    return config


def test_every_topology_has_the_nodes_it_promises() -> None:
    roles = {name: [node["role"] for node in parsed(name)["nodes"]] for name in TOPOLOGIES}
    assert roles == {
        "single": ["control-plane"],
        "pair": ["control-plane", "worker"],
        "trio": ["control-plane", "worker", "worker"],
        "ha": ["control-plane"] * 3 + ["worker"],
        "bare": ["control-plane", "worker"],
        "upgrade": ["control-plane", "worker"],
    }


def test_only_bare_comes_without_a_network() -> None:
    bare = [name for name in TOPOLOGIES if parsed(name)["networking"]["disableDefaultCNI"]]
    assert bare == ["bare"]
    assert "network" not in plan(find("bare"))


@pytest.mark.parametrize(("version", "patched"), [("v1.34.11", False), ("v1.35.8", True), ("v1.37.2", True)])
def test_the_kubelet_is_told_to_run_on_cgroup_v1_where_it_would_refuse(version: str, patched: bool) -> None:
    assert ("kubeadmConfigPatches" in parsed("single", version, cgroup_v1=True)) == patched
    assert "kubeadmConfigPatches" not in parsed("single", version)


@pytest.mark.parametrize("version", ["v1.34.11", "v1.37.2"])
def test_patches_fit_every_version_of_kubeadm(version: str) -> None:
    patches = parsed("ha", version, cgroup_v1=True).get("kubeadmConfigPatches", [])
    assert all("apiVersion" not in yaml.safe_load(patch) for patch in patches), "kind drops those of another version"


def test_every_node_bears_the_mark_and_nothing_is_open_to_the_network() -> None:
    for name in TOPOLOGIES:
        config = parsed(name)
        assert all(node["extraMounts"][0]["containerPath"] == "/mark" for node in config["nodes"])
        assert config["networking"]["apiServerAddress"] == "127.0.0.1"
        assert not any("extraPortMappings" in node for node in config["nodes"])


LOCAL = ["nginx:1.28"] + [
    f"kindest/node:{tag}"
    for tag in ("v1.33.1", "v1.36.4", "v1.37.2", "v1.37.2-rc.1", "v1.36.10", "v1.38.0", "latest", "v1.37.x")
]


@pytest.mark.parametrize(
    ("topology", "local", "image"),
    [
        ("single", LOCAL, "kindest/node:v1.37.2"),
        ("upgrade", LOCAL, "kindest/node:v1.36.4"),
        ("single", ["kindest/node:v1.36.9", "kindest/node:v1.36.10"], "kindest/node:v1.36.10"),
        ("single", ["kindest/node:v1.33.1"], PINNED[37]),
        ("upgrade", ["kindest/node:v1.37.2"], PINNED[36]),
    ],
)
def test_the_newest_local_image_is_used_and_the_oldest_where_there_is_something_to_upgrade_to(
    topology: str, local: list[str], image: str
) -> None:
    assert choose_image(find(topology), local) == image


def test_every_supported_version_has_an_image_to_download() -> None:
    assert list(PINNED) == list(SUPPORTED)
    assert all(f":v1.{minor}." in image and "@sha256:" in image for minor, image in PINNED.items())


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


def item(kind: str, name: str, namespace: str = "", ready: str = "True", app: str = "kube-dns") -> dict[str, Any]:
    return {
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace, "labels": {"k8s-app": app}},
        "status": {"conditions": [{"type": "Ready", "status": ready}]},
    }


def test_ready_means_nodes_system_pods_and_the_default_account() -> None:
    node, pod = item("Node", "a"), item("Pod", "dns", "kube-system")
    account = item("ServiceAccount", "default", "default")
    assert what_lacks([node], Wanted(2)) == "nodes: 1 of 2"
    assert what_lacks([item("Node", "a", ready="False"), pod, account], Wanted(1)) == "node a"
    assert what_lacks([node, account], Wanted(1)) == "the system's Pods"
    assert what_lacks([node, item("Pod", "dns", "kube-system", "False"), account], Wanted(1)) == "Pod dns"
    assert what_lacks([node, pod], Wanted(1)) == "ServiceAccount default"
    assert what_lacks([node, pod, item("Pod", "mine", "default", "False"), account], Wanted(1)) == ""
    broken = item("Pod", "metrics", "kube-system", "False", app="metrics-server")
    assert what_lacks([node, pod, broken, account], Wanted(1)) == "", "an exercise's Pods are not the system's"


def test_without_a_network_nodes_need_not_be_ready() -> None:
    node, account = item("Node", "a", ready="False"), item("ServiceAccount", "default", "default")
    assert what_lacks([node, account], Wanted(1, network=False)) == ""
    assert what_lacks([node], Wanted(1, network=False)) == "ServiceAccount default"
    assert what_lacks([node, account], Wanted(2, network=False)) == "nodes: 1 of 2"


def test_why_a_pod_is_not_ready_is_said_with_it() -> None:
    pod = item("Pod", "proxy", "kube-system", "False")
    pod["status"]["containerStatuses"] = [{"state": {"waiting": {"reason": "CrashLoopBackOff"}}}]
    assert what_lacks([item("Node", "a"), pod], Wanted(1)) == "Pod proxy (CrashLoopBackOff)"
    pod["status"]["containerStatuses"] = [{"state": {"waiting": {"reason": "ContainerCreating"}}}]
    assert what_lacks([item("Node", "a"), pod], Wanted(1)) == "Pod proxy"


def test_what_was_true_before_the_machine_was_started_does_not_count() -> None:
    node, pod = item("Node", "a"), item("Pod", "dns", "kube-system")
    items = [node, pod, item("ServiceAccount", "default", "default")]
    pod["spec"] = {"nodeName": "a"}
    wanted = Wanted(1, since={"a": "2026-11-23T16:17:05.123456789Z"})
    node["status"]["conditions"][0]["lastHeartbeatTime"] = "2026-11-23T16:16:59Z"
    assert what_lacks(items, wanted) == "node a"
    node["status"]["conditions"][0]["lastHeartbeatTime"] = "2026-11-23T16:17:05Z"
    pod["status"]["containerStatuses"] = [{"state": {"running": {"startedAt": "2026-11-23T15:00:00Z"}}}]
    assert what_lacks(items, wanted) == "Pod dns"
    pod["status"]["containerStatuses"] = [{"state": {"running": {"startedAt": "2026-11-23T16:17:09Z"}}}]
    assert what_lacks(items, wanted) == ""
