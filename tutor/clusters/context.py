"""An existing cluster that the learner named: used through a private copy of that one context."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

from checkers.words import say
from tutor.cancel import Cancel
from tutor.clusters.base import Cluster, ClusterStatus, Report, Stage
from tutor.clusters.kind.record import unwritable
from tutor.clusters.kubectl import find_kubectl
from tutor.clusters.process import run
from tutor.errors import TutorError


@dataclass(frozen=True)
class ContextInfo:
    """What the learner must see before the tutor touches a cluster."""

    context: str
    server: str
    user: str
    version: str = ""


class ContextProvider:
    """One context of the learner's kubeconfig. Namespaces are made and removed there, and nothing else."""

    name = "context"

    def __init__(self, home: Path, context: str) -> None:
        self._context = context
        self._folder = home / "clusters" / f"context-{''.join(c if c.isalnum() else '-' for c in context)}"
        self._kubeconfig = self._folder / "kubeconfig"
        self._agreed = self._folder / "agreed.json"

    def describe(self) -> ContextInfo:
        """Return server, user and version of the context, changing nothing. Raises TutorError if there is none."""
        data = self._flattened()
        server = data["clusters"][0]["cluster"].get("server", "")
        user = data["contexts"][0]["context"].get("user", "")
        ran = run(
            [str(find_kubectl()), "--context", self._context, "version", "--output", "json", "--request-timeout=5s"],
            timeout=10,
        )
        try:
            version = str(json.loads(ran.stdout)["serverVersion"]["gitVersion"])
        except (ValueError, KeyError, TypeError):
            version = ""
        return ContextInfo(self._context, server, user, version)

    @property
    def confirmed(self) -> bool:
        """Whether the learner agreed to exactly this context, server and user before."""
        try:
            agreed = json.loads(self._agreed.read_text())
        except (OSError, ValueError):
            return False
        info = self.describe()
        return all(agreed.get(key) == getattr(info, key) for key in ("context", "server", "user"))

    def confirm(self) -> None:
        """Remember that the learner agreed. Raises TutorError when that cannot be written."""
        info = self.describe()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._folder.chmod(0o700)
            self._agreed.write_text(json.dumps(asdict(info), indent=1))
        except OSError as error:
            raise unwritable(self._folder, error) from error

    def up(self, topology: str, images: Sequence[str], report: Report, cancel: Cancel) -> Cluster:
        """Return the cluster, if it answers and the learner agreed. Its nodes pull `images` themselves."""
        del images, cancel
        if topology != "single":
            raise TutorError(
                say("This exercise needs a cluster of its own."),
                say(
                    "It works on nodes, and the tutor does not touch the nodes of your cluster {name}.",
                    name=self._context,
                ),
                say("Run it on kind: leave out --context."),
            )
        if not self.confirmed:
            raise TutorError(
                say("You have not agreed to use the cluster {name}.", name=self._context),
                say("The tutor makes and removes namespaces there, so it asks first."),
                say("Run: kubetutor cluster up --context {name}", name=self._context),
            )
        report(Stage(title=say("Look for the cluster"), number=1, total=1))
        info = self.describe()
        if not info.version:
            raise TutorError(
                say("The cluster {name} does not answer.", name=self._context),
                info.server,
                say("Try: kubectl --context {name} version", name=self._context),
            )
        self._write_kubeconfig()
        report(Stage(title=say("Look for the cluster"), number=1, total=1, state="done"))
        return Cluster(
            name=self._context,
            provider=self.name,
            topology=topology,
            kubeconfig=self._kubeconfig,
            server=info.server,
            version=info.version,
        )

    def status(self) -> list[ClusterStatus]:
        """Return whether the cluster answers."""
        info = self.describe()
        state = "ready" if info.version else "broken"
        return [
            ClusterStatus(name=self._context, provider=self.name, topology="single", state=state, version=info.version)
        ]

    def down(self, topology: str, report: Report) -> bool:
        """Forget the cluster; the tutor never removes one that it did not make."""
        del topology, report
        there = self._folder.is_dir()
        shutil.rmtree(self._folder, ignore_errors=True)
        return there

    def _flattened(self) -> dict[str, list[dict[str, dict[str, str]]]]:
        """Return a kubeconfig of this context alone, certificates included."""
        ran = run(
            [str(find_kubectl()), "config", "view", "--raw", "--flatten", "--minify", "--context", self._context],
            timeout=10,
        )
        try:
            data = yaml.safe_load(ran.stdout) if ran.code == 0 else None
        except yaml.YAMLError:
            data = None
        if not data or not data.get("clusters") or not data.get("contexts"):
            raise TutorError(
                say("There is no context {name}.", name=self._context),
                ran.stderr.strip()[-300:],
                say("Look which there are: kubectl config get-contexts"),
            )
        return dict(data)

    def _write_kubeconfig(self) -> None:
        text = yaml.safe_dump(self._flattened())
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._kubeconfig, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(text)
        except OSError as error:
            raise unwritable(self._folder, error) from error
