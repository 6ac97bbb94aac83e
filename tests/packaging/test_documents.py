"""What README.md and CONTRIBUTING.md promise is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

import tutor
from checkers.parse import parse_check
from checkers.registry import TYPES
from tutor.cli.verbs import verb_groups

ROOT = Path(tutor.__file__).parent.parent
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def examples() -> list[dict[str, object]]:
    """Return the examples of check types, which stand below each other as one list."""
    block = CONTRIBUTING.split("    # check types\n", 1)[1].split("\n\n", 1)[0]
    found: list[dict[str, object]] = yaml.safe_load(re.sub(r"^    ", "", block, flags=re.MULTILINE))
    return found


def test_every_check_type_has_a_row_and_an_example() -> None:
    rows = set(re.findall(r"^\| `(\w+)` \|", CONTRIBUTING, flags=re.MULTILINE))
    assert set(TYPES) <= rows
    assert set(TYPES) == {next(iter(example)) for example in examples()}


@pytest.mark.parametrize("example", examples(), ids=lambda example: next(iter(example)))
def test_the_examples_are_right(example: dict[str, object]) -> None:
    check, problems = parse_check({"id": "example", "title": "An example", **example})
    assert problems == []
    assert check is not None


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_command_of_the_documents_exists(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    verbs = {verb.name for group in verb_groups() for verb in group.verbs}
    named = set(re.findall(r"(?:`|    |\()kubetutor (?:--[a-z]+ [a-z-]+ )?([a-z]+)", text))
    assert named
    assert named <= verbs
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z]+)", text)) - {"it", "for"} <= targets


def test_every_link_within_the_project_leads_somewhere() -> None:
    for text in (README, CONTRIBUTING):
        for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
            assert (ROOT / link).exists(), link
