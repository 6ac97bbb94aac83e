"""`http`: a request from inside the cluster, what comes back, and which Pods answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, Literal

import msgspec

from checkers import services, texts
from checkers.answering import AnsweredBy, answerers
from checkers.check import CheckType, Tree
from checkers.match import match
from checkers.operators import tree_problems
from checkers.probing import From, problem_sentence, unanswered
from checkers.result import Verdict
from checkers.words import say, say_n
from checkers.world import Address, Kind, Response, World

SIDE_BY_SIDE = 4


class Tls(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Speak TLS; `server_name` is sent as SNI, else the `Host` header or the host."""

    server_name: str = ""


class Http(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"source": "from"}):
    """The request. `host` is a name as the exercise's Pods would write it, or an address."""

    host: str
    port: int = 80
    path: str = "/"
    method: str = "GET"
    headers: dict[str, str] = {}
    tls: Tls | None = None
    source: From = From()
    requests: int = 1
    """How often; `answered_by` wants several."""


class Certificate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the server's certificate must say; `names` are among its alternative names."""

    subject: texts.TextExpect | None = None
    issuer: texts.TextExpect | None = None
    names: list[str] = []


class HttpExpect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must come back. A text is a piece that is contained, or `{$match: …}`, `{$equals: …}`, `{$not: …}`."""

    status: int | Tree | None = None
    body: texts.TextExpect | None = None
    headers: dict[str, texts.TextExpect] = {}
    answered_by: AnsweredBy | None = None
    certificate: Certificate | None = None
    problem: Literal["refused", "timeout", "no-such-name", "tls", "broken", ""] = ""
    """The connection must fail in this way."""


class HttpCheck(CheckType, frozen=True, kw_only=True):
    """A request from inside the cluster.

        http: {host: web, port: 80, path: /healthz, from: {labels: {app: client}}, requests: 12}
        expect: {status: 200, body: ok, answered_by: {selector: app=web}}

    What goes wrong is looked up along the way a request takes: name, Service, port, selector,
    Pods, target port, endpoints, NetworkPolicies.
    """

    key: ClassVar[str] = "http"
    polls: ClassVar[bool] = True
    http: Http
    expect: HttpExpect

    def reads(self) -> frozenset[Kind]:
        """Everything that decides where a request goes."""
        return services.READS

    def problems(self) -> list[str]:
        """Return what is wrong with the parameters themselves."""
        expect = self.expect
        found = list(tree_problems(expect.status, "status"))
        found += self.http.source.problems() + (expect.answered_by.problems() if expect.answered_by else [])
        wanted = {"body": expect.body, **{f"headers.{name}": text for name, text in expect.headers.items()}}
        if expect.certificate:
            wanted["certificate.subject"] = expect.certificate.subject
            wanted["certificate.issuer"] = expect.certificate.issuer
            if self.http.tls is None:
                found.append("certificate: only with tls: {} in http")
        for field, text in wanted.items():
            found += [] if text is None else texts.problems(text, field)
        if expect == HttpExpect():
            found.append("expect: say what must come back, as status: 200")
        return found

    def look(self, world: World) -> Verdict:
        """Send the requests and judge the answers."""
        answers = self._ask_all(world)
        failed = next((answer for answer in answers if answer.problem), None)
        if self.expect.problem:
            return self._judge_problem(failed)
        if failed is not None:
            return unanswered(world, self.http.source, self.http.host, self.http.port, failed, asked=self._asked())
        for answer in answers:
            verdict = self._judge(answer)
            if verdict is not None:
                return verdict
        if self.expect.answered_by is not None:
            return self._judge_answerers(world, self.expect.answered_by, answers)
        return Verdict(ok=True, found=self._answers(answers[0]), asked=self._asked())

    def _ask_all(self, world: World) -> list[Response]:
        """Send one request, then the others side by side, unless the first fails."""
        first = self._ask(world, self.http.host, self.http.port)
        if first.problem or self.http.requests == 1:
            return [first]
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            rest = [
                pool.submit(self._ask, world, self.http.host, self.http.port) for _ in range(self.http.requests - 1)
            ]
            return [first, *(each.result() for each in rest)]

    def _ask(self, world: World, host: str, port: int) -> Response:
        http = self.http
        headers = http.headers if host == http.host else {"Host": http.host, **http.headers}
        return world.request(
            http.source.source(world),
            Address(host, port),
            path=http.path,
            method=http.method,
            headers=headers,
            tls=http.tls is not None,
            server_name=http.tls.server_name if http.tls else "",
        )

    def _url(self) -> str:
        http = self.http
        scheme, usual = ("https", 443) if http.tls else ("http", 80)
        return f"{scheme}://{http.host}{'' if http.port == usual else f':{http.port}'}{http.path}"

    def _answers(self, answer: Response) -> str:
        return say("{url} answers with status {status}.", url=self._url(), status=answer.status)

    def _asked(self) -> str:
        """Return the expectation in a sentence or two."""
        expect = self.expect
        parts = []
        if expect.status is not None:
            parts.append(say("Status {status}.", status=texts.spoken(expect.status)))
        parts += [texts.asked("body", expect.body)] if expect.body is not None else []
        parts += [texts.asked(name, text) for name, text in expect.headers.items()]
        parts += [expect.answered_by.spoken()] if expect.answered_by else []
        if expect.certificate and expect.certificate.names:
            parts.append(say("A certificate for {names}.", names=", ".join(expect.certificate.names)))
        return " ".join(parts)

    def _look(self, flag: str = "") -> str:
        return f"kubectl describe service {self.http.host.split('.')[0]}{flag}"

    def _judge_problem(self, failed: Response | None) -> Verdict:
        asked = {
            "refused": say("The connection is refused."),
            "timeout": say("The connection times out."),
            "no-such-name": say("The name is not known."),
            "tls": say("The TLS handshake fails."),
            "broken": say("The connection breaks."),
        }[self.expect.problem]
        if failed is None:
            return Verdict(ok=False, found=say("{url} answers.", url=self._url()), asked=asked, healing=True)
        found = problem_sentence(failed, self.http.host, self.http.port)
        return Verdict(ok=failed.problem == self.expect.problem, found=found, asked=asked, healing=True)

    def _judge(self, answer: Response) -> Verdict | None:
        """Return why `answer` is not as expected, or None."""
        expect = self.expect
        if expect.status is not None and match(expect.status, answer.status):
            return self._wrong("status", self._answers(answer), answer)
        for name, text in expect.headers.items():
            value = answer.headers.get(name.lower())
            if value is None:
                return self._wrong(name, say("The answer has no header {name}.", name=name), answer)
            if not texts.fits(text, value):
                return self._wrong(name, say("The header {name} is “{value}”.", name=name, value=value), answer)
        if expect.body is not None and not texts.fits(expect.body, answer.body):
            return self._wrong("body", say("{url} answers with another body.", url=self._url()), answer)
        return self._judge_certificate(expect.certificate, answer) if expect.certificate else None

    def _wrong(self, path: str, found: str, answer: Response) -> Verdict:
        body = texts.shown(answer.body)
        evidence = say("The body: {body}", body=body) if body else say("The body is empty.")
        # Roll-outs, reloads and mounted files take their time: an answer may yet change.
        return Verdict(ok=False, found=found, asked=self._asked(), evidence=evidence, path=path, healing=True)

    def _judge_certificate(self, wanted: Certificate, answer: Response) -> Verdict | None:
        has: dict[str, Any] = dict(answer.certificate)
        names = has.get("names") or []
        absent = [name for name in wanted.names if name not in names]
        found = ""
        if absent:
            found = say("The certificate is for {names}.", names=", ".join(names) or "-")
        for field, text in (("subject", wanted.subject), ("issuer", wanted.issuer)):
            if not found and text is not None and not texts.fits(text, str(has.get(field) or "")):
                found = say("The certificate's {field} is {value}.", field=field, value=has.get(field) or "-")
        if not found:
            return None
        asked = " ".join(
            [
                self._asked(),
                *(
                    texts.asked(field, text)
                    for field, text in (("subject", wanted.subject), ("issuer", wanted.issuer))
                    if text is not None
                ),
            ]
        )
        return Verdict(ok=False, found=found, asked=asked.strip(), path="certificate", healing=True)

    def _judge_answerers(self, world: World, wanted: AnsweredBy, answers: list[Response]) -> Verdict:
        backend = services.find(world, self.http.host, self.http.source.namespace)
        who = answerers(world, wanted, answers, backend, lambda host, at: self._ask(world, host, at), self.http.port)
        flag = f" -n {backend.namespace}" if backend and backend.namespace != world.namespace else ""
        if who.strangers:
            found = say_n(
                "A Pod answers that should not: {names}.",
                "{n} Pods answer that should not: {names}.",
                len(who.strangers),
                names=", ".join(who.strangers[:3]),
            )
        elif who.missing:
            found = say_n(
                "A Pod does not answer: {names}.",
                "{n} Pods do not answer: {names}.",
                len(who.missing),
                names=", ".join(who.missing[:3]),
            )
        elif not who.seen:
            found = say("No Pod with {selector} is there to answer.", selector=wanted.selector)
        else:
            found = say("Answered by {names}.", names=", ".join(sorted(who.seen)))
            return Verdict(ok=True, found=found, asked=wanted.spoken())
        near = services.selected(backend) if backend else ""
        return Verdict(ok=False, found=found, asked=wanted.spoken(), near=near, look=self._look(flag), healing=True)
