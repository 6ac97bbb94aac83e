"""Decoding: the answers of a real server to right and wrong objects."""

import copy
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tutor.practice.schema.decode import Decoded, DecodeError, decode, zero
from tutor.practice.schema.definitions import Schema, Type
from tutor.practice.schema.parsing import parse_json, parse_yaml

SCHEMA = Schema.load()
EXAMPLES: dict[str, dict[str, Any]] = json.loads(
    gzip.decompress((Path(__file__).parent.parent / "wire/fixtures.json.gz").read_bytes())
)
QUANTITY = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
GIZMO = Type.from_openapi(
    {
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "properties": {
                    "size": {"type": "integer"},
                    "color": {"type": "string"},
                    "note": {"type": "string", "nullable": True},
                    "parts": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
                    "byName": {"type": "object", "additionalProperties": {"type": "object", "properties": {}}},
                    "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                },
            }
        },
    }
).with_metadata()


def of(api_version: str, kind: str) -> Type:
    found = SCHEMA.for_kind(api_version, kind)
    assert found is not None
    return found


def deployment(**changes: Any) -> dict[str, Any]:
    """A Deployment with values at dotted paths: `spec__replicas=2`; `c__image=…` is of its container."""
    container = {"name": "c", "image": "nginx"}
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [container]}}
    spec: dict[str, Any] = {"replicas": 1, "selector": {"matchLabels": {"a": "b"}}, "template": template}
    obj: dict[str, Any] = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"}, "spec": spec}
    roots = {"c": container, "pod": template["spec"]}
    for path, value in changes.items():
        first, *steps = path.split("__")
        place: Any = roots.get(first, obj) if first in roots else obj
        steps = steps if first in roots else [first, *steps]
        for step in steps[:-1]:
            place = place[step]
        place[steps[-1]] = value
    return obj


def strict(obj: dict[str, Any]) -> Decoded:
    return decode(obj, of(obj["apiVersion"], obj["kind"]), "Strict")


def refusal(obj: dict[str, Any]) -> str:
    with pytest.raises(DecodeError) as caught:
        strict(obj)
    assert (caught.value.code, caught.value.reason) == (400, "BadRequest")
    start = f'{obj["kind"]} in version "v1" cannot be handled as a {obj["kind"]}: '
    assert caught.value.message == start + caught.value.detail
    return caught.value.detail


@pytest.mark.parametrize("name", EXAMPLES)
def test_kubernetes_own_examples_stay_as_they_are(name: str) -> None:
    obj = EXAMPLES[name]["json"]
    decoded = decode(obj, of(obj["apiVersion"], obj["kind"]))
    if decoded.warnings:  # The examples are a version older: two of their fields are gone.
        assert name in ("core.v1.Pod", "resource.k8s.io.v1.ResourceSlice")
    else:
        assert decoded.obj == obj


def test_unknown_fields_are_all_named_in_the_order_of_the_text() -> None:
    obj = deployment(metadata__nam="x", c__imag="x", spec__replica=2, foo=1)
    unknown = ["metadata.nam", "spec.template.spec.containers[0].imag", "spec.replica", "foo"]
    complaints = [f'unknown field "{path}"' for path in unknown]
    assert refusal(obj) == "strict decoding error: " + ", ".join(complaints)
    warned = decode(obj, of("apps/v1", "Deployment"), "Warn")
    assert warned.warnings == complaints
    assert "replica" not in warned.obj["spec"]
    ignored = decode(obj, of("apps/v1", "Deployment"), "Ignore")
    assert (ignored.warnings, ignored.obj) == ([], warned.obj)


def test_fields_are_told_apart_by_case() -> None:
    assert refusal(deployment(spec__Replicas=2)) == 'strict decoding error: unknown field "spec.Replicas"'


def test_fields_that_are_there_twice() -> None:
    body = b"""{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "name": "y",
                "labels": {"a": "", "a": ""}}, "data": {"k": "1", "k": "2"}}"""
    obj = parse_json(body)
    paths = ["metadata.name", "metadata.labels.a", "data.k"]
    assert refusal(obj) == "strict decoding error: " + ", ".join(f'duplicate field "{path}"' for path in paths)
    assert decode(obj, of("v1", "ConfigMap")).obj["data"] == {"k": "2"}


def test_keys_that_yaml_has_twice() -> None:
    body = b"kind: Deployment\napiVersion: apps/v1\nmetadata: {name: x}\nspec: {replicas: 1, replicas: 2, foo: 1}"
    assert refusal(parse_yaml(body)) == (
        "strict decoding error: yaml: unmarshal errors:\n"
        '  line 4: key "replicas" already set in map, unknown field "spec.foo"'
    )


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("spec__replicas", "3", "string into Go struct field DeploymentSpec.spec.replicas of type int32"),
        ("spec__replicas", 3.5, "number 3.5 into Go struct field DeploymentSpec.spec.replicas of type int32"),
        ("spec__replicas", 3.0, "number 3.0 into Go struct field DeploymentSpec.spec.replicas of type int32"),
        (
            "spec__replicas",
            99999999999,
            "number 99999999999 into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        ("spec__replicas", True, "bool into Go struct field DeploymentSpec.spec.replicas of type int32"),
        ("spec", "x", "string into Go struct field Deployment.spec of type v1.DeploymentSpec"),
        ("metadata", [], "array into Go struct field Deployment.metadata of type v1.ObjectMeta"),
        ("metadata", {"labels": {"a": 1}}, "number into Go struct field ObjectMeta.metadata.labels of type string"),
        ("metadata", {"labels": []}, "array into Go struct field ObjectMeta.metadata.labels of type map[string]string"),
        ("spec__selector", [], "array into Go struct field DeploymentSpec.spec.selector of type v1.LabelSelector"),
        ("c__image", 3, "number into Go struct field Container.spec.template.spec.containers.image of type string"),
        ("c__args", "x", "string into Go struct field Container.spec.template.spec.containers.args of type []string"),
        ("c__args", [1], "number into Go struct field Container.spec.template.spec.containers.args of type string"),
        ("c__env", {}, "object into Go struct field Container.spec.template.spec.containers.env of type []v1.EnvVar"),
        (
            "c__env",
            [{"name": "a", "value": True}],
            "bool into Go struct field EnvVar.spec.template.spec.containers.env.value of type string",
        ),
        (
            "c__imagePullPolicy",
            1,
            "number into Go struct field Container.spec.template.spec.containers.imagePullPolicy of type v1.PullPolicy",
        ),
        (
            "pod__containers",
            ["x"],
            "string into Go struct field PodSpec.spec.template.spec.containers of type v1.Container",
        ),
        (
            "c__livenessProbe",
            {"httpGet": {"path": 1}},
            "number into Go struct field "
            "HTTPGetAction.spec.template.spec.containers.livenessProbe.ProbeHandler.httpGet.path of type string",
        ),
        ("pod__hostNetwork", "true", "string into Go struct field PodSpec.spec.template.spec.hostNetwork of type bool"),
    ],
)
def test_values_of_a_wrong_type(path: str, value: Any, words: str) -> None:
    assert refusal(deployment(**{path: value})) == f"json: cannot unmarshal {words}"


def test_unknown_fields_of_embedded_structs() -> None:
    probe = "spec.template.spec.containers[0].livenessProbe"
    complaint = f'strict decoding error: unknown field "{probe}.httpGet.pth", unknown field "{probe}.foo"'
    assert refusal(deployment(c__livenessProbe={"httpGet": {"port": 80, "pth": 1}, "foo": 1})) == complaint


def test_a_wrong_type_counts_before_unknown_fields_and_the_first_one_only() -> None:
    words = "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"
    assert refusal(deployment(spec__replicas="x", spec__foo=1, spec__paused="y")) == words


@pytest.mark.parametrize(
    ("port", "words"),
    [
        (1.5, "number 1.5 into Go struct field ServicePort.spec.ports.targetPort of type int32"),
        (True, "bool into Go struct field ServicePort.spec.ports.targetPort of type int32"),
    ],
)
def test_neither_number_nor_name(port: Any, words: str) -> None:
    obj = {"apiVersion": "v1", "kind": "Service", "spec": {"ports": [{"port": 80, "targetPort": port}]}}
    assert refusal(obj) == f"json: cannot unmarshal {words}"
    obj["spec"] = {"ports": [{"port": 80, "targetPort": "web"}]}
    assert strict(obj).obj["spec"]["ports"] == [{"port": 80, "targetPort": "web"}]


@pytest.mark.parametrize("amount", ["1x", "", True, [], {}])
def test_malformed_quantities(amount: Any) -> None:
    assert refusal(deployment(c__resources={"limits": {"cpu": amount}})) == QUANTITY


def test_quantities_are_written_in_their_canonical_form() -> None:
    limits = {"cpu": 0.5, "memory": "1024Mi", "ephemeral-storage": None, "x/y": 3}
    decoded = strict(deployment(c__resources={"limits": limits})).obj
    kept = decoded["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]
    assert kept == {"cpu": "500m", "memory": "1Gi", "ephemeral-storage": "0", "x/y": "3"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x", 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"'),
        ("2020-01-01", 'parsing time "2020-01-01" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"'),
        (
            "2020-01-01T00:00:00",
            'parsing time "2020-01-01T00:00:00" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00"',
        ),
        ("2020-13-01T00:00:00Z", 'parsing time "2020-13-01T00:00:00Z": month out of range'),
        ("2020-02-30T00:00:00Z", 'parsing time "2020-02-30T00:00:00Z": day out of range'),
        (1, "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.deletionTimestamp of type string"),
    ],
)
def test_malformed_times(text: Any, words: str) -> None:
    assert refusal(deployment(metadata={"name": "x", "deletionTimestamp": text})) == words


def test_times_are_written_in_utc() -> None:
    obj = deployment(metadata={"name": "x", "deletionTimestamp": "2020-01-01T01:00:00.5+01:00"})
    assert strict(obj).obj["metadata"]["deletionTimestamp"] == "2020-01-01T00:00:00Z"
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "spec": {"renewTime": "2020-01-01T00:00:00.5Z"}}
    assert refusal(lease) == (
        'parsing time "2020-01-01T00:00:00.5Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse ".5Z" as ".000000"'
    )
    lease["spec"] = {"renewTime": "2020-01-01T01:00:00.123456+01:00"}
    assert strict(lease).obj["spec"] == {"renewTime": "2020-01-01T00:00:00.123456Z"}


@pytest.mark.parametrize(("text", "place"), [("!!!", 0), ("YWJ", 0), ("YW Jj", 2), ("YWJjZA", 4)])
def test_malformed_base64(text: str, place: int) -> None:
    obj = {"apiVersion": "v1", "kind": "Secret", "data": {"k": text}}
    assert refusal(obj) == f"illegal base64 data at input byte {place}"


def test_what_go_leaves_out_goes_and_what_it_writes_comes() -> None:
    obj = deployment(
        metadata={"name": "x", "labels": {}, "finalizers": [], "annotations": {"a": None}},
        spec__minReadySeconds=0,
        spec__paused=False,
        spec__revisionHistoryLimit=0,
        pod__hostNetwork=False,
        pod__tolerations=[],
        pod__affinity={},
        pod__volumes=[{"name": "v", "emptyDir": {}}],
        c__args=[],
        c__workingDir="",
        c__env=[{"name": "a", "value": ""}],
        c__command=None,
    )
    before = copy.deepcopy(obj)
    decoded = strict(obj).obj
    assert obj == before
    pod: dict[str, Any] = {"volumes": [{"name": "v", "emptyDir": {}}], "affinity": {}}
    pod["containers"] = [{"name": "c", "image": "nginx", "env": [{"name": "a"}], "resources": {}}]
    assert decoded == {
        "kind": "Deployment",
        "apiVersion": "apps/v1",
        "metadata": {"name": "x", "annotations": {"a": ""}},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"a": "b"}},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": pod},
            "strategy": {},
            "revisionHistoryLimit": 0,
        },
        "status": {},
    }
    assert list(decoded) == ["kind", "apiVersion", "metadata", "spec", "status"]


def test_items_that_are_null_are_zero() -> None:
    decoded = strict(deployment(pod__containers=[None])).obj
    assert decoded["spec"]["template"]["spec"]["containers"] == [{"name": "", "resources": {}}]


def test_zero_is_what_go_writes_for_an_empty_struct() -> None:
    assert zero(of("v1", "Service").fields["status"].type) == {"loadBalancer": {}}
    counts = ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"]
    assert zero(of("policy/v1", "PodDisruptionBudget").fields["status"].type) == dict.fromkeys(counts, 0)
    assert zero(of("v1", "Pod").fields["status"].type) == {}


def gizmo(**more: Any) -> dict[str, Any]:
    return {"apiVersion": "example.com/v1", "kind": "Gizmo", "metadata": {"name": "x"}, **more}


def test_a_custom_resource_is_pruned() -> None:
    spec = {
        "size": 1.0,
        "color": None,
        "note": None,
        "parts": [{"name": "a", "foo": 1}],
        "byName": {"k": {"foo": 1}},
        "free": {"x": 1, "n": None},
        "foo": 1,
    }
    obj = gizmo(spec=spec, baz=1)
    unknown = ["baz", "spec.byName.k.foo", "spec.foo", "spec.parts[0].foo"]
    decoded = decode(obj, GIZMO, "Warn")
    assert decoded.warnings == [f'unknown field "{path}"' for path in unknown]
    assert decoded.obj["spec"] == {
        "size": 1,
        "note": None,
        "parts": [{"name": "a"}],
        "byName": {"k": {}},
        "free": {"x": 1, "n": None},
    }
    with pytest.raises(
        DecodeError, match='Gizmo in version "v1" cannot be handled as a Gizmo: strict decoding error: '
    ):
        decode(obj, GIZMO, "Strict")


def test_the_metadata_of_a_custom_resource_is_read_as_any_other() -> None:
    decoded = decode(gizmo(metadata={"name": "x", "foo": 1, "labels": {"a": None}}), GIZMO)
    assert decoded.obj["metadata"] == {"name": "x", "labels": {"a": ""}}
    assert decoded.warnings == ['unknown field "metadata.foo"']
    with pytest.raises(DecodeError) as caught:
        decode(gizmo(metadata={"labels": {"a": 1}}), GIZMO)
    assert caught.value.detail == "json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string"


def test_values_of_a_wrong_type_are_left_to_a_custom_resources_validation() -> None:
    assert decode(gizmo(spec={"size": "x", "parts": {}}), GIZMO).obj["spec"] == {"size": "x", "parts": {}}
