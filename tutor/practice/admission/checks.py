"""The baseline controls of the Pod Security Standards: what each forbids, and how it says so.

https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tutor.practice.admission.plugin import containers_of
from tutor.practice.api.errors import Obj

Result = tuple[str, str] | None
"""Why a Pod is not allowed, and the details; None where it is."""
CAPABILITIES = frozenset(
    (
        *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP"),
        *("SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
    )
)
_NET = "net.ipv4."
SYSCTLS = {
    "kernel.shm_rmid_forced",
    *(f"{_NET}{name}" for name in ("ping_group_range", "ip_unprivileged_port_start")),
    *(f"{_NET}ip_local_{name}" for name in ("port_range", "reserved_ports")),
    *(f"{_NET}tcp_{name}" for name in ("syncookies", "keepalive_time", "fin_timeout", "rmem", "wmem")),
    *(f"{_NET}tcp_keepalive_{name}" for name in ("intvl", "probes")),
}
"""Harmless ones."""
SELINUX_TYPES = {"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}
LOCAL_HOSTS = frozenset({"", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Pod:
    """A Pod under examination."""

    spec: Obj

    @property
    def security(self) -> Obj:
        """The Pod's own security context."""
        return self.spec.get("securityContext") or {}

    @property
    def containers(self) -> Iterator[tuple[str, Obj]]:
        """Names and security contexts of all containers."""
        for container in containers_of(self.spec, ephemeral=True):
            yield container["name"], container.get("securityContext") or {}

    @property
    def own_users(self) -> bool:
        """Whether its root is nobody on the node."""
        return self.spec.get("hostUsers") is False


def named(names: Iterable[str], what: str = "container") -> str:
    """Return `container "a"` or `containers "a", "b"`."""
    listed = list(names)
    return f"{what}{'s' if len(listed) > 1 else ''} {quoted(listed)}"


def quoted(texts: Iterable[str]) -> str:
    """Return `"a", "b"`."""
    return ", ".join(f'"{text}"' for text in texts)


def setters(pod_too: bool, names: list[str]) -> str:
    """Return `pod and container "a"`, or one of them; empty for none."""
    return " and ".join([*(["pod"] if pod_too else []), *([named(names)] if names else [])])


def where(pod: Pod, bad: Callable[[Obj], bool]) -> str:
    """Return who has a bad security context: `pod and container "a"`; empty where nobody has."""
    return setters(bad(pod.security), [name for name, context in pod.containers if bad(context)])


def app_armor(pod: Pod) -> Result:
    """Profiles may be RuntimeDefault or Localhost."""
    contexts = [pod.security, *(context for _, context in pod.containers)]
    values = {field_of(context, "appArmorProfile", "type") for context in contexts} - {
        None,
        "RuntimeDefault",
        "Localhost",
    }
    if not values:
        return None
    who = where(pod, lambda context: field_of(context, "appArmorProfile", "type") in values)
    plural = "s" if len(values) > 1 else ""
    shown = quoted(sorted(str(value) for value in values))
    return f"forbidden AppArmor profile{plural}", f"{who} must not set AppArmor profile type to {shown}"


def capabilities(pod: Pod) -> Result:
    """Only the runtime's default capabilities may be added."""
    return added_capabilities(pod, CAPABILITIES, "non-default capabilities")


def added_capabilities(pod: Pod, allowed: frozenset[str], reason: str) -> Result:
    """Tell of capabilities that are added and not allowed."""
    added = {name: set(field_of(context, "capabilities", "add") or ()) - allowed for name, context in pod.containers}
    bad = [name for name, values in added.items() if values]
    if not bad:
        return None
    shown = quoted(sorted(set().union(*added.values())))
    return reason, f"{named(bad)} must not include {shown} in securityContext.capabilities.add"


def host_namespaces(pod: Pod) -> Result:
    """No namespace is shared with the node."""
    found = [f"{key}=true" for key in ("hostNetwork", "hostPID", "hostIPC") if pod.spec.get(key)]
    return ("host namespaces", ", ".join(found)) if found else None


def host_paths(pod: Pod) -> Result:
    """No directories of the node."""
    found = [volume["name"] for volume in pod.spec.get("volumes") or [] if volume.get("hostPath")]
    return ("hostPath volumes", named(found, "volume")) if found else None


def host_ports(pod: Pod) -> Result:
    """No ports of the node."""
    ports = {
        container["name"]: [each["hostPort"] for each in container.get("ports") or [] if each.get("hostPort")]
        for container in containers_of(pod.spec, ephemeral=True)
    }
    bad = [name for name, found in ports.items() if found]
    if not bad:
        return None
    numbers = sorted({str(number) for found in ports.values() for number in found})
    verb, plural = "uses" if len(bad) == 1 else "use", "s" if len(numbers) > 1 else ""
    return "hostPort", f"{named(bad)} {verb} hostPort{plural} {', '.join(numbers)}"


def probe_hosts(pod: Pod) -> Result:
    """Probes and hooks reach nothing but the Pod itself."""
    bad: dict[str, set[str]] = {}
    for container in containers_of(pod.spec):
        hooks = container.get("lifecycle") or {}
        actions = [container.get(f"{kind}Probe") for kind in ("liveness", "readiness", "startup")]
        actions += [hooks.get("postStart"), hooks.get("preStop")]
        hosts = {field_of(action or {}, kind, "host") or "" for action in actions for kind in ("httpGet", "tcpSocket")}
        if hosts - LOCAL_HOSTS:
            bad[container["name"]] = hosts - LOCAL_HOSTS
    if not bad:
        return None
    reached = sorted(set().union(*bad.values()))
    verb, plural = "uses" if len(bad) == 1 else "use", "s" if len(reached) > 1 else ""
    return "probe or lifecycle host", f"{named(bad)} {verb} probe or lifecycle host{plural} {quoted(reached)}"


def privileged(pod: Pod) -> Result:
    """No container is privileged."""
    bad = [name for name, context in pod.containers if context.get("privileged")]
    return ("privileged", f"{named(bad)} must not set securityContext.privileged=true") if bad else None


def proc_mount(pod: Pod) -> Result:
    """/proc stays masked."""
    bad = [name for name, context in pod.containers if context.get("procMount") not in (None, "Default")]
    if not bad:
        return None
    return "procMount", f'{named(bad)} must not set securityContext.procMount to "Unmasked"'


def selinux(pod: Pod) -> Result:
    """Types are the container runtimes' own; users and roles are not set."""

    def options(context: Obj) -> Obj:
        return context.get("seLinuxOptions") or {}

    def bad(context: Obj) -> bool:
        own = options(context)
        return own.get("type", "") not in SELINUX_TYPES or bool(own.get("user") or own.get("role"))

    who = where(pod, bad)
    if not who:
        return None
    found = [options(context) for context in (pod.security, *(context for _, context in pod.containers))]
    types = sorted({own.get("type", "") for own in found} - SELINUX_TYPES)
    details = [f"type{'s' if len(types) > 1 else ''} {quoted(types)}"] if types else []
    details += [f"{key} may not be set" for key in ("user", "role") if any(own.get(key) for own in found)]
    return "seLinuxOptions", f"{who} set forbidden securityContext.seLinuxOptions: {'; '.join(details)}"


def _unconfined(context: Obj) -> bool:
    return bool(field_of(context, "seccompProfile", "type") == "Unconfined")


def seccomp(pod: Pod) -> Result:
    """Profiles are not switched off."""
    who = where(pod, _unconfined)
    text = f'{who} must not set securityContext.seccompProfile.type to "Unconfined"'
    return ("seccompProfile", text) if who else None


def sysctls(pod: Pod) -> Result:
    """Only sysctls that concern the Pod alone."""
    bad = [each["name"] for each in pod.security.get("sysctls") or [] if each["name"] not in SYSCTLS]
    return ("forbidden sysctls", ", ".join(bad)) if bad else None


def field_of(obj: Obj, *keys: str) -> Any:
    """Return what is under a path of keys, None where it ends early."""
    value: Any = obj
    for key in keys:
        value = (value or {}).get(key)
    return value


BASELINE = (
    *(app_armor, capabilities, host_namespaces, host_paths, host_ports, probe_hosts, privileged, proc_mount),
    *(selinux, seccomp, sysctls),
)
"""In the order of their names upstream, in which messages list them."""
