"""Compares two proofs, of a real and of the practice cluster: verdicts, and every word that a learner reads.

    python -m tests.practice.comparison.words reports/proof.xml reports/practice.xml

A verdict that differs fails. Words depend on the moment at which they are read, so that the share of parts whose
words are equal must not fall below the one in `words.yaml`, which also gives the reasons of known differences.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import yaml

from tests.practice.comparison.normal import normal

KNOWN = Path(__file__).with_name("words.yaml")
OWN = re.compile(r"\b(?:kubetutor|ref|practice)[a-z-]*-(control-plane|worker\d*)\b")
"""Nodes, which are named after their cluster."""
HOSTED = re.compile(r"(?<=[/ ])/tmp/\S*?(?=/work/)|(?<=[/ ])/tmp/kubetutor-proof-\w+")

CLOCK = re.compile(r"\b\d\d:\d\d:\d\d\b(?=[ \n])")
"""What a program wrote of its own clock."""
WAITING = re.compile(r"^Waiting for .*\n?", re.MULTILINE)
"""How often kubectl says so is a matter of time."""
SUFFIX = re.compile(r"-HASH-[a-z0-9]{5}\b")


@dataclass(frozen=True)
class Told:
    """What one part of a proof found."""

    outcome: str
    text: str


def told(file: Path) -> dict[str, Told]:
    """Return the parts of a report by name, but for exercises that were refused and the clusters themselves."""
    found = {}
    for case in ET.parse(file).getroot().iter("testcase"):
        tags = {child.tag: child for child in case}
        if "skipped" in tags or case.get("classname", "").startswith("cluster-"):
            continue
        bad = next((tag for tag in ("failure", "error") if tag in tags), "")
        text = "".join(child.text or "" for child in tags.values())
        found[case.get("name", "")] = Told(bad or "passed", plain(text))
    return found


def plain(text: str) -> str:
    """Return the words without what is a cluster's own, as names of nodes and times."""
    text = WAITING.sub("", CLOCK.sub("CLOCK", HOSTED.sub("FOLDER", OWN.sub(r"NODE-\1", text))))
    return SUFFIX.sub("-HASH-XXXXX", normal(text, (), {}))


def differences(real: dict[str, Told], practice: dict[str, Told]) -> dict[str, str]:
    """Return the parts that practice ran and that differ, by name, each with both texts."""
    found = {}
    for name, second in practice.items():
        first = real.get(name)
        if first is None:
            found[name] = "The real proof does not have it."
        elif first != second:
            found[name] = f"real: {first.outcome}\n{first.text}\npractice: {second.outcome}\n{second.text}"
    return found


def main(arguments: Sequence[str]) -> int:
    """Compare two reports and return the exit code: 1 for a verdict that differs, or for too few equal words."""
    real, practice = (told(Path(each)) for each in arguments)
    if not practice:
        print("The proof on the practice cluster has no parts.")
        return 1
    known = yaml.safe_load(KNOWN.read_text())
    found = differences(real, practice)
    verdicts = [name for name in practice if name not in real or real[name].outcome != practice[name].outcome]
    share = 100 * (len(practice) - len(found)) / len(practice)
    equal = len(practice) - len(verdicts)
    print(f"practice and kind: {equal} of {len(practice)} verdicts equal, the words of {share:.1f} % of the parts.")
    for name, text in found.items():
        reason = known["reasons"].get(name)
        print(f"known: {name}: {reason}" if reason else f"\nnew: {name}\n{text}")
    for name in verdicts:
        print(f"THE VERDICT DIFFERS: {name}")
    return int(bool(verdicts) or share < known["share"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
