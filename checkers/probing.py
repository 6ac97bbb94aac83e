"""Where a request starts, in the words of an exercise, and what a failed connection means."""

from __future__ import annotations

import msgspec

from checkers import services
from checkers.result import Verdict
from checkers.words import say, say_n
from checkers.world import Address, Obj, Response, Source, World


class From(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The start of a connection: a Pod of the learner's, or any Pod with these labels; in `namespace`.

    With neither, it starts outside the exercise, where names mean what they mean inside.
    """

    pod: str = ""
    labels: dict[str, str] = {}
    namespace: str = ""

    def source(self, world: World) -> Source:
        """Return what a World takes."""
        return Source(namespace=self.namespace or world.namespace, pod=self.pod, labels=self.labels)

    def problems(self) -> list[str]:
        """Return what is wrong with it, for the author."""
        return ["from: either pod or labels, not both"] if self.pod and self.labels else []

    def spoken(self, world: World) -> str:
        """Return it as the subject of a sentence."""
        where = self.namespace or world.namespace
        if self.pod:
            return say("Pod {pod} in namespace {where}", pod=self.pod, where=where)
        if self.labels:
            labels = ",".join(f"{key}={value}" for key, value in self.labels.items())
            return say("a Pod with {labels} in namespace {where}", labels=labels, where=where)
        return say("a Pod in another namespace")


def problem_sentence(response: Response, host: str, port: int) -> str:
    """Return what a failed connection to `host` on `port` means, as a sentence."""
    where = {"host": host, "port": port}
    sentences = {
        "refused": say("{host} refuses connections on port {port}.", **where),
        "timeout": say("{host} does not answer on port {port}: the request timed out.", **where),
        "no-such-name": say("The cluster's DNS does not know the name {host}.", **where),
        "tls": say("{host} does not speak TLS on port {port}: {detail}", detail=response.detail, **where),
    }
    return sentences.get(response.problem) or say(
        "The connection to {host} on port {port} broke: {detail}", detail=response.detail, **where
    )


def unanswered(
    world: World, start: From, host: str, port: int, response: Response, *, asked: str, target: Obj | None = None
) -> Verdict:
    """Return the verdict on a connection that should have come about: its problem, and the cause if one is seen.

    `target` is the Pod at the other end, where `host` is a Pod's own address.
    """
    found = problem_sentence(response, host, port)
    if target is not None:
        cause = _policies(world, start, str(target["metadata"]["namespace"]), [target])
    else:
        cause = services.explain(world, host, port, start.namespace) or _ask_behind(world, start, host, port, response)
    if cause is None:
        # Rules for a new Service take a moment to reach the nodes, a program to listen.
        return Verdict(ok=False, found=found, asked=asked, evidence=response.detail, healing=True)
    return Verdict(
        ok=False,
        found=found,
        asked=asked,
        near=cause.near,
        evidence=cause.evidence or response.detail,
        look=cause.look,
        healing=not cause.definite,
    )


def _ask_behind(world: World, start: From, host: str, port: int, response: Response) -> services.Cause | None:
    """Look behind a Service whose objects are right: what its Pods say, policies, and DNS."""
    backend = services.find(world, host, start.namespace)
    if backend is None:
        return None
    flag = services.flag(world, backend.namespace)
    target = backend.target(port)
    if response.problem == "refused" and backend.addresses and target:
        pod = backend.ready[0]
        if world.connect(start.source(world), Address(backend.addresses[0], target)).problem == "refused":
            return services.Cause(
                near=say("Pod {pod} refuses port {port}, too: nothing listens there.", pod=pod, port=target),
                look=f"kubectl logs {pod}{flag}",
                definite=False,
            )
    if response.problem in ("timeout", "no-such-name"):
        return _name_only(world, start, backend, port) or _policies(
            world, start, backend.namespace, backend.pods(world)
        )
    return None


def _name_only(world: World, start: From, backend: services.Backend, port: int) -> services.Cause | None:
    """The name fails and the address works: egress is open to the Service, and closed to DNS."""
    address = str(backend.service["spec"].get("clusterIP") or "None")
    if address == "None" or world.connect(start.source(world), Address(address, port)).problem:
        return None
    return services.Cause(
        near=say(
            "The address {address} of Service {name} answers; it is the name that cannot be looked up from there.",
            address=address,
            name=backend.name,
        ),
        look="kubectl get networkpolicies",
        definite=False,
    )


def _policies(world: World, start: From, namespace: str, pods: list[Obj]) -> services.Cause | None:
    """NetworkPolicies at either end, which may be what stands in the way."""
    labels = pods[0]["metadata"].get("labels") or {} if pods else {}
    into = services.policies_for(world, namespace, labels, "Ingress") if pods else []
    if into:
        near = say_n(
            "A NetworkPolicy restricts who reaches the other end: {policies}.",
            "{n} NetworkPolicies restrict who reaches the other end: {policies}.",
            len(into),
            policies=", ".join(into),
        )
        return services.Cause(
            near=near, look=f"kubectl describe networkpolicies{services.flag(world, namespace)}", definite=False
        )
    where = start.namespace or world.namespace
    out = services.policies_for(world, where, dict(start.labels), "Egress") if start.labels else []
    if not out:
        return None
    near = say_n(
        "A NetworkPolicy restricts what these Pods may reach: {policies}.",
        "{n} NetworkPolicies restrict what these Pods may reach: {policies}.",
        len(out),
        policies=", ".join(out),
    )
    return services.Cause(
        near=near, look=f"kubectl describe networkpolicies{services.flag(world, where)}", definite=False
    )
