"""The check type `reach`: open, closed, and closed for another reason."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from checkers.result import Verdict
from checkers.world import Address, LookError, Response, Source

from .behaviour import endpoints, look, pod, policy, problems, service
from .recorded import RecordedWorld

OPEN = "{reach: {from: {labels: {app: api}}, to: {service: db, port: 6379}}, expect: open}"
CLOSED = OPEN.replace("open", "closed")
DB = pod("db-1", {"app": "db"}, ip="10.0.0.7", ports=[{"containerPort": 6379}])
SERVICE = service("db", selector={"app": "db"}, ports=[{"port": 6379, "targetPort": 6379}])
HERE = (SERVICE, DB, endpoints(DB, of="db", port=6379))
TIMEOUT, REFUSED = Response(problem="timeout", detail="nc: timed out"), Response(problem="refused")
FROM = "a Pod with app=api in namespace shop"


def world(*objects, **opens: Response) -> RecordedWorld:
    """Answer by where a connection starts: `labels`, `tutor`, `pod`; open where nothing is said."""
    made = RecordedWorld(*objects, namespaces=["shop", "den"])

    def connects(source: Source, to: Address) -> Response:
        start = "pod" if source.pod else "labels" if source.labels else "tutor"
        return opens.get(start, Response())

    made.connects = connects
    return made


def test_open() -> None:
    assert look(OPEN, world(*HERE)) == Verdict(
        ok=True,
        found=f"A connection from {FROM} to db port 6379 is open.",
        asked=f"Open from {FROM} to db on port 6379.",
    )


def test_closed_by_a_policy_where_it_should_be_open() -> None:
    made = world(*HERE, policy("db", {"app": "db"}, "Ingress"), labels=TIMEOUT)
    made.connects = lambda source, to: TIMEOUT
    assert look(OPEN, made) == Verdict(
        ok=False,
        found="db does not answer on port 6379: the request timed out.",
        asked=f"Open from {FROM} to db on port 6379.",
        near="A NetworkPolicy restricts who reaches the other end: db.",
        evidence="nc: timed out",
        look="kubectl describe networkpolicies",
        healing=True,
    )


def test_closed_on_the_way_out() -> None:
    made = world(*HERE, policy("out", {"app": "api"}, "Egress"))
    made.connects = lambda source, to: TIMEOUT
    assert look(OPEN, made).near == "A NetworkPolicy restricts what these Pods may reach: out."


def test_not_open_for_a_plain_reason() -> None:
    verdict = look(OPEN, world(SERVICE, pod("x", {"app": "bd"}), labels=REFUSED))
    assert verdict.near == "Service db selects no Pods: its selector is app=db; Pods here carry app=bd."
    assert not verdict.healing


def test_closed_and_open_from_elsewhere() -> None:
    assert look(CLOSED, world(*HERE, labels=TIMEOUT)) == Verdict(
        ok=True,
        found="It is closed from there, and open from elsewhere.",
        asked=f"Closed from {FROM} to db on port 6379.",
    )


def test_closed_to_everybody_but_itself() -> None:
    assert look(CLOSED, world(*HERE, labels=TIMEOUT, tutor=TIMEOUT)).ok


def no_tools(made: RecordedWorld) -> RecordedWorld:
    before: Callable[..., Response] = made.connects

    def connects(source: Source, to: Address) -> Response:
        if source.pod:
            raise LookError("neither nc nor bash")
        return before(source, to)

    made.connects = connects
    return made


def test_closed_and_nobody_to_ask_inside() -> None:
    verdict = look(CLOSED, no_tools(world(*HERE, labels=TIMEOUT, tutor=TIMEOUT)))
    assert verdict.ok
    assert verdict.found == "It is closed from there. Whether it is open from anywhere could not be tried."


def test_closed_because_nothing_listens_is_no_policy() -> None:
    made = world(*HERE)
    made.connects = lambda source, to: REFUSED
    verdict = look(CLOSED, made)
    assert not verdict.ok
    assert verdict.found == "db refuses connections on port 6379."
    assert verdict.near == "Pod db-1 refuses port 6379, too: nothing listens there."


def test_closed_because_there_is_no_pod_is_no_policy() -> None:
    made = world(SERVICE, labels=REFUSED, tutor=REFUSED)
    verdict = look(CLOSED, made)
    assert not verdict.ok
    assert "Service db selects no Pods" in verdict.near
    unknown = Response(problem="no-such-name")
    assert "no Service db" in look(CLOSED, world(service("dbs"), labels=unknown, tutor=unknown)).near


def test_open_where_it_should_be_closed() -> None:
    verdict = look(CLOSED, world(*HERE))
    assert verdict == Verdict(
        ok=False,
        found=f"A connection from {FROM} to db port 6379 is open.",
        asked=f"Closed from {FROM} to db on port 6379.",
        near="No NetworkPolicy in namespace shop restricts who reaches it.",
        look="kubectl describe networkpolicies",
        healing=True,
    )
    verdict = look(CLOSED, world(*HERE, policy("db", {"app": "db"}, "Ingress"), policy("out", {"app": "db"}, "Egress")))
    assert verdict.near == "A NetworkPolicy restricts who reaches it, and lets this one in: db."


def test_from_another_namespace_the_name_is_longer() -> None:
    asked = []
    made = world(*HERE)
    made.connects = lambda source, to: asked.append((source.namespace, to)) or Response()
    text = """
        reach: {from: {labels: {app: api}, namespace: den}, to: {service: db, namespace: shop, port: 6379}}
        expect: open
    """
    assert (
        look(text, made).found == "A connection from a Pod with app=api in namespace den to db.shop port 6379 is open."
    )
    assert asked == [("den", Address("db.shop", 6379))]


def test_a_pod_by_its_address() -> None:
    asked = []
    made = world(DB)
    made.connects = lambda source, to: asked.append(to) or Response()
    text = "{reach: {from: {pod: a}, to: {pod: db-1, port: 6379}}, expect: open}"
    assert look(text, made).ok
    assert asked == [Address("10.0.0.7", 6379)]
    assert look(text, world()).found == "There is no Pod db-1 to connect to."
    young = pod("db-1", ready=False, ip="", phase="Pending")
    assert look(text, world(young)).found == "Pod db-1 has no address yet."
    assert look(text, world(young)).healing
    shut = world(DB, policy("db", {"app": "db"}, "Ingress"), pod=TIMEOUT)
    assert look(text, shut).near == "A NetworkPolicy restricts who reaches the other end: db."


def test_a_cluster_that_is_gone_is_no_verdict() -> None:
    with pytest.raises(LookError, match="gone"):
        look(OPEN, RecordedWorld(broken=LookError("gone")))


def test_what_is_wrong_with_a_check() -> None:
    assert "exactly one of" in problems("{reach: {to: {port: 80}}, expect: open}")[0]
    assert problems("{reach: {to: {ip: 10.0.0.1, port: 80}}, expect: ajar}")
