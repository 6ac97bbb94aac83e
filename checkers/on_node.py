"""Which machines a check means: by role, never by name; and how to look at one of them."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import msgspec

from checkers.result import Verdict
from checkers.words import say
from checkers.world import LookError, Nodes, Ran, World


@dataclass(frozen=True)
class Machine:
    """One node, opened."""

    name: str
    nodes: Nodes

    def run(self, *argv: str, timeout: float = 10.0) -> Ran:
        """Run a command as root; `timeout` in seconds. Raises LookError when the node is gone."""
        return self.nodes.run(self.name, argv, timeout)

    def look(self, *argv: str) -> str:
        """Return a command as a learner runs it, with the node where it belongs."""
        return say("On node {node}: {command}", node=self.name, command=shlex.join(argv))


class NodeChoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nodes of a role: the one at `index` (the first when nothing is said), `all` of them, or `any` one of them."""

    role: Literal["control-plane", "worker"]
    index: int | None = None
    all: bool = False
    any: bool = False

    def problems(self) -> list[str]:
        """Return what is wrong with the choice, for the author."""
        if sum((self.index is not None, self.all, self.any)) > 1:
            return ["node: one of index, all and any"]
        return ["node.index counts from 0"] if (self.index or 0) < 0 else []

    def judge(self, world: World, look: Callable[[Machine], Verdict]) -> Verdict:
        """Look at the nodes in turn, and return the verdict that decides.

        Raises LookError where nodes cannot be opened, or there is none of the role.
        """
        verdict = None
        for machine in self._machines(world):
            latest = look(machine)
            if latest.ok == self.any:
                return latest
            verdict = verdict or latest
        assert verdict is not None  # noqa: S101 - _machines raises rather than return none
        return verdict

    def _machines(self, world: World) -> list[Machine]:
        if world.nodes is None:
            raise LookError(
                say("The machines under this cluster cannot be opened from here."),
                say("Exercises on nodes need a cluster of the tutor's own."),
            )
        names = world.nodes.names(self.role)
        chosen = names if self.all or self.any else names[self.index or 0 :][:1]
        if not chosen:
            raise LookError(
                say("The cluster lacks a node: {role} number {number}.", role=self.role, number=(self.index or 0) + 1),
                say("See whether all nodes are there: kubectl get nodes"),
            )
        return [Machine(name, world.nodes) for name in chosen]
