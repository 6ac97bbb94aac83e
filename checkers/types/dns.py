"""`dns`: what the cluster's DNS says to a Pod."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from checkers import pods, services, texts
from checkers.check import CheckType, Tree
from checkers.match import match
from checkers.operators import tree_problems
from checkers.probing import From
from checkers.result import Verdict
from checkers.words import say
from checkers.world import DnsAnswer, Kind, World

SILENT = "TIMEOUT"


class PointsTo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose addresses: a Service's own (a headless one's Pods), or the ready Pods with labels."""

    service: str = ""
    pods: str = ""
    namespace: str | None = None


class Dns(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"source": "from"}):
    """The question, as a program in a Pod would ask it: short names go through the Pod's search list."""

    name: str
    record: Literal["A", "AAAA", "SRV", "CNAME", "PTR", "TXT"] = "A"
    source: From = From()


class DnsExpect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer. `records` are all of them, in any order, without the last dot, or `{$length: 2}`."""

    code: Literal["NOERROR", "NXDOMAIN"] = "NOERROR"
    records: list[str] | Tree | None = None
    points_to: PointsTo | None = None


class DnsCheck(CheckType, frozen=True, kw_only=True):
    """A question to the cluster's DNS.

        dns: {name: db-0.db, record: A, from: {namespace: shop}}
        expect: {points_to: {pods: statefulset.kubernetes.io/pod-name=db-0}}

    Source: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/.
    """

    key: ClassVar[str] = "dns"
    polls: ClassVar[bool] = True
    dns: Dns
    expect: DnsExpect = DnsExpect()

    def reads(self) -> frozenset[Kind]:
        """Services and the Pods behind them."""
        return services.READS

    def problems(self) -> list[str]:
        """Return what is wrong with the parameters themselves."""
        found = self.dns.source.problems() + list(tree_problems(self.expect.records, "records"))
        to = self.expect.points_to
        if to is not None and bool(to.service) == bool(to.pods):
            found.append("points_to: either service or pods")
        if self.expect.code == "NXDOMAIN" and (to or self.expect.records):
            found.append("expect: a name that does not exist has no records")
        return found

    def look(self, world: World) -> Verdict:
        """Ask once."""
        dns = self.dns
        answer = world.resolve(dns.source.source(world), dns.name, dns.record)
        has = sorted(record.rstrip(".") for record in answer.records) if answer.code == "NOERROR" else []
        wanted = self._wanted(world)
        if answer.code == SILENT:
            return self._silent(world)
        if self.expect.code == "NXDOMAIN":
            ok = answer.code == "NXDOMAIN"
        elif wanted is None:
            ok = answer.code == "NOERROR" and bool(has)
        else:
            ok = (
                answer.code == "NOERROR"
                and bool(has)
                and (match(wanted, has) == [] if isinstance(wanted, dict) else has == wanted)
            )
        asked = self._asked(wanted)
        if ok:
            return Verdict(ok=True, found=self._found(answer, has), asked=asked)
        near, look = self._near(world, has)
        # DNS keeps an answer for up to 30 seconds; a new name takes a moment.
        return Verdict(ok=False, found=self._found(answer, has), asked=asked, near=near, look=look, healing=True)

    def _wanted(self, world: World) -> list[str] | Tree | None:
        """Return the records that are asked for; None when any will do."""
        if isinstance(self.expect.records, dict):
            return self.expect.records
        if self.expect.records is not None:
            return sorted(record.rstrip(".") for record in self.expect.records)
        to = self.expect.points_to
        if to is None:
            return None
        if to.pods:
            found = [
                pod for pod in world.list(pods.POD, to.namespace, to.pods) if pods.ready(pod) and not pods.leaving(pod)
            ]
            return sorted(str(pod["status"]["podIP"]) for pod in found)
        backend = services.find(world, f"{to.service}.{to.namespace or world.namespace}")
        if backend is None:
            return []
        addresses = [each for each in backend.service["spec"].get("clusterIPs") or [] if each != "None"]
        wanted = addresses or list(backend.addresses)
        return sorted(each for each in wanted if (":" in each) == (self.dns.record == "AAAA"))

    def _silent(self, world: World) -> Verdict:
        start = self.dns.source
        where = start.namespace or world.namespace
        labels = dict(start.labels)
        if start.pod:
            pod = world.get(pods.POD, start.pod, where) or {"metadata": {}}
            labels = pod["metadata"].get("labels") or {}
        out = services.policies_for(world, where, labels, "Egress") if start.pod or labels else []
        near = (
            say("NetworkPolicies restrict what this Pod may reach: {policies}.", policies=", ".join(out)) if out else ""
        )
        return Verdict(
            ok=False,
            found=say("The cluster's DNS does not answer there."),
            asked=self._asked(self._wanted(world)),
            near=near,
            look=f"kubectl describe networkpolicies{services.flag(world, where)}"
            if out
            else "kubectl get pods -n kube-system",
            healing=True,
        )

    def _found(self, answer: DnsAnswer, has: list[str]) -> str:
        words = {"name": self.dns.name, "record": self.dns.record, "records": ", ".join(has[:5])}
        if answer.code == "NXDOMAIN":
            return say("DNS knows no name {name}.", **words)
        if answer.code != "NOERROR":
            return say("DNS answers {code} for {name}.", code=answer.code, **words)
        if not has:
            return say("DNS knows {name}, and has no record of type {record} for it.", **words)
        return say("{name} leads to {records}.", **words)

    def _asked(self, wanted: list[str] | Tree | None) -> str:
        words = {"name": self.dns.name, "record": self.dns.record}
        to = self.expect.points_to
        if self.expect.code == "NXDOMAIN":
            return say("DNS knows no name {name}.", **words)
        if to is not None and to.service:
            return say("{name} leads to Service {service}.", service=to.service, **words)
        if to is not None:
            return say("{name} leads to the Pods with {selector}.", selector=to.pods, **words)
        if wanted is not None:
            return say("{name} leads to {records}.", records=texts.spoken(wanted), **words)
        return say("{name} has a record of type {record}.", **words)

    def _near(self, world: World, has: list[str]) -> tuple[str, str]:
        """Return the nearest miss and a command: a Service that is missing, empty, or not headless."""
        if self.dns.record == "PTR":
            return "", "kubectl get services,endpointslices"
        host = self.dns.name.rstrip(".")
        labels = host.split(".")
        if self.dns.record == "SRV":
            host = ".".join(label for label in labels if not label.startswith("_"))
        name, where = services.split_host(world, host, self.dns.source.namespace)
        look = f"kubectl get services{services.flag(world, where)}"
        if not name:
            return "", "kubectl get services"
        backend = services.find(world, f"{name}.{where}")
        if backend is None:
            cause = services.explain(world, f"{name}.{where}", 0, self.dns.source.namespace)
            return (cause.near if cause else ""), look
        spec = backend.service["spec"]
        headless = spec.get("clusterIP") == "None"
        if headless and not backend.ready:
            return say("Service {name} is headless and has no ready Pods: there is nothing to name.", name=name), look
        if not headless and len(has) == 1 and self.expect.points_to is not None and self.expect.points_to.pods:
            return say("Service {name} has an address of its own, {address}.", name=name, address=has[0]), look
        return "", f"kubectl describe service {name}{services.flag(world, where)}"
