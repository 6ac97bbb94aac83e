"""Names, addresses, policies and the servers behind them."""

from __future__ import annotations

import asyncio
import struct

import pytest
from dns import message, rcode

from tests.practice.containers.machine import Machine, settle
from tutor.practice.containers.network import Refused, Source, TimedOut
from tutor.practice.containers.sandbox import Mount, Volume


async def _ask(machine: Machine, name: str, kind: str) -> tuple[str, list[str]]:
    """Ask through `nc`, as the tutor does."""
    probe = machine.sandboxes[-1]
    wire = message.make_query(name, kind).to_wire()
    process = probe.start(["nc", "-w", "2", "10.96.0.10", "53"], stdin=True)
    await process.write(struct.pack("!H", len(wire)) + wire)
    data = b""
    async for _, piece in process.output:
        data += piece
        if len(data) > 2 and len(data) == 2 + struct.unpack("!H", data[:2])[0]:
            break
    process.kill(9)
    answer = message.from_wire(data[2:])
    return rcode.to_text(answer.rcode()), sorted(item.to_text() for each in answer.answer for item in each)


async def test_dns_knows_services_and_their_pods(machine: Machine) -> None:
    machine.dns()
    pods = [machine.pod(f"db-{n}", "busybox:1.37", ["sleep", "1d"]) for n in range(2)]
    machine.service("db", "None", [{"port": 5432, "name": "sql"}], pods)
    machine.service("web", "10.96.5.5", [{"port": 80, "name": "http"}], pods)
    external = {
        "metadata": {"name": "out", "namespace": "default"},
        "spec": {"type": "ExternalName", "externalName": "example.com"},
    }
    machine.objects.add("services", external)
    await settle()
    zone = "default.svc.cluster.local."
    assert await _ask(machine, f"web.{zone}", "A") == ("NOERROR", ["10.96.5.5"])
    assert await _ask(machine, f"web.{zone}", "AAAA") == ("NOERROR", [])
    assert await _ask(machine, f"db.{zone}", "A") == ("NOERROR", ["10.244.0.3", "10.244.0.4"])
    assert await _ask(machine, f"db-1.db.{zone}", "A") == ("NOERROR", ["10.244.0.4"])
    assert await _ask(machine, f"_sql._tcp.db.{zone}", "SRV") == (
        "NOERROR",
        [f"0 100 5432 db-{n}.db.{zone}" for n in range(2)],
    )
    assert await _ask(machine, f"out.{zone}", "A") == ("NOERROR", ["example.com."])
    assert await _ask(machine, f"nope.{zone}", "A") == ("NXDOMAIN", [])
    ran = await machine.run(machine.sandboxes[-1], ["nslookup", "-type=A", f"web.{zone}", "10.96.0.10"])
    assert (ran.code, ran.stdout.split("\n\n")[1]) == (0, "Name:\tweb.default.svc.cluster.local\nAddress: 10.96.5.5")
    assert (await machine.run(machine.sandboxes[-1], ["nslookup", "nope"])).code == 1


async def test_service_addresses_lead_to_ready_endpoints_in_turn(machine: Machine) -> None:
    script = "hostname > /tmp/index.html && exec httpd -f -p 8000 -h /tmp"
    pods = [machine.pod(f"web-{n}", "busybox:1.37", ["sh", "-c", script]) for n in range(2)]
    machine.service("web", "10.96.5.5", [{"port": 80, "targetPort": 8000}], pods)
    machine.service("empty", "10.96.5.6", [{"port": 80}], [])
    await asyncio.sleep(0.05)
    seen = [(await machine.run(pods[0], ["wget", "-qO-", "http://10.96.5.5/"])).stdout for _ in range(4)]
    assert sorted(seen) == ["web-0\n", "web-0\n", "web-1\n", "web-1\n"]
    source = Source("10.244.0.2", "default", "web-0")
    for host, port, error in (
        ("10.96.5.6", 80, Refused),
        ("10.96.5.5", 81, Refused),
        ("10.244.0.3", 81, Refused),
        ("10.244.9.9", 80, TimedOut),
    ):
        with pytest.raises(error):
            await machine.network.dial(source, host, port, timeout=0.1)


def _policy(name: str, **spec: object) -> dict[str, object]:
    return {"metadata": {"name": name, "namespace": "default"}, "spec": {"podSelector": {}, **spec}}


@pytest.mark.parametrize(
    ("rule", "opened"),
    [
        (None, False),
        ({}, True),
        ({"from": [{"podSelector": {"matchLabels": {"app": "friend"}}}]}, True),
        ({"from": [{"podSelector": {"matchLabels": {"app": "other"}}}]}, False),
        ({"from": [{"namespaceSelector": {}}]}, True),
        ({"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}]}, False),
        ({"from": [{"ipBlock": {"cidr": "10.244.0.0/16"}}]}, True),
        ({"from": [{"ipBlock": {"cidr": "10.244.0.0/16", "except": ["10.244.0.0/24"]}}]}, False),
        ({"ports": [{"port": 80}]}, True),
        ({"ports": [{"port": 81}]}, False),
        ({"ports": [{"port": 79, "endPort": 90}]}, True),
        ({"ports": [{"port": 80, "protocol": "UDP"}]}, False),
    ],
)
async def test_policies_open_what_they_name(machine: Machine, rule: object, opened: bool) -> None:
    machine.pod("web", "nginx:1.29", labels={"app": "web"})
    friend = machine.pod("friend", "busybox:1.37", ["sleep", "1d"], labels={"app": "friend"})
    await settle()
    rules = [] if rule is None else [rule]
    policy = _policy("p", podSelector={"matchLabels": {"app": "web"}}, policyTypes=["Ingress"], ingress=rules)
    machine.objects.add("networkpolicies.networking.k8s.io", policy)
    ran = await machine.run(friend, ["wget", "-qO-", "-T", "1", "http://10.244.0.2/"])
    assert (ran.code == 0, ran.stderr) == (opened, "" if opened else "wget: download timed out\n")


async def test_egress_closes_the_way_out_and_dns_with_it(machine: Machine) -> None:
    machine.dns()
    pod = machine.pod("a", "busybox:1.37", ["sleep", "1d"])
    machine.service("web", "10.96.5.5", [{"port": 80}], [machine.pod("web", "nginx:1.29")])
    await settle()
    assert (await machine.run(pod, ["wget", "-qO-", "http://web"])).code == 0
    machine.objects.add("networkpolicies.networking.k8s.io", _policy("p", policyTypes=["Egress"]))
    ran = await machine.run(pod, ["wget", "-qO-", "-T", "1", "http://web"])
    assert ran.stderr == "wget: bad address 'web'\n"


async def test_nginx_serves_what_its_configuration_says(machine: Machine) -> None:
    conf = Volume()
    text = (
        "server { listen 8080; location / { root /www; } location = /ok { return 200 'fine\\n'; }\n"
        "  # a note\n  location /go { return 301 /ok; } location /to/ { proxy_pass http://10.244.0.3:80/; } }\n"
    )
    conf.replace({"default.conf": text.encode()})
    front = machine.pod("front", "nginx:1.29", mounts=[Mount("/etc/nginx/conf.d", conf, read_only=True)])
    machine.pod("back", "nginx:1.28")
    front.write("/www/index.html", b"mine\n")
    await asyncio.sleep(0.05)
    for path, body in (("/", "mine\n"), ("/ok", "fine\n"), ("/to/", "<!DOCTYPE")):
        assert (await machine.run(front, ["curl", "-s", f"http://127.0.0.1:8080{path}"])).stdout.startswith(body)
    ran = await machine.run(front, ["curl", "-sL", "-o", "/dev/null", "-w", "%{http_code}", "http://127.0.0.1:8080/go"])
    assert ran.stdout == "200"
    assert (await machine.run(front, ["curl", "-sS", "http://127.0.0.1:80"])).code == 7
    conf.replace({"default.conf": b"server { listen 80 }"})
    assert "[emerg]" in (await machine.run(front, ["nginx", "-t"])).stderr


async def test_redis_keeps_keys_and_speaks_resp(machine: Machine) -> None:
    server = machine.pod("redis", "redis:7.4")
    await settle()
    for words, said in (("ping", "PONG"), ("set a b", "OK"), ("get a", "b"), ("get c", ""), ("incr n", "1")):
        assert (await machine.run(server, ["redis-cli", *words.split()])).stdout == said + "\n"
    client = machine.pod("c", "busybox:1.37", ["sleep", "1d"])
    assert (await machine.run(client, ["nc", "10.244.0.2", "6379"], b"PING\r\nQUIT\r\n")).stdout == "+PONG\r\n+OK\r\n"


async def test_what_is_not_http_is_hung_up_on(machine: Machine) -> None:
    machine.pod("web", "nginx:1.29")
    client = machine.pod("c", "busybox:1.37", ["sleep", "1d"])
    await settle()
    for noise in (b"\x16\x03\x01", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"):
        assert (await machine.run(client, ["nc", "10.244.0.2", "80"], noise)).stdout == ""
