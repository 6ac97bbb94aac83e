"""PodSecurity: enforces, or warns of, the level that a namespace's labels ask for.

https://kubernetes.io/docs/concepts/security/pod-security-admission/
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tutor.practice.admission.plugin import Plugin, containers_of, forbid
from tutor.practice.admission.restricted import LEVELS, violations
from tutor.practice.api import causes, errors
from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.meta import controller_of
from tutor.practice.api.request import Request
from tutor.practice.api.store import Store

PREFIX = "pod-security.kubernetes.io/"
MODES = ("enforce", "audit", "warn")
TEMPLATES = {
    **dict.fromkeys(("deployments.apps", "replicasets.apps", "daemonsets.apps", "statefulsets.apps"), "spec.template"),
    **dict.fromkeys(("jobs.batch", "replicationcontrollers"), "spec.template"),
    "cronjobs.batch": "spec.jobTemplate.spec.template",
    "podtemplates": "template",
}
"""Where other kinds keep the template of their Pods."""


@dataclass(frozen=True)
class Policy:
    """A level in a version of the standards; whatever the version, the newest counts."""

    level: str = "privileged"
    version: str = "latest"

    def __str__(self) -> str:
        return f"{self.level}:{self.version}"

    def violations(self, spec: Obj) -> list[tuple[str, str]]:
        """Return what a Pod's spec violates."""
        return violations(spec, self.level)


class PodSecurity(Plugin):
    """Looks at Pods, at templates of Pods, and at namespaces whose labels change."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def validate(self, request: Request) -> None:
        """Raise ApiError (403, 422), or warn."""
        obj = request.object
        if obj is None:
            return
        if request.resource == "namespaces" and not request.subresource:
            self._namespace(request, obj)
        elif request.resource == "pods" and request.subresource in ("", "ephemeralcontainers"):
            if request.old is None or _images(request.old) != _images(obj):
                self._pod(request, obj["spec"])
        elif request.resource in TEMPLATES and not request.subresource:
            spec = obj
            for key in f"{TEMPLATES[request.resource]}.spec".split("."):
                spec = spec.get(key) or {}
            self._warn(request, self._policy(request, "warn"), spec)

    def _pod(self, request: Request, spec: Obj) -> None:
        enforced, warned = self._policy(request, "enforce"), self._policy(request, "warn")
        if found := enforced.violations(spec):
            raise forbid(request, f'violates PodSecurity "{enforced}": {_detailed(found)}')
        if warned != enforced:
            self._warn(request, warned, spec)

    def _warn(self, request: Request, policy: Policy, spec: Obj) -> None:
        if spec and (found := policy.violations(spec)):
            request.warnings.append(f'would violate PodSecurity "{policy}": {_detailed(found)}')

    def _policy(self, request: Request, mode: str) -> Policy:
        namespace = self._store.get("namespaces", "", request.namespace)
        return policies(namespace)[mode] if namespace else Policy()

    def _namespace(self, request: Request, namespace: Obj) -> None:
        labels = namespace["metadata"].get("labels") or {}
        old = (request.old or {}).get("metadata", {}).get("labels") or {}
        faults = _label_faults(labels) if labels != old else []
        if faults:
            raise errors.invalid("Namespace", "", request.name, faults)
        if request.old is None:
            return
        new, before = policies(namespace)["enforce"], policies(request.old)["enforce"]
        order = list(LEVELS)
        relaxed = new.version == before.version and order.index(new.level) <= order.index(before.level)
        if new.level == "privileged" or relaxed:
            return
        found: dict[str, list[str]] = {}
        for name, spec in self._existing(request.name):
            if bad := new.violations(spec):
                found.setdefault(", ".join(reason for reason, _ in bad), []).append(name)
        if found:
            head = f'existing pods in namespace "{request.name}" violate the new PodSecurity enforce level "{new}"'
            lines = [f"{_and_others(names)}: {reasons}" for reasons, names in found.items()]
            request.warnings += [head, *sorted(lines)]

    def _existing(self, namespace: str) -> list[tuple[str, Obj]]:
        """Return names and specs of the Pods to look at: one of each controller's."""
        seen: set[str] = set()
        found = []
        for pod in self._store.list("pods", namespace):
            controller = controller_of(pod)
            uid = controller["uid"] if controller else pod["metadata"]["uid"]
            if uid not in seen:
                seen.add(uid)
                found.append((pod["metadata"]["name"], pod["spec"]))
        return found


def policies(namespace: Obj) -> dict[str, Policy]:
    """Return what a namespace's labels ask for, by mode; warnings are by default for what is enforced."""
    labels = namespace["metadata"].get("labels") or {}
    found = {}
    for mode in MODES:
        level, version = labels.get(PREFIX + mode), labels.get(f"{PREFIX}{mode}-version", "latest")
        found[mode] = Policy(level if level in LEVELS else "privileged", version if _version(version) else "latest")
    if PREFIX + "warn" not in labels:
        found["warn"] = found["enforce"]
    return found


def _label_faults(labels: dict[str, str]) -> list[Cause]:
    found = []
    for mode in MODES:
        level, version = labels.get(PREFIX + mode), labels.get(f"{PREFIX}{mode}-version")
        field = f"metadata.labels[{PREFIX}{mode}"
        if level is not None and level not in LEVELS:
            found.append(causes.invalid(f"{field}]", level, f"must be one of {', '.join(LEVELS)}"))
        if version is not None and not _version(version):
            found.append(causes.invalid(f"{field}-version]", version, 'must be "latest" or "v1.x"'))
    return found


def _version(text: str) -> bool:
    return bool(re.fullmatch(r"latest|v1\.(0|[1-9][0-9]*)", text))


def _detailed(found: list[tuple[str, str]]) -> str:
    return ", ".join(f"{reason} ({details})" if details else reason for reason, details in found)


def _and_others(names: list[str]) -> str:
    others = len(names) - 1
    if not others:
        return names[0]
    return f"{names[0]} (and {others} other pod{'s' if others > 1 else ''})"


def _images(pod: Obj) -> list[tuple[str, str]]:
    return [(each["name"], each.get("image", "")) for each in containers_of(pod["spec"], ephemeral=True)]
