"""One check from YAML: every problem has a place, a sentence, and where possible what to write instead."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from checkers.parse import parse_check, parse_duration
from checkers.types.object import ObjectCheck

GOOD = """
id: replicas
title: The Deployment runs three Pods
object: {apiVersion: apps/v1, kind: Deployment, name: web}
expect: {spec: {replicas: 3}}
"""


def parse(text):
    check, found = parse_check(yaml.safe_load(text))
    assert (check is None) == bool(found)
    return check, [(each.path, each.message, each.instead) for each in found]


def test_a_check_with_everything():
    check, found = parse(GOOD + "after: [exists]\nweight: 2\nwithin: 1m30s\n")
    assert found == []
    assert (check.id, check.after, check.weight, check.within) == ("replicas", ("exists",), 2, 90.0)
    assert isinstance(check.type, ObjectCheck)
    assert check.type.object.name == "web"


def test_a_check_with_what_it_must_have():
    check, _ = parse(GOOD)
    assert (check.after, check.weight, check.within) == ((), 1, 30.0)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (GOOD.replace("title:", "titel:"), ((), "title is missing", "")),
        (GOOD.replace("replicas\n", "[a]\n"), (("id",), "id is a text, not a list", "")),
        (GOOD + "weight: 0", (("weight",), "weight is a whole number, 1 or more", "weight: 2")),
        (GOOD + "weight: true", (("weight",), "weight is a whole number, 1 or more", "weight: 2")),
        (GOOD + "after: {a: b}", (("after",), "after is a list of the ids of other checks", "after: [exists]")),
        (
            GOOD + "within: 30",
            (("within",), "within: 30 is not a duration such as 30s, 2m or 1m30s", "within: 30s"),
        ),
        (
            GOOD + "absent: {apiVersion: v1, kind: Pod}",
            (("absent",), "a check has one type, this one has 2: object, absent", ""),
        ),
        (GOOD.replace("object:", "objekt:"), (("objekt",), "objekt is not a type of check", "object")),
        (
            GOOD.replace("kind:", "kid:"),
            (("object", "kid"), "object has no key kid; it knows apiVersion, kind, name, namespace, selector", "kind"),
        ),
        (
            GOOD.replace("expect:", "expects:"),
            (("expects",), "a check of the type object has no key expects; it knows object, expect", "expect"),
        ),
        (
            GOOD.replace("name: web", "name: [web]"),
            (("object", "name"), "object.name: Expected `str | null`, got `array`", ""),
        ),
        (
            GOOD.replace("replicas: 3", "replcas: 3"),
            (("object",), "expect.spec: there is no field replcas; did you mean replicas?", ""),
        ),
    ],
)
def test_each_mistake_is_told_with_its_place(text, problem):
    _, found = parse(text)
    assert problem in found


def test_one_mistake_does_not_hide_the_next():
    _, found = parse("id: a\nobject: {apiVersion: v1, kind: Pod, nam: x, namspace: y}\nexpekt: {}\nwithin: soon\n")
    assert {instead for _, _, instead in found} >= {"name", "namespace", "expect", "within: 30s"}
    assert ((), "title is missing", "") in found


def test_a_check_without_a_type_is_told_the_types():
    _, found = parse("id: a\ntitle: b\n")
    assert len(found) == 1
    assert found[0][1].startswith("the check has no type: it needs one of the keys absent, ")


@pytest.mark.parametrize("data", [None, [], "text", 7, {1: 2}, {None: {}}, {"object": None, "id": None}])
def test_anything_at_all_is_answered_with_problems(data):
    check, found = parse_check(data)
    assert check is None
    assert found


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=10,
)


@given(
    st.dictionaries(
        st.sampled_from(["id", "title", "after", "within", "weight", "object", "absent", "count", "rollout", "event",
                         "expect", "matching", "never"]),
        VALUES,
    )
)  # fmt: skip
def test_no_yaml_makes_it_raise(data):
    check, found = parse_check(data)
    assert (check is None) == bool(found)


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("2m", 120), ("1m30s", 90), ("1h", 3600), ("0.5s", 0.5), ("0s", 0)]
)
def test_durations(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "30", 30, "s", "-1s", "30s1m", "1d", None, "30 s", ["1s"]])
def test_other_texts_are_no_durations(text):
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)
