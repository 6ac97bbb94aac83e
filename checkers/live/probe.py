"""Probe Pods: the tutor's own places inside the cluster, from which requests start.

One waits in the tutor's namespace; one that must wear labels (for NetworkPolicies) waits in the
learner's, as unseen as a Pod can be there. Both stay warm until the world is closed.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from checkers.live.client import Client, Reply, forbidden
from checkers.live.hidden import LABEL, NAMESPACE, PREFIX
from checkers.live.manifest import IMAGE, probe_manifest
from checkers.live.tunnel import Place
from checkers.words import say
from checkers.world import LookError, Obj, Source

FOR = "kubetutor.dev/for"
"""Label: the exercise's namespace that a probe serves; what clean-up after a crash goes by."""
START_SECONDS = 20.0
"""A probe runs after one or two seconds where its image is on the node; more is a pull."""
PODS = "/api/v1/namespaces/{namespace}/pods"
POLL_SECONDS = 0.1
NOW = {"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0}
NEVER_RUNS = (
    "ErrImagePull",
    "ImagePullBackOff",
    "ErrImageNeverPull",
    "CreateContainerConfigError",
    "CreateContainerError",
)


class Probes:
    """The probe Pods of one attempt, made when first needed. Safe to use from many threads.

    `namespace` is the exercise's. Raises LookError when the cluster will not run a probe.
    """

    def __init__(self, client: Client, namespace: str) -> None:
        self._client = client
        self._namespace = namespace
        self._attempt = secrets.token_hex(4)
        self._places: dict[str, Place] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()
        self._closed = False

    def place(self, source: Source) -> Place:
        """Return the running probe for `source`, which names no Pod of the learner's."""
        served = source.namespace or self._namespace
        key = hashlib.sha256(repr((served, sorted(source.labels.items()))).encode()).hexdigest()[:6]
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if self._closed:
                raise LookError(say("The tutor has stopped looking at this exercise."))
            place = self._places.get(key)
            if place is None or not self._runs(place):
                self._places[key] = place = self._make(key, served, source)
            return place

    def close(self) -> None:
        """Remove this attempt's probes. Never raises: the cluster may be gone, and the probes with it."""
        with self._lock:
            places, self._places, self._closed = list(self._places.values()), {}, True
        for place in places:
            with contextlib.suppress(LookError):
                self._client.request("DELETE", f"{PODS.format(namespace=place.namespace)}/{place.pod}", body=NOW)

    def _runs(self, place: Place) -> bool:
        reply = self._client.request("GET", f"{PODS.format(namespace=place.namespace)}/{place.pod}")
        return reply.status == 200 and _state(reply.data) == "Running"

    def _make(self, key: str, served: str, source: Source) -> Place:
        namespace = served if source.labels else NAMESPACE
        owner = self._namespace_of(namespace)
        name = f"{PREFIX}{self._attempt}-{key}-{secrets.token_hex(2)}"
        pod = probe_manifest(
            name,
            labels={**source.labels, LABEL: self._attempt, FOR: served},
            owner=owner,
            dns=None if source.labels else self._dns(served),
        )
        place = Place(namespace, name, "probe")
        self._places[key] = place  # known before it exists, so that a close meanwhile removes it
        self._create(namespace, pod)
        self._await(place)
        return place

    def _namespace_of(self, name: str) -> Obj:
        """Return the namespace, the probe's owner; the tutor's own is made when missing."""
        path = f"/api/v1/namespaces/{name}"
        reply = self._client.request("GET", path)
        if reply.status == 404 and name == NAMESPACE:
            body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {LABEL: "namespace"}}}
            reply = self._client.request("POST", "/api/v1/namespaces", body=body)
            if reply.status == 409:  # another attempt was faster
                reply = self._client.request("GET", path)
        if reply.status == 404:
            raise LookError(say("There is no namespace {name}: no probe can run in it.", name=name))
        if reply.status not in (200, 201):
            raise forbidden(reply, say("use the namespace {name}", name=name))
        return {"apiVersion": "v1", "kind": "Namespace", **reply.data}

    def _dns(self, served: str) -> tuple[str, list[str]] | None:
        """Return the cluster's DNS server and the search list of Pods in `served`; None where it is not to be found."""
        services = self._client.request(
            "GET", "/api/v1/namespaces/kube-system/services", query={"labelSelector": "k8s-app=kube-dns"}
        )
        items = (services.data or {}).get("items") or [] if services.status == 200 else []
        if not items:
            return None
        corefile = self._client.request("GET", "/api/v1/namespaces/kube-system/configmaps/coredns")
        text = (corefile.data.get("data") or {}).get("Corefile", "") if corefile.status == 200 else ""
        zone = re.search(r"^\s*kubernetes\s+(\S+)", text, re.M)
        domain = zone[1].rstrip(".") if zone else "cluster.local"
        return str(items[0]["spec"]["clusterIP"]), [f"{served}.svc.{domain}", f"svc.{domain}", domain]

    def _create(self, namespace: str, pod: Obj) -> None:
        """Create the Pod; a namespace made this moment has no ServiceAccount yet, or is still going away."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            reply = self._client.request("POST", PODS.format(namespace=namespace), body=pod)
            if reply.status == 201:
                return
            young = "serviceaccount" in reply.message and "not found" in reply.message
            ending = "being terminated" in reply.message and namespace == NAMESPACE
            if not (young or ending) or time.monotonic() > deadline:
                raise _refused(namespace, reply)
            time.sleep(POLL_SECONDS)
            if ending:
                self._namespace_of(namespace)

    def _await(self, place: Place) -> None:
        deadline = time.monotonic() + START_SECONDS
        path = f"{PODS.format(namespace=place.namespace)}/{place.pod}"
        while True:
            reply = self._client.request("GET", path)
            state = _state(reply.data) if reply.status == 200 else say("removed by someone")
            if state == "Running":
                return
            if reply.status != 200 or state in NEVER_RUNS or time.monotonic() > deadline:
                raise LookError(
                    say(
                        "The tutor's probe Pod in {namespace} does not run: {state}.",
                        namespace=place.namespace,
                        state=state,
                    ),
                    say("It needs the image {image} on a node, and a node that takes Pods.", image=IMAGE),
                )
            time.sleep(POLL_SECONDS)


def remove_probes(kubeconfig: Path, namespaces: Iterable[str] | None) -> None:
    """Remove what probes an attempt left behind, after a crash: those that served `namespaces`.

    None removes every probe of the cluster and the tutor's namespace, for when the tutor leaves
    a cluster for good. Raises LookError when the cluster cannot be reached.
    """
    client = Client(kubeconfig)
    try:
        wanted = None if namespaces is None else set(namespaces)
        reply = client.request("GET", "/api/v1/pods", query={"labelSelector": LABEL})
        if reply.status != 200:
            raise forbidden(reply, say("list {what}", what="pods"))
        for pod in reply.data.get("items") or []:
            meta = pod["metadata"]
            if wanted is None or meta["labels"].get(FOR) in wanted:
                client.request("DELETE", f"{PODS.format(namespace=meta['namespace'])}/{meta['name']}", body=NOW)
        if wanted is None:
            client.request("DELETE", f"/api/v1/namespaces/{NAMESPACE}")
    finally:
        client.close()


def _state(pod: Obj) -> str:
    """Return the phase of a Pod, or why its container waits; `Terminating` while it goes."""
    if pod["metadata"].get("deletionTimestamp"):
        return "Terminating"
    status = pod.get("status") or {}
    for each in status.get("containerStatuses") or []:
        waiting = (each.get("state") or {}).get("waiting")
        if waiting:
            return str(waiting.get("reason"))
        if not (each.get("state") or {}).get("running"):
            return "Terminated"
    for condition in status.get("conditions") or []:
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return f"{condition.get('reason')}: {condition.get('message')}"
    return str(status.get("phase") or "Pending")


def _refused(namespace: str, reply: Reply) -> LookError:
    return LookError(
        say(
            "The namespace {namespace} refuses the tutor's probe Pod: {message}",
            namespace=namespace,
            message=reply.message,
        ),
        say("A quota, a limit range or an admission policy leaves no room for it."),
    )
