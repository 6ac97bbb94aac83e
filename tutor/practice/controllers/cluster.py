"""The controllers that belong to the cluster rather than to workloads."""

from __future__ import annotations

from tutor.practice.api.chain import Api
from tutor.practice.controllers.endpoints import EndpointsController, EndpointSliceController
from tutor.practice.controllers.garbage import GarbageCollector
from tutor.practice.controllers.leases import LeaseHolder
from tutor.practice.controllers.namespaces import NamespaceController, RootCaPublisher, ServiceAccountController
from tutor.practice.controllers.nodes import NodeController, PodCollector, TaintEviction
from tutor.practice.controllers.protection import ClaimProtection, VolumeProtection
from tutor.practice.controllers.provisioner import LocalPathProvisioner
from tutor.practice.controllers.queue import Controller
from tutor.practice.controllers.quota import QuotaController
from tutor.practice.controllers.volumes import ClaimController, VolumeController
from tutor.practice.custom.controller import DefinitionController
from tutor.practice.scheduler.scheduler import Scheduler


def cluster_controllers(api: Api, *, ca: str, node: str, address: str) -> list[Controller]:
    """Return them and the scheduler.

    `ca` is the API server's certificate authority as PEM, `node` and `address` are the control plane's.
    """
    return [
        DefinitionController(api),
        NamespaceController(api),
        ServiceAccountController(api),
        RootCaPublisher(api, ca),
        GarbageCollector(api),
        EndpointSliceController(api),
        EndpointsController(api),
        ClaimController(api),
        VolumeController(api),
        LocalPathProvisioner(api),
        ClaimProtection(api),
        VolumeProtection(api),
        Scheduler(api),
        NodeController(api),
        TaintEviction(api),
        PodCollector(api),
        QuotaController(api),
        LeaseHolder(api, node, address),
    ]
