"""How `kubetutor` ends: the exit codes that scripts may rely on."""

from __future__ import annotations

import enum

from tutor.errors import TutorError


class Exit(enum.IntEnum):
    """An exit code; `kubetutor --help` lists them."""

    OK = 0
    """Passed, or done."""
    FAILED = 1
    """Looked, and it is not right: a check fails, the course has a mistake, a proof does not hold."""
    USAGE = 2
    """The command itself is wrong: an unknown verb, option or id. The code that argparse uses."""
    BLIND = 3
    """The tutor could not look: the cluster is gone. Says nothing about the learner's work."""
    REFUSED = 4
    """Something stands in the way; the message says what, `kubetutor doctor` often why."""
    BROKEN = 70
    """A mistake in kubetutor itself (EX_SOFTWARE of sysexits.h)."""
    STOPPED = 130
    """Ctrl-C: 128 and the signal's number, as shells count."""


class WordError(TutorError):
    """A word on the command line that names nothing; ends with `Exit.USAGE`."""
