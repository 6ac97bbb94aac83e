"""The check type `http`: what comes back, who answers, and why nobody does."""

from __future__ import annotations

import pytest

from checkers.result import Verdict
from checkers.world import LookError, Response

from .behaviour import check, endpoints, look, pod, policy, problems, service
from .recorded import RecordedWorld

GET = "{http: {host: web}, expect: {status: 200}}"
ONE, TWO = pod("web-1", ip="10.0.0.1"), pod("web-2", ip="10.0.0.2")


def world(*objects, answer: Response | None = None, behind: Response | None = None) -> RecordedWorld:
    made = RecordedWorld(*objects)
    made.answers = lambda source, to, **how: answer or Response(status=200, body="hello")
    made.connects = lambda source, to: behind or Response()
    return made


def healthy(**how) -> RecordedWorld:
    return world(service(), ONE, TWO, endpoints(ONE, TWO), **how)


REFUSED = Response(problem="refused", detail="nc: can't connect to remote host (10.96.0.9): Connection refused")
TIMEOUT = Response(problem="timeout")


def test_passes() -> None:
    assert look(GET, healthy()) == Verdict(ok=True, found="http://web/ answers with status 200.", asked="Status 200.")


def test_the_request_is_what_was_written() -> None:
    sent = []
    made = healthy()
    made.answers = lambda source, to, **how: sent.append((source, to, how)) or Response(status=204)
    verdict = look(
        """
        http: {host: web, port: 8443, path: /x, method: POST, headers: {Host: a.example}, tls: {server_name: b.example},
               from: {labels: {app: client}, namespace: den}}
        expect: {status: {$in: [200, 204]}}
        """,
        made,
    )
    assert verdict.ok
    ((source, to, how),) = sent
    assert (source.labels, source.namespace, to.host, to.port) == ({"app": "client"}, "den", "web", 8443)
    assert how == {
        "path": "/x",
        "method": "POST",
        "headers": {"Host": "a.example"},
        "tls": True,
        "server_name": "b.example",
    }


@pytest.mark.parametrize(
    ("expect", "found", "asked", "path"),
    [
        ("status: 204", "http://web/ answers with status 200.", "Status 204.", "status"),
        ("body: bye", "http://web/ answers with another body.", "body contains “bye”.", "body"),
        (
            "body: {$match: '^bye'}",
            "http://web/ answers with another body.",
            "body matches the regular expression ^bye.",
            "body",
        ),
        ("body: {$not: hell}", "http://web/ answers with another body.", "body does not contain “hell”.", "body"),
        ("headers: {X-From: a}", "The answer has no header X-From.", "X-From contains “a”.", "X-From"),
        ("headers: {Server: caddy}", "The header Server is “nginx”.", "Server contains “caddy”.", "Server"),
    ],
)
def test_another_answer_than_asked(expect: str, found: str, asked: str, path: str) -> None:
    answer = Response(status=200, body="hello\nyou", headers={"server": "nginx"})
    assert look(f"{{http: {{host: web}}, expect: {{{expect}}}}}", healthy(answer=answer)) == Verdict(
        ok=False, found=found, asked=asked, evidence="The body: hello you", path=path, healing=True
    )


def test_an_empty_body_is_said_to_be_empty() -> None:
    assert look(GET, healthy(answer=Response(status=500))).evidence == "The body is empty."


def test_a_service_that_selects_no_pods() -> None:
    made = world(service(), pod("web-1", {"app": "wbe"}), pod("db-1", {"app": "db"}), answer=REFUSED)
    assert look(GET, made) == Verdict(
        ok=False,
        found="web refuses connections on port 80.",
        asked="Status 200.",
        near="Service web selects no Pods: its selector is app=web; Pods here carry app=wbe; app=db.",
        evidence=REFUSED.detail,
        look="kubectl get pods --show-labels",
        healing=False,
    )


def near(*objects, answer: Response = REFUSED, behind: Response | None = None, text: str = GET) -> Verdict:
    return look(text, world(*objects, answer=answer, behind=behind))


def test_no_pods_at_all_may_yet_come() -> None:
    verdict = near(service())
    assert verdict.near == (
        "Service web selects no Pods: its selector is app=web, and there are no Pods in namespace shop."
    )
    assert verdict.healing


def test_no_such_service() -> None:
    unknown = Response(problem="no-such-name", detail="nc: bad address 'web'")
    verdict = near(service("wbe"), answer=unknown)
    assert verdict.found == "The cluster's DNS does not know the name web."
    assert verdict.near == "There is no Service web in namespace shop; there is one called wbe."
    assert verdict.evidence == "nc: bad address 'web'"
    assert verdict.look == "kubectl get services"
    assert not verdict.healing
    others = [service(name) for name in ("cats", "dogs", "birds", "fish")]
    assert near(*others, answer=unknown).near == (
        "There is no Service web in namespace shop; there are 4 others: birds, cats, dogs."
    )
    assert near(answer=unknown).near == "There is no Service in namespace shop yet."


def test_the_service_is_next_door() -> None:
    made = RecordedWorld(service(namespace="barn"), namespaces=["shop", "barn"])
    made.answers = lambda source, to, **how: Response(problem="no-such-name")
    verdict = look(GET, made)
    assert verdict.near == "There is no Service web in namespace shop; there is one in barn."
    assert verdict.look == "kubectl get services -A"


def test_a_service_of_another_namespace_is_looked_at_there() -> None:
    made = RecordedWorld(service(namespace="barn"), namespaces=["shop", "barn"])
    made.answers = lambda source, to, **how: REFUSED
    verdict = look("{http: {host: web.barn}, expect: {status: 200}}", made)
    assert verdict.near == (
        "Service web selects no Pods: its selector is app=web, and there are no Pods in namespace barn."
    )
    assert verdict.look == "kubectl get pods -n barn"


def test_another_port() -> None:
    made = service(ports=[{"port": 8000}, {"port": 8001}])
    verdict = near(made, ONE, endpoints(ONE), answer=TIMEOUT)
    assert verdict.found == "web does not answer on port 80: the request timed out."
    assert verdict.near == "Service web listens on 8000, 8001, not on port 80."
    assert verdict.look == "kubectl get service web"
    assert not verdict.healing


def test_a_target_port_that_no_container_has() -> None:
    verdict = near(service(ports=[{"port": 80, "targetPort": 8080}]), ONE, endpoints(ONE))
    assert verdict.near == "Service web sends to port 8080 of its Pods; their containers declare 8000 (http)."
    named = near(service(ports=[{"port": 80, "targetPort": "htpp"}]), ONE, endpoints())
    assert named.near == "Service web sends to the port named htpp; its Pods declare 8000 (http)."
    assert named.look == "kubectl describe service web"
    assert not named.healing


def test_pods_that_are_not_ready() -> None:
    late = pod("web-1", ready=False)
    verdict = near(service(), late, endpoints(late))
    assert verdict.near == "Service web selects 1 Pod, and it is not ready."
    assert verdict.look == "kubectl get pods -l app=web"
    assert verdict.healing
    waiting = {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}
    hopeless = pod("web-1", ready=False, state=waiting, phase="Pending")
    verdict = near(service(), hopeless, endpoints(hopeless))
    assert "ImagePullBackOff" in verdict.evidence
    assert not verdict.healing


def test_a_pod_that_refuses_behind_the_service() -> None:
    verdict = near(service(), ONE, endpoints(ONE), behind=Response(problem="refused"))
    assert verdict.near == "Pod web-1 refuses port 8000, too: nothing listens there."
    assert verdict.look == "kubectl logs web-1"
    assert verdict.healing


def test_a_policy_in_the_way() -> None:
    closed = policy("closed", {"app": "web"}, "Ingress")
    other = policy("other", {"app": "db"}, "Ingress")
    verdict = near(service(), ONE, endpoints(ONE), closed, other, answer=TIMEOUT, behind=TIMEOUT)
    assert verdict.near == "A NetworkPolicy restricts who reaches the other end: closed."
    assert verdict.look == "kubectl describe networkpolicies"


def test_names_that_cannot_be_looked_up_from_there() -> None:
    verdict = near(service(), ONE, endpoints(ONE), answer=TIMEOUT, behind=Response())
    assert verdict.near == (
        "The address 10.96.0.9 of Service web answers; it is the name that cannot be looked up from there."
    )


def test_a_service_without_selector() -> None:
    verdict = near(service(selector=None))
    assert verdict.near == "Service web has no selector, and nobody gave it endpoints."


def test_a_problem_may_be_asked_for() -> None:
    text = "{http: {host: web}, expect: {problem: refused}}"
    assert look(text, healthy(answer=REFUSED)).ok
    assert look(text, healthy()) == Verdict(
        ok=False, found="http://web/ answers.", asked="The connection is refused.", healing=True
    )
    assert not look(text, healthy(answer=TIMEOUT)).ok


BY = "{http: {host: web, requests: 4}, expect: {answered_by: {selector: app=web}}}"
ASKED = "Answered by the Pods with app=web: all of them, and nobody else."


def test_answered_by_every_pod_whose_name_comes_back() -> None:
    names = iter(["web-1", "web-2"] * 2)
    made = healthy()
    made.answers = lambda source, to, **how: Response(status=200, body=next(names))
    assert look(BY, made) == Verdict(ok=True, found="Answered by web-1, web-2.", asked=ASKED)


def test_a_pod_that_chance_left_out_is_asked_directly() -> None:
    made = healthy()
    made.answers = lambda source, to, **how: Response(status=200, body="web-1" if to.host == "web" else "hello")
    assert look(BY, made).ok
    made.answers = lambda source, to, **how: Response(status=200, body="web-1") if to.host == "web" else TIMEOUT
    assert look(BY, made) == Verdict(
        ok=False,
        found="A Pod does not answer: web-2.",
        asked=ASKED,
        near="Service web selects app=web.",
        look="kubectl describe service web",
        healing=True,
    )


def test_pods_that_tell_no_name_are_known_by_their_endpoints() -> None:
    assert look(BY, healthy()).found == "Answered by web-1, web-2."


def test_a_stranger_among_the_endpoints() -> None:
    stranger = pod("posters-1", {"app": "posters"}, ip="10.0.0.3")
    made = world(service(selector={"team": "front"}), ONE, TWO, stranger, endpoints(ONE, TWO, stranger))
    verdict = look(BY, made)
    assert verdict.found == "A Pod answers that should not: posters-1."
    assert verdict.near == "Service web selects team=front."


def test_nobody_to_answer() -> None:
    made = world(service(selector={"app": "db"}), pod("db-1", {"app": "db"}), answer=Response(status=200))
    assert look(BY, made).found == "No Pod with app=web is there to answer."


TLS = "{http: {host: web, tls: {}}, expect: {certificate: {names: [shop.example], issuer: Our CA}}}"


def test_a_certificate() -> None:
    good = {"subject": "CN=shop.example", "issuer": "CN=Our CA", "names": ["shop.example"]}
    assert look(TLS, healthy(answer=Response(status=200, certificate=good))).ok
    other = good | {"names": ["old.example"]}
    verdict = look(TLS, healthy(answer=Response(status=200, certificate=other)))
    assert verdict.found == "The certificate is for old.example."
    assert verdict.asked == "A certificate for shop.example. issuer contains “Our CA”."
    other = good | {"issuer": "CN=Self"}
    assert look(TLS, healthy(answer=Response(status=200, certificate=other))).found == (
        "The certificate's issuer is CN=Self."
    )
    no_tls = Response(problem="tls", detail="WRONG_VERSION_NUMBER")
    assert look(TLS, healthy(answer=no_tls)).found == "web does not speak TLS on port 80: WRONG_VERSION_NUMBER"


def test_a_cluster_that_is_gone_is_no_verdict() -> None:
    with pytest.raises(LookError, match="gone"):
        look(GET, RecordedWorld(broken=LookError("gone")))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{http: {host: web}, expect: {}}", "expect: say what must come back, as status: 200"),
        (
            "{http: {host: web, from: {pod: a, labels: {b: c}}}, expect: {status: 200}}",
            "either pod or labels, not both",
        ),
        ("{http: {host: web}, expect: {body: {$match: '('}}}", "not a regular expression"),
        ("{http: {host: web}, expect: {body: {$contains: a}}}", "$match, $equals and $not"),
        ("{http: {host: web}, expect: {answered_by: {}}}", "either selector or names"),
        ("{http: {host: web}, expect: {certificate: {names: [a]}}}", "only with tls"),
        ("{http: {host: web}, expect: {status: {$near: 200}}}", "no operator $near"),
    ],
)
def test_what_is_wrong_with_a_check(text: str, problem: str) -> None:
    assert any(problem in each for each in problems(text)), problems(text)


def test_changes_that_matter() -> None:
    assert {kind.kind for kind in check(GET).reads()} == {"Service", "EndpointSlice", "Pod", "NetworkPolicy"}
    assert check(GET).polls
