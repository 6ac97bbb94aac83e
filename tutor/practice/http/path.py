"""What a request's path and method ask for.

https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris
"""

from __future__ import annotations

from dataclasses import dataclass

VERBS = {"GET": "get", "HEAD": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
NAMESPACE_SUBRESOURCES = frozenset({"status", "finalize"})


@dataclass(frozen=True)
class Path:
    """A path taken apart; for what is no resource all but `verb` and `whole` is empty."""

    whole: str
    verb: str
    """`get`, `list`, `watch`, `create`, `update`, `patch`, `delete` or `deletecollection`."""
    group: str = ""
    version: str = ""
    resource: str = ""
    """The plural."""
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    rest: str = ""
    """What follows a `proxy` subresource."""


def understand(method: str, path: str, *, watching: bool) -> Path:
    """Return what `method` on `path` asks for; `watching` where the query has `watch`."""
    verb = VERBS.get(method, method.lower())
    parts = [part for part in path.split("/") if part]
    if parts[:1] == ["api"] and len(parts) >= 3:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[:1] == ["apis"] and len(parts) >= 4:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return Path(path, verb)
    old_watch = rest[0] == "watch" and len(rest) > 1
    if old_watch:
        rest = rest[1:]
    namespace = ""
    if rest[0] == "namespaces" and len(rest) >= 2:
        namespace = rest[1]
        if len(rest) > 2 and rest[2] not in NAMESPACE_SUBRESOURCES:
            rest = rest[2:]
    resource, name, subresource = rest[0], "", ""
    if len(rest) > 1:
        name = rest[1]
    if len(rest) > 2:
        subresource = rest[2]
    if resource == "namespaces":
        namespace = name if subresource or name else ""
    if verb == "get" and (watching or old_watch):
        verb = "watch"
    elif verb in ("get", "delete") and not name:
        verb = "list" if verb == "get" else "deletecollection"
    return Path(path, verb, group, version, resource, namespace, name, subresource, "/".join(rest[3:]))
