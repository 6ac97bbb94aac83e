"""What follows from the definitions that are established: kinds, types, columns, rules of objects."""

from __future__ import annotations

from tutor.practice.api.chain import Api
from tutor.practice.api.errors import Obj
from tutor.practice.api.kinds import Kind
from tutor.practice.api.store import Event
from tutor.practice.custom.definitions import DEFINITIONS, condition
from tutor.practice.custom.instances import Instances
from tutor.practice.schema.definitions import Schema, Type
from tutor.practice.schema.discovery import CUSTOM_VERBS, version_priority
from tutor.practice.schema.openapi import OpenApi
from tutor.practice.tables.custom import DEFAULT
from tutor.practice.tables.table import Tables

LEAVING_VERBS = ("delete", "deletecollection", "get", "list", "watch")
"""What discovery says of a kind whose definition is being deleted; changes of objects still work."""


class CustomKinds:
    """Serves custom kinds from the moment that their definitions are stored as established.

    `scales` has what the scale subresource needs to know, by resource.
    """

    def __init__(self, api: Api, schema: Schema, openapi: OpenApi, tables: Tables) -> None:
        self._api, self._schema, self._openapi, self._tables = api, schema, openapi, tables
        self.scales: dict[str, Obj] = {}
        self._served: dict[str, Obj] = {}
        api.store.subscribe(self._hear)

    def _hear(self, event: Event) -> None:
        if event.resource != DEFINITIONS:
            return
        before = self._served.pop(event.object["metadata"]["name"], None)
        if before:
            self._remove(before)
        if event.type != "DELETED" and condition(event.object, "Established"):
            self._add(event.object)
        if before is None or before["spec"] != event.object["spec"] or event.type == "DELETED":
            self._openapi.set_custom(self._served.values())

    def _add(self, definition: Obj) -> None:
        spec, name = definition["spec"], definition["metadata"]["name"]
        self._served[name] = definition
        for version in sorted(spec["versions"], key=lambda version: not version.get("storage")):
            kind = self._kind(definition, version)
            self._api.kinds.add(kind, served=version["served"])
            schema = {"properties": {}, **version["schema"]["openAPIV3Schema"]}
            self._schema.custom[kind.api_version, kind.kind] = Type.from_openapi(schema).with_metadata()
            columns = version.get("additionalPrinterColumns") or DEFAULT
            self._tables.printer_columns[f"{kind.api_version}/{kind.kind}"] = columns
            if version.get("storage"):
                subresources = version.get("subresources") or {}
                terminating = bool(definition["metadata"].get("deletionTimestamp"))
                self._api.strategies[name] = Instances(name, schema, subresources, terminating=terminating)
                if scale := subresources.get("scale"):
                    self.scales[name] = scale

    def _remove(self, definition: Obj) -> None:
        name = definition["metadata"]["name"]
        for version in definition["spec"]["versions"]:
            kind = self._kind(definition, version)
            self._schema.custom.pop((kind.api_version, kind.kind), None)
            self._tables.printer_columns.pop(f"{kind.api_version}/{kind.kind}", None)
        self._api.kinds.remove(name)
        self._api.strategies.pop(name, None)
        self.scales.pop(name, None)

    def _kind(self, definition: Obj, version: Obj) -> Kind:
        spec, names = definition["spec"], definition["status"]["acceptedNames"]
        subresources = version.get("subresources") or {}
        return Kind(
            group=spec["group"],
            version=version["name"],
            kind=names["kind"],
            plural=names["plural"],
            namespaced=spec["scope"] == "Namespaced",
            singular=names.get("singular", ""),
            short_names=tuple(names.get("shortNames") or ()),
            categories=tuple(names.get("categories") or ()),
            verbs=LEAVING_VERBS if definition["metadata"].get("deletionTimestamp") else CUSTOM_VERBS,
            subresources=tuple(name for name in ("status", "scale") if name in subresources),
            custom=True,
            warning=_deprecation(spec, version),
        )


def _deprecation(spec: Obj, version: Obj) -> str:
    if not version.get("deprecated"):
        return ""
    if text := version.get("deprecationWarning"):
        return str(text)
    kind, mine = spec["names"]["kind"], version_priority(version["name"])
    better = [each["name"] for each in spec["versions"] if each["served"] and not each.get("deprecated")]
    better = sorted((name for name in better if version_priority(name) < mine), key=version_priority)
    instead = f"; use {spec['group']}/{better[0]} {kind}" if better else ""
    return f"{spec['group']}/{version['name']} {kind} is deprecated{instead}"
