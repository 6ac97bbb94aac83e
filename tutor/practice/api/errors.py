"""Refusals of the API server: each is a `Status`, in Kubernetes' own words.

https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Obj: TypeAlias = dict[str, Any]
"""A Kubernetes object as JSON; what comes from the store is never changed in place."""


@dataclass(frozen=True)
class Cause:
    """One field that is wrong: `message` begins with its kind, as `Required value: must be set`."""

    field: str
    reason: str
    """`FieldValueInvalid`, `FieldValueRequired`, … as the API server writes it."""
    message: str


class ApiError(Exception):
    """A request that the API server refuses; `status` is the whole answer."""

    def __init__(self, code: int, reason: str, message: str, details: Obj | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details

    @property
    def status(self) -> Obj:
        """The `Status` object that is the response's body."""
        status: Obj = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
        }
        if not self.reason:
            del status["reason"]
        if self.details is not None:
            status["details"] = self.details
        status["code"] = self.code
        return status


def not_found(resource: str, name: str) -> ApiError:
    """There is no object of that name: `pods "x" not found`."""
    return ApiError(404, "NotFound", f'{resource} "{name}" not found', _details(resource, name))


def no_such_path() -> ApiError:
    """There is no such resource type or path."""
    return ApiError(404, "NotFound", "the server could not find the requested resource", {})


def already_exists(resource: str, name: str) -> ApiError:
    """An object of that name is there already."""
    return ApiError(409, "AlreadyExists", f'{resource} "{name}" already exists', _details(resource, name))


def conflict(resource: str, name: str, why: str) -> ApiError:
    """The object is not (any more) what the request takes it for."""
    message = f'Operation cannot be fulfilled on {resource} "{name}": {why}'
    return ApiError(409, "Conflict", message, _details(resource, name))


def modified(resource: str, name: str) -> ApiError:
    """The object was changed since the caller read it."""
    return conflict(
        resource,
        name,
        "the object has been modified; please apply your changes to the latest version and try again",
    )


def forbidden(resource: str, name: str, why: str) -> ApiError:
    """Not allowed, by authorisation or admission: `pods "x" is forbidden: …`."""
    message = f'{resource} "{name}" is forbidden: {why}' if name else f"{resource} is forbidden: {why}"
    return ApiError(403, "Forbidden", message, _details(resource, name))


def bad_request(message: str) -> ApiError:
    """The request itself is malformed."""
    return ApiError(400, "BadRequest", message)


def expired(message: str) -> ApiError:
    """A resourceVersion or continue token that is too old."""
    return ApiError(410, "Expired", message)


def invalid(kind: str, group: str, name: str, causes: Sequence[Cause]) -> ApiError:
    """Fields are wrong: 422, `Deployment.apps "web" is invalid: spec.replicas: Invalid value: …`."""
    causes = list(dict.fromkeys(causes))
    texts = [f"{cause.field}: {cause.message}" for cause in causes]
    text = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    full = f"{kind}.{group}" if group else kind  # a patch has no kind: the message begins with a space then
    details = {"name": name, "group": group, "kind": kind, "causes": [_cause(cause) for cause in causes]}
    message = f'{full} "{name}" is invalid: {text}'
    return ApiError(422, "Invalid", message, {key: value for key, value in details.items() if value})


def method_not_allowed() -> ApiError:
    """The resource does not know the verb."""
    message = "the server does not allow this method on the requested resource"
    return ApiError(405, "MethodNotAllowed", message, {})


def too_many_requests(message: str, causes: Iterable[Cause] = (), retry_after: int = 0) -> ApiError:
    """Not now: an eviction that a disruption budget forbids."""
    details: Obj = {"causes": [_cause(cause) for cause in causes]}
    if retry_after:
        details["retryAfterSeconds"] = retry_after
    return ApiError(429, "TooManyRequests", message, details)


def _cause(cause: Cause) -> Obj:
    whole = {"reason": cause.reason, "message": cause.message, "field": cause.field}
    return {key: value for key, value in whole.items() if value}


def _details(resource: str, name: str) -> Obj:
    plural, _, group = resource.partition(".")
    details = {"name": name, "group": group, "kind": plural}
    return {key: value for key, value in details.items() if value}
