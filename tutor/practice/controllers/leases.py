"""The Leases by which the control plane's parts elect their leaders, and the API server says that it is there.

https://kubernetes.io/docs/concepts/architecture/leases/
"""

from __future__ import annotations

import base64
import hashlib
from typing import ClassVar

from tutor.practice.api.chain import Api
from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import new_uid
from tutor.practice.clock import micro_stamp
from tutor.practice.controllers.queue import Controller

PERIOD = 10.0
"""Seconds between renewals; upstream's leaders renew every two, which nobody needs here."""
RESOURCE, NAMESPACE = "leases.coordination.k8s.io", "kube-system"


class LeaseHolder(Controller):
    """Renews them as long as `kube-system` is there."""

    name: ClassVar[str] = "lease-holder"
    resource: ClassVar[str] = "namespaces"

    def __init__(self, api: Api, node: str, address: str) -> None:
        super().__init__(api)
        digest = hashlib.sha256(node.encode()).digest()[:16]
        server = f"apiserver-{base64.b32encode(digest).decode().lower().rstrip('=')}"
        self._leases: list[tuple[str, Obj, Obj]] = [
            (name, {}, {"holderIdentity": f"{node}_{new_uid()}", "leaseDurationSeconds": 15, "leaseTransitions": 0})
            for name in ("kube-controller-manager", "kube-scheduler")
        ]
        meta = {
            "labels": {"apiserver.kubernetes.io/identity": "kube-apiserver", "kubernetes.io/hostname": node},
            "annotations": {"kubernetes.io/peer-advertise-address": f"{address}:6443"},
        }
        spec = {"holderIdentity": f"{server}_{new_uid()}", "leaseDurationSeconds": 3600}
        self._leases.append((server, meta, spec))

    def reconcile(self, obj: Obj) -> float | None:
        """Renew every Lease, or take it."""
        if obj["metadata"]["name"] != NAMESPACE:
            return None
        now = micro_stamp(self.clock.now())
        for name, meta, spec in self._leases:
            found = self.store.get(RESOURCE, NAMESPACE, name)
            if found is None:
                acquired = {"acquireTime": now} if "leaseTransitions" in spec else {}
                body = {"metadata": {**meta, "name": name}, "spec": {**spec, **acquired, "renewTime": now}}
                self.api.create(RESOURCE, body, NAMESPACE, owned=False)
            else:
                self.api.update(RESOURCE, {**found, "spec": {**found["spec"], "renewTime": now}})
        return PERIOD
