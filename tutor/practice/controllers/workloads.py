"""The controllers of workloads, all together."""

from __future__ import annotations

from tutor.practice.api.chain import Api
from tutor.practice.controllers.cronjobs import CronJobs
from tutor.practice.controllers.daemonsets import DaemonSets
from tutor.practice.controllers.deployments import Deployments
from tutor.practice.controllers.disruption import Disruptions
from tutor.practice.controllers.horizontal import Autoscalers
from tutor.practice.controllers.jobs import Jobs
from tutor.practice.controllers.queue import Controller
from tutor.practice.controllers.replica_math import Usage
from tutor.practice.controllers.replicasets import ReplicaSets, ReplicationControllers
from tutor.practice.controllers.statefulsets import StatefulSets


def workload_controllers(api: Api, usage: Usage) -> list[Controller]:
    """Return the controllers of workloads, not yet started.

    `usage` tells what a Pod uses, in millicores and bytes, None where that is not known; it is asked while the
    metrics API is registered.
    """
    plain = (ReplicaSets, ReplicationControllers, Deployments, DaemonSets, StatefulSets, Jobs, CronJobs, Disruptions)
    return [*(each(api) for each in plain), Autoscalers(api, usage)]
