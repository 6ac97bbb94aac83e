"""The check type `dns`: what names lead to."""

from __future__ import annotations

import pytest

from checkers.live.dns import Resolver, parse_resolver
from checkers.live.nslookup import read
from checkers.result import Verdict
from checkers.world import DnsAnswer, LookError

from .behaviour import endpoints, look, pod, policy, problems, service
from .recorded import RecordedWorld

WEB = "{dns: {name: web}, expect: {points_to: {service: web}}}"
PODS = "{dns: {name: web}, expect: {points_to: {pods: app=web}}}"
ONE, TWO = pod("web-1", ip="10.0.0.1"), pod("web-2", ip="10.0.0.2")
HEADLESS = service(clusterIP="None", clusterIPs=["None"])


def world(*objects, answer: DnsAnswer) -> RecordedWorld:
    made = RecordedWorld(*objects)
    made.resolves = lambda source, name, record: answer
    return made


def said(*records: str, code: str = "NOERROR") -> DnsAnswer:
    return DnsAnswer("web.shop.svc.cluster.local", code, records)


def test_a_service_has_its_address() -> None:
    assert look(WEB, world(service(), answer=said("10.96.0.9"))) == Verdict(
        ok=True, found="web leads to 10.96.0.9.", asked="web leads to Service web."
    )
    verdict = look(WEB, world(service(), answer=said("10.96.0.1")))
    assert verdict == Verdict(
        ok=False,
        found="web leads to 10.96.0.1.",
        asked="web leads to Service web.",
        look="kubectl describe service web",
        healing=True,
    )


def test_a_headless_service_leads_to_its_pods() -> None:
    made = world(HEADLESS, ONE, TWO, endpoints(ONE, TWO), answer=said("10.0.0.2", "10.0.0.1"))
    assert look(WEB, made).ok
    assert look(PODS, made).ok


def test_a_headless_service_without_ready_pods() -> None:
    late = pod("web-1", ready=False)
    verdict = look(WEB, world(HEADLESS, late, endpoints(late), answer=said(code="NXDOMAIN")))
    assert verdict.found == "DNS knows no name web."
    assert verdict.near == "Service web is headless and has no ready Pods: there is nothing to name."


def test_an_address_of_its_own_where_pods_were_wanted() -> None:
    verdict = look(PODS, world(service(), ONE, TWO, endpoints(ONE, TWO), answer=said("10.96.0.9")))
    assert verdict.asked == "web leads to the Pods with app=web."
    assert verdict.near == "Service web has an address of its own, 10.96.0.9."


def test_a_name_that_is_nearly_there() -> None:
    verdict = look("{dns: {name: web}}", world(service("wbe"), answer=said(code="NXDOMAIN")))
    assert verdict == Verdict(
        ok=False,
        found="DNS knows no name web.",
        asked="web has a record of type A.",
        near="There is no Service web in namespace shop; there is one called wbe.",
        look="kubectl get services",
        healing=True,
    )


def test_a_name_must_not_be_there() -> None:
    text = "{dns: {name: web}, expect: {code: NXDOMAIN}}"
    assert look(text, world(answer=said(code="NXDOMAIN"))).ok
    assert look(text, world(service(), answer=said("10.96.0.9"))).found == "web leads to 10.96.0.9."


def test_records_by_value() -> None:
    text = "{dns: {name: _http._tcp.web, record: SRV}, expect: {records: [0 50 80 b.web, 0 50 80 a.web]}}"
    assert look(text, world(service(), answer=said("0 50 80 a.web.", "0 50 80 b.web."))).ok
    assert not look(text, world(service(), answer=said("0 50 80 a.web."))).ok
    two = "{dns: {name: web}, expect: {records: {$length: 2}}}"
    assert look(two, world(service(), answer=said("10.0.0.1", "10.0.0.2"))).ok
    assert look(two, world(service(), answer=said("10.0.0.1"))).asked == "web leads to # 2."


def test_a_name_without_such_a_record() -> None:
    verdict = look("{dns: {name: web, record: AAAA}}", world(service(), answer=said()))
    assert verdict.found == "DNS knows web, and has no record of type AAAA for it."


def test_dns_that_does_not_answer() -> None:
    text = "{dns: {name: web, from: {labels: {app: web}}}}"
    verdict = look(text, world(policy("shut", {"app": "web"}, "Egress"), answer=said(code="TIMEOUT")))
    assert verdict == Verdict(
        ok=False,
        found="The cluster's DNS does not answer there.",
        asked="web has a record of type A.",
        near="NetworkPolicies restrict what this Pod may reach: shut.",
        look="kubectl describe networkpolicies",
        healing=True,
    )
    assert look(text, world(answer=said(code="TIMEOUT"))).look == "kubectl get pods -n kube-system"


def test_a_cluster_that_is_gone_is_no_verdict() -> None:
    with pytest.raises(LookError, match="gone"):
        look(WEB, RecordedWorld(broken=LookError("gone")))


def test_what_is_wrong_with_a_check() -> None:
    assert "either service or pods" in problems("{dns: {name: a}, expect: {points_to: {}}}")[0]
    assert "has no records" in problems("{dns: {name: a}, expect: {code: NXDOMAIN, records: [b]}}")[0]


RESOLV = """search shop.svc.cluster.local svc.cluster.local cluster.local
nameserver 10.96.0.10
nameserver 10.96.0.11
options timeout:1 ndots:5
"""


def test_the_search_list_of_a_pod() -> None:
    resolver = parse_resolver(RESOLV)
    assert resolver == Resolver("10.96.0.10", ("shop.svc.cluster.local", "svc.cluster.local", "cluster.local"), 5)
    assert resolver.candidates("web") == [
        "web.shop.svc.cluster.local.",
        "web.svc.cluster.local.",
        "web.cluster.local.",
    ]
    assert resolver.candidates("web.barn")[-1] == "web.barn."
    assert resolver.candidates("a.b.c.d.e.f")[0] == "a.b.c.d.e.f."
    assert resolver.candidates("web.") == ["web."]
    assert Resolver("10.0.0.1").candidates("web") == ["web."]
    assert parse_resolver("# nothing") is None


HEAD = "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n"


@pytest.mark.parametrize(
    ("printed", "record", "code", "records"),
    [
        ("Name:\tweb\nAddress: 10.96.1.2\n\n", "A", "NOERROR", ("10.96.1.2",)),
        ("\n", "AAAA", "NOERROR", ()),
        ("** server can't find web.: NXDOMAIN\n\n", "A", "NXDOMAIN", ()),
        ("_h._tcp.web\tservice = 0 100 443 web\n\n", "SRV", "NOERROR", ("0 100 443 web",)),
        ("1.0.96.10.in-addr.arpa\tname = web.shop\n\n", "PTR", "NOERROR", ("web.shop",)),
    ],
)
def test_what_nslookup_prints(printed: str, record: str, code: str, records: tuple[str, ...]) -> None:
    assert read(HEAD + printed, "web.", record) == DnsAnswer("web", code, records)


def test_nslookup_without_an_answer() -> None:
    assert read(";; connection timed out; no servers could be reached\n\n", "web.", "A") is None
    assert read("", "web.", "A") is None
