"""What the API says about fields, and what is wrong with a manifest."""

import subprocess
import sys
import time

import pytest

from checkers.schema import kinds, lookup, root, validate, version
from checkers.world import Kind

DEPLOYMENT = Kind("apps/v1", "Deployment")
POD_SPEC = ("spec", "template", "spec")


def manifest(**spec):
    pod = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "nginx:1.28"}]}}
    body = {"selector": {"matchLabels": {"app": "web"}}, "template": pod} | spec
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": body}


def test_lists_with_merge_keys_name_them():
    ports = lookup(DEPLOYMENT, (*POD_SPEC, "containers", 0, "ports"))
    assert ports.type == "list"
    assert ports.keys == ("containerPort", "protocol")
    assert lookup(DEPLOYMENT, (*POD_SPEC, "volumes")).keys == ("name",)
    assert lookup(DEPLOYMENT, (*POD_SPEC, "tolerations")).keys == ()


def test_only_command_and_args_must_keep_their_order():
    assert lookup(DEPLOYMENT, (*POD_SPEC, "containers", 0, "command")).exact
    assert not lookup(Kind("rbac.authorization.k8s.io/v1", "Role"), ("rules", 0, "verbs")).exact


def test_values_with_a_meaning_of_their_own_are_known():
    assert lookup(DEPLOYMENT, (*POD_SPEC, "containers", 0, "resources", "limits", "cpu")).type == "quantity"
    assert lookup(Kind("v1", "Service"), ("spec", "ports", 0, "targetPort")).type == "int-or-string"
    assert lookup(DEPLOYMENT, ("spec", "replicas")).type == "integer"
    assert lookup(DEPLOYMENT, ("metadata", "labels", "app")).type == "string"


def test_a_path_that_does_not_exist_has_no_node():
    assert lookup(DEPLOYMENT, ("spec", "replcas")) is None
    assert lookup(DEPLOYMENT, ("spec", "replicas", "deeper")) is None
    assert root(Kind("example.org/v1", "Cake")) is None


def test_the_extract_is_of_a_kubernetes_the_course_supports():
    assert version().startswith("1.3")
    assert {DEPLOYMENT, Kind("v1", "Pod"), Kind("networking.k8s.io/v1", "NetworkPolicy")} <= set(kinds())


def test_required_fields_and_names_are_known():
    spec = lookup(DEPLOYMENT, ("spec",))
    assert set(spec.required) == {"selector", "template"}
    assert "replicas" in spec.fields


def test_a_correct_manifest_has_no_problems():
    assert validate(manifest(replicas=2)) == []
    assert validate({"apiVersion": "v1", "kind": "List", "items": [manifest()]}) == []


@pytest.mark.parametrize(
    ("wrong", "place", "message"),
    [
        (manifest(replcas=2), ("spec", "replcas"), "spec has no field replcas; did you mean replicas?"),
        (manifest(replicas="2"), ("spec", "replicas"), "spec.replicas is a whole number, not a text ('2')"),
        (manifest(replicas=True), ("spec", "replicas"), "spec.replicas is a whole number, not true or false (True)"),
        (manifest(template=[]), ("spec", "template"), "spec.template is a mapping, not a list"),
        (manifest(selector=None), ("spec",), "spec.selector is missing"),
        (manifest() | {"kind": "Deploymnt"}, ("kind",), "there is no kind Deploymnt; did you mean Deployment?"),
        (
            manifest() | {"apiVersion": "v1"},
            ("kind",),
            "there is no Deployment in v1; did you mean apiVersion apps/v1?",
        ),
        (manifest() | {"metadata": {}}, (), "metadata.name is missing"),
        (manifest() | {"metadata": {"labels": {}}}, ("metadata",), "metadata.name is missing"),
        ({"kind": "Pod"}, (), "apiVersion is missing"),
        ({"apiVersion": "v1", "kind": ["Pod"]}, ("kind",), "kind is a text, not a list"),
        ([], (), "a manifest is a mapping, not a list"),
        (None, (), "a manifest is a mapping, not empty"),
    ],
)
def test_a_wrong_manifest_is_named_with_its_place(wrong, place, message):
    assert validate(wrong) == [(place, message)]


def test_a_place_inside_a_list_has_its_number():
    wrong = manifest()
    wrong["spec"]["template"]["spec"]["containers"][0]["resources"] = {"limits": {"memory": "64MB"}}
    place = (*POD_SPEC, "containers", 0, "resources", "limits", "memory")
    assert [where for where, _ in validate(wrong)] == [place]


def test_kinds_of_foreign_groups_pass():
    assert validate({"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": "a"}}) == []


def test_a_misspelled_group_does_not_pass():
    wrong = {"apiVersion": "networking.k8s.oi/v1", "kind": "NetworkPolicy", "metadata": {"name": "a"}}
    assert validate(wrong) == [
        (
            ("kind",),
            "there is no NetworkPolicy in networking.k8s.oi/v1; did you mean apiVersion networking.k8s.io/v1?",
        )
    ]


def test_the_extract_is_read_when_first_asked_for():
    code = "import checkers.schema as s; assert s._extract.cache_info().currsize == 0; s.version()"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)


def test_reading_the_extract_is_quick():
    from checkers.schema import _extract

    times = []
    for _ in range(3):
        _extract.cache_clear()
        start = time.perf_counter()
        root(DEPLOYMENT)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.04
