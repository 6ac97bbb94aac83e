"""Nodes.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/validation/validation.go
"""

from __future__ import annotations

from tutor.practice.api.errors import Obj
from tutor.practice.api.strategy import Strategy

_INFO = ("machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "containerRuntimeVersion")
_VERSIONS = ("kubeletVersion", "kubeProxyVersion", "operatingSystem", "architecture")


class Nodes(Strategy):
    """The rules of Nodes; the kubelet registers one with its status."""

    counts_generations = False

    def default(self, obj: Obj) -> None:
        """Fill in the status, and either form of the Pods' network."""
        spec, status = obj.setdefault("spec", {}), obj.setdefault("status", {})
        if spec.get("podCIDR") and not spec.get("podCIDRs"):
            spec["podCIDRs"] = [spec["podCIDR"]]
        status.setdefault("daemonEndpoints", {}).setdefault("kubeletEndpoint", {"Port": 0})
        status["nodeInfo"] = {**dict.fromkeys((*_INFO, *_VERSIONS), ""), **status.get("nodeInfo", {})}
        if status.get("capacity"):
            status["allocatable"] = {**status["capacity"], **(status.get("allocatable") or {})}

    def prepare_create(self, obj: Obj) -> None:
        """Keep the status."""
