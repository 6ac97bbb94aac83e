"""The two clusters that are compared, and what the standalone runner and the test share."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from tests.practice.comparison.compare import Target

START_SECONDS = 30.0


def target(name: str, kubeconfig: Path) -> Target:
    """Return the cluster of a kubeconfig; its context, its user and its cluster's name are its own words."""
    settings = yaml.safe_load(kubeconfig.read_text())
    command = ["kubectl", "--kubeconfig", str(kubeconfig), "get", "nodes", "-o", "json"]
    listed = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    nodes = tuple(each["metadata"]["name"] for each in listed["items"])
    words = {each["name"] for part in ("contexts", "clusters", "users") for each in settings[part]}
    return Target(name, kubeconfig, nodes, dict.fromkeys(sorted(words, key=len, reverse=True), "CLUSTER"))


@contextmanager
def practice_cluster(folder: Path) -> Iterator[Path]:
    """Start a practice cluster in a process of its own; yield its kubeconfig. Raises TimeoutError."""
    process = subprocess.Popen([sys.executable, "-m", "tutor.practice", "--folder", str(folder)])
    try:
        until = time.monotonic() + START_SECONDS
        while not (folder / "ready.json").exists():
            if process.poll() is not None or time.monotonic() > until:
                raise TimeoutError("The practice cluster did not start.")
            time.sleep(0.05)
        yield folder / "kubeconfig"
    finally:
        process.terminate()
        process.wait(10)
