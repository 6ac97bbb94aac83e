"""Bodies of requests: JSON, YAML or protobuf, read as strictly as the request asks."""

from __future__ import annotations

from aiohttp import web

from tutor.practice.api import errors
from tutor.practice.api.errors import ApiError, Obj
from tutor.practice.api.kinds import Kind
from tutor.practice.schema import decode, parsing
from tutor.practice.schema.definitions import Schema, Type
from tutor.practice.wire import protobuf

LIMIT = 3 * 1024 * 1024
"""Bytes that a body may have, as the API server's own limit."""
JSON, PROTOBUF = "application/json", "application/vnd.kubernetes.protobuf"


async def raw(request: web.Request) -> bytes:
    """Return the body. Raises ApiError (413) for one that is too large."""
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        message = f"Request entity too large: limit is {LIMIT}"
        raise ApiError(413, "RequestEntityTooLarge", message) from error


async def parse(request: web.Request, kind: str, *, default: Obj | None = None) -> Obj:
    """Return the body as a JSON object, `default` where it is empty. Raises ApiError (400, 413, 415).

    `kind` is what it should be, for the words of a refusal.
    """
    body = await raw(request)
    if not body and default is not None:
        return default
    media = request.content_type if "Content-Type" in request.headers else JSON
    readers = {PROTOBUF: protobuf.decode, "application/yaml": parsing.parse_yaml, JSON: parsing.parse_json}
    if media not in readers:
        raise unsupported(", ".join((JSON, "application/yaml", PROTOBUF)))
    try:
        return readers[media](body)
    except ValueError as error:
        raise parsing.unrecognized(kind, error, body) from error


def fitting(obj: Obj, api_version: str, kind: str, schema: Schema) -> Obj:
    """Return a body whose values are of its kind's types; what it has besides goes. Raises ApiError (400)."""
    type = schema.for_kind(api_version, kind)
    named = {**obj, "apiVersion": obj.get("apiVersion") or api_version, "kind": obj.get("kind") or kind}
    return decode.decode(named, type, "Ignore").obj if type else obj


def strictly(obj: Obj, type: Type, validation: str, warnings: list[str]) -> Obj:
    """Return `obj` as its type has it; what it has besides is refused, warned of or ignored. Raises ApiError (400)."""
    decoded = decode.decode(obj, type, validation)
    warnings += decoded.warnings
    return decoded.obj


def validation_of(request: web.Request) -> str:
    """Return the `fieldValidation` of the query. Raises ApiError (422) for an unknown one."""
    value = request.query.get("fieldValidation", "Warn") or "Warn"
    if value not in ("Strict", "Warn", "Ignore"):
        supported = '"", "Ignore", "Strict", "Warn"'
        cause = errors.Cause(
            "fieldValidation",
            "FieldValueNotSupported",
            f'Unsupported value: "{value}": supported values: {supported}',
        )
        raise errors.invalid("CreateOptions", "meta.k8s.io", "", [cause])
    return value


def dry_run(request: web.Request, options: Obj | None = None) -> bool:
    """Tell whether nothing is to be stored. Raises ApiError (422) for an unknown directive."""
    values = request.query.getall("dryRun", []) or (options or {}).get("dryRun") or []
    for value in values:
        if value != "All":
            cause = errors.Cause(
                "dryRun", "FieldValueNotSupported", f'Unsupported value: "{value}": supported values: "All"'
            )
            raise errors.invalid("CreateOptions", "meta.k8s.io", "", [cause])
    return bool(values)


def expect(obj: Obj, kind: Kind, *, known: bool) -> None:
    """Refuse a body that is of another kind than the path, `known` to the server or not. Raises ApiError (400)."""
    version, name = obj.get("apiVersion") or kind.api_version, obj.get("kind") or kind.kind
    if (version, name) == (kind.api_version, kind.kind):
        return
    if kind.custom and version != kind.api_version:
        raise errors.bad_request(
            f"the API version in the data ({version}) does not match the expected API version ({kind.api_version})"
        )
    short = version.rpartition("/")[2]
    if known:
        internal = kind.group.partition(".")[0] or "core"
        why = f"converting ({short}.{name}) to ({internal}.{kind.kind}): unknown conversion"
    else:
        why = f'no kind "{name}" is registered for version "{version}" in scheme "pkg/runtime/scheme.go:111"'
    raise errors.bad_request(f'{name} in version "{short}" cannot be handled as a {kind.kind}: {why}')


def unsupported(accepted: str) -> ApiError:
    """Return the refusal of an unknown media type."""
    message = f"the body of the request was in an unknown format - accepted media types include: {accepted}"
    return ApiError(415, "UnsupportedMediaType", message)
