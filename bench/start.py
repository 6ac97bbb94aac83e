"""`kubetutor --help` against a bare Python."""

from __future__ import annotations

import sys

from bench.measure import Row, median, run

GOAL = 0.3


def measure(quick: bool) -> list[Row]:
    """Start the command and a bare interpreter in turns."""
    rounds = 5 if quick else 15
    helps, bares = [], []
    for _ in range(rounds):
        helps.append(run([sys.executable, "-m", "tutor", "--help"]))
        bares.append(run([sys.executable, "-c", "pass"]))
    seconds = median(helps)
    return [
        Row(
            name="kubetutor --help",
            value=seconds,
            goal=f"< {GOAL} s",
            against="python -c pass",
            ratio=seconds / median(bares),
            met=seconds < GOAL,
        )
    ]
