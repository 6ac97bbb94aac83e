"""Everything that will stand in the way of a cluster, and the command that mends it."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from checkers.words import say
from tutor.clusters import docker
from tutor.clusters.kind.topologies import BALANCER, NODE_REPOSITORY, SUPPORTED
from tutor.clusters.kubectl import bundled_kubectl, client_version, minor
from tutor.clusters.process import Late, run
from tutor.errors import TutorError

GIB = 2**30
MIN_MEMORY = 2 * GIB
MIN_DISK = 8 * GIB
MIN_WATCHES = 524288
MIN_INSTANCES = 512


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    name: str
    state: str
    """`ok`, `warn` or `fail`."""
    what: str
    fix: str = ""

    def to_dict(self) -> dict[str, str]:
        """Return plain data for JSON."""
        return asdict(self)


Look = Callable[[], list[Finding]]


def examine(home: Path) -> list[Finding]:
    """Look at everything, side by side; never raises. `home` is the tutor's data directory."""
    looks: list[Look] = [_python, lambda: _home(home), _docker, _kind, _kubectl, _helm, _inotify]
    with ThreadPoolExecutor(len(looks)) as pool:
        return [finding for found in pool.map(_safely, looks) for finding in found]


def _safely(look: Look) -> list[Finding]:
    try:
        return look()
    except (TutorError, Late, OSError, ValueError) as error:
        return [Finding(look.__name__.strip("_"), "warn", str(error))]


def _python() -> list[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info[:2] < (3, 15):
        return [Finding("python", "ok", say("Python {version}", version=version))]
    return [Finding("python", "fail", say("Python {version}", version=version), say("Use Python 3.11 to 3.14."))]


def _home(home: Path) -> list[Finding]:
    place = home
    while not place.exists():
        place = place.parent
    probe = place / ".kubetutor-probe"
    try:
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        what = say("{path} cannot be written: {reason}", path=home, reason=error.strerror)
        return [Finding("data", "fail", what, say("Mend its permissions, or set KUBETUTOR_HOME to another place."))]
    free = shutil.disk_usage(place).free
    if free < GIB // 10:
        return [Finding("data", "warn", say("{path}: the disk is nearly full", path=home), say("Make room."))]
    return [Finding("data", "ok", say("{path} can be written", path=home))]


def _docker() -> list[Finding]:
    """Docker and all that depends on it: its engine, room, control groups and images."""
    try:
        facts = docker.info()
    except TutorError as error:
        return [Finding("docker", "fail", f"{error.title} {error.message}".strip(), error.hint)]
    found = [Finding("docker", "ok", say("Docker {version} answers", version=facts["ServerVersion"]))]
    found += _engine(facts) + _room(facts) + _cgroups(facts) + _store(facts)
    tags = [tag for tag in docker.local_tags(NODE_REPOSITORY) if minor(tag) in SUPPORTED]
    if tags:
        what = say("Docker holds {images}", images=", ".join(f"{NODE_REPOSITORY}:{tag}" for tag in sorted(tags)))
        found.append(Finding("node image", "ok", what))
    else:
        what = say("Docker holds no {name} image yet; the first start downloads half a gigabyte", name=NODE_REPOSITORY)
        found.append(Finding("node image", "warn", what, say("Offline: docker load -i FILE")))
    if not docker.has_image(BALANCER):
        what = say("Docker holds no {image}; only the cluster with three control planes needs it", image=BALANCER)
        found.append(Finding("load balancer", "warn", what, f"docker pull {BALANCER}"))
    return found


def _engine(facts: dict[str, Any]) -> list[Finding]:
    match = re.match(r"(\d+)\.(\d+)", str(facts["ServerVersion"]))
    if match and (int(match[1]), int(match[2])) < (20, 10):
        what = say("Docker {version} is too old for kind", version=facts["ServerVersion"])
        return [Finding("docker engine", "fail", what, say("Update Docker to 20.10 or later."))]
    if "rootless" in str(facts.get("SecurityOptions")) and str(facts.get("CgroupVersion")) != "2":
        what = say("Rootless Docker needs cgroup v2")
        return [Finding("docker engine", "fail", what, "https://kind.sigs.k8s.io/docs/user/rootless/")]
    return []


def _room(facts: dict[str, Any]) -> list[Finding]:
    found = []
    memory, processors = int(facts.get("MemTotal") or 0), int(facts.get("NCPU") or 0)
    what = say("{gib:.1f} GiB of memory and {n} processors for Docker", gib=memory / GIB, n=processors)
    if memory < MIN_MEMORY:
        fix = say("A cluster of one node wants 2 GiB: Docker Desktop, Settings, Resources.")
        found.append(Finding("memory", "fail", what, fix))
    else:
        found.append(Finding("memory", "ok" if processors > 1 else "warn", what))
    root = Path(str(facts.get("DockerRootDir") or "/"))
    if root.exists():  # not on Docker Desktop, where it lies in a virtual machine
        free = shutil.disk_usage(root).free
        what = say("{gib:.0f} GiB free where Docker keeps its data", gib=free / GIB)
        fix = "" if free >= MIN_DISK else "docker system df"
        found.append(Finding("disk", "ok" if free >= MIN_DISK else "warn", what, fix))
    return found


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


def _kind() -> list[Finding]:
    ran = run(["kind", "version", "-q"], timeout=10)
    version = ran.stdout.strip()
    match = re.match(r"v?(\d+)\.(\d+)", version)
    page = "https://kind.sigs.k8s.io/docs/user/quick-start/#installation"
    if ran.code != 0 or not match:
        return [Finding("kind", "fail", say("kind is not installed"), page)]
    if (int(match[1]), int(match[2])) < (0, 32):
        return [Finding("kind", "fail", say("kind {version} is too old", version=version), page)]
    if (int(match[1]), int(match[2])) < (0, 33):
        what = say("kind {version}: clusters with three control planes do not survive a restart", version=version)
        return [Finding("kind", "warn", what, page)]
    return [Finding("kind", "ok", say("kind {version}", version=version))]


def _kubectl() -> list[Finding]:
    on_path = shutil.which("kubectl")
    path = Path(on_path) if on_path else bundled_kubectl()
    if path is None:
        return [Finding("kubectl", "fail", say("kubectl is not installed"), "https://kubernetes.io/docs/tasks/tools/")]
    version = client_version(path)
    if minor(version) not in range(SUPPORTED.start - 1, SUPPORTED.stop + 1):
        what = say("kubectl {version} is not one for Kubernetes 1.34 to 1.37", version=version or "?")
        if bundled_kubectl():
            return [Finding("kubectl", "ok", what + "; " + say("the tutor brings its own"))]
        return [Finding("kubectl", "warn", what, "https://kubernetes.io/docs/tasks/tools/")]
    return [Finding("kubectl", "ok", say("kubectl {version}", version=version))]


def _helm() -> list[Finding]:
    if not shutil.which("helm"):
        what = say("helm is not installed; only the topic Helm needs it")
        return [Finding("helm", "warn", what, "https://helm.sh/docs/intro/install/")]
    version = run(["helm", "version", "--short"], timeout=10).stdout.strip()
    return [Finding("helm", "ok", say("helm {version}", version=version))]


def _inotify() -> list[Finding]:
    """The kernel's limits on watched files: too low, and nodes fail in strange ways."""
    folder = Path("/proc/sys/fs/inotify")
    if not folder.is_dir():
        return []
    watches = int((folder / "max_user_watches").read_text())
    instances = int((folder / "max_user_instances").read_text())
    what = say("inotify: {watches} watches, {instances} instances", watches=watches, instances=instances)
    if watches >= MIN_WATCHES and instances >= MIN_INSTANCES:
        return [Finding("inotify", "ok", what)]
    fix = f"sudo sysctl fs.inotify.max_user_watches={MIN_WATCHES} fs.inotify.max_user_instances={MIN_INSTANCES}"
    return [Finding("inotify", "warn", what, fix)]
