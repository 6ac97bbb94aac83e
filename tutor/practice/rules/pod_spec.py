"""The spec of a Pod, and of the template of one, as a whole.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/validation/validation.go
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tutor.practice.api.causes import duplicate, forbidden, invalid, not_supported, required
from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import name_faults, qualified_faults, validate_annotations, validate_labels
from tutor.practice.rules.checks import Causes, between, dns_name, faults, ip_address, items, one_of
from tutor.practice.rules.containers import containers
from tutor.practice.rules.resources import container_resources
from tutor.practice.rules.scheduling import affinity, spreading, tolerations
from tutor.practice.rules.security import pod_security
from tutor.practice.rules.volumes import volumes

RESTARTS = ("Always", "OnFailure", "Never")
_DNS = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
_SEARCH = re.compile(r"_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*")
_SEARCH_TEXT = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must "
    "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')"
)


def pod_template(template: Obj, path: str, claims: Sequence[Obj] = ()) -> Causes:
    """Check a template; `claims` are a StatefulSet's, that its containers may mount."""
    meta = template.get("metadata") or {}
    yield from validate_labels(meta.get("labels") or {}, f"{path}.labels")
    yield from validate_annotations(meta.get("annotations") or {}, f"{path}.annotations")
    spec = template.get("spec") or {}
    names = [(each.get("metadata") or {}).get("name", "") for each in claims]
    added = [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in names]
    rest = [each for each in spec.get("volumes") or [] if each.get("name") not in names]
    yield from pod_spec({**spec, "volumes": [*rest, *added]}, f"{path}.spec")
    if spec.get("ephemeralContainers"):
        yield forbidden(f"{path}.spec.ephemeralContainers", "ephemeral containers not allowed in pod template")


def pod_spec(spec: Obj, path: str) -> Causes:
    """Check a Pod's spec."""
    yield from volumes(spec, path)
    known = {each["name"]: each for each in spec.get("volumes") or [] if each.get("name")}
    yield from containers(spec, path, known)
    if spec.get("resources"):
        yield from container_resources(spec["resources"], f"{path}.resources")
    yield from one_of(spec, path, "restartPolicy", RESTARTS)
    yield from one_of(spec, path, "dnsPolicy", _DNS)
    yield from validate_labels(spec.get("nodeSelector") or {}, f"{path}.nodeSelector")
    yield from pod_security(spec, path)
    yield from affinity(spec, path)
    yield from _dns_config(spec, path)
    for at, gate in items(spec, path, "readinessGates"):
        kind = gate.get("conditionType") or ""
        yield from faults(f"{at}.conditionType", kind, qualified_faults(kind))
    gates = [gate.get("name") or "" for gate in spec.get("schedulingGates") or []]
    for index, name in enumerate(gates):
        yield from faults(f"{path}.schedulingGates[{index}]", name, qualified_faults(name))
        if name in gates[:index]:
            yield duplicate(f"{path}.schedulingGates[{index}]", name)
    yield from spreading(spec, path)
    yield from dns_name(spec, path, "serviceAccountName", "nodeName")
    yield from between(spec, path, "activeDeadlineSeconds", low=1)
    yield from dns_name(spec, path, "hostname", "subdomain", label=True)
    yield from dns_name(spec, path, "hostnameOverride")
    yield from tolerations(spec, path)
    for at, alias in items(spec, path, "hostAliases"):
        yield from ip_address(f"{at}.ip", alias.get("ip") or "")
        for number, name in enumerate(alias.get("hostnames") or []):
            yield from faults(f"{at}.hostnames[{number}]", name, name_faults(name))
    yield from dns_name(spec, path, "priorityClassName", "runtimeClassName")
    yield from one_of(spec, path, "preemptionPolicy", ("PreemptLowerPriority", "Never"))
    system = spec.get("os")
    if system is not None and not system.get("name"):
        yield required(f"{path}.os.name", "cannot be empty")
    elif system is not None and system["name"] not in ("linux", "windows"):
        yield not_supported(f"{path}.os", system["name"], ("linux", "windows"))


def _dns_config(spec: Obj, path: str) -> Causes:
    config, at = spec.get("dnsConfig"), f"{path}.dnsConfig"
    if spec.get("dnsPolicy") == "None" and config is None:
        yield required(at, "must provide `dnsConfig` when `dnsPolicy` is None")
    config = config or {}
    servers = config.get("nameservers") or []
    if spec.get("dnsPolicy") == "None" and config and not servers:
        yield required(f"{at}.nameservers", "must provide at least one DNS nameserver when `dnsPolicy` is None")
    if len(servers) > 3:
        yield invalid(f"{at}.nameservers", servers, "must not have more than 3 nameservers")
    for index, server in enumerate(servers):
        yield from ip_address(f"{at}.nameservers[{index}]", server)
    for index, search in enumerate(config.get("searches") or []):
        if search != "." and not _SEARCH.fullmatch(search.removesuffix(".")):
            yield invalid(f"{at}.searches[{index}]", search, _SEARCH_TEXT)
    for index, option in enumerate(config.get("options") or []):
        if not option.get("name"):
            yield required(f"{at}.options[{index}]", "must not be empty")
