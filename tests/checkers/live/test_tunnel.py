"""Connections that start inside the cluster: bytes, HTTP, TLS, and what a failed one is called."""

from __future__ import annotations

import shlex
import subprocess
import time

import pytest

from checkers.live.tunnel import Place, Tunnel, through
from checkers.live.world import LiveWorld
from checkers.world import Address, Kind, LookError, Source

from .conftest import Space, web

pytestmark = pytest.mark.kind
OUTSIDE = Source()
SELF_SIGNED = """
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -keyout tls.key -out tls.crt -subj /CN=shop.example
    -addext subjectAltName=DNS:shop.example,DNS:www.shop.example,IP:10.1.2.3
"""

ECHO = """
apiVersion: v1
kind: Pod
metadata: {name: echo, labels: {app: echo}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
    - name: echo
      image: busybox:1.37
      command: [nc, -ll, -p, "9000", -e, cat]
      ports: [{containerPort: 9000}]
      readinessProbe: {tcpSocket: {port: 9000}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: echo}
spec: {selector: {app: echo}, ports: [{port: 9000}]}
"""

TLS = """
apiVersion: v1
kind: ConfigMap
metadata: {name: tls}
data:
  default.conf: |
    server {
      listen 8443 ssl;
      server_name shop.example;
      ssl_certificate /cert/tls.crt;
      ssl_certificate_key /cert/tls.key;
      location / { return 200 "for $ssl_server_name, $http_host"; }
    }
---
apiVersion: v1
kind: Pod
metadata: {name: tls, labels: {app: tls}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
    - name: nginx
      image: nginx:1.28
      readinessProbe: {tcpSocket: {port: 8443}, periodSeconds: 1}
      volumeMounts:
        - {name: cert, mountPath: /cert}
        - {name: conf, mountPath: /etc/nginx/conf.d}
  volumes:
    - {name: cert, secret: {secretName: tls}}
    - {name: conf, configMap: {name: tls}}
---
apiVersion: v1
kind: Service
metadata: {name: tls}
spec: {selector: {app: tls}, ports: [{port: 443, targetPort: 8443}]}
"""


@pytest.fixture(scope="module", autouse=True)
def servers(space: Space, tmp_path_factory: pytest.TempPathFactory) -> None:
    cert = tmp_path_factory.mktemp("cert")
    subprocess.run(
        shlex.split(SELF_SIGNED),
        cwd=cert,
        check=True,
        capture_output=True,
    )
    space.kubectl("create", "secret", "tls", "tls", f"--cert={cert / 'tls.crt'}", f"--key={cert / 'tls.key'}")
    space.apply(web() + "---" + ECHO + "---" + TLS)
    space.ready("deployment/web")
    space.kubectl("wait", "--for=condition=Ready", "pod/echo", "pod/tls", "--timeout=60s")


def address_of(world: LiveWorld, pod: str) -> str:
    obj = world.get(Kind("v1", "Pod"), pod)
    assert obj is not None
    return str(obj["status"]["podIP"])


def test_every_byte_comes_back(world: LiveWorld, space: Space) -> None:
    sent = bytes(range(256)) * 800

    def talk(tunnel: Tunnel) -> bytes:
        tunnel.sendall(sent)
        got = b""
        while len(got) < len(sent):
            got += tunnel.recv()
        return got

    assert through(world.client, Place(space.name, "echo"), Address("echo", 9000), 10.0, talk) == sent


def test_a_service_by_its_short_name(world: LiveWorld) -> None:
    answer = world.request(OUTSIDE, Address("web", 80))
    assert (answer.problem, answer.status) == ("", 200)
    assert answer.body.startswith("web-")
    assert world.request(OUTSIDE, Address("web", 80), path="/nothing").status == 404


def test_a_service_by_its_long_names_and_addresses(world: LiveWorld, space: Space) -> None:
    for host in (f"web.{space.name}", f"web.{space.name}.svc.cluster.local", address_of(world, "tls")):
        port = 8443 if host[0].isdigit() else 80
        assert world.connect(OUTSIDE, Address(host, port)).problem == ""


def test_from_inside_a_pod_of_the_learners(world: LiveWorld) -> None:
    assert world.request(Source(pod="echo"), Address("web", 80)).status == 200
    assert world.connect(Source(pod="echo"), Address("127.0.0.1", 9000)).problem == ""


@pytest.mark.parametrize("way", ["connect", "request"])
def test_what_a_failed_connection_is_called(world: LiveWorld, way: str) -> None:
    def problem(host: str, port: int) -> str:
        return getattr(world, way)(OUTSIDE, Address(host, port), timeout=2.0).problem

    assert problem("no-such-service", 80) == "no-such-name"
    assert problem(address_of(world, "echo"), 81) == "refused"
    assert problem(address_of(world, "tls"), 9000) == "refused"


def test_silence_times_out(world: LiveWorld, space: Space) -> None:
    # A server that never says a word is connected to, and does not answer.
    assert world.connect(OUTSIDE, Address("echo", 9000)).problem == ""
    space.kubectl(
        "run", "mute", "--image=busybox:1.37", "--restart=Never", "--", "nc", "-ll", "-p", "9", "-e", "sleep", "99"
    )
    space.kubectl("wait", "--for=condition=Ready", "pod/mute", "--timeout=60s")
    started = time.monotonic()
    answer = world.request(Source(pod="echo"), Address(address_of(world, "mute"), 9), timeout=1.0)
    assert answer.problem == "timeout"
    assert time.monotonic() - started < 5


def test_what_is_not_http(world: LiveWorld) -> None:
    answer = world.request(OUTSIDE, Address("echo", 9000))
    assert answer.problem == "broken"
    assert "not HTTP: GET / HTTP/1.1" in answer.detail


def test_tls_and_the_certificate(world: LiveWorld) -> None:
    answer = world.request(OUTSIDE, Address("tls", 443), tls=True, server_name="shop.example")
    assert (answer.problem, answer.status, answer.body) == ("", 200, "for shop.example, tls")
    assert answer.certificate["subject"] == answer.certificate["issuer"] == "CN=shop.example"
    assert answer.certificate["names"] == ["shop.example", "www.shop.example", "10.1.2.3"]
    assert answer.certificate["expires"].endswith("Z")


def test_the_host_header_names_the_server(world: LiveWorld) -> None:
    answer = world.request(OUTSIDE, Address("tls", 443), tls=True, headers={"Host": "www.shop.example"})
    assert answer.body == "for www.shop.example, www.shop.example"


def test_tls_with_a_server_that_has_none(world: LiveWorld) -> None:
    answer = world.request(OUTSIDE, Address("web", 80), tls=True)
    assert answer.problem in ("tls", "broken")
    assert answer.detail


def test_a_pod_with_nothing_to_connect_with(world: LiveWorld, space: Space) -> None:
    space.kubectl("run", "bare", "--image=registry.k8s.io/pause:3.10", "--restart=Never")
    with pytest.raises(LookError):
        world.connect(Source(pod="bare"), Address("web", 80))


def test_a_warm_probe_answers_well_under_a_second(world: LiveWorld) -> None:
    world.warm()
    times = []
    for _ in range(5):
        started = time.monotonic()
        assert world.request(OUTSIDE, Address("web", 80)).status == 200
        times.append(time.monotonic() - started)
    assert sorted(times)[2] < 1.0, times
