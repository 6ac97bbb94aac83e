"""Security contexts of Pods and containers."""

from __future__ import annotations

from tutor.practice.api.causes import invalid, required
from tutor.practice.api.errors import Obj
from tutor.practice.rules.checks import Causes, between, invalid_struct, needed, one_of, relative_path

_CORE = "io.k8s.api.core.v1"
_SECCOMP = f"{_CORE}.SeccompProfile"
_PROFILES = ("Localhost", "RuntimeDefault", "Unconfined")


def pod_security(spec: Obj, path: str) -> Causes:
    """Check a Pod's security context, and what it shares with its node."""
    context, at = spec.get("securityContext") or {}, f"{path}.securityContext"
    if spec.get("hostPID") and spec.get("shareProcessNamespace"):
        detail = "ShareProcessNamespace and HostPID cannot both be enabled"
        yield invalid(f"{path}.shareProcessNamespace", True, detail)
    yield from between(context, at, "fsGroup", "runAsUser", "runAsGroup", low=0)
    for index, group in enumerate(context.get("supplementalGroups") or []):
        yield from between({f"supplementalGroups[{index}]": group}, at, f"supplementalGroups[{index}]", low=0)
    yield from one_of(context, at, "fsGroupChangePolicy", ("Always", "OnRootMismatch"))
    yield from _profiles(context, at)


def container_security(container: Obj, path: str) -> Causes:
    """Check a container's security context."""
    context, at = container.get("securityContext") or {}, f"{path}.securityContext"
    yield from between(context, at, "runAsUser", "runAsGroup", low=0)
    yield from _profiles(context, at)
    if context.get("allowPrivilegeEscalation") is False:
        rest = "cannot set `allowPrivilegeEscalation` to false and "
        if context.get("privileged"):
            yield invalid_struct(at, context, f"{_CORE}.SecurityContext", f"{rest}`privileged` to true")
        if "CAP_SYS_ADMIN" in ((context.get("capabilities") or {}).get("add") or []):
            yield invalid_struct(at, context, f"{_CORE}.SecurityContext", f"{rest}`capabilities.Add` CAP_SYS_ADMIN")


def _profiles(context: Obj, path: str) -> Causes:
    for key, kind in (("seccompProfile", "seccomp"), ("appArmorProfile", "AppArmor")):
        profile, at = context.get(key), f"{path}.{key}"
        if profile is None:
            continue
        chosen, local = profile.get("type"), profile.get("localhostProfile")
        yield from needed(profile, at, "type", detail=f"type is required when {key} is set")
        if chosen:
            yield from one_of(profile, at, "type", _PROFILES)
        if chosen == "Localhost" and not local:
            yield required(f"{at}.localhostProfile", f"must be set when {kind} type is Localhost")
        elif local is not None and chosen != "Localhost":
            detail, where = f"can only be set when {kind} type is Localhost", f"{at}.localhostProfile"
            seccomp = kind == "seccomp"
            yield invalid_struct(where, profile, _SECCOMP, detail) if seccomp else invalid(where, local, detail)
        elif local and kind == "seccomp":
            yield from relative_path(f"{at}.localhostProfile", local)
