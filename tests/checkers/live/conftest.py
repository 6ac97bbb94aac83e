"""Namespaces on a real cluster for the tests beside this file.

It needs busybox:1.37 and nginx:1.28 on its nodes, and a network that enforces NetworkPolicies.
"""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from checkers.live.world import LiveWorld


@dataclass(frozen=True)
class Space:
    """A namespace of a test's own."""

    kubeconfig: Path
    name: str

    def kubectl(self, *argv: str, stdin: str = "") -> str:
        command = ["kubectl", "--kubeconfig", str(self.kubeconfig), "-n", self.name, *argv]
        ran = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=120, check=False)
        assert ran.returncode == 0, f"{' '.join(argv)}: {ran.stderr}"
        return ran.stdout

    def apply(self, manifest: str) -> None:
        self.kubectl("apply", "-f", "-", stdin=manifest)

    def ready(self, workload: str) -> None:
        self.kubectl("rollout", "status", workload, "--timeout=90s")


@pytest.fixture(scope="module")
def make_space(kubeconfig: Path) -> Iterator[Callable[[], Space]]:
    made: list[Space] = []

    def make() -> Space:
        made.append(Space(kubeconfig, f"live-{secrets.token_hex(3)}"))
        made[-1].kubectl("create", "namespace", made[-1].name)
        return made[-1]

    yield make
    for space in made:
        space.kubectl("delete", "namespace", space.name, "--wait=false")


@pytest.fixture(scope="module")
def space(make_space: Callable[[], Space]) -> Space:
    return make_space()


@pytest.fixture(scope="module")
def world(space: Space) -> Iterator[LiveWorld]:
    with LiveWorld(space.kubeconfig, (space.name,)) as made:
        yield made


def web(name: str = "web", replicas: int = 2, labels: str = "app: web", port: int = 8000) -> str:
    """A Deployment of Pods that answer their own name, and its Service on port 80."""
    return f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{{labels}}}}}
  template:
    metadata: {{labels: {{{labels}}}}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: web
          image: busybox:1.37
          command: [sh, -c, "mkdir /tmp/w; hostname > /tmp/w/index.html; exec httpd -f -p {port} -h /tmp/w"]
          ports: [{{containerPort: {port}, name: http}}]
          readinessProbe: {{tcpSocket: {{port: {port}}}, periodSeconds: 1}}
---
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec:
  selector: {{{labels}}}
  ports: [{{port: 80, targetPort: {port}}}]
"""
