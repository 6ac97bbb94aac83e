"""Certificate signing requests: who asks, who may approve, and the signers of the cluster itself.

https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import timedelta

from cryptography import x509
from cryptography.x509.oid import NameOID

from tutor.practice.access.attributes import MASTERS, Attributes
from tutor.practice.access.certificates import YEAR, Authority
from tutor.practice.access.rbac import Rbac
from tutor.practice.access.tokens import user_info
from tutor.practice.api import causes, errors
from tutor.practice.api.chain import Api
from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.request import Request
from tutor.practice.api.strategy import Strategy
from tutor.practice.clock import Clock, stamp

GROUP = "certificates.k8s.io"
REQUESTS = f"certificatesigningrequests.{GROUP}"
CLIENT = "kubernetes.io/kube-apiserver-client"
"""The signer of users' certificates."""
KEY_USAGES = frozenset({"digital signature", "key encipherment", "key agreement"})
SHORTEST = 600
USAGES = (
    *("any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment"),
    *("decipher only", "digital signature", "email protection", "encipher only", "ipsec end system", "ipsec tunnel"),
    *("ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime"),
    *("server auth", "signing", "timestamping"),
)


class CertificateRequests(Strategy):
    """The rules of CertificateSigningRequests: the spec never changes."""

    def prepare_create(self, obj: Obj) -> None:
        """Begin with an empty status."""
        obj["status"] = {}

    def prepare_update(self, new: Obj, old: Obj) -> None:
        """Keep spec and status."""
        new["spec"], new["status"] = old["spec"], old.get("status", {})

    def validate(self, obj: Obj) -> list[Cause]:
        """Return what is wrong with the request, the signer's name, the usages or the lifetime."""
        spec, found = obj.get("spec") or {}, []
        try:
            _parsed(spec.get("request") or "")
        except ValueError as error:
            found.append(causes.invalid("spec.request", spec.get("request") or "", str(error)))
        if not spec.get("usages"):
            found.append(causes.required("spec.usages"))
        for number, usage in enumerate(spec.get("usages") or []):
            if usage not in USAGES:
                found.append(causes.not_supported(f"spec.usages[{number}]", usage, USAGES))
        signer = spec.get("signerName") or ""
        domain, _, path = signer.partition("/")
        if not signer:
            found.append(causes.required("spec.signerName"))
        elif not path or "." not in domain:
            text = "must be a fully qualified domain and path of the form 'example.com/signer-name'"
            found.append(causes.invalid("spec.signerName", signer, text))
        seconds = spec.get("expirationSeconds")
        if seconds is not None and seconds < SHORTEST:
            text = f"may not specify a duration less than {SHORTEST} seconds (10 minutes)"
            found.append(causes.invalid("spec.expirationSeconds", seconds, text))
        return found


class Certificates:
    """The admission plugins for signing requests: requester, subject restriction, approval, signing."""

    def __init__(self, rbac: Rbac, clock: Clock) -> None:
        self._rbac, self._clock = rbac, clock

    def mutate(self, request: Request) -> None:
        """Note who asks, and when conditions were set."""
        if request.resource != REQUESTS or request.object is None:
            return
        if request.operation == "CREATE":
            request.object.setdefault("spec", {}).update(user_info(request.who))
        elif request.subresource:
            for condition in (request.object.get("status") or {}).get("conditions") or []:
                for key in ("lastUpdateTime", "lastTransitionTime"):
                    condition[key] = condition.get(key) or stamp(self._clock.now())

    def validate(self, request: Request) -> None:
        """Raise ApiError (403) for a subject that must not be, and for who may not approve or sign."""
        if request.resource != REQUESTS or request.object is None:
            return
        spec = request.object["spec"]
        signer = spec["signerName"]
        if request.operation == "CREATE":
            groups = _organizations(_parsed(spec["request"]))
            if signer == CLIENT and MASTERS in groups:
                why = f"use of {CLIENT} signer with {MASTERS} group is not allowed"
                raise errors.forbidden(request.resource, request.name, why)
        elif request.subresource == "approval":
            self._confirm(request, "approve", signer)
        elif request.subresource == "status" and (request.object.get("status") or {}).get("certificate"):
            self._confirm(request, "sign", signer)

    def _confirm(self, request: Request, verb: str, signer: str) -> None:
        names = (signer, f"{signer.partition('/')[0]}/*")
        wanted = [Attributes(request.who, verb, GROUP, "signers", name=name) for name in names]
        if not any(self._rbac.decide(each).allowed for each in wanted):
            why = f'user not permitted to {verb} requests with signerName "{signer}"'
            raise errors.forbidden(request.resource, request.name, why)


def sign(api: Api, authority: Authority, obj: Obj) -> None:
    """Issue the certificate of an approved request to one of the cluster's signers, as its controller does."""
    spec, status = obj["spec"], obj.get("status") or {}
    kinds = {condition["type"] for condition in status.get("conditions") or []}
    if "Approved" not in kinds or kinds & {"Denied", "Failed"} or status.get("certificate"):
        return
    if spec["signerName"] != CLIENT:
        return
    request, now = _parsed(spec["request"]), api.clock.now()
    if problem := _usage_fault(spec.get("usages") or []):
        condition = {"type": "Failed", "status": "True", "reason": "SignerValidationFailure", "message": problem}
        times = {"lastUpdateTime": stamp(now), "lastTransitionTime": stamp(now)}
        new = {**status, "conditions": [*status["conditions"], {**condition, **times}]}
    else:
        seconds = spec.get("expirationSeconds")
        lifetime = min(timedelta(seconds=seconds), YEAR) if seconds else YEAR
        certificate = authority.sign(request, spec["usages"], now, lifetime)
        new = {**status, "certificate": base64.b64encode(certificate).decode()}
    api.set_status(REQUESTS, obj, new)


def _usage_fault(usages: Iterable[str]) -> str:
    if extra := sorted(set(usages) - KEY_USAGES - {"client auth"}):
        return f"invalid usage for client certificate: {extra[0]}"
    return "" if "client auth" in usages else "missing usage for client certificate: client auth"


def _organizations(request: x509.CertificateSigningRequest) -> list[str]:
    return [str(each.value) for each in request.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]


def _parsed(encoded: str) -> x509.CertificateSigningRequest:
    """Return the request in a base64 PEM. Raises ValueError in Kubernetes' words."""
    try:
        pem = base64.b64decode(encoded, validate=True)
    except ValueError:
        pem = b""
    if b"-----BEGIN CERTIFICATE REQUEST-----" not in pem and b"-----BEGIN NEW CERTIFICATE REQUEST-----" not in pem:
        raise ValueError("PEM block type must be CERTIFICATE REQUEST")
    try:
        return x509.load_pem_x509_csr(pem)
    except ValueError as error:
        raise ValueError(f"asn1: structure error: {error}") from None
