"""The check type `metric`: what Pods and nodes use."""

from __future__ import annotations

import pytest

from checkers.result import Verdict
from checkers.world import LookError

from .behaviour import look, problems
from .recorded import RecordedWorld

ROOT = "/apis/metrics.k8s.io/v1beta1"
BUSY = "{metric: {pods: app=web}, expect: {cpu: {$gt: 100m}, memory: {$lt: 64Mi}}}"
ASKED = "Use of app=web: cpu > 100m, memory < 64Mi."


def api(available: str = "True", message: str = "") -> dict:
    return {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": "v1beta1.metrics.k8s.io"},
        "status": {"conditions": [{"type": "Available", "status": available, "message": message}]},
    }


def uses(name: str, *usage: tuple[str, str]) -> dict:
    return {"metadata": {"name": name}, "containers": [{"usage": {"cpu": c, "memory": m}} for c, m in usage]}


def world(*items: dict, service: dict | None = None) -> RecordedWorld:
    made = RecordedWorld(service or api())
    made.raws[f"{ROOT}/namespaces/shop/pods?labelSelector=app%3Dweb"] = {"items": list(items)}
    return made


def test_the_sum_of_the_containers_counts() -> None:
    assert look(BUSY, world(uses("web-1", ("90000000n", "20Mi"), ("0.02", "10240Ki")))) == Verdict(
        ok=True, found="web-1 uses 110m of CPU and 30Mi of memory.", asked=ASKED
    )


def test_every_pod_must_be_within_the_bounds() -> None:
    assert look(BUSY, world(uses("web-1", ("200m", "1Mi")), uses("web-2", ("200m", "65Mi")))) == Verdict(
        ok=False,
        found="web-2 uses 200m of CPU and 65Mi of memory.",
        asked=ASKED,
        look="kubectl top pods",
        path="memory",
        healing=True,
    )


def test_no_numbers_yet() -> None:
    verdict = look(BUSY, world())
    assert verdict.found == "The metrics API has no numbers yet for app=web."
    assert verdict.healing


def test_no_metrics_api() -> None:
    verdict = look(BUSY, RecordedWorld())
    assert verdict.found == "This cluster has no metrics API: nothing serves metrics.k8s.io."
    assert not verdict.healing


def test_a_metrics_api_that_does_not_answer() -> None:
    verdict = look(BUSY, world(service=api("False", "no endpoints available for metrics-server")))
    assert verdict.found == "The metrics API is registered, and does not answer."
    assert verdict.evidence == "no endpoints available for metrics-server"
    assert verdict.healing


def test_nodes_and_names() -> None:
    made = RecordedWorld(api())
    made.raws[f"{ROOT}/nodes"] = {"items": [{"metadata": {"name": "n1"}, "usage": {"cpu": "2", "memory": "1Gi"}}]}
    assert look("{metric: {nodes: all}}", made).found == "n1 uses 2000m of CPU and 1024Mi of memory."
    made.raws[f"{ROOT}/namespaces/barn/pods/cow"] = uses("cow", ("1m", "1Mi"))
    text = "{metric: {pods: cow, namespace: barn}, expect: {cpu: {$gte: 2m}}}"
    assert look(text, made).look == "kubectl top pods -n barn"


def test_a_cluster_that_is_gone_is_no_verdict() -> None:
    with pytest.raises(LookError, match="gone"):
        look(BUSY, RecordedWorld(broken=LookError("gone")))


def test_what_is_wrong_with_a_check() -> None:
    assert "either pods or nodes" in problems("{metric: {}}")[0]
    assert "is not a quantity" in problems("{metric: {pods: a}, expect: {cpu: {$gt: much}}}")[0]
