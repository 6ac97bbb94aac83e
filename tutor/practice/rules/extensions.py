"""APIServices."""

from __future__ import annotations

from tutor.practice.api.causes import invalid
from tutor.practice.api.errors import Obj
from tutor.practice.rules.checks import Causes, needed


def default_api_service(obj: Obj) -> None:
    """Fill in the port."""
    if service := obj.setdefault("spec", {}).get("service"):
        service.setdefault("port", 443)


def api_service(obj: Obj) -> Causes:
    """Check name, priorities and service."""
    spec, name = obj["spec"], obj["metadata"].get("name")
    wanted = f"{spec.get('version', '')}.{spec.get('group', '')}"
    if name != wanted:
        yield invalid("metadata.name", name, f'must be `spec.version+"."+spec.group`: "{wanted}"')
    for key, limit in (("groupPriorityMinimum", 20000), ("versionPriority", 1000)):
        if not 0 < spec.get(key, 0) <= limit:
            yield invalid(f"spec.{key}", spec.get(key, 0), f"must be positive and less than {limit}")
    if spec.get("service") is not None:
        yield from needed(spec["service"], "spec.service", "namespace", "name")
