"""Containers: names, images, ports, probes, hooks.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/validation/validation.go
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tutor.practice.api.causes import duplicate, forbidden, invalid, not_found, required
from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import name_faults
from tutor.practice.rules.checks import Causes, at_least, between, faults, items, needed, one_of, port, port_name_faults
from tutor.practice.rules.environment import environment
from tutor.practice.rules.resources import container_resources, resize_policies
from tutor.practice.rules.security import container_security
from tutor.practice.rules.volumes import mounts

_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")
_ENDING = "may not be set for init containers without restartPolicy=Always"
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HEADER_TEXT = (
    "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for "
    "validation is '[-A-Za-z0-9]+')"
)


def containers(spec: Obj, path: str, known: Mapping[str, Obj]) -> Causes:
    """Check a Pod's containers and init containers; `known` has the volumes by name."""
    grace = spec.get("terminationGracePeriodSeconds", 30)
    names: set[str] = set()
    taken: set[str] = set()
    if not spec.get("containers"):
        yield required(f"{path}.containers")
    for kind in ("containers", "initContainers", "ephemeralContainers"):
        for index, container in enumerate(spec.get(kind) or []):
            at = f"{path}.{kind}[{index}]"
            yield from _common(container, at, known, spec)
            if container.get("name") in names:
                yield duplicate(f"{at}.name", container["name"])
            names |= {container.get("name") or ""} - {""}
            if kind == "containers" or container.get("restartPolicy") == "Always":
                yield from _running(container, at, grace)
            elif kind == "initContainers":
                for key in ("lifecycle", *_PROBES):
                    if container.get(key) is not None:
                        yield forbidden(f"{at}.{key}", _ENDING)
            if kind == "containers":
                yield from _host_ports(container, at, taken)
    yield from _ephemeral(spec, path)


def _ephemeral(spec: Obj, path: str) -> Causes:
    for at, container in items(spec, path, "ephemeralContainers"):
        target = container.get("targetContainerName")
        for key in ("ports", "resources", "resizePolicy", *_PROBES, "lifecycle"):
            if container.get(key):
                yield forbidden(f"{at}.{key}", "cannot be set for an Ephemeral Container")
        if target and target not in {each.get("name") for each in spec.get("containers") or []}:
            yield not_found(f"{at}.targetContainerName", target)


def _common(container: Obj, path: str, known: Mapping[str, Obj], spec: Obj) -> Causes:
    name, image = container.get("name") or "", container.get("image") or ""
    yield from needed(container, path, "name")
    if name:
        yield from faults(f"{path}.name", name, name_faults(name, label=True))
    yield from needed(container, path, "image")
    if image.strip() != image:
        yield invalid(f"{path}.image", image, "must not have leading or trailing whitespace")
    yield from one_of(container, path, "terminationMessagePolicy", ("File", "FallbackToLogsOnError"))
    yield from _ports(container, path, host_network=bool(spec.get("hostNetwork")))
    yield from environment(container, path)
    yield from mounts(container, path, known)
    yield from one_of(container, path, "imagePullPolicy", ("Always", "IfNotPresent", "Never"))
    yield from container_resources(container.get("resources") or {}, f"{path}.resources")
    yield from resize_policies(container, path)
    yield from container_security(container, path)
    yield from one_of(container, path, "restartPolicy", ("Always", "Never", "OnFailure"))


def _ports(container: Obj, path: str, *, host_network: bool) -> Causes:
    names = set()
    for at, each in items(container, path, "ports"):
        name = each.get("name")
        if name:
            wrong = list(faults(f"{at}.name", name, port_name_faults(name)))
            yield from wrong
            if not wrong and name in names:
                yield duplicate(f"{at}.name", name)
            names.add(name)
        if not each.get("containerPort"):
            yield required(f"{at}.containerPort")
        else:
            yield from between(each, at, "containerPort", low=1, high=65535)
        if each.get("hostPort"):
            yield from between(each, at, "hostPort", low=1, high=65535)
            if host_network and each["hostPort"] != each.get("containerPort"):
                detail = "must match `containerPort` when `hostNetwork` is true"
                yield invalid(f"{at}.hostPort", each["hostPort"], detail)
        yield from one_of(each, at, "protocol", ("SCTP", "TCP", "UDP"))


def _host_ports(container: Obj, path: str, taken: set[str]) -> Causes:
    for at, each in items(container, path, "ports"):
        if each.get("hostPort"):
            key = f"{each.get('protocol')}/{each.get('hostIP') or ''}/{each['hostPort']}"
            if key in taken:
                yield duplicate(f"{at}.hostPort", key)
            taken.add(key)


def _running(container: Obj, path: str, grace: int) -> Causes:
    """Check what only a container that keeps running may have."""
    for hook in ("postStart", "preStop"):
        if (container.get("lifecycle") or {}).get(hook) is not None:
            yield from _handler(container["lifecycle"][hook], f"{path}.lifecycle.{hook}", grace)
    for key in _PROBES:
        if container.get(key) is not None:
            yield from _probe(container[key], f"{path}.{key}", key)


def _probe(probe: Obj, path: str, kind: str) -> Causes:
    yield from _handler(probe, path, 0)
    numbers = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
    yield from at_least(probe, path, *numbers)
    grace = probe.get("terminationGracePeriodSeconds")
    if kind == "readinessProbe":
        if grace is not None:
            yield invalid(f"{path}.terminationGracePeriodSeconds", grace, "must not be set for readinessProbes")
        return
    if grace is not None and grace <= 0:
        yield invalid(f"{path}.terminationGracePeriodSeconds", grace, "must be greater than 0")
    if probe.get("successThreshold", 1) != 1:
        yield invalid(f"{path}.successThreshold", probe["successThreshold"], "must be 1")


def _handler(handler: Obj, path: str, grace: int) -> Causes:
    kinds = [key for key in _HANDLERS if handler.get(key) is not None]
    for number, kind in enumerate(kinds):
        action, at = handler[kind], f"{path}.{kind}"
        if number:
            yield forbidden(at, "may not specify more than 1 handler type")
        elif kind == "exec":
            yield from needed(action, at, "command")
        elif kind == "sleep":
            if not 0 <= action.get("seconds", 0) <= grace:
                limit = f"must be non-negative and less than terminationGracePeriodSeconds ({grace})"
                yield invalid(at, action.get("seconds", 0), limit)
        else:
            if kind == "httpGet":
                yield from needed(action, at, "path")
            yield from port(f"{at}.port", action.get("port"))
            if kind == "httpGet":
                yield from one_of(action, at, "scheme", ("HTTP", "HTTPS"))
            for header in action.get("httpHeaders") or []:
                if not re.fullmatch("[-A-Za-z0-9]+", header.get("name") or ""):
                    yield invalid(f"{at}.httpHeaders", header.get("name") or "", _HEADER_TEXT)
    if not kinds:
        yield required(path, "must specify a handler type")
