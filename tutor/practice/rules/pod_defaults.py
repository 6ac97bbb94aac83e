"""What the server fills in of a Pod's spec, and of the template of one.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/defaults.go
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from tutor.practice.api.errors import Obj
from tutor.practice.rules.plain import fill
from tutor.practice.schema.quantity import canonical, number

PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_PROBE = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
_SPEC = {"dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "schedulerName": "default-scheduler"}


def all_containers(spec: Obj) -> Iterable[Obj]:
    """Return the init containers, the containers and the ephemeral containers of a Pod's spec."""
    for key in ("initContainers", "containers", "ephemeralContainers"):
        yield from spec.get(key) or []


def default_template(template: Obj) -> None:
    """Fill in a template's metadata and spec."""
    template.setdefault("metadata", {})
    default_spec(template.setdefault("spec", {}))


def default_spec(spec: Obj) -> None:
    """Fill in a Pod's spec as far as a template's is filled in, too."""
    fill(spec, _SPEC)
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("securityContext", {})
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        spec["serviceAccountName"] = spec["serviceAccount"] = account
    for container in all_containers(spec):
        _container(container)
    for volume in spec.get("volumes") or []:
        _volume(volume)


def default_pod(spec: Obj) -> None:
    """Fill in a Pod's spec: besides what a template gets, requests from limits, links, ports of the host."""
    default_spec(spec)
    spec.setdefault("enableServiceLinks", True)
    for container in [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]:
        resources = container["resources"]
        if resources.get("limits"):
            resources["requests"] = {**resources["limits"], **(resources.get("requests") or {})}
        for port in (container.get("ports") or []) if spec.get("hostNetwork") else []:
            fill(port, {"hostPort": port.get("containerPort", 0)})
    if spec.get("resources"):
        _pod_requests(spec)


def pull_policy(image: str) -> str:
    """Return the policy for an image's reference: `Always` for the tag `latest` and for none."""
    name, at, _ = image.partition("@")
    _, _, tag = name.rpartition("/")[2].partition(":")
    return "Always" if image and not at and tag in ("", "latest") else "IfNotPresent"


def _pod_requests(spec: Obj) -> None:
    """Fill in the requests of the Pod as a whole: what its containers request, or its limits."""
    total: Counter[str] = Counter()
    most: dict[str, Any] = {}
    sidecars: Counter[str] = Counter()
    for container in spec.get("initContainers") or []:
        requests = _amounts(container)
        if container.get("restartPolicy") == "Always":
            sidecars.update(requests)
            requests = Counter()
        most |= {key: max(value, most.get(key, value)) for key, value in (sidecars + requests).items()}
    for container in spec.get("containers") or []:
        total.update(_amounts(container))
    total.update(sidecars)
    texts = {
        key: canonical(max(total[key], most.get(key, Fraction(0))), "BinarySI" if key == "memory" else "DecimalSI")
        for key in {*total, *most}
    }
    limits = spec["resources"].get("limits") or {}
    spec["resources"]["requests"] = {**limits, **texts, **(spec["resources"].get("requests") or {})}


def _amounts(container: Obj) -> Counter[str]:
    requests = container["resources"].get("requests") or {}
    return Counter({key: number(requests[key]) for key in ("cpu", "memory") if key in requests})


def _container(container: Obj) -> None:
    policy = pull_policy(container.get("image") or "")
    fill(
        container,
        {
            "imagePullPolicy": policy,
            "terminationMessagePath": "/dev/termination-log",
            "terminationMessagePolicy": "File",
        },
    )
    container["resources"] = container.get("resources") or {}
    for port in container.get("ports") or []:
        fill(port, {"protocol": "TCP"})
    for env in container.get("env") or []:
        _references(env.get("valueFrom") or {})
        if env.get("valueFrom", {}).get("fileKeyRef") is not None:
            env["valueFrom"]["fileKeyRef"].setdefault("optional", False)
    for key in PROBES:
        if container.get(key) is not None:
            fill(container[key], _PROBE)
            _handler(container[key])
    if container.get("lifecycle") is not None:
        container["lifecycle"].pop("stopSignal", None)  # not enabled
        if not container["lifecycle"]:
            del container["lifecycle"]
    for hook in ("postStart", "preStop"):
        _handler((container.get("lifecycle") or {}).get(hook))


def _handler(handler: Obj | None) -> None:
    if handler and handler.get("httpGet") is not None:
        fill(handler["httpGet"], {"path": "/", "scheme": "HTTP"})
    if handler and handler.get("grpc") is not None:
        handler["grpc"].setdefault("service", "")


def _references(source: Obj) -> None:
    if source.get("fieldRef") is not None:
        fill(source["fieldRef"], {"apiVersion": "v1"})
    if source.get("resourceFieldRef") is not None:
        source["resourceFieldRef"].setdefault("divisor", "0")


def _volume(volume: Obj) -> None:
    sources = [key for key in volume if key != "name" and volume[key] is not None]
    if not sources:
        volume["emptyDir"] = {}
    for key in sources:
        source = volume[key]
        if key in ("secret", "configMap", "downwardAPI", "projected"):
            source.setdefault("defaultMode", 420)
        if key == "projected":
            source.setdefault("sources", None)
        for item in (source.get("items") or []) if key == "downwardAPI" else []:
            _references(item)
        if key == "hostPath":
            source.setdefault("type", "")
        elif key == "image":
            fill(source, {"pullPolicy": pull_policy(source.get("reference") or "")})
        elif key == "ephemeral" and source.get("volumeClaimTemplate") is not None:
            claim = source["volumeClaimTemplate"]
            claim.setdefault("metadata", {})
            fill(claim.setdefault("spec", {}), {"volumeMode": "Filesystem"})
        for part in (source.get("sources") or []) if key == "projected" else []:
            if part.get("serviceAccountToken") is not None:
                fill(part["serviceAccountToken"], {"expirationSeconds": 3600})
            for item in (part.get("downwardAPI") or {}).get("items") or []:
                _references(item)
