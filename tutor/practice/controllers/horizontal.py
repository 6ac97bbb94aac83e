"""HorizontalPodAutoscalers: as many replicas as the Pods' use of cpu and memory asks for.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/podautoscaler/horizontal.go
"""

from __future__ import annotations

from typing import ClassVar

from tutor.practice.api.chain import Api
from tutor.practice.api.errors import ApiError, Obj, not_found
from tutor.practice.api.meta import key_of
from tutor.practice.api.selectors import matches, matches_map
from tutor.practice.clock import stamp
from tutor.practice.controllers import podtools, replica_math
from tutor.practice.controllers.queue import Controller, Key
from tutor.practice.controllers.replica_math import Metric, NoMetric, Past, Usage

PERIOD = 15.0
"""Seconds between two looks at an autoscaler."""
SCALABLE = {
    ("Deployment", "apps"): "deployments.apps",
    ("ReplicaSet", "apps"): "replicasets.apps",
    ("StatefulSet", "apps"): "statefulsets.apps",
    ("ReplicationController", ""): "replicationcontrollers",
}
METRICS = ("apiservices.apiregistration.k8s.io", "", "v1beta1.metrics.k8s.io")
"""What is there while something like a metrics server is installed."""
CUSTOM = "unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered"


class Autoscalers(Controller):
    """Looks at every autoscaler four times a minute."""

    name: ClassVar[str] = "horizontal-pod-autoscaler"
    resource: ClassVar[str] = "horizontalpodautoscalers.autoscaling"

    def __init__(self, api: Api, usage: Usage) -> None:
        super().__init__(api)
        self._usage = usage
        self._past: dict[Key, Past] = {}
        self._next: dict[Key, tuple[int, float]] = {}
        """Per autoscaler: the generation that was looked at, and when to look again."""

    def gone(self, key: Key) -> None:
        """Forget what was recommended."""
        self._past.pop(key, None)
        self._next.pop(key, None)

    def reconcile(self, obj: Obj) -> float | None:
        """Compute and set the number of replicas, unless that was done a moment ago."""
        key, now, generation = key_of(obj), self.clock.monotonic(), obj["metadata"].get("generation", 0)
        seen, due = self._next.get(key, (None, 0.0))
        if seen == generation and now < due:
            return due - now
        self._next[key] = generation, now + PERIOD
        status = {
            "currentMetrics": None,
            "desiredReplicas": 0,
            **(obj.get("status") or {}),
            "conditions": list((obj.get("status") or {}).get("conditions") or []),
        }
        self._scale(obj, status, self._past.setdefault(key, []), now)
        kept = ("desiredReplicas", "currentMetrics")
        self.api.set_status(self.resource, obj, podtools.compact(status, *kept))
        return PERIOD

    def _scale(self, obj: Obj, status: Obj, past: Past, now: float) -> None:
        spec, reference = obj["spec"], obj["spec"]["scaleTargetRef"]
        try:
            resource, target = self._target(obj, reference)
        except ApiError as error:
            message = f"the HPA controller was unable to get the target's current scale: {error.message}"
            self._say(status, "AbleToScale", "False", "FailedGetScale", message)
            self.events.record(obj, "Warning", "FailedGetScale", error.message)
            return
        text = "the HPA controller was able to get the target's current scale"
        self._say(status, "AbleToScale", "True", "SucceededGetScale", text)
        current, least, most = target["spec"].get("replicas", 1), spec.get("minReplicas", 1), spec["maxReplicas"]
        status |= {"observedGeneration": obj["metadata"].get("generation", 0), "currentReplicas": current}
        if current == 0 and least != 0:
            text = "scaling is disabled since the replica count of the target is zero"
            self._say(status, "ScalingActive", "False", "ScalingDisabled", text)
            status["desiredReplicas"] = 0
            return
        if current > most:
            desired, why = most, "Current number of replicas above Spec.MaxReplicas"
        elif current < least:
            desired, why = least, "Current number of replicas below Spec.MinReplicas"
        else:
            best = self._measure(obj, status, target, current)
            if best is None:
                return
            desired = self._settle(obj, status, past, best, current, now)
            why = f"{best.name} above target" if desired > current else "All metrics below target"
        status["desiredReplicas"] = desired
        if desired != current:
            self._set(obj, status, resource, target, desired, why)

    def _settle(self, obj: Obj, status: Obj, past: Past, best: Metric, current: int, now: float) -> int:
        """Return what the recommendation comes to after stabilisation and limits."""
        behaviour = obj["spec"].get("behavior")
        desired, reason, text = replica_math.stabilised(behaviour, past, best.replicas, current, now)
        self._say(status, "AbleToScale", "True", reason, text)
        desired, *words = replica_math.limited(obj["spec"], desired, current)
        self._say(status, "ScalingLimited", *words)
        return desired

    def _target(self, obj: Obj, reference: Obj) -> tuple[str, Obj]:
        group = reference.get("apiVersion", "v1").rpartition("/")[0]
        resource = SCALABLE.get((reference["kind"], group))
        if resource is None:
            raise not_found(reference["kind"].lower() + "s", reference["name"])
        return resource, self.api.get(resource, obj["metadata"]["namespace"], reference["name"])

    def _measure(self, obj: Obj, status: Obj, target: Obj, current: int) -> Metric | None:
        """Return the metric that asks for the most replicas; None where one is missing, or all of them."""
        selector = target["spec"].get("selector")
        plain = target["kind"] == "ReplicationController"
        pods = [
            pod
            for pod in self.store.list("pods", obj["metadata"]["namespace"])
            if (matches_map if plain else matches)(selector, pod["metadata"].get("labels"))
        ]
        found: list[Metric] = []
        failures: list[tuple[str, str, str]] = []
        currents: list[Obj] = []
        specs = obj["spec"].get("metrics") or []
        for spec in specs:
            try:
                found.append(self._metric(spec, pods, current))
                currents.append(found[-1].current)
            except NoMetric as error:
                kind = spec["type"]
                what = f"{spec['resource']['name']} resource" if kind == "Resource" else kind.lower()
                failures.append((f"FailedGet{kind}Metric", str(error), f"failed to get {what} metric value: {error}"))
                self.events.record(obj, "Warning", failures[-1][0], str(error))
                currents.append({"type": ""})
        status["currentMetrics"] = currents
        best = max(found, key=lambda each: each.replicas, default=None)
        if failures and (best is None or best.replicas < current):
            reason, text, full = failures[0]
            message = f"the HPA was unable to compute the replica count: {text}"
            self._say(status, "ScalingActive", "False", reason, message)
            summary = f"invalid metrics ({len(failures)} invalid out of {len(specs)}), first error is: {full}"
            self.events.record(obj, "Warning", "FailedComputeMetricsReplicas", summary)
            return None
        if best:
            message = f"the HPA was able to successfully calculate a replica count from {best.name}"
            self._say(status, "ScalingActive", "True", "ValidMetricFound", message)
        return best

    def _metric(self, spec: Obj, pods: list[Obj], current: int) -> Metric:
        """Return what one metric asks for. Raises NoMetric, always for those that no API here serves."""
        if spec["type"] == "Resource":
            usage = self._usage if self.store.get(*METRICS) else None
            return replica_math.resource_metric(spec["resource"], pods, current, usage)
        source = spec.get(spec["type"].lower()) or {}
        raise NoMetric(f"unable to get metric {(source.get('metric') or {}).get('name', '')}: {CUSTOM}")

    def _set(self, obj: Obj, status: Obj, resource: str, target: Obj, desired: int, why: str) -> None:
        def build(new: Obj) -> Obj:
            new["spec"]["replicas"] = desired
            return new

        try:
            self.api.change(resource, *key_of(target), build)
        except ApiError as error:
            message = f"the HPA controller was unable to update the target scale: {error.message}"
            self._say(status, "AbleToScale", "False", "FailedUpdateScale", message)
            message = f"New size: {desired}; reason: {why}; error: {error.message}"
            self.events.record(obj, "Warning", "FailedRescale", message)
            raise
        text = f"the HPA controller was able to update the target scale to {desired}"
        self._say(status, "AbleToScale", "True", "SucceededRescale", text)
        text = "the HPA controller did not scale the workload to zero"
        self._say(status, "ScaledToZero", "False", "NotScaledToZero", text)
        status["lastScaleTime"] = stamp(self.clock.now())
        self.events.record(obj, "Normal", "SuccessfulRescale", f"New size: {desired}; reason: {why}")

    def _say(self, status: Obj, kind: str, state: str, reason: str, message: str) -> None:
        """Set a condition in its place."""
        new = {"type": kind, "status": state, "reason": reason, "message": message}
        status["conditions"] = podtools.renewed(status["conditions"], new, self.clock)
