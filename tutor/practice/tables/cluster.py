"""Rows of nodes, namespaces, storage, settings, access and the rest of a cluster."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

from tutor.practice.api.errors import Obj
from tutor.practice.clock import parse_stamp
from tutor.practice.tables.texts import NONE, UNKNOWN, UNSET, age, human, listed, modes, since

Row: TypeAlias = Callable[[Obj, datetime], list[Any]]
ROLE = "node-role.kubernetes.io/"


def node(obj: Obj, now: datetime) -> list[Any]:
    """STATUS has SchedulingDisabled besides, ROLES come from labels."""
    status = obj.get("status") or {}
    ready = next((each for each in status.get("conditions") or [] if each["type"] == "Ready"), None)
    words = ["Ready" if ready["status"] == "True" else "NotReady"] if ready else ["Unknown"]
    if obj["spec"].get("unschedulable"):
        words.append("SchedulingDisabled")
    labels = obj["metadata"].get("labels") or {}
    roles = sorted(key.removeprefix(ROLE) for key in labels if key.startswith(ROLE))
    info, addresses = status.get("nodeInfo") or {}, status.get("addresses") or []
    found = [
        next((e["address"] for e in addresses if e["type"] == kind), NONE) for kind in ("InternalIP", "ExternalIP")
    ]
    kernel = f"{info['kernelVersion']} ({info.get('architecture')})" if info.get("kernelVersion") else UNKNOWN
    details = [info.get("osImage") or UNKNOWN, kernel, info.get("containerRuntimeVersion") or UNKNOWN]
    return [_name(obj), ",".join(words), listed(roles), age(obj, now), info.get("kubeletVersion", ""), *found, *details]


def event(obj: Obj, now: datetime) -> list[Any]:
    """What happened, to whom, how often."""
    series = obj.get("series") or {}
    first = obj.get("firstTimestamp") or obj.get("deprecatedFirstTimestamp") or obj.get("eventTime")
    last = series.get("lastObservedTime") or obj.get("lastTimestamp") or obj.get("deprecatedLastTimestamp") or first
    count = series.get("count") or obj.get("count") or obj.get("deprecatedCount") or 1
    about = obj.get("involvedObject") or obj.get("regarding") or {}
    source = obj.get("source") or obj.get("deprecatedSource") or {}
    component = source.get("component") or obj.get("reportingComponent") or obj.get("reportingController") or ""
    host = source.get("host") or obj.get("reportingInstance") or ""
    kind = about.get("kind", "").lower()
    name = f"{kind}/{about['name']}" if about.get("name") else kind
    return [
        *(since(last, now), obj.get("type", ""), obj.get("reason", ""), name),
        *(about.get("fieldPath", ""), f"{component}, {host}" if host and component else component),
        *(str(obj.get("message") or obj.get("note") or "").strip(), since(first, now), count, _name(obj)),
    ]


def claim(obj: Obj, now: datetime) -> list[Any]:
    """A PersistentVolumeClaim; what it got, once it is bound."""
    spec, status = obj["spec"], obj.get("status") or {}
    phase = "Terminating" if obj["metadata"].get("deletionTimestamp") else status.get("phase", "")
    volume = spec.get("volumeName", "")
    capacity = (status.get("capacity") or {}).get("storage", "0") if volume else ""
    access = modes(status.get("accessModes")) if volume else ""
    return [
        *(_name(obj), phase, volume, capacity, access, _class(obj)),
        *(_or(spec.get("volumeAttributesClassName"), UNSET), age(obj, now), _or(spec.get("volumeMode"), UNSET)),
    ]


def volume(obj: Obj, now: datetime) -> list[Any]:
    """A PersistentVolume and whose it is."""
    spec, status = obj["spec"], obj.get("status") or {}
    phase = "Terminating" if obj["metadata"].get("deletionTimestamp") else status.get("phase", "")
    owner = spec.get("claimRef")
    whose = f"{owner.get('namespace', '')}/{owner.get('name', '')}" if owner else ""
    return [
        *(_name(obj), (spec.get("capacity") or {}).get("storage", ""), modes(spec.get("accessModes"))),
        *(spec.get("persistentVolumeReclaimPolicy", ""), phase, whose, _class(obj)),
        *(_or(spec.get("volumeAttributesClassName"), UNSET), status.get("reason", ""), age(obj, now)),
        _or(spec.get("volumeMode"), UNSET),
    ]


def storage_class(obj: Obj, now: datetime) -> list[Any]:
    """The default class says so beside its name."""
    annotations = obj["metadata"].get("annotations") or {}
    default = annotations.get("storageclass.kubernetes.io/is-default-class") == "true"
    return [
        *(_name(obj) + (" (default)" if default else ""), obj["provisioner"], obj.get("reclaimPolicy", "Delete")),
        *(obj.get("volumeBindingMode", "Immediate"), bool(obj.get("allowVolumeExpansion")), age(obj, now)),
    ]


def quota(obj: Obj, now: datetime) -> list[Any]:
    """Used of hard, requests and limits apart."""
    status = obj.get("status") or {}
    hard, used = status.get("hard") or {}, status.get("used") or {}
    texts: dict[bool, list[str]] = {True: [], False: []}
    for key in sorted(hard):
        texts[key.startswith("limits")].append(f"{key}: {used.get(key, 0)}/{hard[key]}")
    return [_name(obj), ", ".join(texts[False]), ", ".join(texts[True]), age(obj, now)]


def binding(obj: Obj, now: datetime) -> list[Any]:
    """Role and subjects of a RoleBinding or ClusterRoleBinding."""
    role = f"{obj['roleRef']['kind']}/{obj['roleRef']['name']}"
    names: dict[str, list[str]] = {"User": [], "Group": [], "ServiceAccount": []}
    for each in obj.get("subjects") or []:
        name = f"{each.get('namespace', '')}/{each['name']}" if each["kind"] == "ServiceAccount" else each["name"]
        names.setdefault(each["kind"], []).append(name)
    return [_name(obj), role, age(obj, now), *(", ".join(names[kind]) for kind in ("User", "Group", "ServiceAccount"))]


def signing_request(obj: Obj, now: datetime) -> list[Any]:
    """CONDITION joins approval and issue."""
    spec, status = obj["spec"], obj.get("status") or {}
    kinds = {each["type"] for each in status.get("conditions") or []}
    words = [word for word in ("Denied", "Approved", "Failed") if word in kinds][:1] or ["Pending"]
    if "Failed" in kinds and words != ["Failed"]:
        words.append("Failed")
    if status.get("certificate"):
        words.append("Issued")
    asked = spec.get("expirationSeconds")
    return [
        *(_name(obj), age(obj, now), spec.get("signerName") or NONE, spec.get("username", "")),
        *(human(asked) if asked else NONE, ",".join(words)),
    ]


def custom_definition(obj: Obj, now: datetime) -> list[Any]:
    """A CustomResourceDefinition: kubectl prints name and time."""
    del now
    spec = obj["spec"]
    names = spec["names"]
    states = {each["type"]: each["status"] for each in (obj.get("status") or {}).get("conditions") or []}
    versions = [each["name"] + ("(storage)" if each.get("storage") else "") for each in spec["versions"]]
    return [
        *(_name(obj), spec["scope"], ",".join(sorted(versions)), _created(obj)),
        *(spec["group"], names["kind"], ",".join(names.get("shortNames") or []), states.get("Established") == "True"),
    ]


def api_service(obj: Obj, now: datetime) -> list[Any]:
    """Where a group's version is served, and whether it is."""
    service = obj["spec"].get("service")
    where = f"{service['namespace']}/{service['name']}" if service else "Local"
    state = next((e for e in (obj.get("status") or {}).get("conditions") or [] if e["type"] == "Available"), None)
    word = UNKNOWN if state is None else state["status"]
    if state and state["status"] != "True" and state.get("reason"):
        word = f"{word} ({state['reason']})"
    return [_name(obj), where, word, age(obj, now)]


def policy(obj: Obj, now: datetime) -> list[Any]:
    """An admission policy."""
    spec = obj["spec"]
    kind = spec.get("paramKind")
    parameters = f"{kind['apiVersion']}/{kind['kind']}" if kind else UNSET
    return [_name(obj), len(spec.get("validations") or spec.get("mutations") or []), parameters, age(obj, now)]


def policy_binding(obj: Obj, now: datetime) -> list[Any]:
    """What binds an admission policy, and to which parameters."""
    spec = obj["spec"]
    reference = spec.get("paramRef") or {}
    name = reference.get("name") or ("*" if reference else UNSET)
    if reference.get("namespace"):
        name = f"{reference['namespace']}/{name}"
    return [_name(obj), spec.get("policyName", ""), name, age(obj, now)]


def _name(obj: Obj) -> str:
    return str(obj["metadata"]["name"])


def _created(obj: Obj) -> str:
    return parse_stamp(obj["metadata"]["creationTimestamp"]).strftime("%Y-%m-%dT%H:%M:%SZ")


def _or(value: Any, otherwise: str) -> str:
    return str(value) if value else otherwise


def _class(obj: Obj) -> str:
    annotated = (obj["metadata"].get("annotations") or {}).get("volume.beta.kubernetes.io/storage-class")
    return str(
        annotated or obj["spec"].get("storageClassName") or ("" if obj["kind"] != "PersistentVolumeClaim" else UNSET)
    )


def _with(*cells: Callable[[Obj], Any]) -> Row:
    """Return a row of a name, some cells and an age."""
    return lambda obj, now: [_name(obj), *(cell(obj) for cell in cells), age(obj, now)]


def _dated(obj: Obj, now: datetime) -> list[Any]:
    """Return a row whose second cell is the time itself: kubectl makes an age of it."""
    del now
    return [_name(obj), _created(obj)]


def component(obj: Obj, now: datetime) -> list[Any]:
    """A ComponentStatus: deprecated, and still asked for."""
    del now
    state: Obj = next((each for each in obj.get("conditions") or [] if each["type"] == "Healthy"), {})
    word = {"True": "Healthy", "False": "Unhealthy"}.get(state.get("status", ""), "Unknown")
    return [_name(obj), word, state.get("message", ""), state.get("error", "")]


ROWS: dict[str, Row] = {
    "v1/ComponentStatus": component,
    "v1/Node": node,
    "v1/Event": event,
    "events.k8s.io/v1/Event": event,
    "v1/PersistentVolumeClaim": claim,
    "v1/PersistentVolume": volume,
    "v1/ResourceQuota": quota,
    "v1/LimitRange": _dated,
    "v1/Namespace": _with(lambda obj: (obj.get("status") or {}).get("phase", "")),
    "v1/ConfigMap": _with(lambda obj: len(obj.get("data") or {}) + len(obj.get("binaryData") or {})),
    "v1/Secret": _with(lambda obj: obj.get("type", ""), lambda obj: len(obj.get("data") or {})),
    "v1/ServiceAccount": _with(),
    "storage.k8s.io/v1/StorageClass": storage_class,
    "storage.k8s.io/v1/CSINode": _with(lambda obj: len(obj["spec"].get("drivers") or [])),
    "coordination.k8s.io/v1/Lease": _with(lambda obj: (obj.get("spec") or {}).get("holderIdentity", "")),
    "scheduling.k8s.io/v1/PriorityClass": lambda obj, now: [
        *(_name(obj), obj.get("value", 0), bool(obj.get("globalDefault")), age(obj, now)),
        obj.get("preemptionPolicy", ""),
    ],
    "node.k8s.io/v1/RuntimeClass": _with(lambda obj: obj.get("handler", "")),
    "rbac.authorization.k8s.io/v1/Role": _dated,
    "rbac.authorization.k8s.io/v1/ClusterRole": _dated,
    "rbac.authorization.k8s.io/v1/RoleBinding": binding,
    "rbac.authorization.k8s.io/v1/ClusterRoleBinding": binding,
    "certificates.k8s.io/v1/CertificateSigningRequest": signing_request,
    "apiextensions.k8s.io/v1/CustomResourceDefinition": custom_definition,
    "apiregistration.k8s.io/v1/APIService": api_service,
    "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy": policy,
    "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding": policy_binding,
    "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy": policy,
    "admissionregistration.k8s.io/v1/MutatingAdmissionPolicyBinding": policy_binding,
    "admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration": _with(lambda obj: len(obj.get("webhooks") or [])),
    "admissionregistration.k8s.io/v1/MutatingWebhookConfiguration": _with(lambda obj: len(obj.get("webhooks") or [])),
}
