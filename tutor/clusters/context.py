"""An existing cluster that the learner named: used through a private copy of that one context."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from checkers.words import say
from tutor.cancel import Cancel
from tutor.clusters.base import Cluster, ClusterStatus, Report, Stage
from tutor.clusters.kind.record import unwritable
from tutor.clusters.kind.triage import last_line
from tutor.clusters.kubectl import Kubectl, find_kubectl
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
        info = self._identify(self._flattened())
        argv = [str(find_kubectl()), "--context", self._context, "version", "--output", "json", "--request-timeout=5s"]
        return replace(info, version=_server_version(run(argv, timeout=15).stdout))

    @property
    def confirmed(self) -> bool:
        """Whether the learner agreed to exactly this context, server and user before."""
        return self._agreed_to(self._identify(self._flattened()))

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
        del images
        if topology != "single":
            raise TutorError(
                say("This exercise needs a cluster of its own."),
                say(
                    "It works on nodes, and the tutor does not touch the nodes of your cluster {name}.",
                    name=self._context,
                ),
                say("Run it on kind: leave out --context."),
            )
        config = self._flattened()  # read once: what was agreed to is what is used
        info = self._identify(config)
        if not self._agreed_to(info):
            raise TutorError(
                say("You have not agreed to use the cluster {name}.", name=self._context),
                say("The tutor makes and removes namespaces there, so it asks first."),
                say("Run: kubetutor cluster up --context {name}", name=self._context),
            )
        title = say("Look for the cluster")
        report(Stage(title=title, number=1, total=1, detail=info.server))
        self._write_kubeconfig(config)
        ran = Kubectl(find_kubectl(), self._kubeconfig).run(
            ["version", "--output", "json", "--request-timeout=8s"], timeout=15, cancel=cancel
        )
        version = _server_version(ran.stdout)
        if not version:
            report(Stage(title=title, number=1, total=1, state="failed"))
            raise TutorError(
                say("The cluster {name} does not answer.", name=self._context),
                "\n".join(filter(None, [info.server, last_line(ran.stderr)])),
                say("Try: kubectl --context {name} version", name=self._context),
            )
        report(Stage(title=title, number=1, total=1, state="done"))
        return Cluster(
            name=self._context,
            provider=self.name,
            topology=topology,
            kubeconfig=self._kubeconfig,
            server=info.server,
            version=version,
        )

    def status(self) -> list[ClusterStatus]:
        """Return whether the cluster answers."""
        info = self.describe()
        state = "ready" if info.version else "broken"
        return [
            ClusterStatus(name=self._context, provider=self.name, topology="single", state=state, version=info.version)
        ]

    def down(self, topology: str, report: Report) -> bool:
        """Forget the cluster and that the learner agreed. False: the tutor removes none that it did not make."""
        del topology, report
        shutil.rmtree(self._folder, ignore_errors=True)
        return False

    def _identify(self, config: dict[str, Any]) -> ContextInfo:
        """Return the context's server and user, as the kubeconfig names them."""
        cluster, context = config["clusters"][0].get("cluster") or {}, config["contexts"][0].get("context") or {}
        return ContextInfo(self._context, str(cluster.get("server", "")), str(context.get("user", "")))

    def _agreed_to(self, info: ContextInfo) -> bool:
        try:
            agreed = json.loads(self._agreed.read_text())
            return bool((agreed["context"], agreed["server"], agreed["user"]) == (info.context, info.server, info.user))
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def _flattened(self) -> dict[str, Any]:
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

    def _write_kubeconfig(self, config: dict[str, Any]) -> None:
        """Write the private copy; nobody else may read it at any moment. Raises TutorError when that cannot be."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._folder.chmod(0o700)
            self._kubeconfig.unlink(missing_ok=True)
            handle = os.open(self._kubeconfig, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                yaml.safe_dump(config, file)
        except OSError as error:
            raise unwritable(self._folder, error) from error


def _server_version(text: str) -> str:
    try:
        return str(json.loads(text)["serverVersion"]["gitVersion"])
    except (ValueError, KeyError, TypeError):
        return ""
