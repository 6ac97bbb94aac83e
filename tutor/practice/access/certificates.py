"""The cluster's certificate authority: certificates for the server, for users, and for signing requests.

https://kubernetes.io/docs/setup/best-practices/certificates/
"""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tutor.practice.api.errors import Obj

ADMIN, ADMIN_GROUP = "kubernetes-admin", "kubeadm:cluster-admins"
"""Who kubeadm makes the first administrator."""
SERVER_NAMES = (
    *("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"),
    "kubernetes.default.svc.cluster.local",
)
CLUSTER_ADDRESS = "10.96.0.1"
YEAR = timedelta(days=365)
BACKDATED = timedelta(minutes=5)
"""So that a clock that is a little behind accepts a new certificate."""
SHORT = timedelta(hours=8)
"""Certificates that live no longer than that are not backdated at their end."""
USAGES = {
    "client auth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "server auth": ExtendedKeyUsageOID.SERVER_AUTH,
    "code signing": ExtendedKeyUsageOID.CODE_SIGNING,
    "email protection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "timestamping": ExtendedKeyUsageOID.TIME_STAMPING,
}


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, both PEM."""

    certificate: bytes
    key: bytes


class Authority:
    """A CA whose key is made anew; elliptic curves, for they cost no time. `now` is when it begins to exist."""

    def __init__(self, now: datetime, name: str = "kubernetes") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._certificate = (
            x509.CertificateBuilder(subject, subject, self._key.public_key(), x509.random_serial_number())
            .not_valid_before(now - BACKDATED)
            .not_valid_after(now + 10 * YEAR)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_key_usage(signing=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )

    @cached_property
    def certificate(self) -> bytes:
        """The CA's own certificate, PEM."""
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    def server(self, now: datetime, addresses: Sequence[str] = ("127.0.0.1", "::1", CLUSTER_ADDRESS)) -> Pair:
        """Return a certificate for the API server."""
        names: list[x509.GeneralName] = [x509.DNSName(name) for name in SERVER_NAMES]
        names += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
        return self._pair("kube-apiserver", (), now, x509.SubjectAlternativeName(names), ["server auth"])

    def client(self, now: datetime, user: str = ADMIN, groups: Sequence[str] = (ADMIN_GROUP,)) -> Pair:
        """Return a certificate that says who a user is: the common name, and groups as organizations."""
        return self._pair(user, groups, now, None, ["client auth"])

    def sign(
        self, request: x509.CertificateSigningRequest, usages: Sequence[str], now: datetime, lifetime: timedelta = YEAR
    ) -> bytes:
        """Return the certificate (PEM) for a request: its subject, names and key, and the given usages."""
        try:
            names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            names = None
        key = request.public_key()
        return self._issue(request.subject, key, now, lifetime, names, usages)  # type: ignore[arg-type]

    def _pair(
        self,
        name: str,
        groups: Sequence[str],
        now: datetime,
        names: x509.SubjectAlternativeName | None,
        usages: Sequence[str],
    ) -> Pair:
        key = ec.generate_private_key(ec.SECP256R1())
        attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
        subject = x509.Name([*attributes, x509.NameAttribute(NameOID.COMMON_NAME, name)])
        wanted = ["digital signature", "key encipherment", *usages]
        certificate = self._issue(subject, key.public_key(), now, YEAR, names, wanted)
        encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL
        return Pair(certificate, key.private_bytes(encoding, form, serialization.NoEncryption()))

    def _issue(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey,
        now: datetime,
        lifetime: timedelta,
        names: x509.SubjectAlternativeName | None,
        usages: Sequence[str],
    ) -> bytes:
        builder = (
            x509.CertificateBuilder(self._certificate.subject, subject, key, x509.random_serial_number())
            .not_valid_before(now - BACKDATED)
            .not_valid_after(now + lifetime - (BACKDATED if lifetime > SHORT else timedelta()))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        if "digital signature" in usages or "key encipherment" in usages:
            key_usage = _key_usage(encipherment="key encipherment" in usages)
            builder = builder.add_extension(key_usage, critical=True)
        if extended := [USAGES[usage] for usage in usages if usage in USAGES]:
            builder = builder.add_extension(x509.ExtendedKeyUsage(extended), critical=False)
        if names:
            builder = builder.add_extension(names, critical=False)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def kubeconfig(server: str, authority: bytes, user: Pair, *, name: str, user_name: str = "") -> Obj:
    """Return a kubeconfig for a server's URL; `name` is that of the cluster, the context and, by default, the user."""
    user_name = user_name or name
    credentials = {"client-certificate-data": _encoded(user.certificate), "client-key-data": _encoded(user.key)}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": server, "certificate-authority-data": _encoded(authority)}}],
        "users": [{"name": user_name, "user": credentials}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": user_name}}],
        "current-context": name,
        "preferences": {},
    }


def _encoded(pem: bytes) -> str:
    return base64.b64encode(pem).decode()


def _key_usage(*, signing: bool = False, encipherment: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=encipherment or signing,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signing,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
