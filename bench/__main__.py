"""`python -m bench [--quick] [NAME…]`: one table on stdout, the same as JSON in reports/bench.json."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.measure import Row, Skipped
from tutor.errors import TutorError

BENCHES = ("start", "loading", "screen", "practice", "verdict", "waiting", "creation")
"""Each a file here with `measure(quick) -> list[Row]`; the last three need kind, `practice` compares with it."""


def main() -> int:
    """Run the benches one after the other; 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these of {', '.join(BENCHES)}")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--out", type=Path, default=Path("reports/bench.json"))
    options = parser.parse_args()
    if unknown := set(options.names) - set(BENCHES):
        parser.error(f"no bench named {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    rows: list[Row] = []
    skipped: dict[str, str] = {}
    for name in options.names or BENCHES:
        print(f"{name}…", file=sys.stderr, flush=True)
        try:
            rows += import_module(f"bench.{name}").measure(options.quick)
        except (Skipped, TutorError) as why:
            skipped[name] = str(why)
    _print(rows, skipped)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(_report(rows, skipped), indent=2) + "\n", encoding="utf-8")
    return int(any(row.met is False for row in rows))


def _print(rows: list[Row], skipped: dict[str, str]) -> None:
    table = Table(box=None, pad_edge=False)
    for head in ("WHAT", "VALUE", "GOAL", "", "RATIO", "AGAINST"):
        table.add_column(head, justify="right" if head in ("VALUE", "RATIO") else "left", overflow="fold")
    for row in rows:
        met = {True: "met", False: "MISSED", None: ""}[row.met]
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        table.add_row(row.name, f"{row.value:.3f} {row.unit}", row.goal, met, ratio, row.against)
    Console(width=None if sys.stdout.isatty() else 140, highlight=False).print(table)
    for name, why in skipped.items():
        print(f"{name}: not measured. {why}")


def _report(rows: list[Row], skipped: dict[str, str]) -> dict[str, object]:
    return {
        "when": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "python": platform.python_version(),
        "machine": platform.platform(),
        "rows": [asdict(row) for row in rows],
        "skipped": skipped,
    }


sys.exit(main())
