"""The Pods of StatefulSets and their claims: names with numbers that stay.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/statefulset/stateful_set_utils.go
"""

from __future__ import annotations

import copy
from typing import Any

from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import owner_reference
from tutor.practice.controllers import podtools, revisions

CLAIMS = "persistentvolumeclaims"


def first(stateful_set: Obj) -> int:
    """Return the number of the first Pod."""
    return int((stateful_set["spec"].get("ordinals") or {}).get("start", 0))


def ordinal(stateful_set: Obj, pod: Obj) -> int | None:
    """Return the Pod's number, None where its name is not of the set."""
    parent, _, number = pod["metadata"]["name"].rpartition("-")
    return int(number) if parent == stateful_set["metadata"]["name"] and number.isdigit() else None


def revision(pod: Obj) -> str:
    """Return the name of the revision that the Pod is of."""
    return str((pod["metadata"].get("labels") or {}).get(revisions.POD_LABEL, ""))


def template_of(controller_revision: Obj) -> Obj:
    """Return the template that a ControllerRevision holds."""
    template: Obj = copy.deepcopy(controller_revision["data"]["spec"]["template"])
    template.pop("$patch", None)
    return template


def pod_for(stateful_set: Obj, controller_revision: Obj, number: int) -> Obj:
    """Return the Pod of that number, as the revision has it."""
    name = f"{stateful_set['metadata']['name']}-{number}"
    pod = podtools.pod_from(template_of(controller_revision), stateful_set)
    pod["metadata"]["name"] = name
    pod["metadata"]["labels"] = {
        **pod["metadata"].get("labels", {}),
        "statefulset.kubernetes.io/pod-name": name,
        "apps.kubernetes.io/pod-index": str(number),
        revisions.POD_LABEL: controller_revision["metadata"]["name"],
    }
    spec = pod["spec"]
    spec["hostname"] = name
    if stateful_set["spec"].get("serviceName"):
        spec["subdomain"] = stateful_set["spec"]["serviceName"]
    claims = [
        {"name": each["metadata"]["name"], "persistentVolumeClaim": {"claimName": f"{each['metadata']['name']}-{name}"}}
        for each in stateful_set["spec"].get("volumeClaimTemplates") or []
    ]
    names = {each["name"] for each in claims}
    volumes = claims + [each for each in spec.get("volumes") or [] if each["name"] not in names]
    if volumes:
        spec["volumes"] = volumes
    return pod


def claims_for(stateful_set: Obj, number: int) -> list[Obj]:
    """Return the claims of the Pod of that number."""
    found = []
    for each in stateful_set["spec"].get("volumeClaimTemplates") or []:
        meta: dict[str, Any] = copy.deepcopy(each["metadata"])
        labels = {**(meta.get("labels") or {}), **(stateful_set["spec"]["selector"].get("matchLabels") or {})}
        meta["name"] = f"{each['metadata']['name']}-{stateful_set['metadata']['name']}-{number}"
        meta["namespace"] = stateful_set["metadata"]["namespace"]
        if labels:
            meta["labels"] = labels
        if retention(stateful_set, "whenDeleted") == "Delete":
            meta["ownerReferences"] = [owner_reference(stateful_set)]
        spec = copy.deepcopy(each.get("spec") or {})
        found.append({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": spec})
    return found


def retention(stateful_set: Obj, when: str) -> str:
    """Return what becomes of claims `whenDeleted` or `whenScaled`: `Retain` or `Delete`."""
    return str((stateful_set["spec"].get("persistentVolumeClaimRetentionPolicy") or {}).get(when, "Retain"))
