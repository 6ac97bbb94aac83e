"""`node`: a file, unit, process, certificate or kernel setting on the machines under the cluster."""

from __future__ import annotations

from typing import ClassVar

from checkers.check import CheckType
from checkers.node_certificate import NodeCertificate
from checkers.node_file import NodeFile
from checkers.node_process import NodeCommand, NodeProcess, NodeSysctl, NodeUnit
from checkers.on_node import NodeChoice
from checkers.result import Verdict
from checkers.world import Kind, World


class NodeCheck(CheckType, frozen=True, kw_only=True):
    """Something on a node, which is named by its role.

        node: {role: control-plane}               # the first; or index: 1, all: true, any: true
        file: {path: /etc/kubernetes/manifests/etcd.yaml, contains: data-dir}

    In place of `file`: `unit: {name: kubelet, enabled: true}`, `process: {name: kube-apiserver,
    argument: --v=4}`, `certificate: {path: /etc/kubernetes/pki/apiserver.crt, days_left: {$gte: 300}}`,
    `sysctl: {name: net.ipv4.ip_forward, value: 1}`, `command: {run: [crictl, images], stdout: busybox}`.
    """

    key: ClassVar[str] = "node"
    polls: ClassVar[bool] = True
    node: NodeChoice
    file: NodeFile | None = None
    unit: NodeUnit | None = None
    process: NodeProcess | None = None
    certificate: NodeCertificate | None = None
    sysctl: NodeSysctl | None = None
    command: NodeCommand | None = None

    def reads(self) -> frozenset[Kind]:
        """Nothing that can be watched."""
        return frozenset()

    def problems(self) -> list[str]:
        """Check the choice, and that exactly one thing is looked at."""
        things = self._things()
        if len(things) != 1:
            return ["exactly one of file, unit, process, certificate, sysctl and command"]
        return self.node.problems() + things[0].problems()

    def look(self, world: World) -> Verdict:
        """Look at the chosen nodes."""
        return self.node.judge(world, self._things()[0].look)

    def _things(
        self,
    ) -> list[NodeFile | NodeUnit | NodeProcess | NodeCertificate | NodeSysctl | NodeCommand]:
        each = (self.file, self.unit, self.process, self.certificate, self.sysctl, self.command)
        return [thing for thing in each if thing is not None]
