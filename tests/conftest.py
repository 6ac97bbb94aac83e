"""A real cluster for the tests marked `kind`: one for the whole run, or the one that a variable names."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

VARIABLE = "KUBETUTOR_TEST_KUBECONFIG"
IMAGES = ("busybox:1.37", "nginx:1.28", "nginx:1.29", "redis:7.4")


@pytest.fixture(scope="session")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The kubeconfig of a cluster of one node, made by the tutor's own driver and removed afterwards."""
    named = os.environ.get(VARIABLE)
    if named:
        yield Path(named)
        return
    if not shutil.which("docker") or not shutil.which("kind"):
        pytest.skip(f"docker and kind are not on the PATH, and {VARIABLE} names no kubeconfig")
    from tutor.cancel import Cancel
    from tutor.clusters.kind.provider import KindProvider

    provider = KindProvider(tmp_path_factory.mktemp("kind"), f"kubetutor-tests-{os.getpid()}")
    cluster = provider.up("single", IMAGES, lambda stage: None, Cancel())
    os.environ[VARIABLE] = str(cluster.kubeconfig)
    try:
        yield cluster.kubeconfig
    finally:
        del os.environ[VARIABLE]
        provider.down("single", lambda stage: None)
