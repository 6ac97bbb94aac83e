"""The rules of all that runs Pods, by resource."""

from __future__ import annotations

from tutor.practice.api.strategy import Strategy
from tutor.practice.rules import apps, autoscaling, batch, pods, policy


def workload_strategies() -> dict[str, Strategy]:
    """Return the strategies of Pods, of the workloads, autoscalers and disruption budgets."""
    return {
        "pods": pods.Pods(),
        "podtemplates": apps.PodTemplates(),
        "replicationcontrollers": apps.ReplicationControllers(),
        "replicasets.apps": apps.ReplicaSets(),
        "deployments.apps": apps.Deployments(),
        "daemonsets.apps": apps.DaemonSets(),
        "statefulsets.apps": apps.StatefulSets(),
        "controllerrevisions.apps": apps.ControllerRevisions(),
        "jobs.batch": batch.Jobs(),
        "cronjobs.batch": batch.CronJobs(),
        "horizontalpodautoscalers.autoscaling": autoscaling.HorizontalPodAutoscalers(),
        "poddisruptionbudgets.policy": policy.PodDisruptionBudgets(),
    }
