"""A kind cluster's nodes, by role: they are containers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from checkers.words import say
from checkers.world import LookError, Ran
from tutor.clusters import docker
from tutor.errors import TutorError

REFUSED = re.compile(r"^Error(?: response from daemon)?: (.*)", re.MULTILINE)
"""Docker's own words, told from those of the command on the node."""


class DockerNodes:
    """`checkers.world.Nodes` over `docker exec`: what runs on a node runs as root."""

    def __init__(self, cluster: str) -> None:
        self._cluster = cluster

    def names(self, role: str) -> Sequence[str]:
        """Return the names of the nodes with `role`, stopped ones too, in order. Raises LookError without Docker."""
        try:
            return [each.name for each in docker.containers(self._cluster) if each.role == role]
        except TutorError as error:
            raise LookError(f"{error.title} {error.message}".strip(), error.hint) from error

    def run(self, name: str, argv: Sequence[str], timeout: float = 10.0) -> Ran:
        """Run `argv` on node `name`. Raises LookError when the node is gone, stopped, or does not answer in time."""
        try:
            ran = docker.execute(name, argv, timeout=timeout)
        except TutorError as error:
            raise LookError(f"{error.title} {error.message}".strip(), error.hint) from error
        refused = REFUSED.search(ran.stderr) if ran.code != 0 else None
        if refused and (problem := _problem(name, refused[1])):
            raise problem
        return ran


def _problem(name: str, words: str) -> LookError | None:
    if "No such container" in words:
        return LookError(
            say("The node {name} is gone: its container was deleted.", name=name),
            say("Make the cluster again, with the exercise at its start: kubetutor reset"),
        )
    if "is not running" in words:
        return LookError(
            say("The node {name} is stopped.", name=name), say("Start it with: docker start {name}", name=name)
        )
    if "is paused" in words:
        return LookError(
            say("The node {name} is paused.", name=name), say("Wake it with: docker unpause {name}", name=name)
        )
    return None
