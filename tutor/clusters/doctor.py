"""Everything that will stand in the way of a cluster, and the command that mends it."""

from __future__ import annotations

import gzip
import os
import shutil
import socket
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from checkers.words import say
from tutor.clusters.doctor_docker import look_at_docker
from tutor.clusters.findings import Finding
from tutor.clusters.kind import program
from tutor.clusters.kind.topologies import SUPPORTED
from tutor.clusters.kubectl import bundled_kubectl, client_version, minor
from tutor.clusters.practice import can_practise
from tutor.clusters.process import run
from tutor.errors import TutorError

__all__ = ["Finding", "examine"]

GIB = 2**30
MIN_WATCHES, MIN_INSTANCES = 524288, 512
"""From https://kind.sigs.k8s.io/docs/user/known-issues/#pod-errors-due-to-too-many-open-files."""
MIN_COLUMNS, MIN_LINES = 80, 24
POLICY_OPTIONS = ("CONFIG_NF_TABLES", "CONFIG_NETFILTER_NETLINK_QUEUE")
"""What kind's network agent needs of the kernel to enforce NetworkPolicies; without, it lets everything pass."""


def examine(home: Path) -> list[Finding]:
    """Look at everything, side by side; never raises. `home` is the tutor's data directory."""
    looks: list[Callable[[], list[Finding]]] = [
        *(_python, _terminal, lambda: _home(home), lambda: _others(home)),
        *(lambda: look_at_docker(home), _kind, _kubectl, _helm),
        *(_inotify, _policies, _loopback, _proxy, _firewall),
    ]
    with ThreadPoolExecutor(len(looks)) as pool:
        return _without_docker([finding for found in pool.map(_safely, looks) for finding in found])


def _without_docker(found: list[Finding]) -> list[Finding]:
    """Where Docker does not answer, the practice cluster stands in, and what only kind needs stops nobody."""
    if not any(each.name == "docker" and each.state == "fail" for each in found):
        return found
    if not can_practise():
        what = say("There is no practice cluster for this machine either: its shell, bashkit, has no build for it")
        return [
            *found,
            Finding("practice", "fail", what, say("Install Docker and kind, or name a cluster: --context.")),
        ]
    what = say("Exercises run on the practice cluster, simulated; those that need real containers or nodes want Docker")
    less = [replace(each, state="warn") if each.name in ("docker", "kind") else each for each in found]
    return [*less, Finding("practice", "ok", what)]


def _safely(look: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return look()
    except TutorError as error:
        return [Finding(say("doctor"), "warn", f"{error.title} {error.message}".strip(), error.hint)]
    except (OSError, ValueError) as error:
        return [Finding(say("doctor"), "warn", say("Something could not be looked at: {reason}", reason=error))]


def _python() -> list[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info[:2] < (3, 15):
        return [Finding("python", "ok", say("Python {version}", version=version))]
    return [Finding("python", "fail", say("Python {version}", version=version), say("Use Python 3.11 to 3.14."))]


def _terminal() -> list[Finding]:
    if not sys.stdout.isatty():
        return []
    size = os.get_terminal_size(sys.stdout.fileno())
    what = say("The terminal has {columns} columns and {lines} lines", columns=size.columns, lines=size.lines)
    found = [Finding("terminal", "ok", what)]
    if size.columns < MIN_COLUMNS or size.lines < MIN_LINES:
        found = [Finding("terminal", "warn", what, say("Make it 80×24 or larger."))]
    if (sys.stdout.encoding or "").lower().replace("-", "") != "utf8":
        what = say("The terminal's encoding is {name}; signs such as ✓ will be missing", name=sys.stdout.encoding)
        found.append(Finding("encoding", "warn", what, "export LC_ALL=C.UTF-8"))
    return found


def _home(home: Path) -> list[Finding]:
    place = home
    while not place.exists():
        place = place.parent
    probe = place / f".kubetutor-probe-{os.getpid()}"
    try:
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        what = say("{path} cannot be written: {reason}", path=home, reason=error.strerror)
        return [Finding("data", "fail", what, say("Mend its permissions, or set KUBETUTOR_HOME to another place."))]
    if shutil.disk_usage(place).free < GIB // 10:
        return [Finding("data", "warn", say("{path}: the disk is nearly full", path=home), say("Make room."))]
    return [Finding("data", "ok", say("{path} can be written", path=home))]


def _others(home: Path) -> list[Finding]:
    """Whether another tutor is at work on a cluster just now: it holds that cluster's lock."""
    busy = []
    for file in sorted((home / "clusters").glob("*/lock")):
        try:
            with FileLock(file, timeout=0):
                pass
        except Timeout:
            busy.append(file.parent.name)
    if not busy:
        return []
    what = say("Another kubetutor is at work on {names}", names=", ".join(busy))
    return [Finding("other tutor", "warn", what, say("Wait until it is done, or close it."))]


def _kind() -> list[Finding]:
    found = program.installed()
    if found is None:
        return [Finding("kind", "fail", say("kind is not installed"), program.INSTALL)]
    number, version = found
    if number < program.OLDEST:
        return [Finding("kind", "fail", say("kind {version} is too old", version=version), program.INSTALL)]
    if number < (0, 33):
        what = say("kind {version}: clusters with three control planes do not survive a restart", version=version)
        return [Finding("kind", "warn", what, program.INSTALL)]
    return [Finding("kind", "ok", say("kind {version}", version=version))]


def _kubectl() -> list[Finding]:
    on_path = shutil.which("kubectl")
    path = Path(on_path) if on_path else bundled_kubectl()
    if path is None:
        return [Finding("kubectl", "fail", say("kubectl is not installed"), "https://kubernetes.io/docs/tasks/tools/")]
    version = client_version(path)
    if minor(version) in range(SUPPORTED.start - 1, SUPPORTED.stop + 1):
        return [Finding("kubectl", "ok", say("kubectl {version}", version=version))]
    if bundled_kubectl():
        what = say(
            "kubectl {version} is not one for Kubernetes 1.34 to 1.37; the tutor brings its own", version=version
        )
        return [Finding("kubectl", "ok", what)]
    what = say("kubectl {version} is not one for Kubernetes 1.34 to 1.37", version=version or "?")
    return [Finding("kubectl", "warn", what, "https://kubernetes.io/docs/tasks/tools/")]


def _helm() -> list[Finding]:
    if not shutil.which("helm"):
        what = say("helm is not installed; only the topic Helm needs it")
        return [Finding("helm", "warn", what, "https://helm.sh/docs/intro/install/")]
    version = run(["helm", "version", "--short"], timeout=20).stdout.strip()
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
    what = say("{limits}; three nodes and more may not start", limits=what)
    fix = f"sudo sysctl fs.inotify.max_user_watches={MIN_WATCHES} fs.inotify.max_user_instances={MIN_INSTANCES}"
    return [Finding("inotify", "warn", what, fix)]


def _policies() -> list[Finding]:
    """Whether the kernel can enforce NetworkPolicies, where it tells what it was built with."""
    packed, plain = Path("/proc/config.gz"), Path(f"/boot/config-{os.uname().release}")
    if packed.is_file():
        text = gzip.decompress(packed.read_bytes()).decode("utf-8", "replace")
    elif plain.is_file():
        text = plain.read_text(errors="replace")
    else:
        return []
    set_ = {line.partition("=")[0] for line in text.splitlines() if line.endswith(("=y", "=m"))}
    lacking = [option for option in POLICY_OPTIONS if option not in set_]
    if not lacking:
        return []
    what = say("The kernel lacks {options}: NetworkPolicies may have no effect", options=", ".join(lacking))
    return [Finding("kernel", "warn", what, say("Use another kernel for the exercises on NetworkPolicies."))]


def _loopback() -> list[Finding]:
    """Whether a port of 127.0.0.1 can be had: the API server's is published there."""
    try:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
    except OSError as error:
        what = say("No port of 127.0.0.1 can be had: {reason}", reason=error.strerror)
        return [Finding("ports", "fail", what, "sudo ip link set lo up")]
    return []


def _proxy() -> list[Finding]:
    """A proxy between the tutor and a cluster on this very machine would swallow every request."""
    names = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")
    proxy = next((os.environ[name] for name in names if os.environ.get(name)), "")
    spared = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    if not proxy or "127.0.0.1" in spared or spared == "*":
        return []
    what = say("Requests go through the proxy {proxy}, also those to this machine", proxy=proxy.rpartition("@")[2])
    return [Finding("proxy", "warn", what, "export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost")]


def _firewall() -> list[Finding]:
    if not shutil.which("firewall-cmd") or run(["firewall-cmd", "--state"], timeout=10).code != 0:
        return []
    what = say("firewalld runs; with its nftables backend, nodes may not reach each other")
    fix = say("If a second node does not join: FirewallBackend=iptables in /etc/firewalld/firewalld.conf, and restart.")
    return [Finding("firewall", "warn", what, fix)]
