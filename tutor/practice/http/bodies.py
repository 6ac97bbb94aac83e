"""Bodies of requests: JSON, YAML or protobuf, read as strictly as the request asks."""

from __future__ import annotations

from aiohttp import web

from tutor.practice.api import errors
from tutor.practice.api.errors import ApiError, Obj
from tutor.practice.api.kinds import Kind
from tutor.practice.schema import decode, parsing
from tutor.practice.schema.definitions import Type
from tutor.practice.wire import protobuf

LIMIT = 3 * 1024 * 1024
"""Bytes that a body may have, as the API server's own limit."""
PROTOBUF = "application/vnd.kubernetes.protobuf"
ACCEPTED = "application/json, application/yaml, application/vnd.kubernetes.protobuf"


async def raw(request: web.Request) -> bytes:
    """Return the body. Raises ApiError (413) for one that is too large."""
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        message = f"Request entity too large: limit is {LIMIT}"
        raise ApiError(413, "RequestEntityTooLarge", message) from error


async def parse(request: web.Request, *, default: Obj | None = None) -> Obj:
    """Return the body as a JSON object, `default` where it is empty. Raises ApiError (400, 413, 415)."""
    body = await raw(request)
    if not body and default is not None:
        return default
    media = request.content_type
    try:
        if media == PROTOBUF:
            return protobuf.decode(body)
        if media == "application/yaml":
            found = parsing.parse_yaml(body)
        elif media in ("application/json", "application/octet-stream", "text/plain"):
            found = parsing.parse_json(body)
        else:
            raise unsupported(ACCEPTED)
    except ValueError as error:
        raise errors.bad_request(str(error)) from error
    return found


def strictly(obj: Obj, type: Type, validation: str, warnings: list[str]) -> Obj:
    """Return `obj` as its type has it; what it has besides is refused, warned of or ignored. Raises ApiError (400)."""
    decoded = decode.decode(obj, type, validation)
    warnings += decoded.warnings
    return decoded.obj


def validation_of(request: web.Request) -> str:
    """Return the `fieldValidation` of the query. Raises ApiError (422) for an unknown one."""
    value = request.query.get("fieldValidation", "Warn") or "Warn"
    if value not in ("Strict", "Warn", "Ignore"):
        supported = '"Ignore", "Strict", "Warn"'
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


def expect(obj: Obj, kind: Kind) -> None:
    """Refuse a body that is of another kind than the path. Raises ApiError (400)."""
    stated = (obj.get("apiVersion") or kind.api_version, obj.get("kind") or kind.kind)
    if stated == (kind.api_version, kind.kind):
        return
    if stated[0] != kind.api_version:
        raise errors.bad_request(
            f"the API version in the data ({stated[0]}) does not match the expected API version ({kind.api_version})"
        )
    raise errors.bad_request(
        f'{stated[1]} in version "{kind.version}" cannot be handled as a {kind.kind}: converting ({stated[1]}) to '
        f"({kind.kind}): unknown conversion"
    )


def unsupported(accepted: str) -> ApiError:
    """Return the refusal of an unknown media type."""
    message = f"the body of the request was in an unknown format - accepted media types include: {accepted}"
    return ApiError(415, "UnsupportedMediaType", message)
