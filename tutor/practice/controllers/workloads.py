"""The controllers of workloads, all together."""

from __future__ import annotations

from tutor.practice.api.chain import Api
from tutor.practice.controllers.deployments import Deployments
from tutor.practice.controllers.queue import Controller
from tutor.practice.controllers.replicasets import ReplicaSets, ReplicationControllers


def workload_controllers(api: Api, usage: object) -> list[Controller]:
    """Return the controllers of workloads, not yet started."""
    return [ReplicaSets(api), ReplicationControllers(api), Deployments(api)]
