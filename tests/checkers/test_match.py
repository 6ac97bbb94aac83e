"""Partial matching: what counts as the same, and how a difference is told."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkers.match import ABSENT, Clash, Item, leaves, match, path_text
from checkers.operators import tree_problems
from checkers.schema import lookup, root
from checkers.world import Kind

DEPLOYMENT = Kind("apps/v1", "Deployment")
POD_SPEC = ("spec", "template", "spec")


def clashes(expected, actual, node=None):
    return [(each.where, each.clash) for each in match(expected, actual, node)]


def in_pod_spec(expected, actual):
    return clashes(expected, actual, lookup(DEPLOYMENT, POD_SPEC))


# --- mappings and values ---------------------------------------------------------------------------------------


def test_mappings_match_partially():
    assert match({"spec": {"replicas": 3}}, {"spec": {"replicas": 3, "paused": True}, "status": {}}) == []


def test_a_difference_says_where_what_and_how():
    (difference,) = match({"spec": {"replicas": 3}}, {"spec": {"replicas": 2}})
    assert (difference.where, difference.expected, difference.actual) == ("spec.replicas", 3, 2)
    assert difference.clash is Clash.VALUE


def test_every_difference_is_told():
    expected = {"spec": {"replicas": 3, "paused": False, "selector": {}}}
    assert clashes(expected, {"spec": {"replicas": 2, "paused": True}}) == [
        ("spec.replicas", Clash.VALUE),
        ("spec.paused", Clash.VALUE),
        ("spec.selector", Clash.MISSING),
    ]


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ({"a": {"b": 1}}, {"a": [1]}),
        ({"a": {"b": 1}}, {"a": "text"}),
        ({"a": [1]}, {"a": {"b": 1}}),
        ({"a": [1]}, {"a": 1}),
        ({"a": 1}, {"a": [1]}),
        ({"a": 1}, {"a": {"b": 1}}),
        ({"a": {"$gte": 1}}, {"a": [1]}),
        ({"a": {"$match": "x"}}, {"a": {"x": "x"}}),
        ({"a": {"$length": 1}}, {"a": 1}),
    ],
)
def test_another_shape_is_a_difference_and_never_an_error(expected, actual):
    assert clashes(expected, actual) == [("a", Clash.TYPE)]


def test_null_is_as_good_as_absent():
    assert match({"a": None}, {}) == []
    assert match({"a": None}, {"a": None}) == []
    assert clashes({"a": 1}, {"a": None}) == [("a", Clash.MISSING)]
    assert clashes({"a": None}, {"a": 1}) == [("a", Clash.UNEXPECTED)]


def test_an_empty_mapping_asks_for_presence_and_an_empty_list_for_emptiness():
    assert match({"emptyDir": {}}, {"emptyDir": {}}) == []
    assert clashes({"emptyDir": {}}, {}) == [("emptyDir", Clash.MISSING)]
    assert match({"items": []}, {}) == []
    assert clashes({"items": []}, {"items": [1]}) == [("items", Clash.UNEXPECTED)]


def test_true_is_not_one():
    assert clashes({"a": True}, {"a": 1}) == [("a", Clash.VALUE)]
    assert clashes({"a": 1}, {"a": True}) == [("a", Clash.VALUE)]


def test_unicode_is_compared_as_it_is():
    assert match({"data": {"grüße": "日本 🍰"}}, {"data": {"grüße": "日本 🍰"}}) == []
    assert clashes({"data": {"a": "é"}}, {"data": {"a": "e\u0301"}}) == [("data.a", Clash.VALUE)]


def test_keys_with_dots_and_slashes_stand_in_brackets():
    assert path_text(("metadata", "labels", "app.kubernetes.io/name")) == "metadata.labels[app.kubernetes.io/name]"
    assert path_text(("spec", "containers", Item("web"), "image")) == "spec.containers[web].image"


# --- by the API's types ----------------------------------------------------------------------------------------


def test_quantities_are_compared_by_value():
    resources = lookup(DEPLOYMENT, (*POD_SPEC, "containers", 0, "resources"))
    assert (
        match({"limits": {"cpu": 0.5, "memory": "1Gi"}}, {"limits": {"cpu": "500m", "memory": "1024Mi"}}, resources)
        == []
    )
    assert clashes({"limits": {"memory": "64M"}}, {"limits": {"memory": "64Mi"}}, resources) == [
        ("limits.memory", Clash.VALUE)
    ]
    assert clashes({"limits": {"memory": "64Mi"}}, {"limits": {"memory": "plenty"}}, resources) == [
        ("limits.memory", Clash.VALUE)
    ]


def test_int_or_string_is_compared_by_value():
    port = lookup(Kind("v1", "Service"), ("spec", "ports", 0))
    assert match({"targetPort": "80"}, {"targetPort": 80}, port) == []
    assert match({"targetPort": 80}, {"targetPort": "80"}, port) == []
    assert clashes({"targetPort": "http"}, {"targetPort": 80}, port) == [("targetPort", Clash.VALUE)]


def test_a_zero_that_the_api_leaves_out_of_a_status_is_a_zero():
    node = root(DEPLOYMENT)
    assert match({"status": {"readyReplicas": 0}}, {"status": {}}, node) == []
    assert match({"status": {"readyReplicas": {"$lt": 1}}}, {"status": {}}, node) == []
    assert match({"status": {"readyReplicas": {"$absent": True}}}, {"status": {}}, node) == []
    (difference,) = match({"status": {"readyReplicas": 3}}, {"status": {}}, node)
    assert (difference.actual, difference.clash) == (0, Clash.VALUE)
    (difference,) = match({"status": {"readyReplicas": {"$gte": 3}}}, {"status": {}}, node)
    assert (difference.actual, difference.clash) == (0, Clash.VALUE)


def test_a_zero_is_not_read_into_a_spec():
    assert clashes({"spec": {"replicas": 0}}, {"spec": {}}, root(DEPLOYMENT)) == [("spec.replicas", Clash.MISSING)]


# --- lists -----------------------------------------------------------------------------------------------------


def test_items_are_found_by_their_merge_key():
    actual = {"containers": [{"name": "proxy", "image": "a"}, {"name": "web", "image": "b"}]}
    assert in_pod_spec({"containers": [{"name": "web", "image": "b"}]}, actual) == []
    assert in_pod_spec({"containers": [{"name": "web", "image": "c"}]}, actual) == [
        ("containers[web].image", Clash.VALUE)
    ]
    assert in_pod_spec({"containers": [{"name": "db"}]}, actual) == [("containers", Clash.ITEM)]


def test_several_merge_keys_are_taken_together_as_far_as_given():
    ports = [{"containerPort": 53, "protocol": "UDP"}, {"containerPort": 53, "protocol": "TCP", "name": "dns-tcp"}]
    actual = {"containers": [{"name": "dns", "ports": ports}]}

    def port(**port):
        return in_pod_spec({"containers": [{"name": "dns", "ports": [port]}]}, actual)

    assert port(containerPort=53, name="dns-tcp") == []
    assert port(containerPort=53, protocol="UDP", name="dns-tcp") == [("containers[dns].ports[53].name", Clash.MISSING)]


def test_lists_without_keys_match_in_any_order():
    actual = {"tolerations": [{"key": "a", "operator": "Exists"}, {"key": "b", "operator": "Exists"}]}
    assert in_pod_spec({"tolerations": [{"key": "b"}, {"key": "a"}]}, actual) == []
    assert match({"verbs": ["list", "get"]}, {"verbs": ["get", "watch", "list"]}) == []


def test_each_item_is_used_once():
    assert clashes({"a": [{"x": 1}, {"x": 1}]}, {"a": [{"x": 1}]}) == [("a", Clash.ITEM)]
    # The first could take either, the second only one: the assignment must not be greedy.
    assert match([{"x": 1}, {"x": 1, "y": 2}], [{"x": 1, "y": 2}, {"x": 1}]) == []


def test_the_nearest_item_is_told():
    actual = {"tolerations": [{"key": "z", "effect": "NoExecute"}, {"key": "gpu", "effect": "NoSchedule"}]}
    assert in_pod_spec({"tolerations": [{"key": "gpu", "effect": "NoExecute", "value": "x"}]}, actual) != []
    expected = {"tolerations": [{"key": "gpu", "effect": "NoSchedule", "value": "x"}]}
    assert in_pod_spec(expected, actual) == [("tolerations[1].value", Clash.MISSING)]


def test_a_single_item_is_compared_even_without_its_name():
    actual = {"containers": [{"name": "web", "image": "nginx:1.29"}]}
    assert in_pod_spec({"containers": [{"image": "nginx:1.28"}]}, actual) == [("containers[web].image", Clash.VALUE)]


def test_another_sort_of_item_is_no_such_item():
    actual = {"volumes": [{"name": "tmp", "hostPath": {"path": "/tmp"}}]}
    assert in_pod_spec({"volumes": [{"emptyDir": {"$present": True}}]}, actual) == [("volumes", Clash.ITEM)]


def test_command_and_args_keep_their_order_and_length():
    actual = {"containers": [{"name": "web", "command": ["sh", "-c", "sleep 1"]}]}

    def command(*words):
        return in_pod_spec({"containers": [{"name": "web", "command": list(words)}]}, actual)

    assert command("sh", "-c", "sleep 1") == []
    assert command("sh", "-c", {"$match": "sleep"}) == []
    assert command("-c", "sh", "sleep 1") == [("containers[web].command", Clash.ORDER)]
    assert command("sh", "-c") == [("containers[web].command", Clash.VALUE)]
    assert command("sh", "-c", "sleep 2") == [("containers[web].command[2]", Clash.VALUE)]


def test_without_a_schema_items_are_still_found_by_name():
    actual = {"items": [{"name": "a", "x": 1}, {"name": "b", "x": 2}]}
    assert clashes({"items": [{"name": "b", "x": 1}]}, actual) == [("items[b].x", Clash.VALUE)]


def test_strange_items_are_differences():
    assert clashes({"a": [{"name": "x"}]}, {"a": [None, "x", ["x"], 7]}) == [("a", Clash.ITEM)]
    assert clashes({"a": [{"name": "x"}]}, {"a": [{"name": ["x"]}]}) == [("a", Clash.ITEM)]


# --- operators -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operator", "fits", "does_not"),
    [
        ({"$gte": 2}, [2, 3, "2"], [1, "1", None, "x", True]),
        ({"$gt": 2}, [3], [2]),
        ({"$lte": 2}, [2, 1], [3]),
        ({"$lt": "1Gi"}, ["512Mi", "1G"], ["1Gi", "2Gi"]),
        ({"$gte": 1, "$lt": 3}, [1, 2], [0, 3]),
        ({"$in": [1, "a", {"b": 1}]}, [1, "a", {"b": 1, "c": 2}], [2, "b", {"b": 2}]),
        ({"$not": 1}, [2, None, "x"], [1]),
        ({"$not": {"$match": "latest$"}}, ["nginx:1.28"], ["nginx:latest"]),
        ({"$match": "^ngi"}, ["nginx"], ["busybox", None]),
        ({"$match": "^8"}, [80], [70]),
        ({"$absent": True}, [None], [0, "", {}]),
        ({"$absent": False}, [0, ""], [None]),
        ({"$present": True}, [0, "", {}, []], [None]),
        ({"$length": 2}, [[1, 2], {"a": 1, "b": 2}, "ab"], [[1], None]),
        ({"$length": {"$gte": 1}}, [[1]], [[], None]),
        ({"$length": 0}, [[], None], [[1]]),
        ({"$only": [1, 2]}, [[2, 1]], [[1, 2, 3], [1], None]),
        ({"$only": []}, [[], None], [[1]]),
        ({"$only": {"a": 1}}, [{"a": 1}], [{"a": 1, "b": 2}, {"a": 2}]),
        ({"$any": [{"a": 1}, {"b": 2}]}, [{"a": 1}, {"b": 2}], [{"a": 2}, {}]),
    ],
)
def test_operators(operator, fits, does_not):
    assert list(tree_problems(operator)) == []
    for value in fits:
        assert match({"f": operator}, {"f": value}) == [], value
    for value in does_not:
        assert match({"f": operator}, {"f": value}) != [], value


def test_an_operator_on_a_field_that_is_not_there_says_so():
    assert clashes({"f": {"$gte": 1}}, {}) == [("f", Clash.MISSING)]
    assert clashes({"f": {"$absent": True}}, {"f": 1}) == [("f", Clash.UNEXPECTED)]
    assert clashes({"f": {"$length": 1}}, {"f": [1, 2]}) == [("f", Clash.LENGTH)]


def test_only_tells_what_is_too_much():
    (difference,) = match({"f": {"$only": ["get"]}}, {"f": ["get", "delete"]})
    assert (difference.clash, difference.actual) == (Clash.EXTRA, ["delete"])


def test_any_tells_the_nearest_alternative():
    tree = {"$any": [{"a": 1, "b": 2}, {"c": 3, "d": 4}]}
    assert clashes(tree, {"c": 3, "d": 5}) == [("d", Clash.VALUE)]


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"a": {"$gt3": 1}}, "expect.a: there is no operator $gt3; did you mean $gt?"),
        ({"a": {"$match": "("}}, "expect.a: $match needs a regular expression"),
        ({"a": {"$gte": "much"}}, "expect.a: $gte needs a number or a quantity"),
        ({"a": [{"b": {"$in": 1}}]}, "expect.a[0].b: $in needs a list of values"),
        ({"a": {"$gte": 1, "b": 2}}, "expect.a: fields and operators ($gte) do not mix"),
        ({"a": {"$length": True}}, "expect.a: $length needs a number, or an operator such as $gte"),
        ({"a": {"$only": [{"$absent": "yes"}]}}, "expect.a.$only[0]: $absent needs true or false"),
    ],
)
def test_the_author_hears_about_wrong_operators(tree, message):
    assert list(tree_problems(tree)) == [message]


# --- any object ------------------------------------------------------------------------------------------------

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8))
KEYS = st.one_of(
    st.sampled_from(["spec", "status", "name", "containers", "command", "replicas", "limits", "$gte", "$only", "$in"]),
    st.text(max_size=4),
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=20,
)
PLAIN = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4),
        st.dictionaries(st.text("abcdefgh", min_size=1, max_size=4), inner, min_size=1, max_size=4),
    ),
    max_leaves=20,
)


@given(TREES, TREES, st.sampled_from([None, root(DEPLOYMENT), root(Kind("v1", "Pod"))]))
@settings(max_examples=150)
def test_nothing_ever_raises(expected, actual, node):
    for difference in match(expected, actual, node):
        assert isinstance(difference.where, str)


@given(PLAIN)
def test_everything_matches_itself(tree):
    assert match(tree, tree) == []


@given(PLAIN, st.randoms())
def test_a_pruned_tree_matches_what_it_was_cut_from(tree, random):
    def prune(value):
        if isinstance(value, dict):
            kept = {key: prune(below) for key, below in value.items() if random.random() < 0.6}
            return kept or {next(iter(value)): prune(next(iter(value.values())))}
        return value

    assert match(prune(tree), tree) == []


@given(st.lists(st.integers(), min_size=1, max_size=8), st.randoms())
def test_order_does_not_matter(numbers, random):
    mixed = list(numbers)
    random.shuffle(mixed)
    assert match({"values": numbers}, {"values": mixed}) == []
    assert match({"values": {"$only": numbers}}, {"values": mixed}) == []
    assert match({"values": [*numbers, numbers[0]]}, {"values": mixed}) != []


@given(PLAIN)
def test_nothing_matches_an_empty_object(tree):
    found = match({"field": tree}, {})
    assert [(each.where, each.actual) for each in found] == [("field", ABSENT)]


@given(TREES)
def test_leaves_are_at_least_one(tree):
    assert leaves(tree) >= 1


def test_a_huge_object_is_matched_quickly():
    env = [{"name": f"V{number}", "value": "x" * 1000} for number in range(20_000)]
    actual = {"spec": {"template": {"spec": {"containers": [{"name": "web", "env": env}]}}}}
    wanted = [{"name": "V19999", "value": "x" * 1000}, {"name": "V7", "value": "y"}]
    expected = {"spec": {"template": {"spec": {"containers": [{"name": "web", "env": wanted}]}}}}
    assert clashes(expected, actual, root(DEPLOYMENT)) == [
        ("spec.template.spec.containers[web].env[V7].value", Clash.VALUE)
    ]


def test_a_deep_object_is_no_trouble():
    actual = {"a": 1}
    for _ in range(2000):
        actual = {"a": actual}
    assert clashes({"a": {"b": 1}}, actual) == [("a.b", Clash.MISSING)]
