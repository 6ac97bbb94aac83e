"""`doctor`: what stands in the way of a cluster, and what mends it."""

from __future__ import annotations

import json

from rich.text import Text

from checkers.words import say, say_n
from tutor.cli.exits import Exit
from tutor.cli.out import note, table
from tutor.cli.parser import Options
from tutor.clusters.doctor import examine
from tutor.paths import data_dir

MARKS = {"ok": Text("✓", "green"), "warn": Text("!", "yellow"), "fail": Text("✗", "red")}


def doctor(options: Options) -> Exit:
    """`kubetutor doctor [--json]`: one row a finding, with what mends it; fails when an exercise cannot run."""
    findings = examine(data_dir())
    failed = sum(finding.state == "fail" for finding in findings)
    if options.json:
        print(json.dumps([finding.to_dict() for finding in findings], indent=2, ensure_ascii=False))
    else:
        rows: list[list[str | Text]] = [
            [MARKS[each.state], each.name, Text("\n").join([Text(each.what), *_fix(each.fix)])] for each in findings
        ]
        table(["", "", ""], rows)
    if failed:
        note(say_n("{n} thing stands in the way.", "{n} things stand in the way.", failed), "red")
        return Exit.FAILED
    note(say("Nothing stands in the way."))
    return Exit.OK


def _fix(fix: str) -> list[Text]:
    return [Text(fix, "bold")] if fix else []
