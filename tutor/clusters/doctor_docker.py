"""The doctor's look at Docker: its health, its room, what it holds, and what is in the way there."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any

from checkers.words import say
from tutor.clusters import docker
from tutor.clusters.findings import Finding
from tutor.clusters.kind.owned import sort_out
from tutor.clusters.kind.record import Folder
from tutor.clusters.kind.topologies import BALANCER, NODE_REPOSITORY, TOPOLOGIES, supported
from tutor.clusters.process import run
from tutor.errors import TutorError

GIB = 2**30
MIN_MEMORY = 2 * GIB
MIN_FREE_MEMORY = GIB
MIN_DISK = 8 * GIB
FULL = 0.95
PREFIX = "kubetutor"
ROOTLESS = "https://kind.sigs.k8s.io/docs/user/rootless/"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
"""What Docker calls the machine's, and an image's."""


def look_at_docker(home: Path) -> list[Finding]:
    """Look at Docker and all that depends on it. Raises TutorError when Docker stops answering meanwhile."""
    shim = run(["docker", "--version"], timeout=20)
    if shim.code == 0 and not shim.stdout.startswith("Docker version"):
        what = say("docker on the PATH is another program: {version}", version=shim.stdout.strip()[:60])
        return [Finding("docker", "fail", what, say("Install Docker Engine or Docker Desktop."))]
    try:
        facts = docker.info()
    except TutorError as error:
        return [Finding("docker", "fail", f"{error.title} {error.message}".strip(), error.hint)]
    found = [Finding("docker", "ok", say("Docker {version} answers", version=facts["ServerVersion"]))]
    found += _engine(facts) + _memory(facts) + _disk(facts) + _cgroups(facts) + _store(facts)
    return found + _images(facts) + _names(home)


def _engine(facts: dict[str, Any]) -> list[Finding]:
    found = []
    match = re.match(r"(\d+)\.(\d+)", str(facts["ServerVersion"]))
    if match and (int(match[1]), int(match[2])) < (20, 10):
        what = say("Docker {version} is too old for kind", version=facts["ServerVersion"])
        found.append(Finding("docker engine", "fail", what, say("Update Docker to 20.10 or later.")))
    if "rootless" in str(facts.get("SecurityOptions")):
        if str(facts.get("CgroupVersion")) != "2":
            found.append(Finding("docker engine", "fail", say("Rootless Docker needs cgroup v2"), ROOTLESS))
        elif not all(facts.get(limit, True) for limit in ("MemoryLimit", "PidsLimit", "CpuShares")):
            what = say("Rootless Docker may not limit memory, processes or processors")
            found.append(Finding("docker engine", "fail", what, ROOTLESS))
    if os.environ.get("KIND_EXPERIMENTAL_PROVIDER", "docker") != "docker":
        what = say("KIND_EXPERIMENTAL_PROVIDER is set; kubetutor uses Docker all the same")
        found.append(Finding("docker engine", "warn", what, "unset KIND_EXPERIMENTAL_PROVIDER"))
    if str(facts.get("DockerRootDir", "")).startswith("/var/snap/"):
        what = say("Docker from a snap cannot read /tmp, where kind puts the images that it loads")
        found.append(Finding("docker engine", "warn", what, 'mkdir -p "$HOME/tmp" && export TMPDIR="$HOME/tmp"'))
    if facts.get("Driver") in ("btrfs", "zfs"):
        what = say("Docker's storage driver is {name}: the kubelet may not find its disk", name=facts["Driver"])
        found.append(Finding("docker engine", "warn", what, "https://kind.sigs.k8s.io/docs/user/known-issues/"))
    return found


def _memory(facts: dict[str, Any]) -> list[Finding]:
    memory, processors = int(facts.get("MemTotal") or 0), int(facts.get("NCPU") or 0)
    what = say("{gib:.1f} GiB of memory and {n} processors for Docker", gib=memory / GIB, n=processors)
    if memory < MIN_MEMORY:
        fix = say("A cluster of one node wants 2 GiB: Docker Desktop, Settings, Resources.")
        return [Finding("memory", "fail", what, fix)]
    free = _free_memory() if Path(str(facts.get("DockerRootDir"))).exists() else None
    if free is not None and free < MIN_FREE_MEMORY:
        what = say("Only {gib:.1f} GiB of memory are free", gib=free / GIB)
        return [Finding("memory", "warn", what, say("Close other programs, or other clusters: kind get clusters"))]
    if processors < 2:
        return [Finding("memory", "warn", what, say("With one processor, everything takes its time."))]
    return [Finding("memory", "ok", what)]


def _free_memory() -> int | None:
    """Return the bytes that programs may still have, None where the system does not say."""
    try:
        match = re.search(r"^MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(match[1]) * 1024 if match else None


def _disk(facts: dict[str, Any]) -> list[Finding]:
    root = Path(str(facts.get("DockerRootDir") or "/"))
    try:
        usage = shutil.disk_usage(root)
    except OSError:  # on Docker Desktop it lies in a virtual machine
        return []
    what = say("{gib:.0f} GiB free where Docker keeps its data", gib=usage.free / GIB)
    if usage.free < GIB:
        return [Finding("disk", "fail", what, "docker system df")]
    tight = usage.free < MIN_DISK or usage.used / usage.total > FULL
    return [Finding("disk", "warn" if tight else "ok", what, "docker system df" if tight else "")]


def _cgroups(facts: dict[str, Any]) -> list[Finding]:
    if str(facts.get("CgroupVersion")) != "1":
        return [Finding("cgroups", "ok", say("cgroup v2"))]
    what = say("cgroup v1: Kubernetes 1.35 and later run on it only because the tutor tells them to")
    return [Finding("cgroups", "warn", what, say("Boot with systemd.unified_cgroup_hierarchy=1 when you can."))]


def _store(facts: dict[str, Any]) -> list[Finding]:
    if "io.containerd.snapshotter" not in str(facts.get("DriverStatus")):
        return []
    what = say("Docker uses containerd's image store; loading images takes another road, and works")
    return [Finding("image store", "ok", what)]


def _images(facts: dict[str, Any]) -> list[Finding]:
    local = docker.local_images()
    nodes = supported(local)
    found = []
    if nodes:
        found.append(Finding("node image", "ok", say("Docker holds {images}", images=", ".join(nodes))))
        machine = ARCHITECTURES.get(str(facts.get("Architecture")), str(facts.get("Architecture")))
        ran = docker.docker(
            "image", "inspect", "--format", "{{.Architecture}} {{index .RepoTags 0}}", *nodes, timeout=30
        )
        for architecture, _, image in (line.partition(" ") for line in ran.stdout.splitlines()):
            if architecture != machine:
                what = say("{image} is made for {name}, and this machine is another", image=image, name=architecture)
                found.append(Finding("node image", "fail", what, f"docker image rm {image}"))
    else:
        what = say("Docker holds no {name} image yet; the first start downloads half a gigabyte", name=NODE_REPOSITORY)
        found.append(Finding("node image", "warn", what, say("Offline: docker load -i FILE")))
    if BALANCER not in local:
        what = say("Docker holds no {image}; only the cluster with three control planes needs it", image=BALANCER)
        found.append(Finding("load balancer", "warn", what, f"docker pull {BALANCER}"))
    return found


def _names(home: Path) -> list[Finding]:
    """Clusters and containers of somebody else's under the tutor's names, and what a killed tutor left behind."""
    found = []
    clusters = docker.clusters()
    for topology in TOPOLOGIES:
        name = f"{PREFIX}-{topology}"
        folder = Folder(home / "clusters" / name)
        record = folder.load(topology)
        ours, foreign = sort_out(clusters.get(name, []), folder, record)
        if foreign:
            what = say("There is a cluster named {name} that this tutor did not make", name=name)
            found.append(Finding("clusters", "fail", what, f"kind delete cluster --name {name}"))
        elif ours and record.state == "creating":
            what = say("The cluster {name} is half-made; the next start removes it", name=name)
            found.append(Finding("clusters", "warn", what, f"kubetutor cluster down {topology}"))
    known = {each.name for nodes in clusters.values() for each in nodes}
    listed = docker.docker("ps", "--all", "--filter", f"name=^/?{PREFIX}-", "--format", "{{.Names}}", timeout=30)
    for name in listed.stdout.split():
        if name not in known:
            what = say("The container {name} has a name that a node of the tutor's may need", name=name)
            found.append(Finding("clusters", "warn", what, f"docker rename {name} NEW-NAME"))
    return found
