"""busybox's `nslookup`: DNS over UDP, for Pods that a NetworkPolicy allows nothing but UDP on port 53."""

from __future__ import annotations

import re

from checkers.live.client import Client
from checkers.live.exec import run
from checkers.live.tunnel import Place
from checkers.world import DnsAnswer

_RECORDS = {
    "A": re.compile(r"^Address: +(\S+)$", re.M),
    "AAAA": re.compile(r"^Address: +(\S+)$", re.M),
    "SRV": re.compile(r"\tservice = (.+)$", re.M),
    "PTR": re.compile(r"\tname = (.+)$", re.M),
    "CNAME": re.compile(r"\tcanonical name = (.+)$", re.M),
    "TXT": re.compile(r"\ttext = (.+)$", re.M),
}
_REFUSAL = re.compile(r"can't find \S+: (\w+)")


def ask(client: Client, place: Place, server: str, name: str, record: str, timeout: float) -> DnsAnswer | None:
    """Ask `server` for `record` of the full `name`; None when it does not answer, or nslookup is missing."""
    argv = ["nslookup", f"-type={record}", name, server]
    ran = run(client, place.namespace, place.pod, argv, place.container, timeout=timeout)
    return read(ran.stdout, name, record)


def read(output: str, name: str, record: str) -> DnsAnswer | None:
    """Read what `nslookup` printed; None when there was no answer in it."""
    head, _, answer = output.partition("\n\n")
    if not head.startswith("Server:") or "timed out" in output or record not in _RECORDS:
        return None
    bare = name.rstrip(".")
    refused = _REFUSAL.search(answer)
    if refused:
        return DnsAnswer(bare, refused[1])
    return DnsAnswer(bare, "NOERROR", tuple(sorted(_RECORDS[record].findall(answer))))
