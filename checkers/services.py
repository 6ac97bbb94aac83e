"""Why a Service does not answer: from its name over selector, Pods and ports to network policies."""

from __future__ import annotations

import difflib
import ipaddress
from dataclasses import dataclass
from typing import Any

from checkers.pods import POD, labels_match, labels_text, leaving, ready, selector_text
from checkers.spelling import did_you_mean
from checkers.standing import standing
from checkers.words import say, say_n
from checkers.world import Kind, Obj, World

SERVICE = Kind("v1", "Service")
SLICE = Kind("discovery.k8s.io/v1", "EndpointSlice")
POLICY = Kind("networking.k8s.io/v1", "NetworkPolicy")
READS = frozenset({SERVICE, SLICE, POLICY, POD})


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why a connection fails, as far as objects tell. `definite`: waiting will not mend it."""

    near: str
    look: str = ""
    evidence: str = ""
    definite: bool = True


@dataclass(frozen=True)
class Backend:
    """The Service behind a host name or address, if there is one, and how its endpoints stand."""

    service: Obj
    namespace: str
    ready: tuple[str, ...]
    """Names of the Pods that receive requests."""
    addresses: tuple[str, ...]
    """Their addresses, in the same order."""
    targets: tuple[tuple[str, int], ...] = ()
    """Names of the Service's ports, and where on the Pods they lead."""

    @property
    def name(self) -> str:
        """The Service's name."""
        return str(self.service["metadata"]["name"])

    def pods(self, world: World) -> list[Obj]:
        """Return the Pods that the selector matches; none without a selector."""
        selector = self.service["spec"].get("selector")
        if not selector:
            return []
        return [pod for pod in world.list(POD, self.namespace, selector_text(selector)) if not leaving(pod)]

    def target(self, number: int) -> int | None:
        """Return where on the Pods port `number` of the Service leads, or None without endpoints."""
        entry = self.port(number)
        return None if entry is None else dict(self.targets).get(entry.get("name") or "")

    def port(self, number: int) -> dict[str, Any] | None:
        """Return the entry of `spec.ports` for `number`."""
        return next((each for each in self.service["spec"].get("ports") or [] if each["port"] == number), None)


def split_host(world: World, host: str, namespace: str = "") -> tuple[str, str]:
    """Return the Service name and namespace that `host` means when asked in `namespace`.

    ("", "") for an address, and for a name that is not of the cluster.
    """
    own = namespace or world.namespace
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return "", ""
    parts = host.rstrip(".").split(".")
    if len(parts) == 1:
        return parts[0], own
    if len(parts) == 2 or (len(parts) > 2 and parts[2] == "svc"):
        return parts[0], parts[1]
    return "", ""


def find(world: World, host: str, namespace: str = "") -> Backend | None:
    """Return the Service that `host` (a name or a cluster address) stands for, or None."""
    name, where = split_host(world, host, namespace)
    if name:
        service = world.get(SERVICE, name, where)
    else:
        services = [each for space in world.namespaces for each in world.list(SERVICE, space)]
        service = next((each for each in services if host in (each["spec"].get("clusterIPs") or [])), None)
        where = service["metadata"]["namespace"] if service else ""
    if service is None:
        return None
    slices = world.list(SLICE, where, f"kubernetes.io/service-name={service['metadata']['name']}")
    endpoints = [each for piece in slices for each in piece.get("endpoints") or [] if _serves(each)]
    pairs = {(_endpoint_name(each), str(each["addresses"][0])) for each in endpoints}
    names = tuple(name for name, _ in sorted(pairs))
    addresses = tuple(address for _, address in sorted(pairs))
    ports = [port for piece in slices for port in piece.get("ports") or [] if port.get("port")]
    targets = {(port.get("name") or "", int(port["port"])) for port in ports}
    return Backend(service, where, names, addresses, tuple(sorted(targets)))


def explain(world: World, host: str, port: int, namespace: str = "") -> Cause | None:
    """Return why `host` does not answer on `port`, seen from `namespace`; None when the objects look right."""
    name, where = split_host(world, host, namespace)
    backend = find(world, host, namespace)
    if backend is None:
        return _no_service(world, name, where) if name else None
    option = flag(world, where)
    spec = backend.service["spec"]
    if spec.get("type") == "ExternalName":
        return None
    entry = backend.port(port)
    if entry is None:
        return Cause(
            near=say(
                "Service {name} listens on {ports}, not on port {port}.",
                name=backend.name,
                ports=_ports(spec),
                port=port,
            ),
            look=f"kubectl get service {backend.name}{option}",
        )
    if not spec.get("selector"):
        return _no_selector(backend, option)
    pods = backend.pods(world)
    if not pods:
        return _selects_none(world, backend, option)
    return _target(backend, pods, entry, option) or _none_ready(world, backend, pods, option)


def selected(backend: Backend) -> str:
    """Return what the Service's selector is, as a sentence; "" without one."""
    selector = backend.service["spec"].get("selector")
    if not selector:
        return ""
    return say("Service {name} selects {selector}.", name=backend.name, selector=labels_text(selector))


def flag(world: World, namespace: str) -> str:
    """Return ` -n namespace` for a command, where that is not the exercise's own."""
    return "" if namespace in ("", world.namespace) else f" -n {namespace}"


def policies_for(world: World, namespace: str, labels: dict[str, str], direction: str) -> list[str]:
    """Return the names of NetworkPolicies that restrict Pods with `labels` in `direction` (Ingress or Egress)."""
    found = []
    for policy in world.list(POLICY, namespace):
        spec = policy.get("spec") or {}
        types = spec.get("policyTypes") or (["Ingress", "Egress"] if spec.get("egress") else ["Ingress"])
        if direction in types and labels_match(spec.get("podSelector") or {}, labels):
            found.append(str(policy["metadata"]["name"]))
    return sorted(found)


def _serves(endpoint: dict[str, Any]) -> bool:
    return bool(endpoint.get("addresses")) and (endpoint.get("conditions") or {}).get("ready") is not False


def _endpoint_name(endpoint: dict[str, Any]) -> str:
    return str((endpoint.get("targetRef") or {}).get("name") or endpoint["addresses"][0])


def _port_text(port: dict[str, Any]) -> str:
    return f"{port['containerPort']} ({port['name']})" if port.get("name") else str(port["containerPort"])


def _ports(spec: dict[str, Any]) -> str:
    return ", ".join(str(each["port"]) for each in spec.get("ports") or []) or "-"


def _no_service(world: World, name: str, where: str) -> Cause:
    option = flag(world, where)
    here = sorted(each["metadata"]["name"] for each in world.list(SERVICE, where))
    for space in world.namespaces:
        if space != where and world.get(SERVICE, name, space) is not None:
            return Cause(
                near=say(
                    "There is no Service {name} in namespace {where}; there is one in {space}.",
                    name=name,
                    where=where,
                    space=space,
                ),
                look="kubectl get services -A",
            )
    close = did_you_mean(name, here)
    if close:
        near = say(
            "There is no Service {name} in namespace {where}; there is one called {close}.",
            name=name,
            where=where,
            close=close,
        )
    elif here:
        near = say_n(
            "There is no Service {name} in namespace {where}; there is {n} other: {others}.",
            "There is no Service {name} in namespace {where}; there are {n} others: {others}.",
            len(here),
            name=name,
            where=where,
            others=", ".join(here[:3]),
        )
    else:
        near = say("There is no Service in namespace {where} yet.", where=where)
    return Cause(near=near, look=f"kubectl get services{option}")


def _no_selector(backend: Backend, option: str) -> Cause | None:
    if backend.addresses:
        return None
    return Cause(
        near=say("Service {name} has no selector, and nobody gave it endpoints.", name=backend.name),
        look=f"kubectl describe service {backend.name}{option}",
    )


def _selects_none(world: World, backend: Backend, option: str) -> Cause:
    """The everyday miss: labels against selector."""
    selector = backend.service["spec"]["selector"]
    pods = [pod for pod in world.list(POD, backend.namespace) if not leaving(pod)]
    wanted = labels_text(selector)
    if not pods:
        near = say(
            "Service {name} selects no Pods: its selector is {wanted}, and there are no Pods in namespace {where}.",
            name=backend.name,
            wanted=wanted,
            where=backend.namespace,
        )
        return Cause(near=near, look=f"kubectl get pods{option}", definite=False)

    def alike(pod: Obj) -> float:
        return difflib.SequenceMatcher(None, wanted, labels_text(pod["metadata"].get("labels") or {})).ratio()

    carried = list(
        dict.fromkeys(
            labels_text(pod["metadata"].get("labels") or {}) or "-" for pod in sorted(pods, key=alike, reverse=True)
        )
    )
    near = say(
        "Service {name} selects no Pods: its selector is {wanted}; Pods here carry {carried}.",
        name=backend.name,
        wanted=wanted,
        carried="; ".join(carried[:3]),
    )
    return Cause(near=near, look=f"kubectl get pods --show-labels{option}")


def _target(backend: Backend, pods: list[Obj], entry: dict[str, Any], option: str) -> Cause | None:
    """Hold `targetPort` against the ports and port names of the containers."""
    target = entry.get("targetPort", entry["port"])
    declared = [
        port for pod in pods for container in pod["spec"]["containers"] for port in container.get("ports") or []
    ]
    listed = ", ".join(dict.fromkeys(_port_text(port) for port in declared))
    look = f"kubectl describe service {backend.name}{option}"
    if isinstance(target, str) and target not in {each.get("name") for each in declared}:
        return Cause(
            near=say(
                "Service {name} sends to the port named {target}; its Pods declare {ports}.",
                name=backend.name,
                target=target,
                ports=listed or say("no ports"),
            ),
            look=look,
        )
    if isinstance(target, int) and declared and target not in {each["containerPort"] for each in declared}:
        return Cause(
            near=say(
                "Service {name} sends to port {target} of its Pods; their containers declare {ports}.",
                name=backend.name,
                target=target,
                ports=listed,
            ),
            look=look,
        )
    return None


def _none_ready(world: World, backend: Backend, pods: list[Obj], option: str) -> Cause | None:
    if any(ready(pod) for pod in pods):
        return None
    worst = standing(world, pods[0])
    return Cause(
        near=say_n(
            "Service {name} selects {n} Pod, and it is not ready.",
            "Service {name} selects {n} Pods, and none is ready.",
            len(pods),
            name=backend.name,
        ),
        evidence=worst.sentence,
        look=f"kubectl get pods -l {selector_text(backend.service['spec']['selector'])}{option}",
        definite=not worst.healing,
    )
