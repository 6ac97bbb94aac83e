"""How programs in a container find addresses: /etc/hosts first, then the nameserver of /etc/resolv.conf."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from tutor.practice.containers.call import Call
from tutor.practice.containers.connection import Connection, NoSuchName, Refused, TimedOut
from tutor.practice.containers.network import is_address

DNS_SECONDS = 5.0


@dataclass(frozen=True)
class Resolver:
    """What `/etc/resolv.conf` says."""

    server: str
    search: list[str]
    ndots: int

    def candidates(self, name: str) -> list[str]:
        """Return the full names to ask for, in order."""
        if name.endswith("."):
            return [name]
        listed = [f"{name}.{domain}" for domain in self.search]
        return [name, *listed] if name.count(".") >= self.ndots else [*listed, name]


def read_resolver(call: Call) -> Resolver:
    """Read the container's `/etc/resolv.conf`."""
    text = (call.sandbox.read("/etc/resolv.conf") or b"").decode(errors="replace")
    server = re.search(r"^nameserver\s+(\S+)", text, re.M)
    search = re.search(r"^search\s+(.*)$", text, re.M)
    ndots = re.search(r"ndots:(\d+)", text)
    return Resolver(
        server[1] if server else "127.0.0.1", search[1].split() if search else [], int(ndots[1]) if ndots else 1
    )


async def ask(call: Call, server: str, name: str, kind: str) -> tuple[str, list[tuple[str, str, str]]]:
    """Ask a DNS server over UDP. Returns the response code and records (name, type, data); raises TimedOut."""
    from dns import message, rcode, rdatatype

    if call.sandbox.network is None:
        raise TimedOut(server)
    wire = message.make_query(name, kind).to_wire()
    try:
        connection = await call.sandbox.network.dial(server, 53, timeout=DNS_SECONDS, protocol="UDP")
    except Refused as error:
        raise TimedOut(server) from error
    connection.write(struct.pack("!H", len(wire)) + wire)
    head = await connection.exactly(2)
    reply = message.from_wire(await connection.exactly(struct.unpack("!H", head)[0]))
    connection.close()
    records = [
        (each.name.to_text().rstrip("."), rdatatype.to_text(each.rdtype), data.to_text())
        for each in reply.answer
        for data in each
    ]
    return rcode.to_text(reply.rcode()), records


async def addresses(call: Call, host: str) -> list[str]:
    """Return the addresses of a name or of an address. Raises NoSuchName."""
    if is_address(host):
        return [host]
    for line in (call.sandbox.read("/etc/hosts") or b"127.0.0.1 localhost\n").decode(errors="replace").splitlines():
        words = line.split("#")[0].split()
        if host in words[1:] and "." in words[0]:
            return words[:1]
    resolver = read_resolver(call)
    for name in resolver.candidates(host):
        try:
            _, records = await ask(call, resolver.server, name, "A")
        except TimedOut as error:
            raise NoSuchName(host) from error
        if found := [data for _, kind, data in records if kind == "A"]:
            return found
    raise NoSuchName(host)


async def dial(call: Call, host: str, port: int, timeout: float | None) -> Connection:
    """Connect as a program does. Raises NoSuchName, Refused or TimedOut."""
    ip = (await addresses(call, host))[0]
    if call.sandbox.network is None:
        raise TimedOut(host)
    return await call.sandbox.network.dial(ip, port, timeout=timeout)
