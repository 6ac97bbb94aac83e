"""Nodes.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/validation/validation.go
"""

from __future__ import annotations

from tutor.practice.api.causes import required
from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.meta import qualified_faults
from tutor.practice.api.strategy import Strategy
from tutor.practice.rules.checks import Causes, faults, label_value, one_of, struct_text

EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")

_INFO = ("machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "containerRuntimeVersion")
_VERSIONS = ("kubeletVersion", "kubeProxyVersion", "operatingSystem", "architecture")


class Nodes(Strategy):
    """The rules of Nodes; the kubelet registers one with its status."""

    counts_generations = False

    def default(self, obj: Obj) -> None:
        """Fill in the status, and either form of the Pods' network."""
        spec, status = obj.setdefault("spec", {}), obj.setdefault("status", {})
        one, many = spec.get("podCIDR"), spec.get("podCIDRs") or []
        if one and many[:1] != [one]:
            spec["podCIDRs"] = [one]
        elif many and not one:
            spec["podCIDR"] = many[0]
        status.setdefault("daemonEndpoints", {}).setdefault("kubeletEndpoint", {"Port": 0})
        status["nodeInfo"] = {**dict.fromkeys((*_INFO, *_VERSIONS), ""), **status.get("nodeInfo", {})}
        if status.get("capacity"):
            status["allocatable"] = {**status["capacity"], **(status.get("allocatable") or {})}

    def prepare_create(self, obj: Obj) -> None:
        """Keep the status."""

    def validate(self, obj: Obj) -> list[Cause]:
        """Check the taints."""
        return list(_taints(obj["spec"].get("taints") or []))


def _taints(taints: list[Obj]) -> Causes:
    seen = set()
    for index, taint in enumerate(taints):
        at = f"metadata.taints[{index}]"
        key, effect = taint.get("key") or "", taint.get("effect") or ""
        yield from faults(f"{at}.key", key, qualified_faults(key))
        yield from label_value(f"{at}.value", taint.get("value") or "")
        if not effect:
            yield required(f"{at}.effect")
        yield from one_of({"effect": effect or None}, at, "effect", EFFECTS)
        if (key, effect) in seen:
            text = struct_text(taint, "io.k8s.api.core.v1.Taint")
            why = "taints must be unique by key and effect pair"
            yield Cause(at, "FieldValueDuplicate", f"Duplicate value: {text}: {why}")
        seen.add((key, effect))
