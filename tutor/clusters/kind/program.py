"""The kind on the PATH: whether it will do, and running it on a private kubeconfig."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence

from checkers.words import say
from checkers.world import Ran
from tutor.cancel import Cancel
from tutor.clusters.kind.record import Folder, unwritable
from tutor.clusters.process import run
from tutor.errors import TutorError

OLDEST = (0, 32)
"""Older ones cannot load images into today's node images: unknown containerd config version."""
INSTALL = "https://kind.sigs.k8s.io/docs/user/quick-start/#installation"
LEARNERS = ("KIND_CLUSTER_NAME", "KIND_EXPERIMENTAL_PROVIDER", "KUBECONFIG")
"""Variables of the learner's that would lead kind to another cluster, engine or file."""


def installed() -> tuple[tuple[int, int], str] | None:
    """Return kind's version, as numbers and as it writes it; None where there is none that runs."""
    ran = run(["kind", "version", "-q"], timeout=20)
    match = re.match(r"v?(\d+)\.(\d+)", ran.stdout.strip())
    return ((int(match[1]), int(match[2])), ran.stdout.strip()) if ran.code == 0 and match else None


def require() -> None:
    """Raise TutorError when there is no kind, or an old one."""
    found = installed()
    if found is None:
        raise TutorError(
            say("kind is not installed."),
            say("kubetutor makes its clusters with kind, and there is none on the PATH."),
            say("Install it: {page}", page=INSTALL),
        )
    if found[0] < OLDEST:
        raise TutorError(
            say("kind {version} is too old.", version=found[1]),
            say("It cannot load images into the nodes of today."),
            say("Install kind 0.33 or later: {page}", page=INSTALL),
        )


def environment() -> dict[str, str]:
    """Return the environment for kind: the learner's, but for what would mislead it."""
    return {key: value for key, value in os.environ.items() if key not in LEARNERS}


def kind(
    arguments: Sequence[str],
    folder: Folder,
    *,
    timeout: float,
    cancel: Cancel | None = None,
    on_start: Callable[[int], None] | None = None,
    on_line: Callable[[str], None] | None = None,
    on_tick: Callable[[], None] | None = None,
) -> Ran:
    """Run kind on the cluster's private kubeconfig. Raises Late and Cancelled as `run`."""
    return run(
        ["kind", *arguments, "--kubeconfig", str(folder.kubeconfig)],
        timeout=timeout,
        env=environment(),
        cancel=cancel,
        on_start=on_start,
        on_line=on_line,
        on_tick=on_tick,
    )


def export_kubeconfig(name: str, folder: Folder, cancel: Cancel) -> bool:
    """Fetch the kubeconfig anew; False when the first control plane does not give it. Raises TutorError as `run`."""
    try:
        folder.drop_kubeconfig()
    except OSError as error:
        raise unwritable(folder.path, error) from error
    return kind(["export", "kubeconfig", "--name", name], folder, timeout=60, cancel=cancel).code == 0
