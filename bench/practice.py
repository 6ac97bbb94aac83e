"""The practice cluster against kind, in one run: start, memory, requests, Pods until they are ready."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.lab import need_kind
from bench.measure import Row, Skipped, median, timed
from bench.own import PREFIX
from checkers.live.client import Client
from tutor.cancel import Cancel
from tutor.clusters.base import Provider, Stage
from tutor.clusters.kind.provider import KindProvider
from tutor.clusters.practice import PracticeProvider

START_GOAL, MEMORY_GOAL = 0.5, 80.0
"""Seconds to an API server that answers; MB that it holds when nobody asks anything."""
NAMESPACE = "bench"


@dataclass(frozen=True)
class Cluster:
    """One of the two, up."""

    start: float
    memory: float
    """MB."""
    kubeconfig: Path


@dataclass(frozen=True)
class Figures:
    """What one cluster takes."""

    start: float
    memory: float
    get: float
    """Seconds of `kubectl get pods`, as a whole process."""
    reads: float
    writes: float
    """Requests a second, of one client."""
    three: float
    many: float
    """Seconds until so many Pods are ready."""


def measure(quick: bool) -> list[Row]:
    """Measure practice, then kind where there is one, and compare."""
    sizes = (3, 20 if quick else 100)
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}-") as folder:
        with _practice(Path(folder)) as cluster:
            ours = _figures(cluster, sizes, quick)
            most = _pods(cluster.kubeconfig, "most", 200)
        try:
            need_kind()
        except Skipped:
            kinds = None
        else:
            with _kind(Path(folder)) as cluster:
                kinds = _figures(cluster, sizes, quick)
    rows = [
        _row("start of a practice cluster", ours, kinds, "start", goal=START_GOAL),
        _row("memory of a practice cluster, idle", ours, kinds, "memory", unit="MB", goal=MEMORY_GOAL),
        _row("kubectl get pods", ours, kinds, "get"),
        _row("reads, one client", ours, kinds, "reads", unit="/s"),
        _row("writes, one client", ours, kinds, "writes", unit="/s"),
        _row("3 Pods ready", ours, kinds, "three"),
        _row(f"{sizes[1]} Pods ready", ours, kinds, "many"),
    ]
    return [*rows, Row(name="200 Pods ready (kind's node takes 110)", value=most)]


def _row(name: str, ours: Figures, kinds: Figures | None, what: str, *, unit: str = "s", goal: float = 0.0) -> Row:
    value = getattr(ours, what)
    return Row(
        name=name,
        value=value,
        unit=unit,
        goal=f"< {goal:g} {unit}" if goal else "",
        met=value < goal if goal else None,
        against="kind" if kinds else "",
        ratio=value / getattr(kinds, what) if kinds else None,
    )


@contextmanager
def _practice(home: Path) -> Iterator[Cluster]:
    provider = PracticeProvider(home)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a learner's Python keeps what it has compiled
    try:
        _up(provider)
        times = []
        for _ in range(3):
            provider.down("single", _ignore)
            times.append(timed(lambda: _up(provider)))
        seconds = median(times)
        made = provider.up("single", (), _ignore, Cancel())
        pid = json.loads((made.kubeconfig.parent / "ready.json").read_text())["pid"]
        _settled(made.kubeconfig)
        yield Cluster(seconds, _resident(pid), made.kubeconfig)
    finally:
        provider.down("single", _ignore)


@contextmanager
def _kind(home: Path) -> Iterator[Cluster]:
    provider = KindProvider(home, prefix=PREFIX)
    try:
        seconds = timed(lambda: _up(provider))
        made = provider.up("single", ("busybox:1.37",), _ignore, Cancel())
        stats = _output(
            "docker", "stats", "--no-stream", "--format", "{{.MemUsage}}", made.nodes.names("control-plane")[0]
        )
        number, unit = re.match(r"([\d.]+)(\w+)", stats).groups()
        yield Cluster(seconds, float(number) * {"MiB": 1.049, "GiB": 1074}[unit], made.kubeconfig)
    finally:
        provider.down("single", _ignore)


def _up(provider: Provider) -> None:
    provider.up("single", ("busybox:1.37",), _ignore, Cancel())


def _figures(cluster: Cluster, sizes: tuple[int, int], quick: bool) -> Figures:
    _kubectl(cluster.kubeconfig, "create", "namespace", NAMESPACE)
    rounds = 5 if quick else 15
    gets = [timed(lambda: _kubectl(cluster.kubeconfig, "get", "pods", "-A")) for _ in range(rounds)]
    client = Client(cluster.kubeconfig)
    path = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
    number = 100 if quick else 400
    writes = timed(lambda: [_create(client, path, each) for each in range(number)])
    reads = timed(lambda: [client.request("GET", f"{path}/c{each}") for each in range(number)])
    client.close()
    three, many = (_pods(cluster.kubeconfig, f"pods-{size}", size) for size in sizes)
    return Figures(cluster.start, cluster.memory, median(gets), number / reads, number / writes, three, many)


def _create(client: Client, path: str, number: int) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"c{number}"}, "data": {"a": "b"}}
    if client.request("POST", path, body=body).status != 201:
        raise Skipped("a ConfigMap was refused")


def _pods(kubeconfig: Path, name: str, replicas: int) -> float:
    """Return the seconds from the Deployment's creation until all its Pods are ready; they go afterwards."""
    manifest = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {
                    "terminationGracePeriodSeconds": 0,
                    "containers": [{"name": "main", "image": "busybox:1.37", "command": ["sleep", "1d"]}],
                },
            },
        },
    }
    argv = ["kubectl", "--kubeconfig", str(kubeconfig), "create", "-f", "-"]
    began = time.perf_counter()
    subprocess.run(argv, input=json.dumps(manifest), text=True, check=True, capture_output=True)
    _kubectl(kubeconfig, "-n", NAMESPACE, "rollout", "status", f"deployment/{name}", "--timeout=300s")
    seconds = time.perf_counter() - began
    _kubectl(kubeconfig, "-n", NAMESPACE, "delete", "deployment", name, "--cascade=foreground")
    return seconds


def _settled(kubeconfig: Path) -> None:
    """Wait until the system's Pods are ready: before, nothing is idle."""
    _kubectl(kubeconfig, "wait", "pod", "--all", "-A", "--for=condition=Ready", "--timeout=60s")


def _resident(pid: int) -> float:
    """Return the MB of memory that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _kubectl(kubeconfig: Path, *arguments: str) -> None:
    cache = {"KUBECACHEDIR": str(kubeconfig.parent / "cache")}
    argv = ["kubectl", "--kubeconfig", str(kubeconfig), *arguments]
    subprocess.run(argv, check=True, capture_output=True, env=os.environ | cache)


def _output(*argv: str) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()


def _ignore(stage: Stage) -> None:
    """Bench runs show no progress."""
