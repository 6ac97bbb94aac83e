"""The kinds that lint takes for cluster-scoped, against a real API server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tutor.clusters.kubectl import Kubectl, find_kubectl
from tutor.course.lint_manifests import CLUSTER_SCOPED

NOBODY_MAKES = {"CSINode", "ComponentStatus", "Node"}
"""Made by the cluster itself, or questions that are answered and not kept (…Review)."""


@pytest.mark.kind
def test_every_kind_without_a_namespace_is_known(kubeconfig: Path) -> None:
    kubectl = Kubectl(find_kubectl(None), kubeconfig, "default")
    ran = kubectl.run(["api-resources", "--namespaced=false", "--no-headers"], timeout=60)
    assert ran.code == 0, ran.stderr
    rows = [line.split() for line in ran.stdout.splitlines()]
    own = {kind for *_, version, _, kind in rows if "." not in version or version.split("/")[0].endswith(".k8s.io")}
    assert len(own) > 20
    assert {kind for kind in own if not kind.endswith("Review")} - NOBODY_MAKES <= CLUSTER_SCOPED
