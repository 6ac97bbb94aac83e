"""A certificate on a node: how long it is good, whose it is, who signed it, and for which names."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from checkers import texts
from checkers.match import match
from checkers.node_file import near_path
from checkers.on_node import Machine
from checkers.operators import tree_problems
from checkers.result import Verdict
from checkers.spelling import did_you_mean
from checkers.words import say

if TYPE_CHECKING:
    from cryptography import x509

_IN_KUBECONFIG = re.compile(r"client-certificate-data:\s*(\S+)")


class NodeCertificate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first certificate in a PEM file at `path`, or the client's in a kubeconfig (`/etc/kubernetes/admin.conf`).

    `days_left` is a number or an operator (`{$gte: 300}`); `subject` and `issuer` are texts contained
    (`CN=kube-apiserver`) or `{$match|$equals: …}`; `names` are DNS names and addresses it must have.
    Source: https://kubernetes.io/docs/setup/best-practices/certificates/
    """

    path: str
    days_left: int | dict[str, Any] | None = None
    subject: texts.TextExpect | None = None
    issuer: texts.TextExpect | None = None
    names: list[str] = msgspec.field(default_factory=list)

    def problems(self) -> list[str]:
        """Return what is wrong with the parameters, for the author."""
        found = [] if self.path.startswith("/") else ["certificate.path is a whole path, from /"]
        found += tree_problems(self.days_left, "certificate.days_left")
        for field, expected in (("subject", self.subject), ("issuer", self.issuer)):
            found += [] if expected is None else texts.problems(expected, f"certificate.{field}")
        return found

    def look(self, machine: Machine) -> Verdict:
        """Read the certificate once."""
        at = {"path": self.path, "node": machine.name}
        ran = machine.run("cat", "--", self.path)
        if ran.code != 0:
            return Verdict(
                ok=False,
                found=say("There is no {path} on node {node}.", **at),
                asked=say("A certificate stands in {path} on node {node}.", **at),
                near=near_path(machine, self.path),
                look=machine.look("ls", "-l", self.path),
            )
        certificate = _parsed(ran.stdout)
        if certificate is None:
            return Verdict(
                ok=False,
                found=say("{path} on node {node} does not hold a certificate that can be read.", **at),
                asked=say("A certificate stands in {path} on node {node}.", **at),
                evidence=_first_line(ran.stdout),
                look=machine.look("openssl", "x509", "-noout", "-text", "-in", self.path),
            )
        return self._judge(machine, certificate, at)

    def _judge(self, machine: Machine, certificate: x509.Certificate, at: dict[str, str]) -> Verdict:
        days = (certificate.not_valid_after_utc - datetime.now(UTC)).days
        subject, issuer = certificate.subject.rfc4514_string(), certificate.issuer.rfc4514_string()
        names = _names(certificate)
        found = asked = path = near = ""
        missing = [each for each in self.names if each not in names]
        if self.days_left is not None and match(self.days_left, days):
            path, found = "days_left", _good_until(certificate, days, at)
            asked = say("{path} on node {node} is good for {days} days.", days=texts.spoken(self.days_left), **at)
        elif self.subject is not None and not texts.fits(self.subject, subject):
            path, found = "subject", say("{path} on node {node} belongs to {subject}.", subject=subject, **at)
            asked = texts.asked("subject", self.subject)
        elif self.issuer is not None and not texts.fits(self.issuer, issuer):
            path, found = "issuer", say("{path} on node {node} is signed by {issuer}.", issuer=issuer, **at)
            asked = texts.asked("issuer", self.issuer)
        elif missing:
            shown = texts.shown(", ".join(names)) or "-"
            path, found = "names", say("{path} on node {node} is for the names {names}.", names=shown, **at)
            asked = say("{path} on node {node} is for the name {name}.", name=missing[0], **at)
            close = did_you_mean(missing[0], names)
            near = say("It has the name {name}.", name=close) if close else ""
        else:
            return Verdict(ok=True, found=_good_until(certificate, days, at))
        look = machine.look("openssl", "x509", "-noout", "-text", "-in", self.path)
        return Verdict(ok=False, found=found, asked=asked, near=near, look=look, path=path)


def _good_until(certificate: x509.Certificate, days: int, at: dict[str, str]) -> str:
    until = certificate.not_valid_after_utc.strftime("%Y-%m-%d")
    if days < 0:
        return say("{path} on node {node} was good until {until}: it has expired.", until=until, **at)
    return say("{path} on node {node} is good until {until}, {days} days from now.", until=until, days=days, **at)


def _first_line(text: str) -> str:
    """Return what kind of PEM it is; nothing else of it, as it may be a key."""
    head = text.lstrip().partition("\n")[0]
    return say("It begins with: {line}", line=texts.shown(head)) if head.startswith("-----BEGIN") else ""


def _parsed(text: str) -> x509.Certificate | None:
    """Return the certificate in PEM, or in a kubeconfig's `client-certificate-data`."""
    from cryptography import x509

    try:
        if inside := _IN_KUBECONFIG.search(text):
            text = base64.b64decode(inside[1]).decode()
        return x509.load_pem_x509_certificate(text.encode())
    except (ValueError, binascii.Error):
        return None


def _names(certificate: x509.Certificate) -> list[str]:
    from cryptography import x509

    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]
