"""The environment of a container: its own variables, ConfigMaps, Secrets, the Pod's fields, Services.

https://kubernetes.io/docs/tasks/inject-data-application/ ; the order is that of `makeEnvironmentVariables`.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Mapping

from tutor.practice.api.errors import Obj
from tutor.practice.api.store import Store
from tutor.practice.schema import quantity

_VARIABLE = re.compile(r"\$\$|\$\(([^)]*)\)")
_KEYED = re.compile(r"metadata\.(labels|annotations)\['(.*)'\]")


class ConfigError(Exception):
    """Something that the container's configuration names is not there; the message is the kubelet's."""


def environment(store: Store, pod: Obj, container: Obj, facts: Mapping[str, str], allocatable: Obj) -> dict[str, str]:
    """Return all variables. `facts` are values of `status.…` paths; raises ConfigError."""
    namespace = pod["metadata"]["namespace"]
    links = pod["spec"].get("enableServiceLinks", True)
    services = service_variables(store, namespace, links=links)
    found: dict[str, str] = {}
    for source in container.get("envFrom") or []:
        for kind, key in (("configMapRef", "configmaps"), ("secretRef", "secrets")):
            if (reference := source.get(kind)) is not None:
                data = data_of(store, key, namespace, reference["name"], optional=bool(reference.get("optional")))
                prefix = source.get("prefix") or ""
                found |= {prefix + name: value.decode(errors="replace") for name, value in (data or {}).items()}
    for variable in container.get("env") or []:
        if "valueFrom" in variable:
            value = _from(store, pod, container, variable["valueFrom"], facts, allocatable)
            if value is None:
                continue
        else:
            value = expand(variable.get("value") or "", {**services, **found})
        found[variable["name"]] = value
    return {**found, **{name: value for name, value in services.items() if name not in found}}


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Replace `$(NAME)`; `$$` is a dollar, and what is not known stays."""

    def value(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        return variables.get(match[1], match[0])

    return _VARIABLE.sub(value, text)


def data_of(store: Store, resource: str, namespace: str, name: str, *, optional: bool) -> dict[str, bytes] | None:
    """Return the data of a ConfigMap or Secret; None where it may be missing. Raises ConfigError."""
    found = store.get(resource, namespace, name)
    if found is None:
        if optional:
            return None
        raise ConfigError(f'{resource[:-1]} "{name}" not found')
    if resource == "secrets":
        return {key: base64.b64decode(value) for key, value in (found.get("data") or {}).items()}
    data = {key: str(value).encode() for key, value in (found.get("data") or {}).items()}
    return data | {key: base64.b64decode(value) for key, value in (found.get("binaryData") or {}).items()}


def field(pod: Obj, path: str, facts: Mapping[str, str]) -> str:
    """Return a field of the Pod as the downward API gives it."""
    meta = pod["metadata"]
    if match := _KEYED.fullmatch(path):
        return str((meta.get(match[1]) or {}).get(match[2], ""))
    if path in ("metadata.labels", "metadata.annotations"):
        values = meta.get(path.rpartition(".")[2]) or {}
        return "\n".join(f"{key}={quoted(values[key])}" for key in sorted(values))
    if path in facts:
        return facts[path]
    value = pod
    for part in path.split("."):
        value = (value or {}).get(part, "")
    return str(value)


def quoted(text: str) -> str:
    """Return a text in quotes, as Go's %q writes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def resource_field(pod: Obj, container: Obj, selector: Obj, allocatable: Obj) -> str:
    """Return a request or limit, in units of the divisor, rounded up; a missing limit is what the node has."""
    everyone = [*pod["spec"]["containers"], *(pod["spec"].get("initContainers") or [])]
    container = next((each for each in everyone if each["name"] == selector.get("containerName")), container)
    kind, _, name = selector["resource"].partition(".")
    amount = ((container.get("resources") or {}).get(kind) or {}).get(name)
    if amount is None:
        amount = allocatable.get(name, "0") if kind == "limits" else "0"
    divisor = quantity.parse(str(selector.get("divisor") or "1")).value or 1
    return str(math.ceil(quantity.parse(str(amount)).value / divisor))


def memory_limit(container: Obj) -> int | None:
    """Return the bytes that a container may use, None without a limit."""
    limit = ((container.get("resources") or {}).get("limits") or {}).get("memory")
    return quantity.units(limit) if limit is not None else None


def service_variables(store: Store, namespace: str, *, links: bool) -> dict[str, str]:
    """Return the variables of the Services: those of the namespace with `links`, the API server's always."""
    found: dict[str, str] = {}
    services = [store.get("services", "default", "kubernetes"), *(store.list("services", namespace) if links else ())]
    for service in services:
        spec = (service or {}).get("spec") or {}
        ip, ports = spec.get("clusterIP"), spec.get("ports") or []
        if not service or ip in (None, "", "None") or not ports:
            continue
        name = service["metadata"]["name"].upper().replace("-", "_")
        found |= {f"{name}_SERVICE_HOST": ip, f"{name}_SERVICE_PORT": str(ports[0]["port"])}
        for port in ports:
            if port.get("name"):
                found[f"{name}_SERVICE_PORT_{port['name'].upper().replace('-', '_')}"] = str(port["port"])
        protocol = ports[0].get("protocol", "TCP").lower()
        found[f"{name}_PORT"] = f"{protocol}://{ip}:{ports[0]['port']}"
        for port in ports:
            protocol = port.get("protocol", "TCP")
            prefix = f"{name}_PORT_{port['port']}_{protocol}"
            found |= {
                prefix: f"{protocol.lower()}://{ip}:{port['port']}",
                f"{prefix}_PROTO": protocol.lower(),
                f"{prefix}_PORT": str(port["port"]),
                f"{prefix}_ADDR": ip,
            }
    return found


def _from(
    store: Store, pod: Obj, container: Obj, source: Obj, facts: Mapping[str, str], allocatable: Obj
) -> str | None:
    namespace = pod["metadata"]["namespace"]
    for kind, resource, shown in (
        ("configMapKeyRef", "configmaps", "ConfigMap"),
        ("secretKeyRef", "secrets", "Secret"),
    ):
        if reference := source.get(kind):
            optional, key = bool(reference.get("optional")), reference["key"]
            data = data_of(store, resource, namespace, reference["name"], optional=optional)
            if data is not None and key in data:
                return data[key].decode(errors="replace")
            if optional:
                return None
            raise ConfigError(f"couldn't find key {key} in {shown} {namespace}/{reference['name']}")
    if reference := source.get("fieldRef"):
        return field(pod, reference["fieldPath"], facts)
    if reference := source.get("resourceFieldRef"):
        return resource_field(pod, container, reference, allocatable)
    return ""
