"""The controllers that belong to the cluster rather than to workloads."""

from __future__ import annotations

from tutor.practice.api.chain import Api
from tutor.practice.controllers.endpoints import EndpointsController, EndpointSliceController
from tutor.practice.controllers.garbage import GarbageCollector
from tutor.practice.controllers.namespaces import NamespaceController, RootCaPublisher, ServiceAccountController
from tutor.practice.controllers.queue import Controller


def cluster_controllers(api: Api, *, ca: str) -> list[Controller]:
    """Return them; `ca` is the API server's certificate authority as PEM."""
    return [
        NamespaceController(api),
        ServiceAccountController(api),
        RootCaPublisher(api, ca),
        GarbageCollector(api),
        EndpointSliceController(api),
        EndpointsController(api),
    ]
