"""The types, as the definitions give them."""

from tutor.practice.schema.definitions import Schema, Type

SCHEMA = Schema.load()


def test_kinds_are_found_by_their_api_version() -> None:
    deployment = SCHEMA.for_kind("apps/v1", "Deployment")
    assert deployment is not None
    assert deployment.name == "io.k8s.api.apps.v1.Deployment"
    assert SCHEMA.for_kind("apps/v1", "Pod") is None
    assert SCHEMA.for_kind("v1", "Pod") is SCHEMA.for_kind("v1", "Pod")


def test_fields_know_how_their_lists_merge() -> None:
    deployment = SCHEMA.for_kind("apps/v1", "Deployment")
    assert deployment is not None
    pod = deployment.fields["spec"].type.fields["template"].type.fields["spec"].type
    containers = pod.fields["containers"]
    assert (containers.patch_strategies, containers.merge_key) == (("merge",), "name")
    assert pod.fields["volumes"].patch_strategies == ("merge", "retainKeys")
    assert (containers.type.kind, containers.type.list_type, containers.type.list_map_keys) == (
        "array",
        "map",
        ("name",),
    )
    container = containers.type.items
    assert container is not None
    assert container.required == ("name",)
    ports = container.fields["ports"].type
    assert ports.list_map_keys == ("containerPort", "protocol")
    assert ports.items is not None
    assert ports.items.fields["protocol"].type.default == "TCP"


def test_scalars_of_kubernetes_are_kept_apart() -> None:
    pod = SCHEMA.for_kind("v1", "Pod")
    service = SCHEMA.for_kind("v1", "Service")
    secret = SCHEMA.for_kind("v1", "Secret")
    assert pod is not None
    assert service is not None
    assert secret is not None
    port = service.fields["spec"].type.fields["ports"].type.items
    container = pod.fields["spec"].type.fields["containers"].type.items
    assert port is not None
    assert container is not None
    limits = container.fields["resources"].type.fields["limits"].type
    assert port.fields["targetPort"].type.kind == "int-or-string"
    assert port.fields["port"].type.format == "int32"
    assert limits.kind == "map"
    assert limits.items is not None
    assert limits.items.kind == "quantity"
    assert pod.fields["metadata"].type.fields["creationTimestamp"].type.kind == "time"
    data = secret.fields["data"].type.items
    assert data is not None
    assert data.kind == "bytes"
    assert service.fields["spec"].type.fields["selector"].type.map_type == "atomic"


def test_a_custom_resource_gives_a_type_of_the_same_sort() -> None:
    schema = {
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "required": ["size"],
                "properties": {
                    "size": {"type": "integer", "default": 1},
                    "port": {"x-kubernetes-int-or-string": True},
                    "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                    "template": {"type": "object", "x-kubernetes-embedded-resource": True},
                    "when": {"type": "string", "format": "date-time"},
                },
            }
        },
    }
    whole = Type.from_openapi(schema).with_metadata()
    assert set(whole.fields) == {"apiVersion", "kind", "metadata", "spec"}
    assert whole.fields["metadata"].type.fields["labels"].type.kind == "map"
    spec = whole.fields["spec"].type
    assert spec.required == ("size",)
    kinds = {name: field.type.kind for name, field in spec.fields.items()}
    assert kinds == {
        "size": "integer",
        "port": "int-or-string",
        "free": "any",
        "template": "object",
        "when": "string",
    }
    assert "metadata" in spec.fields["template"].type.fields
