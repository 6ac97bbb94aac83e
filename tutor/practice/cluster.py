"""The practice cluster put together: store, API, controllers, scheduler, kubelets and the HTTPS server."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from tutor.practice.access.bootstrap import default_roles
from tutor.practice.access.certificates import Authority, kubeconfig
from tutor.practice.access.controllers import access_controllers
from tutor.practice.access.reviews import Access
from tutor.practice.access.tokens import Tokens
from tutor.practice.admission import plugins
from tutor.practice.api.chain import Api
from tutor.practice.api.deletion import Deletion
from tutor.practice.api.errors import Obj
from tutor.practice.api.kinds import Kind, Kinds
from tutor.practice.api.meta import new_uid
from tutor.practice.api.store import Store
from tutor.practice.clock import Clock, stamp
from tutor.practice.containers.images import find
from tutor.practice.containers.network import Network
from tutor.practice.containers.shell import quiesce
from tutor.practice.controllers.cluster import cluster_controllers
from tutor.practice.controllers.disruption import evict
from tutor.practice.controllers.seed import seed
from tutor.practice.controllers.workloads import workload_controllers
from tutor.practice.custom.serving import CustomKinds
from tutor.practice.http.documents import VERSION, Documents
from tutor.practice.http.parts import Parts
from tutor.practice.http.server import HOST, Server
from tutor.practice.http.versions import (
    Versions,
    event_inward,
    event_outward,
)
from tutor.practice.kubelet.kubelet import Kubelets
from tutor.practice.kubelet.node import Node
from tutor.practice.kubelet.runtime import Runtime
from tutor.practice.kubelet.streams import Streams
from tutor.practice.metrics import Metrics
from tutor.practice.patches import managed
from tutor.practice.rules.autoscaling_v1 import from_v1, to_v1
from tutor.practice.rules.registry import strategies
from tutor.practice.scheduler.binding import bind
from tutor.practice.schema.definitions import Schema
from tutor.practice.schema.discovery import METRICS, built_in
from tutor.practice.schema.openapi import OpenApi
from tutor.practice.tables.table import Tables

CONTEXT = "practice"
ADDRESS = "172.18.0.2"
"""The control plane's."""
PRESENT = ("busybox:1.37", "nginx:1.28", "nginx:1.29", "redis:7.4")
"""The images that the nodes hold from the beginning, as kind's do once the course has loaded them."""
NODE_NETWORK, POD_NETWORK = "172.18.0.{}", "10.244.{}.0/24"


@dataclass(frozen=True)
class Files:
    """Where the cluster puts what clients and its own server need; the folder is private."""

    folder: Path

    @property
    def kubeconfig(self) -> Path:
        """For kubectl, as the cluster's administrator."""
        return self.folder / "kubeconfig"

    def write(self, name: str, data: bytes) -> Path:
        """Write a file that nobody else may read at any moment."""
        path = self.folder / name
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        return path


class PracticeCluster:
    """A simulated cluster. Everything runs on the loop that `start` is awaited on.

    `folder` gets certificates and the kubeconfig, `workers` are nodes besides the control plane.
    """

    def __init__(self, folder: Path, *, workers: int = 0, clock: Clock | None = None, name: str = CONTEXT) -> None:
        self.files = Files(folder)
        self.clock = clock or Clock()
        self.store = Store()
        self.kinds = Kinds(built_in())
        self.schema = Schema.load()
        self.tables = Tables()
        self.name = name
        self.nodes = [f"{name}-control-plane", *(f"{name}-worker{n or ''}" for n in _numbers(workers))]
        self.authority = Authority(self.clock.now())
        self.api = Api(self.store, self.kinds, self.clock, strategies=strategies(), owned=self._owned)
        self.tokens = Tokens(self.api, self.authority.certificate)
        self.access = Access(self.store, self.tokens, self.clock)
        self.openapi = OpenApi(self.schema, self.kinds)
        self.custom = CustomKinds(self.api, self.schema, self.openapi, self.tables)
        runtime = Runtime(self.clock, Network(self.store, self.clock))
        nodes = [self._node(number, name) for number, name in enumerate(self.nodes)]
        self.kubelets = Kubelets(self.api, nodes, runtime, token=self._pod_token)
        self.metrics = Metrics(self.store, self.clock, self.kubelets.usage)
        ca = self.authority.certificate.decode()
        self.controllers = [
            *workload_controllers(self.api, self.metrics.of_pod),
            *cluster_controllers(self.api, ca=ca, node=self.nodes[0], address=ADDRESS),
            *access_controllers(self.api, self.tokens, self.authority),
        ]
        self.server: Server | None = None
        self._fresh: tuple[int, dict[str, dict[tuple[str, str], Obj]]] | None = None

    @property
    def url(self) -> str:
        """Where the API server listens."""
        return f"https://{HOST}:{self.server.port if self.server else 0}"

    @property
    def version(self) -> str:
        """The version of Kubernetes that is simulated."""
        return str(VERSION["gitVersion"])

    async def start(self, port: int = 0) -> None:
        """Bring everything up and listen. Raises OSError when the port or the folder cannot be had."""
        self._furnish()
        self.api.plugins += plugins(self.api, self.access.rbac)
        for kubelet in self.kubelets.by_node.values():
            kubelet.node.register(self.api)
        ca = self.authority.certificate.decode()
        seed(self.api, node=self.nodes[0], address=ADDRESS, ca=ca, cluster=self.name)
        for controller in self.controllers:
            controller.start()
        self.kubelets.start()
        self.server = self._server()
        await self.server.start(port)
        self._write_kubeconfig()
        self.store.forget()
        self._fresh = self.store.snapshot()

    async def stop(self) -> None:
        """End everything that runs."""
        if self.server:
            await self.server.stop()
        for controller in self.controllers:
            controller.stop()
        self.kubelets.stop()
        await self.kubelets.over()
        await quiesce()

    def reset(self) -> None:
        """Put the cluster back to how it was when it had just started."""
        if self._fresh:
            self.store.restore(self._fresh)

    def _furnish(self) -> None:
        """Store the namespaces and the default roles, complete as they are and past validation."""
        now = stamp(self.clock.now())
        for resource, role in default_roles():
            meta = {**role["metadata"], "uid": new_uid(), "creationTimestamp": now}
            self.store.put(resource, {**role, "metadata": meta})

    def _node(self, number: int, name: str) -> Node:
        return Node(
            name=name,
            cluster=self.name,
            ip=NODE_NETWORK.format(number + 2),
            pod_cidr=POD_NETWORK.format(number),
            control_plane=number == 0,
            taints=CONTROL_PLANE_TAINTS if number == 0 and len(self.nodes) > 1 else (),
            images={image.reference: image.size for image in map(find, PRESENT) if image},
            version=self.version,
        )

    def _owned(self, old: Obj | None, new: Obj, manager: str, kind: Kind, subresource: str) -> Obj:
        type = self.schema.for_kind(kind.api_version, kind.kind)
        now = stamp(self.clock.now())
        has_status = self.api.strategy(kind.resource).has_status
        return managed.updated(old, new, manager, kind.api_version, subresource, type, now, has_status=has_status)

    def _pod_token(self, pod: Obj, source: Obj) -> str:
        """Return a token for a `serviceAccountToken` volume of a Pod, bound to it."""
        meta = pod["metadata"]
        account = self.api.get("serviceaccounts", meta["namespace"], pod["spec"].get("serviceAccountName") or "default")
        spec: Obj = {"boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": meta["name"], "uid": meta["uid"]}}
        spec["audiences"] = [source["audience"]] if source.get("audience") else []
        spec["expirationSeconds"] = source.get("expirationSeconds")
        return str(self.tokens.request(account, {"spec": spec})["status"]["token"])

    def _server(self) -> Server:
        now = self.clock.now()
        pair = self.authority.server(now)
        ca = self.files.write("ca.crt", self.authority.certificate)
        parts = Parts(
            api=self.api,
            schema=self.schema,
            access=self.access,
            nodes=Streams(self.kubelets),
            versions=Versions(
                {
                    ("horizontalpodautoscalers.autoscaling", "v1"): (to_v1, from_v1),
                    ("events.events.k8s.io", "v1"): (event_outward, event_inward),
                }
            ),
            documents=Documents(self.openapi, self._extra_kinds, lambda: self.url.removeprefix("https://")),
            table=self.tables,
            scales=self.custom.scales,
            review=self.access.review,
            token=self.tokens.request,
            evict=_evict,
            bind=bind,
            metrics=self.metrics.answer,
        )
        certificate, key = self.files.write("server.crt", pair.certificate), self.files.write("server.key", pair.key)
        return Server(parts, ca, certificate, key)

    def _extra_kinds(self) -> Sequence[Kind]:
        custom = [kind for kind in self.kinds if kind.custom]
        return [*custom, *(METRICS if self.metrics.served else ())]

    def _write_kubeconfig(self) -> None:
        admin = self.authority.client(self.clock.now())
        config = kubeconfig(self.url, self.authority.certificate, admin, name=self.name)
        self.files.write("kubeconfig", yaml.safe_dump(config).encode())


CONTROL_PLANE_TAINTS = ({"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"},)


def _numbers(workers: int) -> list[int]:
    """Return 0, 2, 3, …: the first worker has no number, as kind names them."""
    return [0, *range(2, workers + 1)][:workers]


def _evict(api: Api, pod: Obj, eviction: Obj) -> None:
    options = eviction.get("deleteOptions") or {}
    evict(api, pod, Deletion(grace=options.get("gracePeriodSeconds")))
