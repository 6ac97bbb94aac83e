"""`reach`: whether a connection from one Pod to another opens, or is closed by a NetworkPolicy."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from checkers import pods, services
from checkers.check import CheckType
from checkers.probing import From, problem_sentence, unanswered
from checkers.result import Verdict
from checkers.standing import standing
from checkers.words import say, say_n
from checkers.world import Address, Kind, LookError, Obj, Response, Source, World


class To(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The other end: exactly one of `service`, `pod` (its name), `ip` and `host`; and a port."""

    service: str = ""
    pod: str = ""
    ip: str = ""
    host: str = ""
    namespace: str = ""
    port: int


class Reach(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"source": "from"}):
    """From where to where."""

    source: From = From()
    to: To


class ReachCheck(CheckType, frozen=True, kw_only=True):
    """A TCP connection inside the cluster.

        reach: {from: {labels: {app: web}, namespace: shop}, to: {service: db, port: 6379}}
        expect: closed

    `closed` passes only when the target is there and answers somebody: a Service without Pods is
    closed to everyone, and proves no policy.
    """

    key: ClassVar[str] = "reach"
    polls: ClassVar[bool] = True
    reach: Reach
    expect: Literal["open", "closed"]

    def reads(self) -> frozenset[Kind]:
        """Everything that decides where a connection goes, and namespaces, whose labels policies select."""
        return services.READS | {Kind("v1", "Namespace")}

    def problems(self) -> list[str]:
        """Return what is wrong with the parameters themselves."""
        to = self.reach.to
        one = sum(map(bool, (to.service, to.pod, to.ip, to.host))) == 1
        return self.reach.source.problems() + ([] if one else ["to: exactly one of service, pod, ip and host"])

    def look(self, world: World) -> Verdict:
        """Try to connect."""
        to = self.reach.to
        target = world.get(pods.POD, to.pod, self._where(world)) if to.pod else None
        if to.pod and not ((target or {}).get("status") or {}).get("podIP"):
            return self._no_target(world, target)
        host = self._host(world, target)
        answer = world.connect(self.reach.source.source(world), Address(host, to.port))
        if self.expect == "closed":
            return (
                self._closed(world, host, target, answer) if answer.problem else self._open_though(world, host, target)
            )
        if not answer.problem:
            return Verdict(ok=True, found=self._opens(world, host), asked=self._asked(world))
        return unanswered(world, self.reach.source, host, to.port, answer, asked=self._asked(world), target=target)

    def _where(self, world: World) -> str:
        return self.reach.to.namespace or world.namespace

    def _host(self, world: World, target: Obj | None) -> str:
        """Return what to connect to, as it is called from where the connection starts."""
        to, where = self.reach.to, self._where(world)
        if target is not None:
            return str(target["status"]["podIP"])
        if to.service:
            own = (self.reach.source.namespace or world.namespace) == where
            return to.service if own else f"{to.service}.{where}"
        return to.ip or to.host

    def _no_target(self, world: World, target: Obj | None) -> Verdict:
        name = self.reach.to.pod
        look = f"kubectl get pods{services.flag(world, self._where(world))}"
        if target is None:
            found = say("There is no Pod {name} to connect to.", name=name)
            return Verdict(ok=False, found=found, asked=self._asked(world), look=look)
        why = standing(world, target)
        found = say("Pod {name} has no address yet.", name=name)
        asked = self._asked(world)
        return Verdict(ok=False, found=found, asked=asked, evidence=why.sentence, look=look, healing=why.healing)

    def _open_though(self, world: World, host: str, target: Obj | None) -> Verdict:
        """It opens and must not: which policies restrict the target, if any."""
        where = self._where(world)
        labels = self._labels(world, host, target)
        into = [] if labels is None else services.policies_for(world, where, labels, "Ingress")
        if into:
            near = say_n(
                "A NetworkPolicy restricts who reaches it, and lets this one in: {policies}.",
                "{n} NetworkPolicies restrict who reaches it, and let this one in: {policies}.",
                len(into),
                policies=", ".join(into),
            )
        else:
            near = say("No NetworkPolicy in namespace {where} restricts who reaches it.", where=where)
        return Verdict(
            ok=False,
            found=self._opens(world, host),
            asked=self._asked(world),
            near=near,
            look=f"kubectl describe networkpolicies{services.flag(world, where)}",
            healing=True,  # a policy takes a moment to reach the nodes
        )

    def _closed(self, world: World, host: str, target: Obj | None, answer: Response) -> Verdict:
        """It is closed as it must be, if the target answers anybody at all."""
        sentence = problem_sentence(answer, host, self.reach.to.port)
        asked = self._asked(world)
        sure = self._answers_somebody(world, host, target, answer.problem)
        if sure:
            return Verdict(ok=True, found=say("It is closed from there, and open from elsewhere."), asked=asked)
        if sure is None:
            found = say("It is closed from there. Whether it is open from anywhere could not be tried.")
            return Verdict(ok=True, found=found, asked=asked)
        start = self.reach.source
        why = unanswered(world, start, host, self.reach.to.port, answer, asked=asked, target=target)
        near = why.near or say("It is closed to everybody, even to itself: that is no policy.")
        return Verdict(
            ok=False, found=sentence, asked=asked, near=near, evidence=why.evidence, look=why.look, healing=why.healing
        )

    def _answers_somebody(self, world: World, host: str, target: Obj | None, problem: str) -> bool | None:
        """Tell whether the target answers the tutor, or itself; None when there is no telling.

        A Pod cannot be kept from itself: https://kubernetes.io/docs/concepts/services-networking/network-policies/.
        """
        to, where = self.reach.to, self._where(world)
        tutor = Source(namespace=self.reach.source.namespace or world.namespace)
        if not world.connect(tutor, Address(host, to.port)).problem:
            return True
        backend = services.find(world, host, self.reach.source.namespace)
        if target is not None:
            pod, address, port = to.pod, host, to.port
        elif backend is None:
            return False if to.service or problem == "no-such-name" else None
        else:
            at = backend.target(to.port)
            if not backend.ready or at is None:
                return False
            pod, address, port = backend.ready[0], backend.addresses[0], at
        try:
            return not world.connect(Source(namespace=where, pod=pod), Address(address, port)).problem
        except LookError:
            return None  # nothing in that Pod to connect with

    def _labels(self, world: World, host: str, target: Obj | None) -> dict[str, str] | None:
        """Return the labels of a Pod at the other end; None when there is none."""
        if target is None:
            backend = services.find(world, host, self.reach.source.namespace)
            found = backend.pods(world) if backend else []
            target = found[0] if found else None
        return None if target is None else target["metadata"].get("labels") or {}

    def _opens(self, world: World, host: str) -> str:
        return say(
            "A connection from {start} to {host} port {port} is open.",
            start=self.reach.source.spoken(world),
            host=host,
            port=self.reach.to.port,
        )

    def _asked(self, world: World) -> str:
        to = self.reach.to
        words = {
            "start": self.reach.source.spoken(world),
            "end": to.service or to.pod or to.ip or to.host,
            "port": to.port,
        }
        if self.expect == "open":
            return say("Open from {start} to {end} on port {port}.", **words)
        return say("Closed from {start} to {end} on port {port}.", **words)
