"""What Docker knows: its health, containers and images. The truth about kind's nodes is on their labels."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from checkers.words import say
from checkers.world import Ran
from tutor.cancel import Cancel
from tutor.clusters.process import Late, run
from tutor.errors import TutorError

CLUSTER_LABEL = "io.x-k8s.kind.cluster"
ROLE_LABEL = "io.x-k8s.kind.role"


@dataclass(frozen=True)
class Container:
    """A container of a kind cluster."""

    id: str
    name: str
    role: str
    state: str
    """`running`, `exited`, `paused`, `created`, …"""


def docker(*arguments: str, timeout: float = 60.0, stdin: bytes = b"", cancel: Cancel | None = None) -> Ran:
    """Run docker; raises TutorError when Docker itself does not answer."""
    try:
        ran = run(["docker", *arguments], timeout=timeout, stdin=stdin, cancel=cancel)
    except Late as late:
        raise TutorError(
            say("Docker does not answer."),
            late.title,
            say("It may be very busy, or hang. See whether this answers: docker ps"),
        ) from late
    if ran.code != 0:
        problem = docker_problem(ran)
        if problem:
            raise problem
    return ran


def answers() -> bool:
    """Tell whether there is a Docker that answers within a few seconds."""
    try:
        return run(["docker", "version", "--format", "{{.Server.Version}}"], timeout=5).code == 0
    except Late:
        return False


def docker_problem(ran: Ran) -> TutorError | None:
    """Return what keeps Docker from answering, with the way out; None when it did answer."""
    text = ran.stderr
    if ran.code == 127:
        return TutorError(
            say("Docker is not installed."),
            say("kubetutor runs its clusters in Docker, and there is no docker on the PATH."),
            say("Install Docker Engine or Docker Desktop, then run: kubetutor doctor"),
        )
    if "permission denied" in text and "docker" in text.lower() and "sock" in text:
        return TutorError(
            say("You may not use Docker."),
            say("Docker runs, but your user has no right to talk to it."),
            say("sudo usermod -aG docker $USER, then log out and in. Members of that group can become root."),
        )
    if re.search(r"Cannot connect to the Docker daemon|error during connect|failed to connect to the docker API", text):
        return TutorError(
            say("Docker does not answer."),
            say("Docker is installed, but its daemon is not running."),
            say("Start Docker Desktop, or: sudo systemctl start docker"),
        )
    return None


def info() -> dict[str, Any]:
    """Return what `docker info` says. Raises TutorError when Docker does not answer."""
    ran = docker("info", "--format", "{{json .}}", timeout=20)
    try:
        facts = json.loads(ran.stdout)
    except ValueError:
        facts = {}
    if ran.code != 0 or not facts.get("ServerVersion"):
        last = ran.stderr.strip().splitlines()[-1:] or [""]
        raise TutorError(say("Docker does not answer."), last[0], say("Look what is wrong with: kubetutor doctor"))
    return dict(facts)


def clusters() -> dict[str, list[Container]]:
    """Return the containers of every kind cluster, control planes first. Raises TutorError without Docker."""
    columns = ["{{.ID}}", "{{.Names}}", *(f'{{{{.Label "{label}"}}}}' for label in (ROLE_LABEL, CLUSTER_LABEL))]
    ran = docker(
        *("ps", "--all", "--no-trunc", "--filter", f"label={CLUSTER_LABEL}"),
        *("--format", "\t".join([*columns, "{{.State}}"])),
        timeout=30,
    )
    if ran.code != 0:
        last = ran.stderr.strip().splitlines()[-1:] or [""]
        raise TutorError(say("Docker does not answer."), last[0], say("Look what is wrong with: kubetutor doctor"))
    found: dict[str, list[Container]] = {}
    for line in ran.stdout.splitlines():
        if line.count("\t") == len(columns):
            id, name, role, cluster, state = line.split("\t")
            found.setdefault(cluster, []).append(Container(id, name, role, state))
    order = {"control-plane": 0, "worker": 1}
    for each in found.values():
        each.sort(key=lambda one: (order.get(one.role, 2), len(one.name), one.name))
    return found


def containers(cluster: str) -> list[Container]:
    """Return the containers of a kind cluster, control planes first. Raises TutorError without Docker."""
    return clusters().get(cluster, [])


def details(ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return what `docker inspect` says of containers; those that are gone are left out."""
    ran = docker("container", "inspect", *ids, timeout=30) if ids else Ran(0, "[]", "")
    try:
        return list(json.loads(ran.stdout))
    except ValueError:
        return []


def started(ids: Sequence[str]) -> dict[str, str]:
    """Return when each container was started last, by name: RFC 3339 in UTC."""
    return {str(each["Name"]).lstrip("/"): str(each["State"]["StartedAt"]) for each in details(ids)}


def addresses(ids: Sequence[str]) -> dict[str, str]:
    """Return the addresses of containers, by name; empty for one that is stopped."""
    found = {}
    for each in details(ids):
        networks = (each.get("NetworkSettings") or {}).get("Networks") or {}
        found[str(each["Name"]).lstrip("/")] = next((str(net.get("IPAddress")) for net in networks.values()), "")
    return found


def has_image(image: str) -> bool:
    """Whether Docker holds `image`, by tag or digest."""
    return docker("image", "inspect", "--format", "{{.Id}}", image, timeout=30).code == 0


def local_images() -> list[str]:
    """Return the images that Docker holds, by tag, as it writes them: `busybox:1.37`."""
    ran = docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", timeout=30)
    return [image for image in ran.stdout.split() if "<none>" not in image]


def execute(container: str, argv: Sequence[str], *, timeout: float = 10.0, cancel: Cancel | None = None) -> Ran:
    """Run `argv` as root in a container."""
    return docker("exec", "--privileged", container, *argv, timeout=timeout, cancel=cancel)
