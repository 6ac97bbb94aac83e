"""EndpointSlices and Endpoints: where the Pods behind a Service are.

https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from tutor.practice.api.chain import Api
from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import key_of, owner_reference
from tutor.practice.api.selectors import matches_map
from tutor.practice.api.store import Event
from tutor.practice.clock import stamp
from tutor.practice.controllers.podtools import is_finished, is_ready, is_terminating
from tutor.practice.controllers.port_order import in_endpoints, in_slice
from tutor.practice.controllers.queue import Controller, Key

SLICES = "endpointslices.discovery.k8s.io"
SERVICE_NAME, MANAGED_BY = "kubernetes.io/service-name", "endpointslice.kubernetes.io/managed-by"
MANAGER = "endpointslice-controller.k8s.io"
HEADLESS = "service.kubernetes.io/headless"
TRIGGERED = "endpoints.kubernetes.io/last-change-trigger-time"
PER_SLICE = 100


class _ServiceController(Controller):
    """What looks at Services that select Pods."""

    resource: ClassVar[str] = "services"
    watches: ClassVar[tuple[str, ...]] = ("pods",)

    def reconcile(self, obj: Obj) -> None:
        """Bring what stands for the Service's Pods up to date."""
        if obj["spec"].get("selector") and obj["spec"].get("type") != "ExternalName":
            pods = self.store.list("pods", obj["metadata"]["namespace"])
            self._write(
                obj, [pod for pod in pods if matches_map(obj["spec"]["selector"], pod["metadata"].get("labels"))]
            )

    def concerns(self, event: Event) -> Iterable[Key]:
        """Return the Services that select a Pod, or did."""
        if event.resource != "pods":
            meta = event.object["metadata"]
            name = (meta.get("labels") or {}).get(SERVICE_NAME, meta["name"])
            return [(meta["namespace"], name)]
        if event.type == "MODIFIED" and event.old and _seen(event.old) == _seen(event.object):
            return ()
        services = self.store.list("services", event.object["metadata"]["namespace"])
        labels = [each["metadata"].get("labels") for each in (event.object, event.old) if each]
        return [key_of(each) for each in services if any(matches_map(each["spec"].get("selector"), x) for x in labels)]

    def _write(self, service: Obj, pods: list[Obj]) -> None:
        raise NotImplementedError


class EndpointSliceController(_ServiceController):
    """Keeps the slices of Services with a selector."""

    name: ClassVar[str] = "endpoint-slice-controller"
    watches: ClassVar[tuple[str, ...]] = ("pods", SLICES)

    def _write(self, service: Obj, pods: list[Obj]) -> None:
        groups: dict[str, tuple[list[Obj], list[Obj]]] = {}
        for pod in pods:
            if _address(pod) and not is_finished(pod):
                ports = in_slice(_ports(service, pod))
                groups.setdefault(repr(ports), (ports, []))[1].append(self._endpoint(service, pod))
        wanted: list[Obj] = [
            {"ports": ports or None, "endpoints": endpoints[start : start + PER_SLICE]}
            for ports, endpoints in groups.values()
            for start in range(0, len(endpoints), PER_SLICE)
        ] or [{"ports": None, "endpoints": None}]
        meta = service["metadata"]
        labels = _labels(service) | {MANAGED_BY: MANAGER, SERVICE_NAME: meta["name"]}
        annotations = {TRIGGERED: stamp(self.clock.now())}
        write_slices(self.api, service, wanted, labels, annotations)

    def _endpoint(self, service: Obj, pod: Obj) -> Obj:
        serving, terminating = is_ready(pod), is_terminating(pod)
        ready = bool(service["spec"].get("publishNotReadyAddresses")) or (serving and not terminating)
        endpoint: Obj = {
            "addresses": [_address(pod)],
            "conditions": {"ready": ready, "serving": serving, "terminating": terminating},
            "nodeName": pod["spec"].get("nodeName"),
            "targetRef": _target(pod),
        }
        node = self.store.get("nodes", "", pod["spec"].get("nodeName") or "") or {"metadata": {}}
        zone = (node["metadata"].get("labels") or {}).get("topology.kubernetes.io/zone")
        if zone:
            endpoint["zone"] = zone
        return endpoint | _hostname(service, pod)


class EndpointsController(_ServiceController):
    """Keeps the deprecated Endpoints of Services with a selector."""

    name: ClassVar[str] = "endpoint-controller"
    watches: ClassVar[tuple[str, ...]] = ("pods", "endpoints")

    def gone(self, key: Key) -> None:
        """Endpoints go with their Service, for they have no owner."""
        if self.store.get("endpoints", *key):
            self.api.delete("endpoints", *key)

    def _write(self, service: Obj, pods: list[Obj]) -> None:
        meta, every = service["metadata"], service["spec"].get("publishNotReadyAddresses")
        groups: dict[str, Obj] = {}
        for pod in pods:
            if not _address(pod) or is_finished(pod) or (is_terminating(pod) and not every):
                continue
            ports = [
                {key: value for key, value in port.items() if value} for port in in_endpoints(_ports(service, pod))
            ]
            address: Obj = {"ip": _address(pod), "nodeName": pod["spec"].get("nodeName"), "targetRef": _target(pod)}
            subset = groups.setdefault(repr(ports), {"addresses": [], "notReadyAddresses": [], "ports": ports})
            kind = "addresses" if every or is_ready(pod) else "notReadyAddresses"
            subset[kind].append(address | _hostname(service, pod))
        subsets = [{key: value for key, value in subset.items() if value} for subset in groups.values()]
        for subset in subsets:
            for kind in ("addresses", "notReadyAddresses"):
                subset.get(kind, []).sort(key=lambda each: [int(part) for part in each["ip"].split(".")])
        labels = _labels(service) | {"endpoints.kubernetes.io/managed-by": self.name}
        annotations = {TRIGGERED: stamp(self.clock.now())}
        old = self.store.get("endpoints", *key_of(service))
        body: Obj = {"subsets": subsets} if subsets else {}
        if old is None:
            made = _with({"name": meta["name"]}, labels, annotations)
            self.api.create("endpoints", {"metadata": made, **body}, meta["namespace"])
        elif (old.get("subsets") or []) != subsets or old["metadata"].get("labels") != labels:
            rest = {key: value for key, value in old.items() if key != "subsets"}
            self.api.update("endpoints", {**rest, "metadata": _with(old["metadata"], labels, annotations), **body})


def write_slices(
    api: Api, service: Obj, wanted: list[Obj], labels: dict[str, str], annotations: dict[str, str]
) -> None:
    """Make the slices of a Service be the wanted ones, in as few changes as possible."""
    meta = service["metadata"]
    mine = {SERVICE_NAME: meta["name"], MANAGED_BY: MANAGER}.items()
    present = [
        each
        for each in api.store.list(SLICES, meta["namespace"])
        if mine <= (each["metadata"].get("labels") or {}).items() and not each["metadata"].get("deletionTimestamp")
    ]
    for old, new in zip(present, wanted, strict=False):
        if any(old.get(key) != new[key] for key in new) or old["metadata"].get("labels") != labels:
            api.update(SLICES, {**old, **new, "metadata": _with(old["metadata"], labels, annotations)})
    for new in wanted[len(present) :]:
        made = {"generateName": f"{meta['name']}-", "ownerReferences": [owner_reference(service)]}
        body = {"metadata": _with(made, labels, annotations), "addressType": "IPv4", **new}
        api.create(SLICES, body, meta["namespace"])
    for old in present[len(wanted) :]:
        api.delete(SLICES, *key_of(old))


def _with(meta: Obj, labels: dict[str, str], annotations: dict[str, str]) -> Obj:
    return {**meta, "labels": labels, "annotations": annotations}


def _labels(service: Obj) -> dict[str, str]:
    labels = dict(service["metadata"].get("labels") or {})
    return labels | ({HEADLESS: ""} if service["spec"].get("clusterIP") == "None" else {})


def _ports(service: Obj, pod: Obj) -> Iterator[Obj]:
    """Return the ports as this Pod has them; a named one that it lacks is left out."""
    for port in service["spec"].get("ports") or []:
        target = port.get("targetPort") or port["port"]
        number = target if isinstance(target, int) else _named(pod, target, port.get("protocol", "TCP"))
        if number:
            found = {"name": port.get("name", ""), "port": number, "protocol": port.get("protocol", "TCP")}
            yield found | ({"appProtocol": port["appProtocol"]} if port.get("appProtocol") else {})


def _named(pod: Obj, name: str, protocol: str) -> int:
    spec = pod["spec"]
    sidecars = [each for each in spec.get("initContainers") or [] if each.get("restartPolicy") == "Always"]
    for container in spec["containers"] + sidecars:
        for port in container.get("ports") or []:
            if port.get("name") == name and port.get("protocol", "TCP") == protocol:
                return int(port["containerPort"])
    return 0


def _address(pod: Obj) -> str:
    return str((pod.get("status") or {}).get("podIP") or "")


def _target(pod: Obj) -> Obj:
    meta = pod["metadata"]
    return {"kind": "Pod", "namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"]}


def _hostname(service: Obj, pod: Obj) -> Obj:
    spec = pod["spec"]
    mine = spec.get("hostname") and spec.get("subdomain") == service["metadata"]["name"]
    return {"hostname": spec["hostname"]} if mine else {}


def _seen(pod: Obj) -> tuple[object, ...]:
    meta = pod["metadata"]
    return (meta.get("labels"), is_terminating(pod), _address(pod), is_ready(pod), is_finished(pod), pod["spec"])
