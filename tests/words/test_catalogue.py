"""The sentences for translators: all of them are collected, and each can be translated."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from checkers.words import LOCALE_DIR, say, say_n, use_language

ROOT = Path(__file__).parent.parent.parent
KEYWORDS = {"say": None, "say_n": (1, 2), "mark": None}


def calls() -> Iterator[tuple[str, ast.Call]]:
    for room in ("checkers", "tutor"):
        for file in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", node


def _singular(message: str | tuple[str, ...]) -> str:
    """A sentence used with a count and without one is one entry of the collection."""
    return message if isinstance(message, str) else message[0]


def test_the_collection_is_up_to_date() -> None:
    found = set()
    for room in ("checkers", "tutor"):
        ours = lambda folder: Path(folder).name != "practice"  # noqa: E731 - that room speaks Kubernetes' own words
        for _, _, message, _, _ in extract_from_dir(ROOT / room, keywords=KEYWORDS, directory_filter=ours):
            found.add(_singular(message))
    with (LOCALE_DIR / "kubetutor.pot").open("rb") as file:
        kept = {_singular(message.id) for message in read_po(file) if message.id}
    assert kept == found, "run `make words` and commit what it writes"


def test_every_sentence_is_whole_and_names_its_parameters() -> None:
    faults = []
    for where, call in calls():
        texts = [each for each in call.args[:2] if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        for text in texts:
            fields = [field for _, field, _, _ in string.Formatter().parse(str(text.value)) if field is not None]
            if any(not field or field.isdigit() for field in fields):
                faults.append(f"{where}: {text.value!r} has a parameter without a name")
        if any(isinstance(each, ast.JoinedStr | ast.BinOp) for each in call.args[:2]):
            faults.append(f"{where}: the sentence is glued together, so nobody can translate it")
    assert faults == []


@pytest.fixture
def pseudo() -> Iterator[None]:
    use_language("pseudo")
    yield
    use_language("en")


def test_parameters_survive_a_translation(pseudo: None) -> None:
    assert say("Service {name} selects no Pods.", name="web") == "⟦Service web selects no Pods.⟧"
    assert say_n("{n} Pod", "{n} Pods", 3) == "⟦3 Pods⟧"


def test_a_language_without_a_catalogue_is_english() -> None:
    use_language("tlh")
    assert say("Plain words.") == "Plain words."
    use_language("en")
