"""The last line before the learner: an exception nobody expected becomes one sentence and a log."""

from __future__ import annotations

import platform
import sys
import tempfile
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from checkers.words import say
from tutor import __version__
from tutor.cli.exits import Exit
from tutor.paths import data_dir

KEPT = 200_000
"""Characters of older entries that a log keeps."""


def report(error: BaseException, arguments: Sequence[str]) -> Exit:
    """Write `error` into the log, say where that is, and return the exit code."""
    entry = "\n".join(
        (
            f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}Z kubetutor {__version__} {' '.join(arguments)}",
            f"Python {platform.python_version()} on {platform.platform()}",
            "".join(traceback.format_exception(error)),
        )
    )
    cause = str(error).partition("\n")[0] or type(error).__name__
    try:
        log = _append(data_dir() / "kubetutor.log", entry)
    except OSError:
        log = _append(Path(tempfile.gettempdir()) / "kubetutor.log", entry)
    print(
        say("kubetutor stumbled over a mistake of its own ({cause}). The log is {log}.", cause=cause, log=log),
        file=sys.stderr,
    )
    return Exit.BROKEN


def _append(log: Path, entry: str) -> Path:
    log.parent.mkdir(parents=True, exist_ok=True)
    older = log.read_text(encoding="utf-8", errors="replace")[-KEPT:] if log.exists() else ""
    log.write_text(f"{older}{entry}\n", encoding="utf-8")
    return log
