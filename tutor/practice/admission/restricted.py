"""The restricted controls of the Pod Security Standards, and which controls make which level.

https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
"""

from __future__ import annotations

from collections.abc import Callable

from tutor.practice.admission.checks import (
    BASELINE,
    Pod,
    Result,
    added_capabilities,
    capabilities,
    field_of,
    host_paths,
    named,
    quoted,
    seccomp,
    setters,
    where,
)
from tutor.practice.api.errors import Obj

VOLUMES = frozenset(
    (
        *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected"),
        "secret",
    )
)


def escalation(pod: Pod) -> Result:
    """Processes gain no privileges that their parents lack."""
    bad = [name for name, context in pod.containers if context.get("allowPrivilegeEscalation") is not False]
    if not bad:
        return None
    text = f"{named(bad)} must set securityContext.allowPrivilegeEscalation=false"
    return "allowPrivilegeEscalation != false", text


def dropped(pod: Pod) -> Result:
    """All capabilities are dropped; only NET_BIND_SERVICE may come back."""
    reason = "unrestricted capabilities"
    bare = [name for name, context in pod.containers if "ALL" not in (field_of(context, "capabilities", "drop") or ())]
    details = [f'{named(bare)} must set securityContext.capabilities.drop=["ALL"]'] if bare else []
    if extra := added_capabilities(pod, frozenset({"NET_BIND_SERVICE"}), reason):
        details.append(extra[1])
    return (reason, "; ".join(details)) if details else None


def volumes(pod: Pod) -> Result:
    """Only volumes that come from the cluster."""
    bad: dict[str, str] = {}
    for volume in pod.spec.get("volumes") or []:
        kind = next((key for key in volume if key != "name"), "")
        if kind and kind not in VOLUMES:
            bad[volume["name"]] = kind
    if not bad:
        return None
    verb, kinds = "uses" if len(bad) == 1 else "use", sorted(set(bad.values()))
    plural = "s" if len(kinds) > 1 else ""
    shown = f"{named(bad, 'volume')} {verb} restricted volume type{plural} {quoted(kinds)}"
    return "restricted volume types", shown


def non_root(pod: Pod) -> Result:
    """Containers must not run as root."""
    if pod.own_users:
        return None
    whole = pod.security.get("runAsNonRoot")
    own = {name: context.get("runAsNonRoot") for name, context in pod.containers}
    who = setters(whole is False, [name for name, value in own.items() if value is False])
    reason = "runAsNonRoot != true"
    if who:
        return reason, f"{who} must not set securityContext.runAsNonRoot=false"
    bare = [name for name, value in own.items() if value is None]
    if bare and not whole:
        return reason, f"pod or {named(bare)} must set securityContext.runAsNonRoot=true"
    return None


def non_root_user(pod: Pod) -> Result:
    """User 0 is not asked for."""
    if pod.own_users:
        return None
    who = where(pod, lambda context: context.get("runAsUser") == 0)
    return ("runAsUser=0", f"{who} must not set runAsUser=0") if who else None


def seccomp_set(pod: Pod) -> Result:
    """Profiles are RuntimeDefault or Localhost, for every container."""
    if found := seccomp(pod):
        return found
    bare = [name for name, context in pod.containers if not context.get("seccompProfile")]
    if not bare or pod.security.get("seccompProfile"):
        return None
    text = f'pod or {named(bare)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"'
    return "seccompProfile", text


RESTRICTED = (
    *(check for check in BASELINE if check not in (capabilities, host_paths, seccomp)),
    *(escalation, dropped, volumes, non_root, non_root_user, seccomp_set),
)
"""Some controls of the baseline give way to their stricter forms."""
LEVELS: dict[str, tuple[Callable[[Pod], Result], ...]] = {
    "privileged": (),
    "baseline": BASELINE,
    "restricted": RESTRICTED,
}


def violations(spec: Obj, level: str) -> list[tuple[str, str]]:
    """Return what a Pod's spec violates of a level, as (reason, details)."""
    return [found for check in LEVELS[level] if (found := check(Pod(spec)))]
