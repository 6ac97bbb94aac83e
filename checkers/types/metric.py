"""`metric`: what the metrics API says that Pods or nodes use."""

from __future__ import annotations

import operator
from decimal import Decimal
from typing import Any, ClassVar, Literal
from urllib.parse import quote

import msgspec

from checkers.check import CheckType
from checkers.pods import POD
from checkers.quantity import is_quantity, parse_quantity
from checkers.result import Verdict
from checkers.words import say
from checkers.world import Kind, Obj, World

API = "/apis/metrics.k8s.io/v1beta1"
API_SERVICE = Kind("apiregistration.k8s.io/v1", "APIService")
_COMPARE = {"$gt": operator.gt, "$gte": operator.ge, "$lt": operator.lt, "$lte": operator.le}

Bound = dict[Literal["$gt", "$gte", "$lt", "$lte"], str | int | float]


class Metric(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose use: `pods` or `nodes`, each a name or a label selector (with `=`); `nodes: all` for every node."""

    pods: str = ""
    nodes: str = ""
    namespace: str | None = None


class MetricExpect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bounds of quantities, as `{$gt: 100m}`; without any, it is enough that there are numbers."""

    cpu: Bound = {}
    memory: Bound = {}


class MetricCheck(CheckType, frozen=True, kw_only=True):
    """What Pods (the sum of their containers) or nodes use, each of them within the bounds.

        metric: {pods: app=web}
        expect: {cpu: {$gt: 0}, memory: {$lt: 64Mi}}

    Source: https://kubernetes.io/docs/tasks/debug/debug-cluster/resource-metrics-pipeline/.
    """

    key: ClassVar[str] = "metric"
    polls: ClassVar[bool] = True
    metric: Metric
    expect: MetricExpect = MetricExpect()

    def reads(self) -> frozenset[Kind]:
        """The API's registration, and the Pods; the numbers themselves cannot be watched."""
        return frozenset({API_SERVICE, POD})

    def problems(self) -> list[str]:
        """Return what is wrong with the parameters themselves."""
        found = [] if bool(self.metric.pods) != bool(self.metric.nodes) else ["metric: either pods or nodes"]
        for field, bound in (("cpu", self.expect.cpu), ("memory", self.expect.memory)):
            found += [f"{field}: {value!r} is not a quantity" for value in bound.values() if not is_quantity(value)]
        return found

    def look(self, world: World) -> Verdict:
        """Read the metrics API once."""
        missing = self._no_api(world)
        if missing is not None:
            return missing
        items = self._items(world)
        if not items:
            return Verdict(
                ok=False,
                found=say("The metrics API has no numbers yet for {what}.", what=self._what()),
                asked=self._asked(),
                look=self._top(world),
                healing=True,  # metrics-server looks every 15 seconds, and a Pod must run for as long
            )
        for item in items:
            verdict = self._judge(world, item)
            if verdict is not None:
                return verdict
        return Verdict(ok=True, found=_uses(items[0]), asked=self._asked())

    def _no_api(self, world: World) -> Verdict | None:
        """Return why there is no metrics API, or None when there is one."""
        service = world.get(API_SERVICE, "v1beta1.metrics.k8s.io")
        look = "kubectl get apiservice v1beta1.metrics.k8s.io"
        if service is None:
            found = say("This cluster has no metrics API: nothing serves metrics.k8s.io.")
            return Verdict(ok=False, found=found, asked=self._asked(), look=look)
        for each in (service.get("status") or {}).get("conditions") or []:
            if each.get("type") == "Available" and each.get("status") != "True":
                found = say("The metrics API is registered, and does not answer.")
                evidence = str(each.get("message") or each.get("reason") or "")
                return Verdict(ok=False, found=found, asked=self._asked(), evidence=evidence, look=look, healing=True)
        return None

    def _items(self, world: World) -> list[Obj]:
        metric = self.metric
        wanted = metric.pods or metric.nodes
        root = f"{API}/nodes" if metric.nodes else f"{API}/namespaces/{metric.namespace or world.namespace}/pods"
        if wanted == "all":
            data = world.raw(root)
        elif any(mark in wanted for mark in "=!,("):
            data = world.raw(f"{root}?labelSelector={quote(wanted)}")
        else:
            one = world.raw(f"{root}/{quote(wanted)}")
            return [one] if one else []
        return list((data or {}).get("items") or [])

    def _judge(self, world: World, item: Obj) -> Verdict | None:
        usage = _usage(item)
        for field, bound in (("cpu", self.expect.cpu), ("memory", self.expect.memory)):
            for sign, value in bound.items():
                if not _COMPARE[sign](usage[field], parse_quantity(value)):
                    return Verdict(
                        ok=False,
                        found=_uses(item),
                        asked=self._asked(),
                        look=self._top(world),
                        path=field,
                        healing=True,  # use goes up and down
                    )
        return None

    def _what(self) -> str:
        return self.metric.pods or self.metric.nodes

    def _asked(self) -> str:
        words = {"$gt": ">", "$gte": "≥", "$lt": "<", "$lte": "≤"}
        bounds = [
            f"{field} {words[sign]} {value}"
            for field, bound in (("cpu", self.expect.cpu), ("memory", self.expect.memory))
            for sign, value in bound.items()
        ]
        if not bounds:
            return say("Numbers for {what}.", what=self._what())
        return say("Use of {what}: {bounds}.", what=self._what(), bounds=", ".join(bounds))

    def _top(self, world: World) -> str:
        if self.metric.nodes:
            return "kubectl top nodes"
        where = self.metric.namespace or world.namespace
        return "kubectl top pods" + ("" if where == world.namespace else f" -n {where}")


def _usage(item: Obj) -> dict[str, Decimal]:
    """Return what a Pod's containers use together, or a node: cores and bytes."""
    parts: list[dict[str, Any]] = [each["usage"] for each in item.get("containers") or [item]]
    return {
        field: sum((parse_quantity(part.get(field, 0)) for part in parts), Decimal(0)) for field in ("cpu", "memory")
    }


def _uses(item: Obj) -> str:
    usage = _usage(item)
    return say(
        "{name} uses {cpu}m of CPU and {memory}Mi of memory.",
        name=item["metadata"]["name"],
        cpu=round(usage["cpu"] * 1000),
        memory=round(usage["memory"] / 2**20),
    )
