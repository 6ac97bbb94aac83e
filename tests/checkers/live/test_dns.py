"""The cluster's DNS as Pods see it."""

from __future__ import annotations

import pytest

from checkers.live.world import LiveWorld
from checkers.world import Kind, Source

from .conftest import Space, web

pytestmark = pytest.mark.kind

HEADLESS = """
apiVersion: v1
kind: Service
metadata: {name: each}
spec: {clusterIP: None, selector: {app: web}, ports: [{port: 80, targetPort: 8000, name: http}]}
---
apiVersion: v1
kind: Service
metadata: {name: elsewhere}
spec: {type: ExternalName, externalName: shop.example}
---
apiVersion: v1
kind: Pod
metadata: {name: client, labels: {app: client}}
spec:
  terminationGracePeriodSeconds: 0
  containers: [{name: client, image: "busybox:1.37", command: [sleep, "9999"]}]
"""


@pytest.fixture(scope="module", autouse=True)
def names(space: Space) -> None:
    space.apply(web() + "---" + HEADLESS)
    space.ready("deployment/web")
    space.kubectl("wait", "--for=condition=Ready", "pod/client", "--timeout=60s")


@pytest.mark.parametrize("source", [Source(), Source(pod="client")])
def test_a_short_name_goes_through_the_search_list(world: LiveWorld, space: Space, source: Source) -> None:
    service = world.get(Kind("v1", "Service"), "web")
    assert service is not None
    answer = world.resolve(source, "web")
    assert answer.name == f"web.{space.name}.svc.cluster.local"
    assert (answer.code, answer.records) == ("NOERROR", (service["spec"]["clusterIP"],))


def test_a_headless_service_names_its_pods(world: LiveWorld, space: Space) -> None:
    addresses = {pod["status"]["podIP"] for pod in world.list(Kind("v1", "Pod"), selector="app=web")}
    assert set(world.resolve(Source(), "each").records) == addresses
    service = world.resolve(Source(), f"_http._tcp.each.{space.name}.svc.cluster.local", "SRV")
    assert len(service.records) == 2
    assert all(" 8000 " in record for record in service.records)


def test_names_that_are_not_there(world: LiveWorld) -> None:
    answer = world.resolve(Source(), "wbe")
    assert (answer.code, answer.records) == ("NXDOMAIN", ())
    assert world.resolve(Source(), "web", "AAAA").code == "NOERROR"
    assert world.resolve(Source(), "web", "AAAA").records == ()


def test_names_in_another_namespace(world: LiveWorld) -> None:
    assert world.resolve(Source(namespace="default"), "kubernetes").code == "NOERROR"
    assert world.resolve(Source(), "kubernetes").code == "NXDOMAIN"
    assert world.resolve(Source(), "kubernetes.default").code == "NOERROR"


def test_other_records(world: LiveWorld) -> None:
    assert world.resolve(Source(), "elsewhere", "CNAME").records == ("shop.example.",)
    assert world.resolve(Source(), "10.96.0.1", "PTR").records == ("kubernetes.default.svc.cluster.local.",)


def test_a_policy_that_allows_dns_over_udp_only(world: LiveWorld, space: Space) -> None:
    space.apply("""
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: udp-only}
spec:
  podSelector: {matchLabels: {app: careful}}
  policyTypes: [Egress]
  egress: [{ports: [{port: 53, protocol: UDP}]}]
""")
    assert world.resolve(Source(labels={"app": "careful"}), "web").code == "NOERROR"
    assert world.resolve(Source(labels={"app": "careful"}), "wbe").code == "NXDOMAIN"


def test_a_policy_that_allows_no_dns(world: LiveWorld, space: Space) -> None:
    space.apply("""
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: nothing}
spec: {podSelector: {matchLabels: {app: cut-off}}, policyTypes: [Egress]}
""")
    assert world.resolve(Source(labels={"app": "cut-off"}), "web").code == "TIMEOUT"
