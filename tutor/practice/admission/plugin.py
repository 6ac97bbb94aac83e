"""What admission plugins share."""

from __future__ import annotations

from collections.abc import Iterator

from tutor.practice.api import errors
from tutor.practice.api.errors import ApiError, Obj
from tutor.practice.api.request import Request


class Plugin:
    """A plugin that does nothing yet: its subclasses do one or both."""

    def mutate(self, request: Request) -> None:
        """Change the object before it is validated."""

    def validate(self, request: Request) -> None:
        """Look at the object as it will be stored."""


def new_pod(request: Request) -> Obj | None:
    """Return the Pod that a request creates, or None."""
    return request.object if request.resource == "pods" and request.operation == "CREATE" else None


def containers_of(spec: Obj, *, ephemeral: bool = False) -> Iterator[Obj]:
    """Yield init containers, containers and, if asked for, ephemeral ones."""
    yield from spec.get("initContainers") or []
    yield from spec.get("containers") or []
    if ephemeral:
        yield from spec.get("ephemeralContainers") or []


def forbid(request: Request, why: str) -> ApiError:
    """Return the 403 with which a plugin refuses: `pods "x" is forbidden: WHY`."""
    name = request.name or (request.object or {}).get("metadata", {}).get("generateName", "")
    return errors.forbidden(request.resource, name, why)
