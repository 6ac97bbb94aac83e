"""The OpenAPI documents."""

import copy
from typing import Any

import orjson

from tutor.practice.api.kinds import Kind, Kinds
from tutor.practice.schema import discovery
from tutor.practice.schema.definitions import Schema
from tutor.practice.schema.openapi import OpenApi

CRD: dict[str, Any] = {
    "spec": {
        "group": "example.com",
        "names": {"plural": "gizmos", "kind": "Gizmo"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "schema": {
                    "openAPIV3Schema": {
                        "description": "A gizmo.",
                        "type": "object",
                        "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}},
                    }
                },
            }
        ],
    }
}
GIZMO = Kind(
    "example.com",
    "v1",
    "Gizmo",
    "gizmos",
    namespaced=True,
    verbs=discovery.CUSTOM_VERBS,
    subresources=("status", "scale"),
    custom=True,
)


def documents() -> OpenApi:
    return OpenApi(Schema.load(), Kinds([*discovery.built_in(), GIZMO]))


def read(openapi: OpenApi, path: str) -> Any:
    document = openapi.v3(path)
    assert document is not None
    return orjson.loads(document)


def test_a_document_has_the_paths_of_its_kinds_and_every_schema_that_they_need() -> None:
    document = read(documents(), "apis/apps/v1")
    assert document["info"] == {"title": "Kubernetes", "version": "1.37"}
    one = document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]
    assert set(one) == {"get", "put", "patch", "delete", "parameters"}
    assert one["patch"]["x-kubernetes-group-version-kind"] == {"group": "apps", "version": "v1", "kind": "Deployment"}
    assert {"dryRun", "fieldValidation"} <= {each["name"] for each in one["patch"]["parameters"]}
    scale = document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale"]
    assert scale["get"]["x-kubernetes-group-version-kind"]["kind"] == "Scale"
    schemas = document["components"]["schemas"]
    assert "io.k8s.api.core.v1.Container" in schemas
    assert "io.k8s.api.networking.v1.Ingress" not in schemas
    text = orjson.dumps(document).decode()
    references = {part.partition('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert references <= set(schemas)


def test_cluster_scoped_kinds_have_no_namespace_in_their_paths() -> None:
    paths = read(documents(), "api/v1")["paths"]
    assert set(paths["/api/v1/nodes"]) == {"get", "post", "delete", "parameters"}
    assert "/api/v1/nodes/{name}/status" in paths
    assert not any("{namespace}/nodes" in path for path in paths)


def test_kinds_of_another_server_are_left_to_it() -> None:
    openapi = OpenApi(Schema.load(), Kinds([*discovery.built_in(), *discovery.METRICS]))
    assert openapi.v3("apis/metrics.k8s.io/v1beta1") is None
    assert b"metrics.k8s.io" not in openapi.v3_index() + openapi.v2()


def test_unknown_documents_are_none() -> None:
    assert documents().v3("apis/apps/v9") is None
    assert documents().v3("nonsense") is None


def test_the_index_names_each_document_with_a_hash_that_follows_its_content() -> None:
    openapi = documents()
    before = orjson.loads(openapi.v3_index())["paths"]
    assert (
        before["apis/apps/v1"]["serverRelativeURL"] == f"/openapi/v3/apis/apps/v1?hash={openapi.hash('apis/apps/v1')}"
    )
    openapi.set_custom([CRD])
    after = orjson.loads(openapi.v3_index())["paths"]
    assert after["apis/apps/v1"] == before["apis/apps/v1"]
    assert after["apis/example.com/v1"] != before["apis/example.com/v1"]


def test_custom_resources_are_described_with_what_each_object_has() -> None:
    openapi = documents()
    openapi.set_custom([CRD])
    document = read(openapi, "apis/example.com/v1")
    gizmo = document["components"]["schemas"]["com.example.v1.Gizmo"]
    assert set(gizmo["properties"]) == {"spec", "apiVersion", "kind", "metadata"}
    assert gizmo["x-kubernetes-group-version-kind"] == [{"group": "example.com", "version": "v1", "kind": "Gizmo"}]
    listed = document["paths"]["/apis/example.com/v1/gizmos"]["get"]["responses"]["200"]["content"]["application/json"]
    assert listed["schema"] == {"$ref": "#/components/schemas/com.example.v1.GizmoList"}
    assert "io.k8s.api.autoscaling.v1.Scale" in document["components"]["schemas"]


def test_a_changed_definition_changes_the_document() -> None:
    openapi = documents()
    openapi.set_custom([CRD])
    read(openapi, "apis/example.com/v1")
    changed = copy.deepcopy(CRD)
    changed["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["description"] = "Another."
    openapi.set_custom([changed])
    schemas = read(openapi, "apis/example.com/v1")["components"]["schemas"]
    assert schemas["com.example.v1.Gizmo"]["description"] == "Another."


def test_version_2_has_all_in_one_document() -> None:
    document = orjson.loads(documents().v2())
    definitions = document["definitions"]
    assert definitions["io.k8s.apimachinery.pkg.util.intstr.IntOrString"]["format"] == "int-or-string"
    spec = definitions["io.k8s.api.apps.v1.Deployment"]["properties"]["spec"]
    assert spec["$ref"] == "#/definitions/io.k8s.api.apps.v1.DeploymentSpec"
    post = document["paths"]["/api/v1/namespaces/{namespace}/pods"]["post"]
    body = post["parameters"][-1]
    assert (body["in"], body["schema"]) == ("body", {"$ref": "#/definitions/io.k8s.api.core.v1.Pod"})
    assert post["responses"]["200"]["schema"] == {"$ref": "#/definitions/io.k8s.api.core.v1.Pod"}
