"""Which kind is installed, and whether it will do."""

from __future__ import annotations

import re

from checkers.words import say
from tutor.clusters.process import run
from tutor.errors import TutorError

OLDEST_KIND = (0, 32)
"""Older ones cannot load images into today's node images."""


def check_kind() -> None:
    """Raise TutorError when there is no kind, or an old one."""
    ran = run(["kind", "version", "-q"], timeout=10)
    match = re.match(r"v?(\d+)\.(\d+)", ran.stdout.strip())
    if ran.code != 0 or not match:
        raise TutorError(
            say("kind is not installed."),
            say("kubetutor makes its clusters with kind, and there is none on the PATH."),
            say("Install it: https://kind.sigs.k8s.io/docs/user/quick-start/#installation"),
        )
    if (int(match[1]), int(match[2])) < OLDEST_KIND:
        raise TutorError(
            say("kind {version} is too old.", version=ran.stdout.strip()),
            say("It cannot load images into the nodes of today."),
            say("Install kind 0.33 or later: https://kind.sigs.k8s.io/docs/user/quick-start/#installation"),
        )
