"""Compares two proofs, of a real and of the practice cluster: verdicts, and every word that a learner reads.

    python -m tests.practice.comparison.words reports/proof.xml reports/practice.xml

What differs is listed in `words.yaml` with its reason; a difference that is not fails.
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

LISTED = Path(__file__).with_name("words.yaml")
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
    """Compare two reports and return the exit code: 1 for a difference that is not listed."""
    real, practice = (told(Path(each)) for each in arguments)
    if not practice:
        print("The proof on the practice cluster has no parts.")
        return 1
    listed: dict[str, str] = yaml.safe_load(LISTED.read_text()) or {}
    found = differences(real, practice)
    new = [name for name in found if name not in listed]
    equal = len(practice) - len(found)
    print(f"{equal} of {len(practice)} parts are equal: {100 * equal / len(practice):.1f} %.")
    for name in found:
        if name in listed:
            print(f"listed: {name}: {listed[name]}")
    for name in listed:
        if name not in found:
            print(f"equal by now: {name}")
    for name in new:
        print(f"\nnew: {name}\n{found[name]}")
    return 1 if new else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
