import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.practice.patches import json_patch, merge
from tutor.practice.patches.errors import PatchError

WEB = {"name": "a", "image": "b"}
OBJECT = {"kind": "Deployment", "spec": {"replicas": 1, "paused": True, "containers": [WEB]}}
REJECTED = "the server rejected our request due to an error in our request"


def test_json_patch_changes_a_copy():
    patch = [
        {"op": "test", "path": "/spec/replicas", "value": 1},
        {"op": "replace", "path": "/spec/replicas", "value": 2},
        {"op": "remove", "path": "/spec/paused"},
        {"op": "add", "path": "/spec/containers/-", "value": {"name": "c"}},
        {"op": "copy", "from": "/spec/replicas", "path": "/spec/copied"},
    ]
    patched = json_patch.apply(OBJECT, patch)
    assert patched["spec"] == {"replicas": 2, "copied": 2, "containers": [{"name": "a", "image": "b"}, {"name": "c"}]}
    assert OBJECT["spec"]["replicas"] == 1


@pytest.mark.parametrize(
    ("operation", "spec"),
    [
        ({"op": "test", "path": "/spec/foo", "value": None}, {}),
        ({"op": "replace", "path": "/spec/foo", "value": 1}, {"foo": 1}),
        ({"op": "copy", "from": "/spec/foo", "path": "/spec/bar"}, {"bar": None}),
        ({"op": "add", "path": "/spec/foo"}, {"foo": None}),
        ({"op": "move", "from": "/spec/replicas", "path": "/spec/a~1b"}, {"replicas": ..., "a/b": 1}),
        ({"op": "replace", "path": "/spec/containers/-1/image", "value": "x"}, {"containers": [{**WEB, "image": "x"}]}),
        ({"op": "add", "path": "/spec/containers/-1", "value": 1}, {"containers": [WEB, 1]}),
        ({"op": "add", "path": "/spec/containers/0", "value": 1}, {"containers": [1, WEB]}),
        ({"op": "remove", "path": "/spec/containers/-1"}, {"containers": []}),
    ],
)
def test_what_the_servers_library_puts_up_with(operation, spec):
    expected = {key: value for key, value in {**OBJECT["spec"], **spec}.items() if value is not ...}
    assert json_patch.apply(OBJECT, [operation])["spec"] == expected


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/spec/replicas", "value": 3},
        {"op": "remove", "path": "/spec/foo"},
        {"op": "foo", "path": "/spec/replicas"},
        {"op": "replace", "path": "/spec/containers/5/image", "value": "a"},
        {"op": "replace", "path": "/spec/replicas/x", "value": "a"},
        {"op": "test", "path": "/spec/replicas", "value": True},
        {"op": "add", "path": "/spec/nope/x", "value": "y"},
        {"op": "add", "path": "/spec/containers/5", "value": 1},
        {"op": "remove", "path": "/spec/containers/1"},
        {"op": "add"},
        {"op": "replace", "path": "", "value": 1},
        None,
    ],
)
def test_json_patch_that_does_not_fit(operation):
    with pytest.raises(PatchError) as refused:
        json_patch.apply(OBJECT, [operation])
    assert (refused.value.code, refused.value.reason, refused.value.message) == (422, "Invalid", REJECTED)


def test_json_patch_that_is_no_patch():
    with pytest.raises(PatchError, match=r"cannot unmarshal object into Go value of type .*jsonPatchOp") as refused:
        json_patch.apply(OBJECT, {"a": 1})
    assert (refused.value.code, refused.value.reason) == (400, "BadRequest")
    with pytest.raises(PatchError, match="allowed maximum operations in a JSON patch is 10000, got 10001"):
        json_patch.apply(OBJECT, [{"op": "test", "path": "/kind", "value": "Deployment"}] * 10_001)


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_examples_of_the_rfc(target, patch, result):
    assert merge.apply(target, patch) == result


def test_merge_patch_must_be_an_object():
    with pytest.raises(PatchError, match="cannot unmarshal array into Go value of type map"):
        merge.apply(OBJECT, [1])


scalars = st.booleans() | st.integers() | st.text(max_size=3)
keys = st.text("abc", min_size=1, max_size=2)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4), max_leaves=12
)
objects = st.dictionaries(keys, values, max_size=4)


def difference(old, new):
    changes = {key: None for key in old if key not in new}
    for key, value in new.items():
        before = old.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            changes[key] = difference(before, value)
        elif key not in old or repr(before) != repr(value):
            changes[key] = value
    return changes


@settings(deadline=None)  # the machine may be busy
@given(objects, objects)
def test_the_difference_of_two_objects_makes_the_second(old, new):
    patch = difference(old, new)
    once = merge.apply(old, patch)
    assert once == new
    assert merge.apply(once, patch) == once
