"""The rules of every resource."""

from __future__ import annotations

from tutor.practice.access.csr import REQUESTS, CertificateRequests
from tutor.practice.api.strategy import Strategy
from tutor.practice.custom.definitions import DEFINITIONS, Definitions
from tutor.practice.rules import classes, config, events, extensions, limits, network, policies, storage
from tutor.practice.rules.endpoints import Endpoints, EndpointSlices
from tutor.practice.rules.namespaces import Namespaces
from tutor.practice.rules.nodes import Nodes
from tutor.practice.rules.plain import Plain
from tutor.practice.rules.rbac import Bindings, Roles
from tutor.practice.rules.services import Services
from tutor.practice.rules.workloads import workload_strategies


def strategies() -> dict[str, Strategy]:
    """Return them by resource; what is not in there is a custom resource."""
    return {**workload_strategies(), **_core(), **_network(), **_storage(), **_access(), **_extensions(), **_others()}


def _core() -> dict[str, Strategy]:
    return {
        "configmaps": config.ConfigMaps(),
        "secrets": config.Secrets(),
        "serviceaccounts": config.ServiceAccounts(),
        "namespaces": Namespaces(),
        "nodes": Nodes(),
        "limitranges": limits.LimitRanges(),
        "resourcequotas": limits.ResourceQuotas(),
        "events": events.Events(),
        "events.events.k8s.io": Plain(generations=False, creates=True),
        "leases.coordination.k8s.io": events.Leases(),
        "priorityclasses.scheduling.k8s.io": classes.PriorityClasses(),
        "runtimeclasses.node.k8s.io": classes.RuntimeClasses(),
    }


def _network() -> dict[str, Strategy]:
    group = "networking.k8s.io"
    return {
        "services": Services(),
        "endpoints": Endpoints(),
        "endpointslices.discovery.k8s.io": EndpointSlices(),
        f"networkpolicies.{group}": network.NetworkPolicies(),
        f"ingresses.{group}": network.Ingresses(),
        f"ingressclasses.{group}": network.IngressClasses(),
        f"ipaddresses.{group}": Plain(generations=False),
        f"servicecidrs.{group}": Plain({}, generations=False),
    }


def _storage() -> dict[str, Strategy]:
    group = "storage.k8s.io"
    return {
        "persistentvolumes": storage.PersistentVolumes(),
        "persistentvolumeclaims": storage.PersistentVolumeClaims(),
        f"storageclasses.{group}": storage.StorageClasses(),
        f"csidrivers.{group}": storage.CsiDrivers(),
        f"csinodes.{group}": storage.CsiNodes({}, generations=False, unconditionally=False),
        f"csistoragecapacities.{group}": Plain(generations=False, unconditionally=False),
        f"volumeattachments.{group}": Plain({"attached": False}, generations=False, unconditionally=False),
        f"volumeattributesclasses.{group}": Plain(generations=False),
    }


def _access() -> dict[str, Strategy]:
    group = "rbac.authorization.k8s.io"
    return {
        f"roles.{group}": Roles(),
        f"clusterroles.{group}": Roles(cluster=True),
        f"rolebindings.{group}": Bindings(),
        f"clusterrolebindings.{group}": Bindings(cluster=True),
        REQUESTS: CertificateRequests(),
        "clustertrustbundles.certificates.k8s.io": Plain(generations=False),
        "podcertificaterequests.certificates.k8s.io": Plain({}, generations=False),
    }


def _extensions() -> dict[str, Strategy]:
    group = "admissionregistration.k8s.io"
    return {
        f"validatingadmissionpolicies.{group}": policies.AdmissionPolicies(status=True),
        f"mutatingadmissionpolicies.{group}": policies.AdmissionPolicies(status=False),
        f"validatingadmissionpolicybindings.{group}": policies.PolicyBindings(),
        f"mutatingadmissionpolicybindings.{group}": policies.PolicyBindings(),
        f"validatingwebhookconfigurations.{group}": policies.Webhooks(),
        f"mutatingwebhookconfigurations.{group}": policies.Webhooks(reinvocationPolicy="Never"),
        "apiservices.apiregistration.k8s.io": extensions.ApiServices(),
        DEFINITIONS: Definitions(),
    }


def _others() -> dict[str, Strategy]:
    flow, resources = "flowcontrol.apiserver.k8s.io", "resource.k8s.io"
    return {
        f"flowschemas.{flow}": extensions.FlowSchemas({}),
        f"prioritylevelconfigurations.{flow}": extensions.PriorityLevels({}),
        f"deviceclasses.{resources}": Plain(),
        f"devicetaintrules.{resources}": Plain({}),
        f"resourceclaims.{resources}": Plain({}, generations=False),
        f"resourceclaimtemplates.{resources}": Plain(generations=False),
        f"resourceslices.{resources}": Plain(),
        "storageversionmigrations.storagemigration.k8s.io": Plain({}, generations=False, unconditionally=False),
    }
