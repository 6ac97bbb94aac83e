"""ControllerRevisions: the templates that DaemonSets and StatefulSets have had.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/history/controller_history.go
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Collection

from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import key_of, owner_reference
from tutor.practice.controllers.queue import Controller
from tutor.practice.controllers.template_hash import template_hash

RESOURCE = "controllerrevisions.apps"
POD_LABEL = "controller-revision-hash"
"""The label of Pods that says which revision they are of."""


def history(controller: Controller, owner: Obj) -> list[Obj]:
    """Return the owner's revisions, the oldest first."""
    return sorted(controller.owned(owner, RESOURCE), key=lambda each: int(each["revision"]))


def current(controller: Controller, owner: Obj, label: str, labels: Obj) -> Obj:
    """Return the revision of the present template: an earlier one with a new number, or a new one.

    `label` is given the hash; `labels` are its other labels.
    """
    template = {**copy.deepcopy(owner["spec"].get("template") or {}), "$patch": "replace"}
    data, prefix = {"spec": {"template": template}}, owner["metadata"]["name"]
    known = history(controller, owner)
    number = max((each["revision"] for each in known), default=0) + 1
    for each in reversed(known):
        if each.get("data") == data:
            if each is known[-1]:
                return each
            return controller.api.change(RESOURCE, *key_of(each), lambda new: {**new, "revision": number})
    hashes = (template_hash([owner["kind"], data], count or None) for count in itertools.count())
    digest = next(each for each in hashes if not controller.store.get(RESOURCE, key_of(owner)[0], f"{prefix}-{each}"))
    meta: Obj = {
        "name": f"{prefix}-{digest}",
        "namespace": owner["metadata"]["namespace"],
        "labels": {**labels, label: digest},
        "ownerReferences": [owner_reference(owner)],
    }
    if owner["metadata"].get("annotations"):
        meta["annotations"] = dict(owner["metadata"]["annotations"])
    return controller.api.create(RESOURCE, {"metadata": meta, "data": data, "revision": number})


def forget(controller: Controller, owner: Obj, used: Collection[str]) -> None:
    """Delete the oldest revisions beyond `revisionHistoryLimit`, but for those of the names `used`."""
    spare = [each for each in history(controller, owner) if each["metadata"]["name"] not in used]
    for each in spare[: max(len(spare) - owner["spec"].get("revisionHistoryLimit", 10), 0)]:
        controller.api.delete(RESOURCE, *key_of(each))
