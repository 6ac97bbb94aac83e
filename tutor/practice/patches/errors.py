"""Refusals of a patch, in the words of the API server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

Obj: TypeAlias = dict[str, Any]
"""A Kubernetes object as JSON."""


class PatchError(Exception):
    """A patch that cannot be applied; `causes` are StatusCauses as `details` shows them."""

    def __init__(self, message: str, code: int, reason: str, causes: Sequence[Obj] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.reason = reason
        """Empty where the API server gives none, as for errors that it did not foresee (500)."""
        self.causes = tuple(causes)


def bad_request(message: str) -> PatchError:
    """The patch itself is malformed."""
    return PatchError(message, 400, "BadRequest")


def unprocessable() -> PatchError:
    """The patch does not fit the object; the API server does not tell why."""
    return PatchError("the server rejected our request due to an error in our request", 422, "Invalid")


def unforeseen(message: str) -> PatchError:
    """An error that the API server passes on as it is."""
    return PatchError(message, 500, "")
