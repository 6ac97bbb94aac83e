"""Each call of `say` is one that a translator's sentence can stand in for."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from checkers import words
from tests.words.test_catalogue import calls

SENTENCES = {"say": 1, "mark": 1, "say_n": 2}
"""How many sentences each takes."""
PO = """\
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\nPlural-Forms: nplurals=1; plural=0;\\n"

msgid "Service {name} selects no Pods."
msgstr "没有 Pod 属于 Service {name}。"

msgid "{n} Pod"
msgid_plural "{n} Pods"
msgstr[0] "{n} 个 Pod"
"""


def sentences(call: ast.Call) -> list[str]:
    assert isinstance(call.func, ast.Name)
    first = call.args[: SENTENCES[call.func.id]]
    return [each.value for each in first if isinstance(each, ast.Constant) and isinstance(each.value, str)]


def fields(sentence: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(sentence) if field is not None}


def test_a_sentence_is_written_where_it_is_said() -> None:
    """Or it comes from a table whose sentences are marked, by name."""
    faults = []
    for where, call in calls():
        assert isinstance(call.func, ast.Name)
        number = SENTENCES[call.func.id]
        taken = [each for each in call.args[:number] if not isinstance(each, ast.Constant)]
        if not all(isinstance(each, ast.Attribute | ast.Name) for each in taken):
            faults.append(f"{where}: {ast.unparse(call)}")
        elif len(call.args) > number + (call.func.id == "say_n"):
            faults.append(f"{where}: parameters have names: {ast.unparse(call)}")
    assert faults == []


def test_the_parameters_are_those_that_the_sentence_names() -> None:
    faults = []
    for where, call in calls():
        assert isinstance(call.func, ast.Name)
        given = {each.arg for each in call.keywords}
        said = sentences(call)
        if call.func.id == "mark" or None in given or not said:
            continue
        named = set().union(*(fields(each) for each in said)) - ({"n"} if call.func.id == "say_n" else set())
        if named != given:
            faults.append(f"{where}: {said[0]!r} names {sorted(named)}, and gets {sorted(map(str, given))}")
    assert faults == []


@pytest.fixture
def chinese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A catalogue as a translator makes it, compiled as `pybabel compile` does."""
    file = tmp_path / "zh" / "LC_MESSAGES" / "kubetutor.po"
    file.parent.mkdir(parents=True)
    file.write_text(PO, encoding="utf-8")
    with file.open("rb") as source, file.with_suffix(".mo").open("wb") as target:
        write_mo(target, read_po(source, locale="zh"))
    monkeypatch.setattr(words, "LOCALE_DIR", tmp_path)
    words.use_language("zh")
    yield
    words.use_language("en")


def test_a_language_with_a_catalogue_is_spoken(chinese: None) -> None:
    assert words.language() == "zh"
    assert words.say("Service {name} selects no Pods.", name="web") == "没有 Pod 属于 Service web。"
    assert words.say_n("{n} Pod", "{n} Pods", 1) == "1 个 Pod"
    assert words.say("Not translated yet.") == "Not translated yet."
