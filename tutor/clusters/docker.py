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
from tutor.clusters.process import run
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
    ran = run(["docker", *arguments], timeout=timeout, stdin=stdin, cancel=cancel)
    if ran.code != 0:
        problem = docker_problem(ran)
        if problem:
            raise problem
    return ran


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
    if re.search(r"Cannot connect to the Docker daemon|error during connect|Is the docker daemon running", text):
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


def containers(cluster: str) -> list[Container]:
    """Return the containers of a kind cluster, control planes first. Raises TutorError without Docker."""
    ran = docker(
        *("ps", "--all", "--no-trunc", "--filter", f"label={CLUSTER_LABEL}={cluster}"),
        *("--format", f'{{{{.ID}}}}\t{{{{.Names}}}}\t{{{{.Label "{ROLE_LABEL}"}}}}\t{{{{.State}}}}'),
        timeout=20,
    )
    found = [Container(*line.split("\t")) for line in ran.stdout.splitlines() if line.count("\t") == 3]
    order = {"control-plane": 0, "worker": 1}
    return sorted(found, key=lambda each: (order.get(each.role, 2), len(each.name), each.name))


def has_image(image: str) -> bool:
    """Whether Docker holds `image`."""
    return docker("image", "inspect", "--format", "{{.Id}}", image, timeout=20).code == 0


def local_tags(repository: str) -> list[str]:
    """Return the tags of `repository` that Docker holds."""
    ran = docker("image", "ls", "--format", "{{.Tag}}", repository, timeout=20)
    return [tag for tag in ran.stdout.split() if tag != "<none>"]


def execute(container: str, argv: Sequence[str], *, timeout: float = 10.0, cancel: Cancel | None = None) -> Ran:
    """Run `argv` as root in a container."""
    return docker("exec", "--privileged", container, *argv, timeout=timeout, cancel=cancel)
