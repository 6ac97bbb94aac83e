"""The rules of every resource."""

from __future__ import annotations

from typing import Any

from tutor.practice.access.csr import REQUESTS, CertificateRequests
from tutor.practice.api.strategy import Strategy
from tutor.practice.custom.definitions import DEFINITIONS, Definitions
from tutor.practice.rules import (
    apps,
    autoscaling,
    batch,
    classes,
    config,
    endpoints,
    events,
    extensions,
    limits,
    network,
    pods,
    policies,
    policy,
    storage,
)
from tutor.practice.rules.namespaces import Namespaces
from tutor.practice.rules.nodes import Nodes
from tutor.practice.rules.plain import Kind
from tutor.practice.rules.rbac import Bindings, Roles
from tutor.practice.rules.services import Services

_EVENT: dict[str, Any] = {
    "source": {},
    **dict.fromkeys(("firstTimestamp", "lastTimestamp", "eventTime")),
    **dict.fromkeys(("reportingComponent", "reportingInstance"), ""),
}
_BUDGET = dict.fromkeys(("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"), 0)
_DRIVER = {
    **dict.fromkeys(("podInfoOnMount", "storageCapacity", "requiresRepublish", "seLinuxMount"), False),
    "preventPodSchedulingIfMissing": False,
    "attachRequired": True,
    "fsGroupPolicy": "ReadWriteOnceWithFSType",
    "volumeLifecycleModes": ["Persistent"],
}


def strategies() -> dict[str, Strategy]:
    """Return them by resource; what is not in there is a custom resource."""
    return {**_workloads(), **_core(), **_network(), **_storage(), **_access(), **_extensions()}


def _workloads() -> dict[str, Strategy]:
    return {
        "pods": pods.Pods(),
        "podtemplates": apps.PodTemplates(),
        "replicationcontrollers": apps.ReplicationControllers(),
        "replicasets.apps": apps.ReplicaSets(),
        "deployments.apps": apps.Deployments(),
        "daemonsets.apps": apps.DaemonSets(),
        "statefulsets.apps": apps.StatefulSets(),
        "controllerrevisions.apps": Kind(
            generations=False, check=apps.controller_revision, change=apps.revision_change
        ),
        "jobs.batch": batch.Jobs(),
        "cronjobs.batch": batch.CronJobs(),
        "horizontalpodautoscalers.autoscaling": Kind(
            {"desiredReplicas": 0, "currentMetrics": None},
            complete=autoscaling.default_autoscaler,
            check=autoscaling.autoscaler,
        ),
        "poddisruptionbudgets.policy": Kind(_BUDGET, unconditionally=False, check=policy.disruption_budget),
    }


def _core() -> dict[str, Strategy]:
    return {
        "configmaps": Kind(generations=False, check=config.config_map, change=config.unchanged, changes_first=True),
        "secrets": Kind(
            generations=False,
            defaults={"type": "Opaque"},
            complete=config.encode,
            check=config.secret,
            change=config.unchanged,
            changes_first=True,
        ),
        "serviceaccounts": Kind(generations=False),
        "namespaces": Namespaces(),
        "nodes": Nodes(),
        "limitranges": Kind(
            generations=False,
            creates=True,
            defaults={"spec": {}},
            complete=limits.default_limits,
            check=limits.limit_range,
        ),
        "resourcequotas": Kind({}, generations=False, check=limits.resource_quota, change=limits.quota_change),
        "events": Kind(generations=False, creates=True, defaults=_EVENT, names=lambda _: [], check=events.event),
        "events.events.k8s.io": Kind(generations=False, creates=True),
        "leases.coordination.k8s.io": Kind(
            generations=False, creates=True, unconditionally=False, defaults={"spec": {}}, check=events.lease
        ),
        "priorityclasses.scheduling.k8s.io": Kind(
            defaults={"value": 0, "preemptionPolicy": "PreemptLowerPriority"},
            check=classes.priority_class,
            change=classes.priority_change,
        ),
        "runtimeclasses.node.k8s.io": Kind(generations=False, creates=True, unconditionally=False),
    }


def _network() -> dict[str, Strategy]:
    group = "networking.k8s.io"
    return {
        "services": Services(),
        "endpoints": Kind(
            generations=False, creates=True, complete=endpoints.default_endpoints, check=endpoints.endpoints
        ),
        "endpointslices.discovery.k8s.io": Kind(
            complete=endpoints.default_slice,
            check=endpoints.endpoint_slice,
            change=endpoints.slice_change,
            warn=endpoints.slice_warnings,
        ),
        f"networkpolicies.{group}": Kind(
            defaults={"spec": {"podSelector": {}}}, complete=network.default_policy, check=network.policy
        ),
        f"ingresses.{group}": Kind({"loadBalancer": {}}, check=network.ingress, warn=network.ingress_warnings),
        f"ingressclasses.{group}": Kind(
            complete=network.default_class, check=network.ingress_class, change=network.ingress_class_change
        ),
        f"ipaddresses.{group}": Kind(generations=False),
        f"servicecidrs.{group}": Kind({}, generations=False),
    }


def _storage() -> dict[str, Strategy]:
    group = "storage.k8s.io"
    return {
        "persistentvolumes": storage.PersistentVolumes(
            {"phase": "Pending"},
            generations=False,
            defaults={"spec": {"persistentVolumeReclaimPolicy": "Retain", "volumeMode": "Filesystem"}},
            complete=storage.default_volume,
            check=storage.volume,
            change=storage.volume_change,
            warn=storage.volume_warnings,
        ),
        "persistentvolumeclaims": Kind(
            {"phase": "Pending"},
            generations=False,
            defaults={"spec": {"volumeMode": "Filesystem"}},
            complete=storage.default_claim,
            check=storage.claim,
            change=storage.claim_change,
            warn=storage.claim_warnings,
        ),
        f"storageclasses.{group}": Kind(
            generations=False,
            defaults={"reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"},
            check=storage.storage_class,
            change=storage.storage_class_change,
        ),
        f"csidrivers.{group}": Kind(generations=False, defaults={"spec": _DRIVER}),
        f"csinodes.{group}": Kind(generations=False, unconditionally=False),
        f"csistoragecapacities.{group}": Kind(generations=False, unconditionally=False),
        f"volumeattachments.{group}": Kind({"attached": False}, generations=False, unconditionally=False),
        f"volumeattributesclasses.{group}": Kind(generations=False),
    }


def _access() -> dict[str, Strategy]:
    group = "rbac.authorization.k8s.io"
    return {
        f"roles.{group}": Roles(),
        f"clusterroles.{group}": Roles(cluster=True),
        f"rolebindings.{group}": Bindings(),
        f"clusterrolebindings.{group}": Bindings(cluster=True),
        REQUESTS: CertificateRequests(),
        "clustertrustbundles.certificates.k8s.io": Kind(generations=False),
        "podcertificaterequests.certificates.k8s.io": Kind({}, generations=False),
    }


def _extensions() -> dict[str, Strategy]:
    group, flow, resources = "admissionregistration.k8s.io", "flowcontrol.apiserver.k8s.io", "resource.k8s.io"
    webhooks = Kind(unconditionally=False, complete=policies.default_webhooks)
    mutating = Kind(unconditionally=False, complete=policies.default_policy)
    binding = Kind(unconditionally=False, complete=policies.default_binding)
    return {
        f"validatingadmissionpolicies.{group}": Kind(
            {}, unconditionally=False, complete=policies.default_policy, check=policies.policy
        ),
        f"mutatingadmissionpolicies.{group}": mutating,
        f"validatingadmissionpolicybindings.{group}": Kind(
            unconditionally=False, complete=policies.default_binding, check=policies.binding
        ),
        f"mutatingadmissionpolicybindings.{group}": binding,
        f"validatingwebhookconfigurations.{group}": webhooks,
        f"mutatingwebhookconfigurations.{group}": webhooks,
        "apiservices.apiregistration.k8s.io": Kind(
            {},
            generations=False,
            unconditionally=False,
            names=lambda _: [],
            complete=extensions.default_api_service,
            check=extensions.api_service,
        ),
        DEFINITIONS: Definitions(),
        f"flowschemas.{flow}": Kind({}),
        f"prioritylevelconfigurations.{flow}": Kind({}),
        f"deviceclasses.{resources}": Kind(),
        f"devicetaintrules.{resources}": Kind({}),
        f"resourceclaims.{resources}": Kind({}, generations=False),
        f"resourceclaimtemplates.{resources}": Kind(generations=False),
        f"resourceslices.{resources}": Kind(),
        "storageversionmigrations.storagemigration.k8s.io": Kind({}, generations=False, unconditionally=False),
    }
