"""Bringing a cluster up, against bare `kind create cluster` and the same readiness, in turns."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from bench.lab import need_kind
from bench.measure import Row, median, timed
from bench.own import PREFIX
from tutor.cancel import Cancel
from tutor.clusters.base import Stage
from tutor.clusters.kind.provider import KindProvider

GOAL = 1.05
BARE = f"{PREFIX}-bare"


def measure(quick: bool) -> list[Row]:
    """Make and remove one-node clusters, ours and bare ones, one after the other."""
    need_kind()
    rounds = 1 if quick else 3
    ours, bares = [], []
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}-") as folder:
        home = Path(folder)
        image = ""
        for _ in range(rounds):
            seconds, image = _ours(home)
            ours.append(seconds)
            bares.append(_bare(home / "bare.kubeconfig", image))
    ratio = median(ours) / median(bares)
    return [
        Row(
            name="cluster creation",
            value=median(ours),
            goal=f"ratio <= {GOAL}",
            against="kind create cluster, then the same waiting",
            ratio=ratio,
            met=ratio <= GOAL,
        )
    ]


def _ours(home: Path) -> tuple[float, str]:
    """Return the seconds to a ready cluster, and its node image."""
    provider = KindProvider(home, prefix=PREFIX)
    try:
        seconds = timed(lambda: provider.up("single", [], _ignore, Cancel()))
        node = f"{PREFIX}-single-control-plane"
        return seconds, _output("docker", "inspect", node, "--format", "{{.Config.Image}}")
    finally:
        provider.down("single", _ignore)


def _bare(kubeconfig: Path, image: str) -> float:
    """Return the seconds that kind takes until its node and the system's Pods are ready."""

    def create() -> None:
        _output("kind", "create", "cluster", *own, "--image", image, "--wait", "120s")
        for namespace in ("kube-system", "local-path-storage"):
            wait = ("wait", "pod", "--all", "--for=condition=Ready", "--timeout=120s", "-n", namespace)
            _output("kubectl", "--kubeconfig", str(kubeconfig), *wait)

    own = ("--name", BARE, "--kubeconfig", str(kubeconfig))
    try:
        return timed(create)
    finally:
        _output("kind", "delete", "cluster", *own)


def _output(*argv: str) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()


def _ignore(stage: Stage) -> None:
    """Bench runs show no progress."""
