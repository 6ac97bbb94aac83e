"""A tutor with a home of its own and a real kind cluster, for the benches that need one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.measure import Skipped
from bench.own import tutor as tutor_module
from tutor.cancel import Cancel
from tutor.session.attempt import Attempt
from tutor.session.events import Event

EXERCISE = "first-pod"
"""Small, and about a Pod: what most exercises are like."""


def need_kind() -> None:
    """Raise Skipped where Docker or kind is missing."""
    for tool in ("docker", "kind"):
        if not shutil.which(tool):
            raise Skipped(f"{tool} is not on the PATH")
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:
        raise Skipped("Docker does not run")


@contextmanager
def exercise_under_way() -> Iterator[Attempt]:
    """Start an exercise on a cluster and in a home of the bench's own, and remove both afterwards."""
    need_kind()
    before = os.environ.get("KUBETUTOR_HOME")
    with tempfile.TemporaryDirectory(prefix="kubetutor-bench-") as home:
        os.environ["KUBETUTOR_HOME"] = home
        tutor = tutor_module.Tutor.open(Path(home), provider="kind")
        try:
            yield tutor.start(EXERCISE, _ignore, Cancel())
        finally:
            tutor.close()
            tutor.cluster_down("single", _ignore)
            os.environ.pop("KUBETUTOR_HOME")
            if before:
                os.environ["KUBETUTOR_HOME"] = before


def kubectl(attempt: Attempt, *arguments: str) -> None:
    """Run the learner's kubectl in the exercise. Raises CalledProcessError when it fails."""
    subprocess.run(["kubectl", *arguments], check=True, capture_output=True, env=os.environ | attempt.env())


def solve(attempt: Attempt) -> None:
    """Do the exercise as its solution does, until every check passes."""
    solution = attempt.exercise.folder / "solution.sh"
    subprocess.run(["bash", str(solution)], check=True, capture_output=True, env=os.environ | attempt.env())
    if not attempt.check(Cancel()).score.passed:
        raise Skipped(f"the solution of {EXERCISE} does not pass")


def _ignore(event: Event) -> None:
    """Bench runs show no progress."""
