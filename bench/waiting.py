"""`kubetutor check` of one exercise, against the `kubectl wait` calls that ask the same."""

from __future__ import annotations

import os
import sys

from bench.lab import exercise_under_way, kubectl, solve
from bench.measure import Row, median, run, timed

WAITS = (
    "create",
    "jsonpath={.spec.containers[0].image}=nginx:1.28",
    "jsonpath={.metadata.labels.colour}=red",
    "jsonpath={.spec.containers[0].ports[0].containerPort}=80",
    "condition=Ready",
)
"""One for each check of the exercise."""


def measure(quick: bool) -> list[Row]:
    """Ask both in turns about an exercise that is solved."""
    rounds = 3 if quick else 15
    checks, waits = [], []
    with exercise_under_way() as attempt:
        solve(attempt)
        for _ in range(rounds):
            checks.append(run([sys.executable, "-m", "bench.own", "check", "--json"], dict(os.environ)))
            waits.append(sum(timed(lambda to=to: kubectl(attempt, "wait", "pod/rose", f"--for={to}")) for to in WAITS))
    return [
        Row(
            name="kubetutor check of first-pod",
            value=median(checks),
            against=f"{len(WAITS)} calls of kubectl wait",
            ratio=median(checks) / median(waits),
        )
    ]
