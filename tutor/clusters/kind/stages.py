"""Progress of a cluster that is made or used again: the plan, kind's own lines, and what is slow."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

from checkers.words import say
from tutor.clusters.base import Report, Stage
from tutor.clusters.kind.topologies import Topology

LINE = re.compile(r"^ ([•✓✗]) (.*?)(?:\s+\.\.\.)?\s*$")
"""kind's lines where there is no terminal: ` • Preparing nodes 📦  ...`, then ` ✓ Preparing nodes 📦`."""

# What kind calls its stages, without the emoji, which change between releases.
STARTS = {
    "Ensuring node image": "image",
    "Preparing nodes": "nodes",
    "Configuring the external load balancer": "balancer",
    "Writing configuration": "config",
    "Starting control-plane": "control-plane",
    "Installing CNI": "network",
    "Installing StorageClass": "storage",
    "Joining more control-plane nodes": "join-control-planes",
    "Joining worker nodes": "join-workers",
}


def titles() -> dict[str, str]:
    """Return what the learner reads for each stage."""
    return {
        "image": say("Bring the node image"),
        "nodes": say("Start the nodes"),
        "balancer": say("Configure the load balancer"),
        "config": say("Write the configuration"),
        "control-plane": say("Start the control plane"),
        "network": say("Install the network"),
        "storage": say("Install the storage class"),
        "join-control-planes": say("Join the other control planes"),
        "join-workers": say("Join the workers"),
        "start": say("Start the stopped nodes"),
        "load": say("Bring the images into the nodes"),
        "ready": say("Wait until everything is ready"),
    }


def plan(topology: Topology) -> list[str]:
    """Return the stages of making a cluster of `topology`, in kind's order."""
    keys = ["image", "nodes"]
    keys += ["balancer"] if topology.control_planes > 1 else []
    keys += ["config", "control-plane"]
    keys += ["network"] if topology.network else []
    keys += ["storage"]
    keys += ["join-control-planes"] if topology.control_planes > 1 else []
    keys += ["join-workers"] if topology.workers else []
    return [*keys, "ready", "load"]


def plan_again(stopped: bool) -> list[str]:
    """Return the stages of using a cluster that is there, with nodes that are `stopped`."""
    return ["start", "ready", "load"] if stopped else ["ready", "load"]


class Progress:
    """Tells where the plan stands; once a second while a stage runs."""

    def __init__(self, keys: list[str], usual: Mapping[str, float], report: Report) -> None:
        self.keys = keys
        """The plan; another one takes effect with the next stage."""
        self._usual = usual
        self._report = report
        self._titles = titles()
        self._current = ""
        self._detail = ""
        self._since = 0.0
        self._told = 0.0
        self.seconds: dict[str, float] = {}
        """How long each finished stage took."""

    def line(self, line: str) -> str:
        """Take a line of kind's error output; returns the stage that it ends, else nothing."""
        match = LINE.match(line)
        if not match:
            return ""
        key = next((key for start, key in STARTS.items() if match[2].startswith(start)), "")
        if key and match[1] == "•":
            self.start(key)
        elif key and match[1] == "✓":
            self.done()
            return key
        return ""

    def start(self, key: str, detail: str = "") -> None:
        """Begin a stage; the one before it is done."""
        if key == self._current:
            return
        self.done()
        self._current, self._detail = key, detail
        self._since = time.monotonic()
        self._tell("running")

    def detail(self, detail: str) -> None:
        """Say what is slow in this stage."""
        if detail != self._detail:
            self._detail = detail
            self._tell("running")

    def tick(self) -> None:
        """Tell the elapsed time, at most once a second."""
        if self._current and time.monotonic() - self._told >= 1.0:
            self._tell("running")

    def done(self) -> None:
        """End the current stage."""
        if self._current:
            self.seconds[self._current] = time.monotonic() - self._since
            self._tell("done")
            self._current = ""

    def failed(self) -> None:
        """Mark the current stage as failed."""
        if self._current:
            self._tell("failed")
            self._current = ""

    def _tell(self, state: str) -> None:
        self._told = time.monotonic()
        self._report(
            Stage(
                title=self._titles[self._current],
                number=self.keys.index(self._current) + 1,
                total=len(self.keys),
                state=state,
                detail=self._detail if state == "running" else "",
                elapsed=time.monotonic() - self._since,
                usual=self._usual.get(self._current),
            )
        )
