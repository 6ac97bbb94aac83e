"""`metadata`: what the server fills in, what it holds on to, and what it refuses."""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from tutor.practice.api.causes import forbidden, invalid, required
from tutor.practice.api.errors import Cause, Obj

ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
"""Kubernetes' own for generated names: no vowels, no words."""
FINALIZERS = ("kubernetes", "orphan", "foregroundDeletion")
SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
LABEL_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
QUALIFIED = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
SUBDOMAIN_TEXT = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
LABEL_TEXT = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
VALUE_TEXT = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
NAME_PART_TEXT = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
QUALIFIED_TEXT = (
    "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. "
    "'example.com/MyName')"
)


def new_uid() -> str:
    """Return a uid for an object."""
    return str(uuid.uuid4())


def suffix(length: int = 5) -> str:
    """Return random letters and digits as `generateName` adds them."""
    return "".join(random.choices(ALPHABET, k=length))  # noqa: S311 - a name, not a secret


def controller_of(obj: Obj) -> Obj | None:
    """Return the owner reference of the controller that manages the object, or None."""
    return next((each for each in obj["metadata"].get("ownerReferences") or [] if each.get("controller")), None)


def owner_reference(owner: Obj, *, controller: bool = True) -> Obj:
    """Return the reference that makes `owner` the (controlling) owner of another object."""
    meta = owner["metadata"]
    reference = {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": meta["name"], "uid": meta["uid"]}
    return {**reference, "controller": True, "blockOwnerDeletion": True} if controller else reference


def key_of(obj: Obj) -> tuple[str, str]:
    """Return namespace ("" where there is none) and name."""
    return obj["metadata"].get("namespace") or "", obj["metadata"]["name"]


def validate_meta(obj: Obj, *, namespaced: bool, faults: Callable[[str], list[str]] | None = None) -> list[Cause]:
    """Return what is wrong with the metadata; `faults` tells it of a name, which is else taken for a subdomain."""
    meta, found, faults = obj["metadata"], [], faults or name_faults
    name = meta.get("name") or ""
    if generate := meta.get("generateName"):
        whole = f"{generate[:-2]}a" if len(generate) > 1 and generate.endswith("-") else generate
        found += [invalid("metadata.generateName", generate, text) for text in faults(whole)]
    if not name:
        found.append(required("metadata.name", "name or generateName is required"))
    else:
        found += [invalid("metadata.name", name, text) for text in faults(name)]
    if namespaced and not meta.get("namespace"):
        found.append(required("metadata.namespace"))
    if not namespaced and meta.get("namespace"):
        found.append(forbidden("metadata.namespace", "not allowed on this type"))
    found += validate_labels(meta.get("labels") or {}, "metadata.labels")
    found += validate_annotations(meta.get("annotations") or {}, "metadata.annotations")
    found += _owners(meta.get("ownerReferences") or [], "metadata.ownerReferences")
    for finalizer in meta.get("finalizers") or []:
        found += [invalid("metadata.finalizers", finalizer, text) for text in qualified_faults(finalizer)]
    return found


def finalizer_faults(finalizer: str) -> list[str]:
    """Return what is wrong with a finalizer of a built-in kind: without a domain, only Kubernetes' own will do."""
    if "/" in finalizer or finalizer in FINALIZERS:
        return []
    return ["name is neither a standard finalizer name nor is it fully qualified"]


def _owners(owners: list[Obj], path: str) -> Iterator[Cause]:
    for index, owner in enumerate(owners):
        at = f"{path}[{index}]"
        if not owner.get("apiVersion"):
            yield invalid(f"{at}.apiVersion", "", "version must not be empty")
        for key in ("kind", "name", "uid"):
            if not owner.get(key):
                yield required(f"{at}.{key}", "must not be empty")
        if (owner.get("apiVersion"), owner.get("kind")) == ("v1", "Event"):
            text = "/v1, Kind=Event is disallowed from being an owner"
            yield Cause(at, "FieldValueInvalid", f"Invalid value: {_owner_text(owner)}: {text}")
    controllers = [f"{owner.get('kind')}/{owner.get('name')}" for owner in owners if owner.get("controller")]
    if len(controllers) > 1:
        text = f'Only one reference can have Controller set to true. Found "true" in references for {controllers[0]}'
        shown = f"[{','.join(map(_owner_text, owners))}]"
        yield Cause(path, "FieldValueInvalid", f"Invalid value: {shown}: {text} and {controllers[1]}")


def _owner_text(owner: Obj) -> str:
    keys = ("apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion")
    return orjson.dumps({key: owner[key] for key in keys if key in owner}).decode()


def name_faults(name: str, *, label: bool = False) -> list[str]:
    """Return what is wrong with a DNS subdomain (or label) name."""
    found = []
    limit = 63 if label else 253
    if len(name) > limit:
        found.append(f"must be no more than {limit} characters")
    if not SUBDOMAIN.fullmatch(name):
        found.append(LABEL_TEXT if label else SUBDOMAIN_TEXT)
    elif label and "." in name:
        found.append("must not contain dots")
    return found


def qualified_faults(key: str) -> list[str]:
    """Return what is wrong with a label key or another qualified name."""
    prefix, slash, name = key.rpartition("/")
    if "/" in prefix:
        return [QUALIFIED_TEXT]
    found = []
    if slash and not prefix:
        found.append("prefix part must be non-empty")
    elif slash:
        found += [f"prefix part {text.replace('253 characters', '253 bytes')}" for text in name_faults(prefix)]
    if not name:
        found.append("name part must be non-empty")
    elif len(name) > 63:
        found.append("name part must be no more than 63 bytes")
    if not QUALIFIED.fullmatch(name):
        found.append(NAME_PART_TEXT)
    return found


def validate_labels(labels: dict[str, Any], path: str) -> list[Cause]:
    """Return what is wrong with labels' keys and values."""
    found = []
    for key, value in labels.items():
        found += [invalid(path, key, text) for text in qualified_faults(key)]
        if len(value) > 63:
            found.append(invalid(path, value, "must be no more than 63 bytes"))
        if not LABEL_VALUE.fullmatch(value):
            found.append(invalid(path, value, VALUE_TEXT))
    return found


def validate_annotations(annotations: dict[str, Any], path: str) -> list[Cause]:
    """Return what is wrong with annotations: their keys, and 256 KiB in all at the most."""
    found = [invalid(path, key, text) for key in annotations for text in qualified_faults(key.lower())]
    if sum(len(key) + len(value) for key, value in annotations.items()) > 256 * 1024:
        found.append(Cause(path, "FieldValueTooLong", "Too long: may not be more than 262144 bytes"))
    return found


def path_segment_faults(name: str) -> list[str]:
    """Return what is wrong with a name that only has to fit into a URL's path."""
    if name in (".", ".."):
        return [f"may not be '{name}'"]
    return [f"may not contain '{each}'" for each in "/%" if each in name]
