"""`python -m tests.practice.comparison REF_KUBECONFIG PRACTICE_KUBECONFIG [SCENARIO…]`: shows every difference.

A scenario is an id of the battery; `client` stands for the calls of the Python client. Without any, all run.
"""

from __future__ import annotations

import difflib
import sys
import tempfile
from pathlib import Path

from tests.practice.comparison.battery import battery, summary
from tests.practice.comparison.compare import Outcome
from tests.practice.comparison.targets import target


def main(arguments: list[str]) -> int:
    """Compare and print; 1 when something differs."""
    first, second = (target(name, Path(path)) for name, path in zip(("kind", "practice"), arguments, strict=False))
    with tempfile.TemporaryDirectory() as folder:
        outcomes = battery(first, second, Path(folder), arguments[2:])
    for outcome in outcomes:
        if not outcome.equal:
            print("\n".join(difference(outcome)), end="\n\n")
    print(summary(outcomes))
    return int(not all(outcome.equal for outcome in outcomes))


def difference(outcome: Outcome) -> list[str]:
    """Return the step and a unified diff of both answers."""
    lines = [f"### {outcome.step.id}: {outcome.step.command}"]
    if outcome.first.code != outcome.second.code:
        lines.append(f"exit code {outcome.first.code}, practice {outcome.second.code}")
    for part in ("stdout", "stderr"):
        one, two = getattr(outcome.first, part), getattr(outcome.second, part)
        if one != two:
            lines.append(f"{part}:")
            lines += difflib.unified_diff(one.splitlines(), two.splitlines(), "kind", "practice", "", "", 3, "")
    return lines


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
