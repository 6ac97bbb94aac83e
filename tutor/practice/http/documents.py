"""What is served under paths that are no resources: discovery, OpenAPI, version and health."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import orjson

from tutor.practice.api.errors import Obj
from tutor.practice.api.kinds import Kind
from tutor.practice.schema import discovery
from tutor.practice.schema.openapi import OpenApi

VERSION: Obj = {
    "major": "1",
    "minor": "37",
    "emulationMajor": "1",
    "emulationMinor": "37",
    "minCompatibilityMajor": "1",
    "minCompatibilityMinor": "36",
    "gitVersion": "v1.37.2",
    "gitCommit": "",
    "gitTreeState": "practice",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "",
    "compiler": "",
    "platform": "practice/simulated",
}
HEALTH = ("/healthz", "/livez", "/readyz")
OPENAPI_PROTO = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
OPENAPI = "/openapi/v3/"
JSON, TEXT = "application/json", "text/plain; charset=utf-8"


class Documents:
    """Answers a path with a body and its content type. `extra` gives the kinds besides the built-in ones."""

    def __init__(self, openapi: OpenApi, extra: Callable[[], Iterable[Kind]], address: Callable[[], str]) -> None:
        self._openapi, self._extra, self._address = openapi, extra, address

    def __call__(self, path: str, accept: str) -> tuple[bytes, str] | None:
        """Return the document at `path`, None where there is none."""
        parts = [part for part in path.split("/") if part]
        if parts[:1] and f"/{parts[0]}" in HEALTH:
            return b"ok", TEXT
        if parts[:1] == ["openapi"]:
            return self._open_api(parts[1:], accept)
        found = self._found(parts, "apidiscovery.k8s.io" in accept)
        if found is None:
            return None
        aggregated = found.get("kind") == "APIGroupDiscoveryList"
        return orjson.dumps(found), discovery.AGGREGATED if aggregated else JSON

    def hash(self, path: str) -> str | None:
        """Return the hash of the OpenAPI v3 document at `path`, None for what may be fetched anew each time."""
        return self._openapi.hash(path.removeprefix(OPENAPI)) if path.startswith(OPENAPI) else None

    def _found(self, parts: list[str], aggregated: bool) -> Obj | None:
        match parts:
            case ["version"]:
                return VERSION
            case []:
                return {"paths": self._paths()}
            case ["api"]:
                core = discovery.core_versions(self._address())
                return discovery.aggregated(True, self._extra()) if aggregated else core
            case ["apis"]:
                extra = self._extra()
                return discovery.aggregated(False, extra) if aggregated else discovery.group_list(extra)
            case ["api", version]:
                return discovery.resource_list("", version)
            case ["apis", group]:
                return discovery.group(group, self._extra())
            case ["apis", group, version]:
                return discovery.resource_list(group, version, self._extra())
        return None

    def _open_api(self, parts: list[str], accept: str) -> tuple[bytes, str] | None:
        if parts == ["v2"] and "proto-openapi" in accept:
            # kubectl looks here for kinds that cannot be patched; an empty document leaves validation to the server
            return b"", OPENAPI_PROTO
        if parts == ["v2"]:
            return self._openapi.v2(), JSON
        if parts == ["v3"]:
            return self._openapi.v3_index(), JSON
        body = self._openapi.v3("/".join(parts[1:])) if parts[:1] == ["v3"] else None
        return (body, JSON) if body is not None else None

    def _paths(self) -> list[str]:
        groups = discovery.group_list(self._extra())["groups"]
        named = [f"/apis/{group['name']}" for group in groups]
        versioned = [f"/apis/{each['groupVersion']}" for group in groups for each in group["versions"]]
        fixed = ["/api", "/api/v1", "/apis", *HEALTH, "/openapi/v2", "/openapi/v3", "/version"]
        return sorted([*fixed, *named, *versioned])
