"""Whatever is created, patched, scaled and deleted, in any order: it ends as a small model says, here and on kind."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.practice.http.serving import Answer, Client, Served

SEQUENCES, STEPS = 40, 12
PATIENCE = 30.0
"""Seconds to settle; kind takes a few of them."""
IMAGES = ("busybox:1.37", "nginx:1.28")
DEPLOYMENTS, MAPS = "/apis/apps/v1/namespaces/{}/deployments", "/api/v1/namespaces/{}/configmaps"
SERVICES, PODS = "/api/v1/namespaces/{}/services", "/api/v1/namespaces/{}/pods"
SLICES = "/apis/discovery.k8s.io/v1/namespaces/{}/endpointslices"
Step = tuple[Any, ...]
NAMES = st.sampled_from(["a", "b"])
STEP = st.one_of(
    st.tuples(st.just("deploy"), NAMES, st.integers(0, 3)),
    st.tuples(st.just("scale"), NAMES, st.integers(0, 4)),
    st.tuples(st.just("image"), NAMES, st.sampled_from(IMAGES)),
    st.tuples(st.just("undeploy"), NAMES),
    st.tuples(st.just("serve"), NAMES),
    st.tuples(st.just("unserve"), NAMES),
    st.tuples(st.just("note"), NAMES, st.sampled_from("xyz")),
    st.tuples(st.just("forget"), NAMES),
)


@dataclass
class Model:
    """What must be there in the end."""

    deployments: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Replicas and image."""
    services: set[str] = field(default_factory=set)
    maps: dict[str, dict[str, str]] = field(default_factory=dict)

    def take(self, step: Step) -> int:
        """Take a step; return the code that the server must answer with."""
        what, name, *rest = step
        if what == "deploy":
            return self._create(self.deployments, name, (rest[0], IMAGES[0]))
        if what in ("scale", "image", "undeploy"):
            if name not in self.deployments:
                return 404
            replicas, image = self.deployments[name]
            if what == "undeploy":
                del self.deployments[name]
            else:
                self.deployments[name] = (rest[0], image) if what == "scale" else (replicas, rest[0])
            return 200
        if what == "serve":
            code = 409 if name in self.services else 201
            self.services.add(name)
            return code
        if what == "unserve":
            code = 200 if name in self.services else 404
            self.services.discard(name)
            return code
        if what == "note":
            if name in self.maps:
                self.maps[name] = {**self.maps[name], rest[0]: "1"}
                return 200
            self.maps[name] = {rest[0]: "1"}
            return 201
        return 200 if self.maps.pop(name, None) is not None else 404

    def _create(self, there: dict[str, Any], name: str, value: Any) -> int:
        if name in there:
            return 409
        there[name] = value
        return 201

    @property
    def state(self) -> dict[str, Any]:
        """What a look at the cluster finds."""
        return {
            "deployments": {name: (wanted, wanted, image) for name, (wanted, image) in self.deployments.items()},
            "pods": {name: wanted for name, (wanted, _) in self.deployments.items() if wanted},
            "services": {name: self.deployments.get(name, (0, ""))[0] for name in self.services},
            "maps": self.maps,
        }


def act(client: Client, namespace: str, step: Step, model: Model) -> Answer:
    """Do on a cluster what the step says."""
    what, name, *rest = step
    deployment = f"{DEPLOYMENTS.format(namespace)}/{name}"
    merge = "application/merge-patch+json"
    match what:
        case "deploy":
            return client.ask("POST", DEPLOYMENTS.format(namespace), manifest(name, rest[0]))
        case "scale":
            return client.ask("PATCH", f"{deployment}/scale", {"spec": {"replicas": rest[0]}}, merge)
        case "image":
            patch = {"spec": {"template": {"spec": {"containers": [{"name": "main", "image": rest[0]}]}}}}
            return client.ask("PATCH", deployment, patch, "application/strategic-merge-patch+json")
        case "undeploy":
            return client.ask("DELETE", f"{deployment}?propagationPolicy=Background")
        case "serve":
            body = {"metadata": {"name": name}, "spec": {"selector": {"app": name}, "ports": [{"port": 80}]}}
            return client.ask("POST", SERVICES.format(namespace), body)
        case "unserve":
            return client.ask("DELETE", f"{SERVICES.format(namespace)}/{name}")
        case "note":
            if name in model.maps:
                return client.ask("PATCH", f"{MAPS.format(namespace)}/{name}", {"data": {rest[0]: "1"}}, merge)
            body = {"metadata": {"name": name}, "data": {rest[0]: "1"}}
            return client.ask("POST", MAPS.format(namespace), body)
    return client.ask("DELETE", f"{MAPS.format(namespace)}/{name}")


def manifest(name: str, replicas: int) -> dict[str, Any]:
    """Return a Deployment whose Pods sleep, whatever the image."""
    container = {"name": "main", "image": IMAGES[0], "command": ["sleep", "1d"], "ports": [{"containerPort": 80}]}
    return {
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"terminationGracePeriodSeconds": 0, "containers": [container]},
            },
        },
    }


def look(client: Client, namespace: str) -> dict[str, Any]:
    """Return what is there, as the model has it."""

    def items(path: str) -> list[Any]:
        return list(client.ask("GET", path.format(namespace)).json["items"])

    pods: dict[str, int] = {}
    for pod in items(PODS):
        app = pod["metadata"]["labels"]["app"]
        pods[app] = pods.get(app, 0) + 1
    ready = {each["metadata"]["name"]: 0 for each in items(SERVICES)}
    for each in items(SLICES):
        name = each["metadata"]["labels"]["kubernetes.io/service-name"]
        if name in ready:
            ready[name] += sum(1 for end in each.get("endpoints") or [] if end["conditions"].get("ready"))
    deployments = {}
    for each in items(DEPLOYMENTS):
        status, spec = each["status"], each["spec"]
        image = spec["template"]["spec"]["containers"][0]["image"]
        whole = status.get("replicas", 0) == status.get("updatedReplicas", 0)
        seen = status.get("observedGeneration") == each["metadata"]["generation"]
        there = status.get("readyReplicas", 0) if whole and seen else -1
        deployments[each["metadata"]["name"]] = (spec.get("replicas"), there, image)
    maps = {each["metadata"]["name"]: each.get("data") or {} for each in items(MAPS)}
    maps.pop("kube-root-ca.crt", None)
    return {"deployments": deployments, "pods": pods, "services": ready, "maps": maps}


def settles(client: Client, namespace: str, steps: list[Step]) -> dict[str, Any]:
    """Take the steps in a namespace of their own; return how it ends, which must be as the model says."""
    assert client.ask("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}}).code == 201
    deadline = time.monotonic() + PATIENCE
    while client.ask("GET", f"/api/v1/namespaces/{namespace}/serviceaccounts/default").code != 200:
        assert time.monotonic() < deadline
    model = Model()
    for step in steps:
        there = Model(maps=dict(model.maps))
        wanted = model.take(step)
        answer = act(client, namespace, step, there)
        assert answer.code == wanted, (step, answer)
    while (found := look(client, namespace)) != model.state and time.monotonic() < deadline:
        time.sleep(0.05)
    client.ask("DELETE", f"/api/v1/namespaces/{namespace}")
    assert found == model.state, steps
    return found


@settings(
    max_examples=SEQUENCES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEP, min_size=2, max_size=STEPS))
def test_it_ends_as_the_model_says(served: Served, steps: list[Step]) -> None:
    client = Client(served.kubeconfig)
    settles(client, f"order-{time.monotonic_ns()}", steps)
    client.close()


KNOWN: tuple[list[Step], ...] = (
    [("deploy", "a", 2), ("serve", "a"), ("scale", "a", 3), ("image", "a", IMAGES[1]), ("note", "a", "x")],
    [("deploy", "a", 1), ("undeploy", "a"), ("deploy", "a", 2), ("note", "b", "y"), ("note", "b", "z"), ("serve", "b")],
    [("serve", "a"), ("deploy", "a", 3), ("scale", "a", 0), ("deploy", "b", 1), ("unserve", "a"), ("forget", "a")],
    [("deploy", "b", 0), ("image", "b", IMAGES[1]), ("scale", "b", 2), ("scale", "b", 1), ("deploy", "b", 3)],
)


@pytest.mark.kind
@pytest.mark.parametrize("number", range(len(KNOWN)))
def test_it_ends_so_on_kind_as_well(served: Served, kubeconfig: Path, number: int) -> None:
    real, practice = Client(kubeconfig), Client(served.kubeconfig)
    namespace = f"order-{number}-{time.time_ns()}"
    assert settles(real, namespace, KNOWN[number]) == settles(practice, namespace, KNOWN[number])
    real.close()
    practice.close()
