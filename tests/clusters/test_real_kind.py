"""The kind driver on real kind: one cluster, made, used, stopped, mended, interrupted, removed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clusters.conftest import containers, docker
from tutor.cancel import Cancel
from tutor.clusters.base import Cluster, Stage
from tutor.clusters.kind.causes import IN_LOGS
from tutor.clusters.kind.images import missing
from tutor.clusters.kind.provider import PROBE_IMAGE, KindProvider
from tutor.clusters.kind.triage import explain
from tutor.clusters.kubectl import Kubectl, find_kubectl
from tutor.errors import TutorError

pytestmark = [pytest.mark.kind, pytest.mark.xdist_group("kind")]
IMAGE = "nginx:1.28"


def nothing(stage: Stage) -> None:
    del stage


@pytest.fixture(scope="module")
def stages() -> list[Stage]:
    return []


@pytest.fixture(scope="module")
def provider(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KindProvider]:
    made = KindProvider(tmp_path_factory.mktemp("home"), f"kt-test-{os.getpid()}")
    yield made
    made.down("single", nothing)


@pytest.fixture(scope="module")
def cluster(provider: KindProvider, stages: list[Stage]) -> Cluster:
    return provider.up("single", [IMAGE], stages.append, Cancel())


@pytest.fixture
def node(cluster: Cluster) -> str:
    assert cluster.nodes is not None
    (name,) = cluster.nodes.names("control-plane")
    return name


@pytest.fixture
def kubectl(cluster: Cluster) -> Kubectl:
    return Kubectl(find_kubectl(cluster.version), cluster.kubeconfig)


def run_a_pod(kubectl: Kubectl, name: str, image: str, *command: str) -> None:
    kubectl.must(["run", name, f"--image={image}", "--image-pull-policy=Never", "--", *command])
    kubectl.must(["wait", f"pod/{name}", "--for=condition=Ready", "--timeout=120s"], timeout=150)
    kubectl.must(["delete", f"pod/{name}", "--now"])


def test_a_new_cluster_is_ready_and_runs_what_was_asked_for(
    cluster: Cluster, provider: KindProvider, stages: list[Stage], kubectl: Kubectl
) -> None:
    server = json.loads(kubectl.must(["version", "--output", "json"]))["serverVersion"]["gitVersion"]
    assert cluster.version == server
    assert [each.state for each in provider.status()] == ["ready"]
    assert [stage.title for stage in stages if stage.state == "done"][-2:] == [
        "Wait until everything is ready",
        "Bring the images into the nodes",
    ]
    run_a_pod(kubectl, "web", IMAGE, "sleep", "600")
    run_a_pod(kubectl, "probe", PROBE_IMAGE, "sleep", "600")


def test_nodes_are_reached_by_role(cluster: Cluster, node: str) -> None:
    assert cluster.nodes is not None
    assert cluster.nodes.names("worker") == []
    assert cluster.nodes.run(node, ["systemctl", "is-active", "kubelet"]).stdout == "active\n"
    inactive = cluster.nodes.run(node, ["systemctl", "is-active", "no-such-unit"])
    assert (inactive.code != 0, inactive.stdout) == (True, "inactive\n")


def test_another_image_is_brought_later_and_only_once(cluster: Cluster, provider: KindProvider, node: str) -> None:
    assert missing(node, ["redis:7.4"], Cancel()) == ["redis:7.4"]
    seen: list[Stage] = []
    provider.up("single", ["redis:7.4"], seen.append, Cancel())
    assert missing(node, ["redis:7.4"], Cancel()) == []
    assert "redis:7.4" in {stage.detail for stage in seen}
    seen.clear()
    provider.up("single", ["redis:7.4"], seen.append, Cancel())
    assert "redis:7.4" not in {stage.detail for stage in seen}


def test_an_image_that_nobody_has_is_named(cluster: Cluster, provider: KindProvider) -> None:
    with pytest.raises(TutorError, match=r"no-such-image:1 cannot be had"):
        provider.up("single", ["no-such-image:1"], nothing, Cancel())


def test_a_stopped_node_comes_back_with_what_was_in_the_cluster(
    cluster: Cluster, provider: KindProvider, node: str, kubectl: Kubectl
) -> None:
    kubectl.must(["create", "configmap", "kept", "--from-literal=a=b"])
    before = docker("inspect", "--format", "{{.Id}}", node)
    docker("stop", node)
    assert [each.state for each in provider.status()] == ["stopped"]
    provider.up("single", [IMAGE], nothing, Cancel())
    assert docker("inspect", "--format", "{{.Id}}", node) == before
    assert kubectl.must(["get", "configmap", "kept", "--output", "jsonpath={.data.a}"]) == "b"
    assert [each.state for each in provider.status()] == ["ready"]


def test_the_logs_of_a_node_that_works_name_no_cause(cluster: Cluster, node: str) -> None:
    logs = docker("logs", node) + docker("exec", node, "journalctl", "--no-pager")
    assert explain("ERROR: failed to init node with kubeadm", logs).title == "The control plane did not start.", IN_LOGS


def test_nothing_of_a_cluster_stays(cluster: Cluster, provider: KindProvider, node: str) -> None:
    volumes = docker("inspect", "--format", "{{range .Mounts}}{{.Name}} {{end}}", node).split()
    assert provider.down("single", nothing)
    assert containers(node.removesuffix("-single-control-plane")) == []
    assert not set(volumes) & set(docker("volume", "ls", "--quiet").split())
    assert not Path(cluster.kubeconfig).exists()
