"""A kind cluster's nodes, by role: they are containers."""

from __future__ import annotations

from collections.abc import Sequence

from checkers.words import say
from checkers.world import LookError, Ran
from tutor.clusters import docker
from tutor.errors import TutorError


class DockerNodes:
    """`checkers.world.Nodes` over `docker exec`."""

    def __init__(self, cluster: str) -> None:
        self._cluster = cluster

    def names(self, role: str) -> Sequence[str]:
        """Return the names of the nodes with `role`, in order. Raises LookError without Docker."""
        try:
            return [each.name for each in docker.containers(self._cluster) if each.role == role]
        except TutorError as error:
            raise LookError(f"{error.title} {error.message}".strip(), error.hint) from error

    def run(self, name: str, argv: Sequence[str], timeout: float = 10.0) -> Ran:
        """Run `argv` on node `name` as root. Raises LookError when the node is gone or does not answer."""
        try:
            ran = docker.execute(name, argv, timeout=timeout)
        except TutorError as error:
            raise LookError(f"{error.title} {error.message}".strip(), error.hint) from error
        if ran.code != 0 and ("No such container" in ran.stderr or "is not running" in ran.stderr):
            raise LookError(
                say("The node {name} is gone or stopped.", name=name),
                say("Start it with: docker start {name}", name=name),
            )
        return ran
