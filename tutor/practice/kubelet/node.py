"""A node as its kubelet registers it, and its heartbeats.

https://kubernetes.io/docs/reference/node/node-status/
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files

import yaml

from tutor.practice.api.chain import Api
from tutor.practice.api.errors import Obj
from tutor.practice.api.events import Recorder
from tutor.practice.clock import micro_stamp, stamp

SIMULATED = {"kubetutor.dev/practice": "simulated"}
"""The annotation that tells such a node from a real one."""
LEASE, LEASES = 40, "kube-node-lease"
BEAT_SECONDS = 10.0
STATUS_BEATS = 30
"""Heartbeats after which the status' times are renewed: five minutes."""
_KIND = yaml.load((files("tutor.practice") / "data/node.yaml").read_bytes(), yaml.CSafeLoader)


@dataclass(frozen=True, kw_only=True)
class Node:
    """What a node is; contents as those of kind's nodes."""

    name: str
    cluster: str
    ip: str
    pod_cidr: str
    control_plane: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: Sequence[Obj] = ()
    capacity: Mapping[str, str] = field(default_factory=lambda: _KIND["capacity"])
    images: Mapping[str, int] = field(default_factory=lambda: _KIND["images"])
    """Full names and sizes (bytes) of the images that are there from the beginning."""
    version: str = "v1.37.2"

    @property
    def allocatable(self) -> Obj:
        """What Pods may use: all of it, as kind's nodes keep nothing back."""
        return {"hugepages-1Gi": "0", "hugepages-2Mi": "0", **self.capacity}

    def register(self, api: Api) -> None:
        """Create the Node, or renew the status of one that is there."""
        if api.store.get("nodes", "", self.name) is None:
            obj: Obj = {
                "metadata": {"name": self.name, "labels": self._labels(), "annotations": self._annotations()},
                "spec": {
                    "podCIDR": self.pod_cidr,
                    "podCIDRs": [self.pod_cidr],
                    "providerID": f"kind://docker/{self.cluster}/{self.name}",
                },
            }
            if self.taints:
                obj["spec"]["taints"] = list(self.taints)
            api.create("nodes", obj, manager="kubelet")
        self._report(api)
        self._renew(api)

    def announce(self, api: Api) -> None:
        """Record the Events of a node that has just come up."""
        events, node = Recorder(api, "kubelet", self.name), api.get("nodes", "", self.name)
        about = {**node, "metadata": {**node["metadata"], "uid": self.name}}
        for reason in ("NodeHasSufficientMemory", "NodeHasNoDiskPressure", "NodeHasSufficientPID", "NodeReady"):
            events.record(about, "Normal", reason, f"Node {self.name} status is now: {reason}")

    async def beat(self, api: Api) -> None:
        """Renew the Lease every ten seconds, and the status every five minutes, until cancelled."""
        beats = 0
        while True:
            await api.clock.sleep(BEAT_SECONDS)
            beats += 1
            if api.store.get("nodes", "", self.name) is None:
                continue
            self._renew(api)
            if beats % STATUS_BEATS == 0 or self._doubted(api):
                self._report(api)

    def _doubted(self, api: Api) -> bool:
        """Tell whether somebody has set the node's Ready condition to unknown."""
        conditions = (api.get("nodes", "", self.name).get("status") or {}).get("conditions") or []
        return any(each["type"] == "Ready" and each["status"] != "True" for each in conditions)

    def _report(self, api: Api) -> None:
        node = api.get("nodes", "", self.name)
        api.set_status("nodes", node, self._status(node, stamp(api.clock.now())), manager="kubelet")

    def _renew(self, api: Api) -> None:
        now = micro_stamp(api.clock.now())
        if api.store.get("leases.coordination.k8s.io", LEASES, self.name):

            def renew(lease: Obj) -> Obj:
                lease["spec"]["renewTime"] = now
                return lease

            api.change("leases.coordination.k8s.io", LEASES, self.name, renew, manager="kubelet")
        elif api.store.get("namespaces", "", LEASES):
            node = api.get("nodes", "", self.name)
            owner = {"apiVersion": "v1", "kind": "Node", "name": self.name, "uid": node["metadata"]["uid"]}
            lease = {
                "metadata": {"name": self.name, "ownerReferences": [owner]},
                "spec": {"holderIdentity": self.name, "leaseDurationSeconds": LEASE, "renewTime": now},
            }
            api.create("leases.coordination.k8s.io", lease, LEASES, manager="kubelet")

    def _labels(self) -> dict[str, str]:
        labels = {
            "beta.kubernetes.io/arch": "amd64",
            "beta.kubernetes.io/os": "linux",
            "kubernetes.io/arch": "amd64",
            "kubernetes.io/hostname": self.name,
            "kubernetes.io/os": "linux",
        }
        if self.control_plane:
            labels["node-role.kubernetes.io/control-plane"] = ""
        return {**labels, **self.labels}

    def _annotations(self) -> dict[str, str]:
        managed = {"volumes.kubernetes.io/controller-managed-attach-detach": "true"}
        return {"node.alpha.kubernetes.io/ttl": "0", **managed, **SIMULATED}

    def _status(self, node: Obj, now: str) -> Obj:
        old = node.get("status") or {}
        before = {each["type"]: each for each in old.get("conditions") or []}
        conditions = [each for kind, each in before.items() if kind not in {own["type"] for own in _KIND["conditions"]}]
        for own in _KIND["conditions"]:
            same = before.get(own["type"])
            since = same["lastTransitionTime"] if same and same["status"] == own["status"] else now
            conditions.append({**own, "lastHeartbeatTime": now, "lastTransitionTime": since})
        machine = hashlib.md5(self.name.encode(), usedforsecurity=False).hexdigest()
        images = sorted(self.images.items(), key=lambda each: -each[1])
        return {
            **old,
            **_KIND["status"],
            "addresses": [
                {"type": "InternalIP", "address": self.ip},
                {"type": "Hostname", "address": self.name},
            ],
            "capacity": self.allocatable,
            "allocatable": self.allocatable,
            "conditions": conditions,
            "images": [{"names": [name], "sizeBytes": size} for name, size in images],
            "nodeInfo": {
                **_KIND["info"],
                "bootID": str(uuid.uuid5(uuid.NAMESPACE_DNS, self.cluster)),
                "kubeletVersion": self.version,
                "machineID": machine,
                "systemUUID": machine,
            },
        }
