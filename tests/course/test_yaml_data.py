"""What is read from YAML, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.course.conftest import EXERCISE, POD
from tutor.course.source import CourseError, parse_yaml
from tutor.course.yaml_data import load_documents


@pytest.mark.parametrize("text", [EXERCISE, POD, "a: [1, 0x1F, -2, .5, 1.5e+3, yes, ~, '1', null]\nb: &x {c: *x2}\n"])
def test_plain_data_is_what_pyyaml_makes_of_it(text: str) -> None:
    text = text.replace("b: &x {c: *x2}", "b: &x {c: d}\ne: *x")
    assert [data for data, _ in load_documents(text)] == [yaml.safe_load(text)]


def test_dates_and_times_stay_text_as_in_kubernetes() -> None:
    assert parse_yaml(Path("a"), "day: 2026-02-31\nat: 12:30\n").data == {"day": "2026-02-31", "at": "12:30"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2\n", "exercise.yaml:4: the key c is there twice, and only one of them would count"),
        ("a: 1\n\tb: 2\n", "exercise.yaml:2: not YAML: a tab; indent with spaces"),
        ("a: 1\nb: [1\n", "exercise.yaml:3: not YAML: did not find expected ',' or ']'"),
        ("a: 1\nb: \x07\n", "exercise.yaml:2: not YAML: control characters are not allowed"),
        ("a: 1\nb: &x [*x]\n", "exercise.yaml:2: the anchor holds itself"),
        ("a: 1\nb: !secret {c: 1}\n", "exercise.yaml:2: the tag !secret means nothing here; leave it out"),
        ("a: 1\nb: 0b_\n", "exercise.yaml:2: 0b_ is not the number that it looks like; write it in quotes"),
        ("a: 1\n? [b]\n: 2\n", "exercise.yaml:2: a key is a text, not a list or a mapping"),
        ("a: 1\n<<: {b: 2}\n", "exercise.yaml:2: the merge key << is not read here; write the keys out"),
        ("- a\n- b\n", "exercise.yaml:1: the file is a mapping of keys and values, and this one is not"),
        ("# nothing\n", "exercise.yaml:1: there is nothing in it: keys and values are missing"),
        ("a: 1\n---\nb: 2\n", "exercise.yaml:3: a second document begins here, and nothing reads it"),
    ],
)
def test_what_is_refused(text: str, told: str) -> None:
    with pytest.raises(CourseError) as caught:
        parse_yaml(Path("exercise.yaml"), text)
    assert [str(problem) for problem in caught.value.problems] == [told]


def test_a_place_is_found_however_deep() -> None:
    source = parse_yaml(Path("lesson.md"), "a:\n  b:\n    - c: 1\n    - d: 2\n", first_line=2)
    assert source.line(("a", "b", 1, "d")) == 5
    assert source.line(("a", "b", 7)) == 3, "what is not there is told at what is around it"
    assert source.line(("nowhere",)) == 2
