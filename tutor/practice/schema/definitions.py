"""The types of Kubernetes' API, from the OpenAPI definitions of the API server, resolved as they are asked for.

https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-interface-definition
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, TypeAlias

import orjson

Node: TypeAlias = Mapping[str, Any]
"""A schema as OpenAPI v3 writes it."""
TypeKind: TypeAlias = Literal[
    "object",
    "array",
    "map",
    "string",
    "integer",
    "number",
    "boolean",
    "quantity",
    "int-or-string",
    "time",
    "bytes",
    "any",
]

DATA = Path(__file__).parent.parent / "data/definitions.json.gz"
META = "io.k8s.apimachinery.pkg.apis.meta.v1."
OBJECT_META = META + "ObjectMeta"
_REF = "#/components/schemas/"
_KINDS: dict[str, TypeKind] = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "quantity",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "int-or-string",
    META + "Time": "time",
    META + "MicroTime": "time",
    META + "FieldsV1": "any",
    "io.k8s.apimachinery.pkg.runtime.RawExtension": "any",
}


@dataclass(frozen=True)
class Field:
    """A field of an object."""

    name: str
    type: Type
    patch_strategies: tuple[str, ...]
    """Of a strategic merge patch: `merge`, `replace`, `retainKeys`; empty for the usual."""
    merge_key: str
    """The field that tells a strategic merge patch which items of a list are the same."""


class Type:
    """What a value may be; made from a schema, which stays what it is.

    `name` is the definition's (`io.k8s.api.core.v1.Pod`), empty for a type without a name of its own.
    """

    def __init__(self, node: Node, definitions: Definitions, name: str = "", custom: bool = False) -> None:
        self.node = node
        self.name = name
        self.custom = custom
        """Whether it comes from a CustomResourceDefinition."""
        self._definitions = definitions

    @classmethod
    def from_openapi(cls, schema: Node, definitions: Definitions | None = None) -> Type:
        """Return the type that an `openAPIV3Schema` of a CustomResourceDefinition describes.

        Its `metadata` is the one of `definitions`, by default Kubernetes' own.
        """
        return cls(schema, definitions or Definitions.load(), custom=True)

    @cached_property
    def kind(self) -> TypeKind:
        """What it is, with Kubernetes' own scalars kept apart."""
        node = self.node
        if special := _KINDS.get(self.name):
            return special
        if node.get("format") == "int-or-string" or node.get("x-kubernetes-int-or-string"):
            return "int-or-string"
        if "properties" in node or node.get("x-kubernetes-embedded-resource"):
            return "object"
        if isinstance(node.get("additionalProperties"), Mapping):
            return "map"
        if node.get("format") == "byte" and not self.custom:
            return "bytes"
        kind = node.get("type")
        if kind == "object":
            return "any" if self.preserves_unknown else "object"
        kinds: dict[Any, TypeKind] = {
            "array": "array",
            "string": "string",
            "integer": "integer",
            "number": "number",
            "boolean": "boolean",
        }
        return kinds.get(kind, "any")

    @cached_property
    def fields(self) -> dict[str, Field]:
        """The fields of an object; those of a custom resource with its metadata."""
        properties = dict(self.node.get("properties", {}))
        fields = {name: self._field(name, node) for name, node in properties.items()}
        if self.node.get("x-kubernetes-embedded-resource"):
            fields |= self._embedded()
        return fields

    @cached_property
    def items(self) -> Type | None:
        """The type of a list's items, or of a map's values."""
        node = self.node.get("items") if self.kind == "array" else self.node.get("additionalProperties")
        return self._resolve(node) if isinstance(node, Mapping) else None

    @property
    def required(self) -> tuple[str, ...]:
        """The fields that an object must have."""
        return tuple(self.node.get("required", ()))

    @property
    def list_type(self) -> str:
        """`atomic`, `set` or `map`; empty is atomic, as well."""
        return str(self.node.get("x-kubernetes-list-type", ""))

    @property
    def list_map_keys(self) -> tuple[str, ...]:
        """The fields that tell the items of a `map` list apart."""
        return tuple(self.node.get("x-kubernetes-list-map-keys", ()))

    @property
    def map_type(self) -> str:
        """`granular` or `atomic` of an object or map; empty is granular."""
        return str(self.node.get("x-kubernetes-map-type", ""))

    @property
    def format(self) -> str:
        """`int32`, `int64`, `date-time`, …; empty for none."""
        return str(self.node.get("format", ""))

    @property
    def nullable(self) -> bool:
        """Whether a custom resource may say null here."""
        return bool(self.node.get("nullable"))

    @property
    def preserves_unknown(self) -> bool:
        """Whether fields that are not described are kept."""
        return bool(self.node.get("x-kubernetes-preserve-unknown-fields"))

    @property
    def default(self) -> Any:
        """The default that the schema gives, None for none."""
        return self.node.get("default")

    @property
    def description(self) -> str:
        """What the documentation says."""
        return str(self.node.get("description", ""))

    def __repr__(self) -> str:
        return f"<Type {self.name or self.kind}>"

    def with_metadata(self) -> Type:
        """Return the type of a whole custom resource: its own fields, and those that each resource has."""
        whole = Type(self.node, self._definitions, self.name, self.custom)
        whole.fields = self.fields | self._embedded()
        return whole

    def _embedded(self) -> dict[str, Field]:
        string = Type({"type": "string"}, self._definitions)
        metadata = self._definitions[OBJECT_META]
        types = {"apiVersion": string, "kind": string, "metadata": metadata}
        return {name: Field(name, each, (), "") for name, each in types.items()}

    def _field(self, name: str, node: Node) -> Field:
        strategies = str(node.get("x-kubernetes-patch-strategy", ""))
        merge_key = str(node.get("x-kubernetes-patch-merge-key", ""))
        return Field(name, self._resolve(node), tuple(strategies.split(",")) if strategies else (), merge_key)

    def _resolve(self, node: Node) -> Type:
        inner = node
        if len(node.get("allOf", ())) == 1 and not self.custom:
            inner = node["allOf"][0]
        if (ref := inner.get("$ref")) is None:
            return Type(node, self._definitions, custom=self.custom)
        name = ref.removeprefix(_REF)
        own = {key: value for key, value in node.items() if key in ("x-kubernetes-map-type", "default")}
        if "x-kubernetes-map-type" not in own:
            return self._definitions[name]
        return Type({**self._definitions.nodes[name], **own}, self._definitions, name)


class Definitions:
    """Definitions by their names; each becomes a `Type` when it is first asked for."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self.nodes = nodes
        self._types: dict[str, Type] = {}

    @staticmethod
    @cache
    def load() -> Definitions:
        """Return those of Kubernetes itself; they are read once."""
        return Definitions(orjson.loads(gzip.decompress(DATA.read_bytes())))

    def __getitem__(self, name: str) -> Type:
        if name not in self._types:
            self._types[name] = Type(self.nodes[name], self, name)
        return self._types[name]

    @cached_property
    def kinds(self) -> dict[tuple[str, str], str]:
        """The definitions' names by apiVersion and kind."""
        names = {}
        for name, node in self.nodes.items():
            for gvk in node.get("x-kubernetes-group-version-kind", ()):
                group, version = gvk["group"], gvk["version"]
                names[f"{group}/{version}" if group else version, gvk["kind"]] = name
        return names


class Schema:
    """The types of one server: Kubernetes' own, and those of its custom resources."""

    def __init__(self, definitions: Definitions) -> None:
        self.definitions = definitions
        self.custom: dict[tuple[str, str], Type] = {}
        """The types of custom resources by apiVersion and kind; whoever serves them puts them in."""

    @classmethod
    def load(cls) -> Schema:
        """Return the types of a fresh server; the definitions are read once for all."""
        return cls(Definitions.load())

    def for_kind(self, api_version: str, kind: str) -> Type | None:
        """Return the type of a kind, `apps/v1` and `Deployment`, or None if there is none."""
        if custom := self.custom.get((api_version, kind)):
            return custom
        name = self.definitions.kinds.get((api_version, kind))
        return self.definitions[name] if name else None
