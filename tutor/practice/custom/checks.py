"""What may be wrong with a CustomResourceDefinition.

https://github.com/kubernetes/apiextensions-apiserver/blob/v0.37.2/pkg/apis/apiextensions/validation/validation.go
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tutor.practice.api.causes import invalid, not_supported, required
from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.meta import name_faults
from tutor.practice.custom.structural import schema_faults

Causes = Iterator[Cause]
LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
LABEL_TEXT = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
    "'[a-z]([-a-z0-9]*[a-z0-9])?')"
)
TYPES = ("boolean", "date", "integer", "number", "string")
FORMATS = ("byte", "date", "date-time", "double", "float", "int32", "int64", "password")
APPROVAL = "api-approved.kubernetes.io"
HOISTED = ("schema", "subresources", "additionalPrinterColumns", "selectableFields")
"""What the server keeps once for all versions where it is the same in all of them."""


def definition(obj: Obj) -> Causes:
    """Yield what is wrong with a definition."""
    spec = obj["spec"]
    names, group = spec.get("names") or {}, spec.get("group") or ""
    if not group:
        yield required("spec.group")
    elif faults := name_faults(group):
        yield invalid("spec.group", group, ",".join(faults))
    elif "." not in group:
        yield invalid("spec.group", group, "should be a domain with at least one dot")
    if not (scope := spec.get("scope")):
        yield required("spec.scope")
    elif scope not in ("Cluster", "Namespaced"):
        yield not_supported("spec.scope", scope, ("Cluster", "Namespaced"))
    yield from _versions(spec)
    yield from _names(names)
    yield from _stored(spec, obj["status"].get("storedVersions") or [])
    protected = group.endswith((".k8s.io", ".kubernetes.io")) or group in ("k8s.io", "kubernetes.io")
    if protected and not (obj["metadata"].get("annotations") or {}).get(APPROVAL):
        text = "see https://github.com/kubernetes/enhancements/pull/1111"
        text = f'protected groups must have approval annotation "{APPROVAL}", {text}'
        yield required(f"metadata.annotations[{APPROVAL}]", text)


def created(obj: Obj) -> Causes:
    """Yield what is wrong with a new definition: its name, too, which later is what it is."""
    spec, name = obj["spec"], obj["metadata"].get("name")
    if name != f"{(spec.get('names') or {}).get('plural', '')}.{spec.get('group') or ''}":
        yield invalid("metadata.name", name, 'must be spec.names.plural+"."+spec.group')
    yield from definition(obj)


def updated(new: Obj, old: Obj) -> Causes:
    """Yield what is wrong with a changed definition: established names stay."""
    yield from definition(new)
    conditions = (old.get("status") or {}).get("conditions") or []
    established = any(each["type"] == "Established" and each["status"] == "True" for each in conditions)
    keys = ("group", "scope", "names.kind", "names.plural") if established else ("group", "names.plural")
    for key in keys:
        value, before = _at(new["spec"], key), _at(old["spec"], key)
        if value != before:
            yield invalid(f"spec.{key}", value, "field is immutable")


def _at(spec: Obj, key: str) -> Any:
    outer, _, inner = key.rpartition(".")
    return (spec.get(outer) or {} if outer else spec).get(inner)


def _versions(spec: Obj) -> Causes:
    versions = spec.get("versions") or []
    for number, version in enumerate(versions):
        if not (version.get("schema") or {}).get("openAPIV3Schema") and not _has_schema(version):
            yield required(f"spec.versions[{number}].schema.openAPIV3Schema")
    shared = [key for key in HOISTED if all(each.get(key) == versions[0].get(key) for each in versions)]
    for number, version in enumerate(versions):
        path = f"spec.versions[{number}]"
        yield from _label(f"{path}.name", version.get("name", ""))
        yield from _parts({key: version[key] for key in version if key not in shared}, path)
    if versions and versions[0].get("name"):
        yield from _label("spec.version", versions[0]["name"])
    if len({version.get("name") for version in versions}) < len(versions):
        yield _wrong("spec.versions", spec.get("versions"), "must contain unique version names")
    if sum(bool(version.get("storage")) for version in versions) != 1:
        yield _wrong("spec.versions", spec.get("versions"), "must have exactly one version marked as storage version")
    if versions:
        yield from _parts({key: versions[0][key] for key in shared if key in versions[0]}, "spec")


def _has_schema(version: Obj) -> bool:
    return (version.get("schema") or {}).get("openAPIV3Schema") is not None


def _parts(version: Obj, path: str) -> Causes:
    """Check what is a version's own or, hoisted, all versions'."""
    if _has_schema(version):
        place = f"{path}.{'validation' if path == 'spec' else 'schema'}.openAPIV3Schema"
        yield from schema_faults(version["schema"]["openAPIV3Schema"], place)
    scale = (version.get("subresources") or {}).get("scale")
    if scale is not None:
        place = f"{path}.subresources.scale"
        for key, roots in (("specReplicasPath", (".spec",)), ("statusReplicasPath", (".status",))):
            yield from _json_path(f"{place}.{key}", scale.get(key), roots)
        if selector := scale.get("labelSelectorPath"):
            yield from _json_path(f"{place}.labelSelectorPath", selector, (".spec", ".status"))
    for number, column in enumerate(version.get("additionalPrinterColumns") or []):
        yield from _column(column, f"{path}.additionalPrinterColumns[{number}]")


def _json_path(path: str, value: str | None, roots: tuple[str, ...]) -> Causes:
    if not value:
        yield required(path)
    elif not value.startswith("."):
        yield invalid(path, value, "must be a simple json path starting with .")
    elif not value.startswith(tuple(f"{root}." for root in roots)):
        where = roots[0] if len(roots) == 1 else f"either {' or '.join(roots)}"
        yield invalid(path, value, f"should be a json path under {where}")


def _column(column: Obj, path: str) -> Causes:
    if not column.get("name"):
        yield required(f"{path}.name")
    allowed = f"must be one of {','.join(TYPES)}"
    if not (kind := column.get("type")):
        yield required(f"{path}.type", allowed)
    elif kind not in TYPES:
        yield invalid(f"{path}.type", kind, allowed)
    if (form := column.get("format")) and form not in FORMATS:
        yield invalid(f"{path}.format", form, f"must be one of {','.join(FORMATS)}")
    if not (where := column.get("jsonPath")):
        yield required(f"{path}.JSONPath")
    elif not where.startswith("."):
        yield invalid(f"{path}.JSONPath", where, "must be a simple json path starting with .")


def _names(names: Obj) -> Causes:
    for key in ("plural", "singular", "kind", "listKind"):
        if not names.get(key):
            yield required(f"spec.names.{key}")
    for key in ("plural", "singular"):
        if names.get(key):
            yield from _label(f"spec.names.{key}", names[key])
    for number, name in enumerate(names.get("shortNames") or []):
        yield from _label(f"spec.names.shortNames[{number}]", name)
    for key in ("kind", "listKind"):
        if (name := names.get(key)) and not LABEL.fullmatch(name.lower()):
            text = f"may have mixed case, but should otherwise match: {LABEL_TEXT}"
            yield invalid(f"spec.names.{key}", name, text)
    if names.get("kind") and names.get("kind") == names.get("listKind"):
        yield invalid("spec.names.listKind", names["listKind"], "kind and listKind may not be the same")
    for number, name in enumerate(names.get("categories") or []):
        yield from _label(f"spec.names.categories[{number}]", name)


def _stored(spec: Obj, stored: list[str]) -> Causes:
    versions = spec.get("versions") or []
    if not stored:
        yield invalid("status.storedVersions", None, "must have at least one stored version")
        return
    known = {version.get("name") for version in versions}
    for number, name in enumerate(stored):
        if name not in known:
            yield invalid(
                f"status.storedVersions[{number}]",
                name,
                "missing from spec.versions; "
                f"{name} was previously a storage version, and must remain in spec.versions until a storage "
                f"migration ensures no data remains persisted in {name} and removes {name} from status.storedVersions",
            )
    storage = [version["name"] for version in versions if version.get("storage")]
    if storage and storage[-1] not in stored:
        yield invalid("status.storedVersions", stored, f"must have the storage version {storage[-1]}")


def _label(path: str, name: str) -> Causes:
    if not LABEL.fullmatch(name):
        yield invalid(path, name, LABEL_TEXT)


def _wrong(path: str, versions: Any, detail: str) -> Cause:
    """Show versions with the names that the server's own Go type has."""
    keys = ("name", "served", "storage", "deprecated", "deprecationWarning", *HOISTED)
    zero: Obj = {"served": False, "storage": False, "deprecated": False}
    shown = versions and [
        {key[0].upper() + key[1:]: None if key in HOISTED else each.get(key, zero.get(key)) for key in keys}
        for each in versions
    ]
    return Cause(path, "FieldValueInvalid", f"Invalid value: {json.dumps(shown, separators=(',', ':'))}: {detail}")
