"""What every provider of clusters offers, and how it reports progress."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from checkers.world import Nodes
from tutor.cancel import Cancel


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Where a slow job stands: the same object feeds the app's bar and the command line."""

    title: str
    number: int
    """From 1."""
    total: int
    state: str = "running"
    """`running`, `done` or `failed`."""
    detail: str = ""
    """What is slow just now, as an image's name."""
    elapsed: float = 0.0
    """Seconds in this stage."""
    usual: float | None = None
    """Seconds that it took last time on this machine."""


Report = Callable[[Stage], None]


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A cluster that is up and that the tutor may use."""

    name: str
    provider: str
    """`kind`, `context` or `practice`."""
    topology: str
    kubeconfig: Path
    """Private to the tutor; never the learner's own file."""
    server: str
    version: str
    """Of Kubernetes, as `v1.36.4`."""
    nodes: Nodes | None = None
    speed: float = 1.0
    """How much faster than on a real cluster programs sleep and time-outs pass; only a simulated one can hurry."""


@dataclass(frozen=True, kw_only=True)
class ClusterStatus:
    """A cluster that the tutor knows of, up or not."""

    name: str
    provider: str
    topology: str
    state: str
    """`ready`, `stopped`, `broken`, `creating` or `absent`."""
    version: str = ""
    nodes: tuple[tuple[str, str], ...] = ()
    """Each node's name and state."""
    detail: str = ""


class Provider(Protocol):
    """Makes, finds and removes clusters of one sort."""

    name: str

    def up(self, topology: str, images: Sequence[str], report: Report, cancel: Cancel) -> Cluster:
        """Return a ready cluster of `topology` with `images` on its nodes, making what is missing.

        Raises TutorError when it cannot, Cancelled when the learner stopped it; in
        both cases nothing half-made is left behind.
        """
        ...

    def status(self) -> list[ClusterStatus]:
        """Return the clusters that this provider knows of, without changing anything."""
        ...

    def down(self, topology: str, report: Report) -> bool:
        """Remove the cluster of `topology`; False if there was none. Only ever one that the tutor made."""
        ...
