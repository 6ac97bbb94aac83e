"""The arithmetic of Deployments: how many Pods each ReplicaSet may have, and how a rollout stands.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/deployment/util/deployment_util.go
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence

from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import owner_reference
from tutor.practice.controllers import podtools
from tutor.practice.controllers.template_hash import template_hash

REVISION = "deployment.kubernetes.io/revision"
HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MOST = "deployment.kubernetes.io/max-replicas"
HASH = "pod-template-hash"
NO_DEADLINE = 2**31 - 1
"""A progressDeadlineSeconds that means none."""


def replicas(obj: Obj) -> int:
    """Return `spec.replicas` of a Deployment or ReplicaSet."""
    return int(obj["spec"].get("replicas", 1))


def total(sets: Iterable[Obj]) -> int:
    """Return how many Pods the sets are to have."""
    return sum(map(replicas, sets))


def counted(sets: Iterable[Obj | None], field: str) -> int:
    """Return the sum of a field of the sets' statuses."""
    return sum((each.get("status") or {}).get(field, 0) for each in sets if each)


def annotation(obj: Obj, key: str) -> int | None:
    """Return an annotation that is a number, None where it is not."""
    text = (obj["metadata"].get("annotations") or {}).get(key, "")
    return int(text) if text.lstrip("-").isdigit() else None


def age_key(obj: Obj) -> tuple[str, str]:
    """Return what sorts by age, the oldest first."""
    return obj["metadata"]["creationTimestamp"], obj["metadata"]["name"]


def bounds(deployment: Obj) -> tuple[int, int]:
    """Return maxSurge and maxUnavailable in Pods; both are 0 but for a rolling update."""
    strategy, wanted = deployment["spec"].get("strategy") or {}, replicas(deployment)
    if strategy.get("type", "RollingUpdate") != "RollingUpdate":
        return 0, 0
    rolling = strategy.get("rollingUpdate") or {}
    surge = podtools.resolve(rolling.get("maxSurge", "25%"), wanted, up=True)
    unavailable = podtools.resolve(rolling.get("maxUnavailable", "25%"), wanted, up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return surge, min(unavailable, wanted)


def bare_template(obj: Obj) -> Obj:
    """Return the template without the label that tells ReplicaSets apart."""
    template = obj["spec"].get("template") or {}
    meta = template.get("metadata") or {}
    labels = {key: value for key, value in (meta.get("labels") or {}).items() if key != HASH}
    rest = {key: value for key, value in meta.items() if key not in ("labels", "creationTimestamp")}
    return {**template, "metadata": {**rest, "labels": labels}}


def newest(deployment: Obj, sets: Sequence[Obj]) -> Obj | None:
    """Return the set with the Deployment's template."""
    wanted = bare_template(deployment)
    return next((each for each in sorted(sets, key=age_key) if bare_template(each) == wanted), None)


def new_size(deployment: Obj, sets: Sequence[Obj], new: Obj) -> int:
    """Return how many Pods the newest set may have now."""
    if (deployment["spec"].get("strategy") or {}).get("type") == "Recreate":
        return replicas(deployment)
    room = replicas(deployment) + bounds(deployment)[0] - total(sets)
    if room <= 0:
        return replicas(new)
    return replicas(new) + min(room, replicas(deployment) - replicas(new))


def proportion(each: Obj, deployment: Obj, to_add: int, added: int) -> int:
    """Return how many of `to_add` Pods (fewer than 0: take away) are this set's share."""
    if replicas(each) == 0 or to_add in (0, added):
        return 0
    if replicas(deployment) == 0:
        share = -replicas(each)
    else:
        before = annotation(each, MOST) or (deployment.get("status") or {}).get("replicas", 0)
        most = replicas(deployment) + bounds(deployment)[0]
        share = int(replicas(each) * most / before + 0.5) - replicas(each) if before else 0
    allowed = to_add - added
    return min(share, allowed) if to_add > 0 else max(share, allowed)


def saturated(deployment: Obj, new: Obj | None) -> bool:
    """Tell whether the newest set alone has all that is asked for."""
    wanted = replicas(deployment)
    return (
        new is not None
        and annotation(new, DESIRED) == wanted
        and replicas(new) == wanted
        and counted([new], "availableReplicas") == wanted
    )


def complete(deployment: Obj, status: Obj) -> bool:
    """Tell whether the rollout is done: all Pods are new and available."""
    counts = [status.get(key, 0) for key in ("updatedReplicas", "replicas", "availableReplicas")]
    seen = status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
    return all(count == replicas(deployment) for count in counts) and seen


def progressing(before: Obj, status: Obj) -> bool:
    """Tell whether a status is nearer to the end of the rollout than the one before."""

    def old(each: Obj) -> int:
        return int(each.get("replicas", 0) - each.get("updatedReplicas", 0))

    grown = ("updatedReplicas", "readyReplicas", "availableReplicas")
    return any(status.get(key, 0) > before.get(key, 0) for key in grown) or old(status) < old(before)


def annotate(deployment: Obj, each: Obj, revision: int, *, exists: bool) -> Obj:
    """Return the annotations of a set: the Deployment's own, and its revision and earlier ones."""
    skipped = ("kubectl.kubernetes.io/last-applied-configuration", REVISION, HISTORY, DESIRED, MOST)
    own = dict(each["metadata"].get("annotations") or {})
    given = deployment["metadata"].get("annotations") or {}
    new = own | {key: value for key, value in given.items() if key not in skipped}
    old = own.get(REVISION, "")
    if (annotation(each, REVISION) or 0) < revision:
        new[REVISION] = str(revision)
        if old:
            new[HISTORY] = f"{new[HISTORY]},{old}" if new.get(HISTORY) else old
            while len(new[HISTORY]) > 2_000 and "," in new[HISTORY]:
                new[HISTORY] = new[HISTORY].partition(",")[2]
    return new if exists else new | sizes(deployment)


def sizes(deployment: Obj) -> Obj:
    """Return the annotations of a set that hold what the Deployment asked for when it was scaled."""
    wanted = replicas(deployment)
    return {DESIRED: str(wanted), MOST: str(wanted + bounds(deployment)[0])}


def set_for(deployment: Obj, revision: int, collisions: int | None) -> Obj:
    """Return a ReplicaSet of the Deployment's template, with no Pods yet."""
    template = copy.deepcopy(deployment["spec"].get("template") or {})
    digest = template_hash(bare_template(deployment), collisions)
    meta = template.setdefault("metadata", {})
    labels = meta["labels"] = {**(meta.get("labels") or {}), HASH: digest}
    selector = copy.deepcopy(deployment["spec"]["selector"])
    selector["matchLabels"] = {**(selector.get("matchLabels") or {}), HASH: digest}
    new: Obj = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"{deployment['metadata']['name']}-{digest}",
            "namespace": deployment["metadata"]["namespace"],
            "labels": dict(labels),
            "ownerReferences": [owner_reference(deployment)],
        },
        "spec": {"replicas": 0, "selector": selector, "template": template},
    }
    if deployment["spec"].get("minReadySeconds"):
        new["spec"]["minReadySeconds"] = deployment["spec"]["minReadySeconds"]
    new["metadata"]["annotations"] = annotate(deployment, new, revision, exists=False)
    return new
