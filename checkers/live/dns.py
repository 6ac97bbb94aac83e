"""Questions to the cluster's DNS from inside the cluster, with the search list of the Pod that asks.

Source: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/ and resolv.conf(5).
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from checkers.live import nslookup
from checkers.live.client import Client
from checkers.live.exec import run
from checkers.live.hidden import PREFIX
from checkers.live.tunnel import Place, Trouble, Tunnel, through
from checkers.words import say
from checkers.world import Address, DnsAnswer, LookError

NO_ANSWER = "TIMEOUT"
"""The code of an answer that never came; DNS itself has none for it."""
ANSWER_SECONDS = 2.0
"""The cluster's own names take milliseconds; a name of the world outside, where it can be reached, under a second."""


@dataclass(frozen=True)
class Resolver:
    """What a Pod's `/etc/resolv.conf` says."""

    server: str
    search: tuple[str, ...] = ()
    ndots: int = 1

    def candidates(self, name: str) -> list[str]:
        """Return the full names to ask for, in the order of a C library.

        A single word is not asked for alone: no such name exists outside, and offline the question hangs.
        """
        if name.endswith("."):
            return [name]
        listed = [f"{name}.{domain.rstrip('.')}." for domain in self.search]
        if name.count(".") >= self.ndots:
            return [f"{name}.", *listed]
        return [*listed, f"{name}."] if "." in name or not listed else listed


def read_resolver(client: Client, place: Place) -> Resolver:
    """Read the resolver of a Pod. Raises LookError when the Pod cannot show it."""
    ran = run(client, place.namespace, place.pod, ["cat", "/etc/resolv.conf"], place.container)
    resolver = parse_resolver(ran.stdout)
    if ran.code or resolver is None:
        raise LookError(
            say("Pod {pod} does not show its /etc/resolv.conf: the tutor cannot ask DNS from there.", pod=place.pod),
            say("Try it from a Pod whose image has a shell, as busybox."),
        )
    return resolver


def parse_resolver(text: str) -> Resolver | None:
    """Read the first nameserver, the last `search` line and `ndots`; None without a nameserver."""
    server, ndots = "", 1
    search: tuple[str, ...] = ()
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["nameserver"] and len(words) > 1 and not server:
            server = words[1]
        elif words[:1] == ["search"]:
            search = tuple(words[1:])
        elif words[:1] == ["options"]:
            ndots = next((int(each[6:]) for each in words if re.fullmatch(r"ndots:\d+", each)), ndots)
    return Resolver(server, search, ndots) if server else None


class Dns:
    """DNS as programs in Pods see it. Safe to use from many threads."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[Place, Resolver] = {}

    def resolve(self, place: Place, name: str, record: str, timeout: float = ANSWER_SECONDS) -> DnsAnswer:
        """Ask for `record` of `name` as a program in `place` would; code `TIMEOUT` when DNS does not answer there.

        With `record` PTR, an address is asked for in its reverse form. Raises LookError when the
        Pod has nothing to ask with.
        """
        resolver = self._resolver(place)
        names = _reverse(name) if record == "PTR" else resolver.candidates(name)
        said: list[DnsAnswer] = []

        def talk(tunnel: Tunnel) -> DnsAnswer:
            said.clear()
            for full in names:
                said.append(_ask(tunnel, full, record))
                if said[-1].code == "NOERROR":
                    break
            return _nearest(said)

        try:
            return through(self._client, place, Address(resolver.server, 53), timeout, talk)
        except Trouble as error:
            # The last candidate goes to the world outside, which may not answer: what the cluster said stands.
            if said:
                return _nearest(said)
            detail = (error.detail,) if error.detail else ()
        # Programs ask over UDP, and a NetworkPolicy may allow only that.
        for full in names:
            answer = nslookup.ask(self._client, place, resolver.server, full, record, timeout)
            if answer is None:
                break
            said.append(answer)
            if answer.code == "NOERROR":
                break
        return _nearest(said) if said else DnsAnswer(names[0].rstrip("."), NO_ANSWER, detail)

    def _resolver(self, place: Place) -> Resolver:
        if place in self._known:
            return self._known[place]
        resolver = read_resolver(self._client, place)
        if place.pod.startswith(PREFIX):  # a learner's Pod may come back under its name with another resolver
            self._known[place] = resolver
        return resolver


def _reverse(name: str) -> list[str]:
    from dns import exception, reversename

    try:
        return [reversename.from_address(name).to_text()]
    except (ValueError, exception.DNSException):
        return [name.rstrip(".") + "."]


def _nearest(answers: list[DnsAnswer]) -> DnsAnswer:
    """Return what a library reports in the end: a name without such records before no such name at all."""
    rank = {"NOERROR": 0, "NXDOMAIN": 1}
    return min(answers, key=lambda answer: rank.get(answer.code, 2))


def _ask(tunnel: Tunnel, name: str, record: str) -> DnsAnswer:
    from dns import exception, message, rcode, rdatatype

    try:
        question = message.make_query(name, record)
        wire = question.to_wire()
    except (exception.DNSException, ValueError) as error:  # no such record type, a label of 64 letters
        return DnsAnswer(name, "FORMERR", (str(error),))
    tunnel.sendall(struct.pack("!H", len(wire)) + wire)
    answer = message.from_wire(_exactly(tunnel, struct.unpack("!H", _exactly(tunnel, 2))[0]))
    records = [
        rdata.to_text() for rrset in answer.answer if rrset.rdtype == rdatatype.from_text(record) for rdata in rrset
    ]
    return DnsAnswer(name.rstrip("."), rcode.to_text(answer.rcode()), tuple(sorted(records)))


def _exactly(tunnel: Tunnel, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = tunnel.recv(count - len(data))
        if not piece:
            raise Trouble("broken", say("DNS closed the connection"))
        data += piece
    return data
