"""NamespaceLifecycle: the namespaces that a cluster cannot do without."""

from __future__ import annotations

from tutor.practice.admission.plugin import Plugin, forbid
from tutor.practice.api.request import Request

IMMORTAL = frozenset({"default", "kube-system", "kube-public"})


class NamespaceLifecycle(Plugin):
    """Refuses to delete the system's namespaces; that a new object's namespace lives, the API itself checks."""

    def validate(self, request: Request) -> None:
        """Raise ApiError (403)."""
        if request.resource == "namespaces" and request.operation == "DELETE" and request.name in IMMORTAL:
            raise forbid(request, "this namespace may not be deleted")
