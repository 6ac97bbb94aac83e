"""What a proof found: as a table for people, as JUnit XML for machines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from checkers.words import say, say_n

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, as the escape that begins a colour in a log line."""
TAGS = {"failed": "failure", "error": "error", "skipped": "skipped"}


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of an exercise's proof."""

    exercise: str
    name: str
    """`start`, `wrong/NAME`, `right/NAME`, `solution` or `clean`."""
    outcome: str = "passed"
    """`passed`, `failed` (the exercise is wrong), `error` (it could not be tried) or `skipped`."""
    seconds: float = 0.0
    message: str = ""
    """What is wrong, in one sentence."""
    text: str = ""
    """What a learner would have read, and what the answer printed."""

    @property
    def sort(self) -> str:
        """The name without the answer: `wrong` of `wrong/scaled`."""
        return self.name.partition("/")[0]


@dataclass(frozen=True, kw_only=True)
class ProofReport:
    """All parts, in the course's order."""

    parts: tuple[Part, ...]
    seconds: float

    @property
    def passed(self) -> bool:
        """Every part passed; what was skipped does not count, but something must have been tried."""
        tried = [part for part in self.parts if part.outcome != "skipped"]
        return bool(tried) and all(part.outcome == "passed" for part in tried)

    @property
    def problems(self) -> list[Part]:
        """The parts that failed, or could not be tried."""
        return [part for part in self.parts if part.outcome in ("failed", "error")]

    def render(self) -> RenderableType:
        """Return one row an exercise, then what is wrong, then the sum."""
        table = Table(box=None, pad_edge=False)
        heads = (say("EXERCISE"), say("START"), say("WRONG"), say("RIGHT"), say("SOLUTION"), say("CLEAN"), say("TIME"))
        for head in heads:
            table.add_column(head)
        for id in dict.fromkeys(part.exercise for part in self.parts):
            own = [part for part in self.parts if part.exercise == id]
            cells = [
                _cell([p for p in own if p.sort == sort]) for sort in ("start", "wrong", "right", "solution", "clean")
            ]
            table.add_row(id, *cells, say("{seconds:.0f} s", seconds=sum(part.seconds for part in own)))
        rows: list[RenderableType] = [table, Text()]
        for part in self.problems:
            rows.append(Text(f"✗ {part.exercise}.{part.name}: {part.message}", "bold red"))
            rows.append(Padding(Text(part.text), (0, 0, 1, 2)))
        return Group(*rows, self._sum())

    def write_junit(self, path: Path) -> None:
        """Write JUnit XML: a suite an exercise, a test case a part. Raises OSError."""
        root = ET.Element("testsuites", self._counts(self.parts), name="kubetutor prove")
        for id in dict.fromkeys(part.exercise for part in self.parts):
            own = [part for part in self.parts if part.exercise == id]
            suite = ET.SubElement(root, "testsuite", self._counts(own), name=id)
            for part in own:
                seconds = f"{part.seconds:.3f}"
                case = ET.SubElement(suite, "testcase", classname=id, name=f"{id}.{part.name}", time=seconds)
                if tag := TAGS.get(part.outcome):
                    ET.SubElement(case, tag, message=_xml(part.message)).text = _xml(part.text)
                elif part.text:
                    ET.SubElement(case, "system-out").text = _xml(part.text)
        path.parent.mkdir(parents=True, exist_ok=True)
        ET.indent(root)
        ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)

    def _sum(self) -> Text:
        style = "bold green" if self.passed else "bold red"
        tried = [part for part in self.parts if part.outcome != "skipped"]
        passed = sum(part.outcome == "passed" for part in tried)
        lines = [
            say_n(
                "{passed} of {n} part holds, in {minutes:.1f} minutes.",
                "{passed} of {n} parts hold, in {minutes:.1f} minutes.",
                len(tried),
                passed=passed,
                minutes=self.seconds / 60,
            )
        ]
        if refused := len(self.parts) - len(tried):
            lines.append(
                say_n(
                    "{n} exercise was not tried: it cannot run here.",
                    "{n} exercises were not tried: they cannot run here.",
                    refused,
                )
            )
        return Text("\n".join(lines), style)

    @staticmethod
    def _counts(parts: Sequence[Part]) -> dict[str, str]:
        return {
            "tests": str(len(parts)),
            "failures": str(sum(part.outcome == "failed" for part in parts)),
            "errors": str(sum(part.outcome == "error" for part in parts)),
            "skipped": str(sum(part.outcome == "skipped" for part in parts)),
            "time": f"{sum(part.seconds for part in parts):.3f}",
        }


def _xml(text: str) -> str:
    return NOT_XML.sub("�", text)


def _cell(parts: Sequence[Part]) -> Text:
    """Return a sign for one part, a count for several."""
    if not parts:
        return Text("–", "dim")
    good = sum(part.outcome == "passed" for part in parts)
    if good == len(parts):
        return Text("✓" if len(parts) == 1 else f"✓ {good}", "green")
    if all(part.outcome == "skipped" for part in parts):
        return Text(say("skipped"), "yellow")
    return Text("✗" if len(parts) == 1 else f"✗ {good}/{len(parts)}", "red")
