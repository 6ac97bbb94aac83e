"""The names of the cluster's DNS.

Source: https://github.com/kubernetes/dns/blob/master/docs/specification.md.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tutor.practice.containers.network import Lookup

Obj = dict[str, Any]
Record = tuple[str, str, str]
"""Full name without the last dot, type, and data as a zone file has it."""
_TTL = 30


class Names:
    """Answers from Services, EndpointSlices and Namespaces as they are at the moment."""

    def __init__(self, lookup: Lookup, zone: str) -> None:
        self._lookup, self._zone = lookup, zone
        self._turns = itertools.count()

    def endpoints(self, service: Obj, port_name: str) -> list[tuple[str, int]]:
        """Return the ready endpoints of a Service's port."""
        found: list[tuple[str, int]] = []
        for piece in self._slices(service):
            for port in piece.get("ports") or []:
                if (port.get("name") or "") == port_name and port.get("port"):
                    found += [(address, port["port"]) for each in _ready(piece) for address in each["addresses"][:1]]
        return found

    def look(self, name: str, kind: str) -> tuple[str, list[Record]]:
        """Return the response code (`NOERROR`, `NXDOMAIN`) and the records of a full name."""
        name = name.rstrip(".").lower()
        if name == self._zone or not name.endswith("." + self._zone):
            return ("NOERROR", []) if name == self._zone else ("NXDOMAIN", [])
        labels = name.removesuffix("." + self._zone).split(".")
        if labels[-1] != "svc":
            return "NXDOMAIN", []
        if len(labels) == 1:
            return "NOERROR", []
        known = self._lookup.get("namespaces", "", labels[-2]) is not None
        service = self._lookup.get("services", labels[-2], labels[-3]) if len(labels) > 2 else None
        if service is None:
            return ("NOERROR" if known and len(labels) == 2 else "NXDOMAIN"), []
        records = list(self._records(service))
        alias = [each for each in records if each[1] == "CNAME" and each[0] == name]
        if alias:
            return self._follow(alias, kind)
        exists = any(owner == name or owner.endswith("." + name) for owner, _, _ in records)
        found = [each for each in records if each[0] == name and each[1] == kind]
        return ("NOERROR" if exists else "NXDOMAIN"), found

    def answer(self, wire: bytes) -> bytes:
        """Answer a DNS message with a DNS message."""
        from dns import flags, message, rcode, rdatatype, rrset

        question = message.from_wire(wire)
        reply = message.make_response(question, recursion_available=True)
        reply.flags |= flags.AA
        for each in question.question:
            code, records = self.look(each.name.to_text(), rdatatype.to_text(each.rdtype))
            if not any(kind == "CNAME" for _, kind, _ in records):  # as CoreDNS' loadbalance, so that clients spread
                turn = next(self._turns) % max(1, len(records))
                records = records[turn:] + records[:turn]
            reply.set_rcode(rcode.from_text(code))
            for owner, kind, data in records:
                reply.answer.append(rrset.from_text(owner + ".", _TTL, "IN", kind, data))
        return bytes(reply.to_wire())

    def _follow(self, alias: list[Record], kind: str) -> tuple[str, list[Record]]:
        target = alias[0][2].rstrip(".")
        inside = self.look(target, kind)[1] if target.endswith(self._zone) and target != alias[0][0] else []
        return "NOERROR", alias + inside

    def _records(self, service: Obj) -> Iterator[Record]:
        meta, spec = service["metadata"], service["spec"]
        own = f"{meta['name']}.{meta['namespace']}.svc.{self._zone}"
        if spec.get("type") == "ExternalName":
            yield own, "CNAME", spec["externalName"].rstrip(".") + "."
            return
        if spec.get("clusterIP") not in (None, "", "None"):
            yield own, "A", spec["clusterIP"]
            for port in spec.get("ports") or []:
                yield from _service_record(own, port, own)
            return
        for piece in self._slices(service):
            for each in _ready(piece):
                for address in each["addresses"]:
                    host = f"{each.get('hostname') or address.replace('.', '-')}.{own}"
                    yield own, "A", address
                    yield host, "A", address
                    for port in piece.get("ports") or []:
                        yield from _service_record(own, port, host)

    def _slices(self, service: Obj) -> list[Obj]:
        meta = service["metadata"]
        return [
            each
            for each in self._lookup.list("endpointslices.discovery.k8s.io", meta["namespace"])
            if (each["metadata"].get("labels") or {}).get("kubernetes.io/service-name") == meta["name"]
        ]


def _service_record(own: str, port: Obj, host: str) -> Iterator[Record]:
    if port.get("name"):
        name = f"_{port['name']}._{port.get('protocol', 'TCP').lower()}.{own}"
        yield name, "SRV", f"0 100 {port['port']} {host}."


def _ready(piece: Obj) -> list[Obj]:
    return [each for each in piece.get("endpoints") or [] if (each.get("conditions") or {}).get("ready") is not False]
