"""What is refused of the specs of workloads that keep Pods running.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/apps/validation/validation.go
"""

from __future__ import annotations

from tutor.practice.api.causes import forbidden, invalid, not_supported, required
from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.selectors import matches, matches_map
from tutor.practice.rules.checks import (
    Causes,
    at_least,
    dns_name,
    int_or_percent,
    invalid_struct,
    is_zero,
    items,
    label_selector,
    one_of,
    struct_text,
)
from tutor.practice.rules.pod_spec import pod_template
from tutor.practice.rules.storage import claim_spec

_APPS = "io.k8s.api.apps.v1"
SELECTOR = "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector"
_UNMATCHED = "`selector` does not match template `labels`"


def replication_controller(spec: Obj) -> Causes:
    """Check the spec of a ReplicationController."""
    template = spec.get("template")
    if not spec.get("selector"):
        yield required("spec.selector")
    if template is None:
        yield required("spec.template")
        return
    labels = (template.get("metadata") or {}).get("labels")
    if spec.get("selector") and not matches_map(spec["selector"], labels):
        yield invalid("spec.template.metadata.labels", labels, _UNMATCHED)
    yield from _running_template(template, "ReplicationController")
    yield from at_least(spec, "spec", "replicas", "minReadySeconds")


def replica_set(spec: Obj) -> Causes:
    """Check the spec of a ReplicaSet."""
    yield from at_least(spec, "spec", "replicas", "minReadySeconds")
    yield from _selected(spec, "deployment", "ReplicaSet")


def deployment(spec: Obj) -> Causes:
    """Check the spec of a Deployment."""
    yield from at_least(spec, "spec", "replicas")
    yield from _selected(spec, "deployment", "ReplicaSet")
    strategy, at = spec["strategy"], "spec.strategy.rollingUpdate"
    rolling = strategy.get("rollingUpdate")
    if strategy["type"] == "Recreate" and rolling is not None:
        yield forbidden(at, "may not be specified when strategy `type` is 'Recreate'")
    elif strategy["type"] == "RollingUpdate":
        yield from int_or_percent(rolling, at, "maxUnavailable")
        yield from int_or_percent(rolling, at, "maxSurge")
        if is_zero(rolling.get("maxUnavailable")) and is_zero(rolling.get("maxSurge")):
            yield invalid(f"{at}.maxUnavailable", rolling.get("maxUnavailable"), "may not be 0 when `maxSurge` is 0")
    elif strategy["type"] != "Recreate":
        yield _strategy_type("spec.strategy", strategy, "DeploymentStrategy", "Recreate", "RollingUpdate")
    yield from at_least(spec, "spec", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds")
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None and deadline <= spec.get("minReadySeconds", 0):
        yield invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")


def daemon_set(spec: Obj) -> Causes:
    """Check the spec of a DaemonSet."""
    yield from _selected(spec, "daemonset", "DaemonSet", selector_needed=False)
    yield from at_least(spec, "spec", "minReadySeconds")
    strategy, at = spec["updateStrategy"], "spec.updateStrategy.rollingUpdate"
    rolling = strategy.get("rollingUpdate") or {}
    if strategy["type"] == "RollingUpdate":
        yield from int_or_percent(rolling, at, "maxUnavailable")
        yield from int_or_percent(rolling, at, "maxSurge")
        surge, gone = not is_zero(rolling.get("maxSurge")), not is_zero(rolling.get("maxUnavailable"))
        if surge and gone:
            yield invalid(f"{at}.maxSurge", rolling["maxSurge"], "may not be set when maxUnavailable is non-zero")
        elif not surge and not gone:
            yield required(f"{at}.maxUnavailable", "cannot be 0 when maxSurge is 0")
    elif strategy["type"] != "OnDelete":
        yield _strategy_type("spec.updateStrategy", strategy, "DaemonSetUpdateStrategy", "RollingUpdate", "OnDelete")
    yield from at_least(spec, "spec", "revisionHistoryLimit")


def stateful_set(spec: Obj) -> Causes:
    """Check the spec of a StatefulSet."""
    if spec["podManagementPolicy"] not in ("OrderedReady", "Parallel"):
        detail = "must be 'OrderedReady' or 'Parallel'"
        yield invalid("spec.podManagementPolicy", spec["podManagementPolicy"], detail)
    strategy, at = spec["updateStrategy"], "spec.updateStrategy.rollingUpdate"
    rolling = strategy.get("rollingUpdate")
    if strategy["type"] == "RollingUpdate":
        yield from at_least(rolling or {}, at, "partition")
        yield from int_or_percent(rolling or {}, at, "maxUnavailable")
        if rolling and is_zero(rolling.get("maxUnavailable", 1)):
            yield invalid(f"{at}.maxUnavailable", rolling["maxUnavailable"], "cannot be 0")
    elif strategy["type"] == "OnDelete" and rolling is not None:
        detail = "only allowed for updateStrategy 'RollingUpdate'"
        yield invalid_struct(at, rolling, f"{_APPS}.RollingUpdateStatefulSetStrategy", detail)
    elif strategy["type"] != "OnDelete":
        detail = "must be 'RollingUpdate' or 'OnDelete'"
        yield invalid_struct("spec.updateStrategy", strategy, f"{_APPS}.StatefulSetUpdateStrategy", detail)
    for key in ("whenDeleted", "whenScaled"):
        retention = spec.get("persistentVolumeClaimRetentionPolicy") or {}
        yield from one_of(retention, "spec.persistentVolumeClaimRetentionPolicy", key, ("Retain", "Delete"))
    yield from at_least(spec, "spec", "replicas", "minReadySeconds")
    yield from at_least(spec.get("ordinals") or {}, "spec.ordinals", "start")
    yield from dns_name(spec, "spec", "serviceName", label=True)
    for at, each in items(spec, "spec", "volumeClaimTemplates"):
        yield from claim_spec(each.get("spec") or {}, f"{at}.spec")
    yield from _selected(spec, "statefulset", "StatefulSet")


def _selected(spec: Obj, what: str, kind: str, *, selector_needed: bool = True) -> Causes:
    """Check a selector, and that it selects the Pods of the template, which is checked, too."""
    selector, template = spec.get("selector"), spec["template"]
    if selector is None and selector_needed:
        yield required("spec.selector")
    wrong = list(label_selector(selector or {}, "spec.selector"))
    yield from wrong
    if selector is not None and not any(selector.values()):
        yield invalid("spec.selector", {}, f"empty selector is invalid for {what}")
    if wrong and selector is not None:
        yield invalid_struct("spec.selector", selector, SELECTOR, "invalid label selector")
        return
    labels = template["metadata"].get("labels")
    if not matches(selector, labels):
        yield invalid("spec.template.metadata.labels", labels, _UNMATCHED)
    yield from _running_template(template, kind, spec.get("volumeClaimTemplates") or [])


def _running_template(template: Obj, kind: str, claims: list[Obj] | None = None) -> Causes:
    yield from pod_template(template, "spec.template", claims or ())
    spec = template.get("spec") or {}
    if spec.get("restartPolicy") in ("OnFailure", "Never"):
        yield not_supported("spec.template.spec.restartPolicy", spec["restartPolicy"], ("Always",))
    if spec.get("activeDeadlineSeconds") is not None:
        detail = f"activeDeadlineSeconds in {kind} is not Supported"
        yield forbidden("spec.template.spec.activeDeadlineSeconds", detail)


def _strategy_type(path: str, strategy: Obj, struct: str, *supported: str) -> Cause:
    values = ", ".join(f'"{each}"' for each in supported)
    text = f"Unsupported value: {struct_text(strategy, f'{_APPS}.{struct}')}: supported values: {values}"
    return Cause(path, "FieldValueNotSupported", text)
