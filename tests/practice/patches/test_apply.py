import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.practice.patches.test_recorded import GADGET
from tutor.practice.patches import fields, typed
from tutor.practice.patches.apply import apply
from tutor.practice.patches.errors import PatchError
from tutor.practice.patches.managed import manager_name, updated
from tutor.practice.schema.definitions import Schema

THEN, NOW = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
strings = st.sampled_from("abc")
part = st.fixed_dictionaries({"id": st.integers(1, 12)}, optional={"name": strings})
spec = st.fixed_dictionaries(
    {"maybe": st.just("x")},  # an emptied spec is null, and refused
    optional={
        "size": st.integers(0, 3),
        "tags": st.lists(strings, unique=True, min_size=1),
        "parts": st.lists(part, unique_by=lambda item: item["id"], min_size=1, max_size=4),
        "fixed": st.dictionaries(st.sampled_from("ab"), strings),
        "plain": st.lists(strings, max_size=2),
        "free": st.dictionaries(strings, st.integers(0, 2) | st.dictionaries(strings, strings)),
    },
)


def gadget(spec):
    return {"apiVersion": "patches.example.com/v1", "kind": "Gadget", "metadata": {"name": "g"}, "spec": spec}


def nothing_left(value):
    """Drop what is empty: whether an emptied list is left behind is not the point."""
    if isinstance(value, dict):
        kept = {key: nothing_left(each) for key, each in value.items()}
        return {key: each for key, each in kept.items() if each not in ({}, [], None)}
    return [nothing_left(each) for each in value] if isinstance(value, list) else value


@settings(deadline=None)
@given(spec, spec)
def test_the_only_applier_gets_what_it_wants(first, second):
    live = apply(None, gadget(first), "me", False, GADGET, THEN)
    changed = apply(live, gadget(second), "me", False, GADGET, NOW)
    assert nothing_left(changed.get("spec") or {}) == nothing_left(second)
    again = apply(changed, gadget(second), "me", False, GADGET, NOW)  # brings back what is empty
    assert apply(again, gadget(second), "me", False, GADGET, "2026-01-03T00:00:00Z") == again


@settings(deadline=None)
@given(spec, spec)
def test_two_appliers(mine, theirs):
    live = apply(None, gadget(mine), "me", False, GADGET, THEN)
    both = apply(live, gadget(theirs), "they", True, GADGET, NOW)
    for item in both["metadata"]["managedFields"]:
        assert fields.dump(fields.parse(item["fieldsV1"])) == item["fieldsV1"]
    back = apply(both, gadget({}), "they", False, GADGET, NOW)
    owned = {path for item in back["metadata"].get("managedFields", ()) for path in fields.parse(item["fieldsV1"])}
    left = typed.field_set({"spec": nothing_left(back.get("spec") or {})}, GADGET) - {("f:spec",)}
    assert left <= owned | {path[:n] for path in owned for n in range(len(path))}


@settings(deadline=None)
@given(spec, spec)
def test_nobody_else_loses_anything(mine, theirs):
    live = apply(None, gadget(mine), "me", False, GADGET, THEN)
    try:
        both = apply(live, gadget(theirs), "they", False, GADGET, NOW)
    except PatchError:
        return  # they want something else than me
    gone = apply(both, gadget({}), "they", False, GADGET, NOW)
    difference = typed.compare({"spec": nothing_left(live["spec"])}, {"spec": nothing_left(gone["spec"])}, GADGET)
    assert not difference.changed | difference.removed


def test_an_emptied_list_goes_and_an_empty_one_stays():
    live = apply(None, gadget({"size": 1, "tags": ["a"]}), "me", False, GADGET, THEN)
    found = []
    for _ in range(3):
        live = apply(live, gadget({"size": 1, "tags": []}), "me", False, GADGET, NOW)
        found.append(live["spec"])
    assert found == [{"size": 1}, {"size": 1, "tags": []}, {"size": 1, "tags": []}]


def test_an_object_that_nobody_manages_stays_so():
    old, new = gadget({"size": 1}), gadget({"size": 2})
    assert updated(old, new, "me", "patches.example.com/v1", "", GADGET, NOW) == new


def test_zeros_of_structs_belong_to_nobody():
    kind = Schema.load().for_kind("v1", "ConfigMap")
    new = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}
    assert updated(None, new, "me", "v1", "", kind, NOW) == new


@pytest.mark.parametrize(
    ("field_manager", "user_agent", "name"),
    [
        ("kubectl-create", "kubectl/v1.37.2 (linux/amd64)", "kubectl-create"),
        ("", "kubectl/v1.37.2 (linux/amd64)", "kubectl"),
        ("", "Swagger-Codegen/37.0.2/python\x07", "Swagger-Codegen"),
        ("", "a\x07b" * 100, ("ab" * 100)[:128]),
    ],
)
def test_names_of_managers(field_manager, user_agent, name):
    assert manager_name(field_manager, user_agent) == name
