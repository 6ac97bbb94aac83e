"""The OpenAPI documents of the server: what `kubectl explain`, `apply` and the check of manifests ask for.

https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-interface-definition
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import orjson

from tutor.practice.api.errors import Obj
from tutor.practice.api.kinds import Kind
from tutor.practice.schema.definitions import DATA, META, Node, Schema

TITLE = {"title": "Kubernetes", "version": "1.37"}
REF = "#/components/schemas/"
_MEDIA = ("application/json", "application/vnd.kubernetes.protobuf", "application/yaml")
_PATCHES = ("apply-patch+yaml", "json-patch+json", "merge-patch+json", "strategic-merge-patch+json")
_WRITE = ("dryRun", "fieldManager", "fieldValidation")
_LIST = (
    "allowWatchBookmarks",
    "continue",
    "fieldSelector",
    "labelSelector",
    "limit",
    "resourceVersion",
    "resourceVersionMatch",
    "sendInitialEvents",
    "timeoutSeconds",
    "watch",
)
_DELETE = ("dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy")
_TYPES = {
    **dict.fromkeys(("limit", "timeoutSeconds", "gracePeriodSeconds"), "integer"),
    **dict.fromkeys(("allowWatchBookmarks", "sendInitialEvents", "watch", "force", "orphanDependents"), "boolean"),
}
_VERBS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "get": ("get", "read the specified {}", ()),
    "list": ("get", "list or watch objects of kind {}", _LIST),
    "create": ("post", "create a {}", _WRITE),
    "update": ("put", "replace the specified {}", _WRITE),
    "patch": ("patch", "partially update the specified {}", (*_WRITE, "force")),
    "delete": ("delete", "delete a {}", _DELETE),
    "deletecollection": ("delete", "delete collection of {}", (*_DELETE, *_LIST)),
}
"""By verb: the method, what is said of it, its query parameters."""


class OpenApi:
    """The documents of one server, made when they are asked for.

    `kinds` are all kinds that it serves, read anew for each document; those of custom resources need `set_custom`.
    """

    def __init__(self, schema: Schema, kinds: Iterable[Kind]) -> None:
        self._nodes = schema.definitions.nodes
        self._names = schema.definitions.kinds
        self._kinds = kinds
        self._custom: dict[tuple[str, str], Node] = {}
        self._documents: dict[str, bytes] = {}

    def set_custom(self, crds: Iterable[Obj]) -> None:
        """Take the schemas of these CustomResourceDefinitions, and of no others; call it whenever one changes."""
        self._custom = {
            (f"{crd['spec']['group']}/{version['name']}", crd["spec"]["names"]["kind"]): version["schema"][
                "openAPIV3Schema"
            ]
            for crd in crds
            for version in crd["spec"]["versions"]
            if version.get("served")
        }
        self._documents.clear()

    def v3_index(self) -> bytes:
        """Return `/openapi/v3`: where each group version's document is, with a hash that changes when it does."""
        paths = {path: {"serverRelativeURL": f"/openapi/v3/{path}?hash={self.hash(path)}"} for path in self._paths()}
        return orjson.dumps({"paths": dict(sorted(paths.items()))})

    def hash(self, path: str) -> str:
        """Return the hash of a document, also its ETag; `path` is `api/v1`, `apis/apps/v1`."""
        api_version = path.partition("/")[2]
        custom = {kind: node for (version, kind), node in sorted(self._custom.items()) if version == api_version}
        text = orjson.dumps([_fingerprint(), path, custom], option=orjson.OPT_SORT_KEYS)
        return hashlib.sha512(text).hexdigest().upper()

    def v3(self, path: str) -> bytes | None:
        """Return `/openapi/v3/PATH`, for `api/v1` or `apis/GROUP/VERSION`; None for an unknown one."""
        if path not in self._documents:
            kinds = self._paths().get(path)
            if kinds is None:
                return None
            self._documents[path] = orjson.dumps(self._document(kinds))
        return self._documents[path]

    def v2(self) -> bytes:
        """Return `/openapi/v2` as JSON: all definitions and paths in one."""
        schemas: Obj = dict(self._nodes)
        paths: Obj = {}
        for kinds in self._paths().values():
            for kind in kinds:
                paths |= dict(self._kind_paths(kind))
                schemas |= self._custom_schemas(kind)
        document = {"swagger": "2.0", "info": TITLE, "paths": _older(paths), "definitions": _older(schemas)}
        return orjson.dumps(document).replace(REF.encode(), b"#/definitions/")

    def _paths(self) -> dict[str, list[Kind]]:
        found: dict[str, list[Kind]] = {}
        for kind in self._kinds:
            if not kind.custom and (kind.api_version, kind.kind) not in self._names:
                continue  # Another server's, which has documents of its own.
            found.setdefault(_root(kind).removeprefix("/"), []).append(kind)
        return found

    def _document(self, kinds: list[Kind]) -> Obj:
        paths: Obj = {}
        own: Obj = {}
        for kind in kinds:
            paths |= dict(self._kind_paths(kind))
            own |= self._custom_schemas(kind)
        schemas: Obj = {}
        waiting = sorted(_references([paths, own]) | own.keys())
        while waiting:
            name = waiting.pop()
            if name not in schemas:
                schemas[name] = own.get(name) or self._nodes[name]
                waiting += _references(schemas[name])
        security = {
            "type": "apiKey",
            "description": "Bearer Token authentication",
            "name": "authorization",
            "in": "header",
        }
        components = {"schemas": dict(sorted(schemas.items())), "securitySchemes": {"BearerToken": security}}
        return {"openapi": "3.0.0", "info": TITLE, "paths": dict(sorted(paths.items())), "components": components}

    def _name(self, api_version: str, kind: str) -> str:
        """The name of a kind's schema: Kubernetes' own, or `com.example.v1.Gizmo`."""
        if name := self._names.get((api_version, kind)):
            return name
        group, _, version = api_version.partition("/")
        return ".".join([*reversed(group.split(".")), version, kind])

    def _custom_schemas(self, kind: Kind) -> Obj:
        """The schemas of a custom resource and its list, with what each object has."""
        if not kind.custom:
            return {}
        name = self._name(kind.api_version, kind.kind)
        pod = self._nodes[self._names["v1", "Pod"]]["properties"]
        pods = self._nodes[self._names["v1", "PodList"]]["properties"]
        properties = {key: pod[key] for key in ("apiVersion", "kind", "metadata")}
        schema = _embedding({"type": "object", **self._custom.get((kind.api_version, kind.kind), {})}, properties)
        items = {"type": "array", "items": {"$ref": REF + name}}
        listed = {**{key: pods[key] for key in ("apiVersion", "kind", "metadata")}, "items": items}
        return {
            name: {**schema, "properties": {**schema.get("properties", {}), **properties}, **_gvk([_own(kind)])},
            name + "List": {
                "description": f"{kind.kind}List is a list of {kind.kind}",
                "type": "object",
                "required": ["items"],
                "properties": dict(sorted(listed.items())),
                **_gvk([{**_own(kind), "kind": kind.kind + "List"}]),
            },
        }

    def _kind_paths(self, kind: Kind) -> Iterator[tuple[str, Obj]]:
        """The paths of a resource: its lists, one object, the object's status and scale."""
        name = self._name(kind.api_version, kind.kind)
        listed = self._name(kind.api_version, kind.kind + "List")
        listed = listed if listed in self._nodes or kind.custom else name
        root, plural = _root(kind), kind.plural
        scope = ["namespace"] if kind.namespaced else []
        base = f"{root}/namespaces/{{namespace}}/{plural}" if kind.namespaced else f"{root}/{plural}"
        collection = [("list", listed), ("create", name), ("deletecollection", META + "Status")]
        one = [("get", name), ("update", name), ("patch", name), ("delete", META + "Status")]
        if kind.namespaced and "list" in kind.verbs:
            yield f"{root}/{plural}", _operations(kind, [("list", listed)], [], name)
        yield base, _operations(kind, [each for each in collection if each[0] in kind.verbs], scope, name)
        if "get" in kind.verbs:
            objects = [each for each in one if each[0] in kind.verbs]
            yield f"{base}/{{name}}", _operations(kind, objects, ["name", *scope], name)
        for subresource in kind.subresources:
            if subresource in ("status", "scale"):
                own = self._name("autoscaling/v1", "Scale") if subresource == "scale" else name
                verbs = [("get", own), ("update", own), ("patch", own)]
                yield f"{base}/{{name}}/{subresource}", _operations(kind, verbs, ["name", *scope], own, subresource)


def _operations(
    kind: Kind, verbs: Iterable[tuple[str, str]], scope: list[str], body: str, subresource: str = ""
) -> Obj:
    """The operations of a path: the verbs with the schema of their answer, and its own parameters."""
    item: Obj = {}
    gvk = {"group": "autoscaling", "version": "v1", "kind": "Scale"} if subresource == "scale" else _own(kind)
    title = f"{subresource} of the specified {kind.kind}" if subresource else kind.kind
    for verb, answer in verbs:
        method, words, query = _VERBS[verb]
        content = {media: {"schema": {"$ref": REF + answer}} for media in _MEDIA}
        operation: Obj = {
            "tags": [kind.api_version.replace("/", "_").replace(".", "")],
            "description": words.format(title).replace("the specified " + subresource, subresource),
            "operationId": "".join(part.title() for part in re.split(r"\W", f"{kind.api_version}.{verb}.{title}")),
            "parameters": [_parameter(name, "query") for name in query],
            "responses": {"200": {"description": "OK", "content": content}, "401": {"description": "Unauthorized"}},
            "x-kubernetes-action": {"create": "post", "update": "put"}.get(verb, verb),
            "x-kubernetes-group-version-kind": gvk,
        }
        if verb not in ("get", "list"):
            operation["requestBody"] = _body(verb, body)
        item[method] = operation
    item["parameters"] = [*(_parameter(name, "path") for name in scope), _parameter("pretty", "query")]
    return item


def _body(verb: str, name: str) -> Obj:
    if verb == "patch":
        content = {f"application/{kind}": {"schema": {"$ref": f"{REF}{META}Patch"}} for kind in _PATCHES}
        return {"content": content, "required": True}
    if verb.startswith("delete"):
        return {"content": {"*/*": {"schema": {"$ref": f"{REF}{META}DeleteOptions"}}}}
    return {"content": {"*/*": {"schema": {"$ref": REF + name}}}, "required": True}


def _parameter(name: str, place: str) -> Obj:
    parameter = {"name": name, "in": place, "schema": {"type": _TYPES.get(name, "string"), "uniqueItems": True}}
    return {**parameter, "required": True} if place == "path" else parameter


def _embedding(node: Any, whole: Obj) -> Any:
    """Return a custom resource's schema with what each object has in the places of whole objects."""
    if not isinstance(node, dict):
        return node
    found = dict(node)
    for key in ("items", "additionalProperties"):
        if key in node:
            found[key] = _embedding(node[key], whole)
    if properties := node.get("properties"):
        found["properties"] = {name: _embedding(each, whole) for name, each in properties.items()}
    if node.get("x-kubernetes-embedded-resource"):
        found |= {"properties": {**found.get("properties", {}), **whole}, "required": ["apiVersion", "kind"]}
    return found


def _own(kind: Kind) -> Obj:
    return {"group": kind.group, "version": kind.version, "kind": kind.kind}


def _gvk(kinds: list[Obj]) -> Obj:
    return {"x-kubernetes-group-version-kind": kinds}


def _root(kind: Kind) -> str:
    return f"/apis/{kind.api_version}" if kind.group else f"/api/{kind.version}"


def _references(node: Any) -> set[str]:
    return {match.decode() for match in re.findall(rb'"#/components/schemas/([^"]+)"', orjson.dumps(node))}


def _older(node: Any) -> Any:
    """Turn what version 3 writes in another way into version 2: references, unions, parameters, bodies, answers."""
    if isinstance(node, list):
        return [_older(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    if len(node.get("allOf", ())) == 1:
        return {**node["allOf"][0], **{key: value for key, value in node.items() if key not in ("allOf", "default")}}
    if "oneOf" in node and "properties" not in node:
        return {**{key: value for key, value in node.items() if key != "oneOf"}, "type": "string"}
    if "in" in node and "schema" in node:
        return {**{key: value for key, value in node.items() if key != "schema"}, **node["schema"]}
    if "content" in node:
        schema = next(iter(node["content"].values()))["schema"]
        return {**{key: value for key, value in node.items() if key != "content"}, "schema": schema}
    gone = {"requestBody", "default"} if isinstance(node.get("type"), str) else {"requestBody"}
    found = {key: _older(value) for key, value in node.items() if key not in gone}
    if isinstance(body := node.get("requestBody"), Mapping):
        found["parameters"] = [*found["parameters"], {"name": "body", "in": "body", **_older(body)}]
    return found


@cache
def _fingerprint() -> str:
    return hashlib.sha512(DATA.read_bytes()).hexdigest()
