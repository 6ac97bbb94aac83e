"""Why kind failed, in a person's words: from its output and from the nodes' logs."""

from __future__ import annotations

import re
from pathlib import Path

from checkers.words import say
from tutor.clusters.kind.causes import IN_LOGS, IN_OUTPUT, NAME_TAKEN, SLOW_BOOT, TAKEN, Cause
from tutor.errors import TutorError

LONGEST = 300
"""Characters of a program's own words that a learner is shown."""
BUSY = 2.0
"""Load a processor, from which on a node that did not boot in time is given another try."""


def explain(output: str, logs: str = "", kept: Path | None = None) -> TutorError:
    """Return why kind failed, from its error output and the nodes' logs; `kept` is where both are.

    A cause in a node's log goes before kind's symptom: kubeadm gives up in one sentence
    whatever kept the kubelet from starting.
    """
    cause = _first(IN_OUTPUT, output)
    if cause is None or cause.symptom:
        cause = _first(IN_LOGS, logs) or _first(IN_LOGS, output) or cause
    if cause:
        return _error(cause, last_error(output), kept if logs else None)
    return TutorError(
        say("kind could not make the cluster."),
        "\n".join(filter(None, [last_error(output) or last_line(output), _where(kept if logs else None)])),
        say("kubetutor doctor looks for the usual reasons."),
    )


def in_logs(logs: str, kept: Path) -> TutorError | None:
    """Return the cause that the nodes' logs name, None when they name none."""
    cause = _first(IN_LOGS, logs)
    return _error(cause, "", kept) if cause else None


def worth_another_try(output: str, logs: str, load: float) -> bool:
    """Whether a node only booted too slowly, on a machine with this `load` a processor."""
    return load > BUSY and _first(IN_OUTPUT, output) is SLOW_BOOT and _first(IN_LOGS, logs) is None


def taken(output: str) -> bool:
    """Whether kind failed because there are nodes or containers of that name."""
    return _first(IN_OUTPUT, output) in (TAKEN, NAME_TAKEN)


def last_error(output: str) -> str:
    """Return the one line of kind's output that says most: the daemon's own, else kind's `ERROR:` line, shortened."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    daemon = [line for line in lines if "Error response from daemon:" in line]
    if daemon:
        return daemon[-1].partition("Error response from daemon:")[2].strip()[:LONGEST]
    errors = [line for line in lines if line.startswith("ERROR: ")]
    return errors[-1].removeprefix("ERROR: ")[:LONGEST] if errors else ""


def last_line(text: str) -> str:
    """Return the last line of a program's words, shortened."""
    return ([line.strip() for line in text.splitlines() if line.strip()] or [""])[-1][-LONGEST:]


def _first(causes: tuple[Cause, ...], text: str) -> Cause | None:
    return next((cause for cause in causes if re.search(cause.pattern, text, re.DOTALL)), None)


def _error(cause: Cause, line: str, kept: Path | None) -> TutorError:
    return TutorError(say(cause.title), "\n".join(filter(None, [say(cause.why), line, _where(kept)])), say(cause.hint))


def _where(kept: Path | None) -> str:
    return say("The whole log: {path}", path=kept) if kept else ""
