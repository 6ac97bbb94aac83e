"""Tokens, certificates and signing requests."""

from __future__ import annotations

import asyncio
import base64
import ssl
import time
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.practice.access.replay import ADMIN, Small
from tutor.practice.access import csr
from tutor.practice.access.attributes import Attributes
from tutor.practice.access.certificates import kubeconfig
from tutor.practice.access.controllers import access_controllers
from tutor.practice.access.rbac import CLUSTER_ROLES
from tutor.practice.api.errors import ApiError
from tutor.practice.api.request import User


@pytest.fixture(name="small")
def _small() -> Small:
    return Small()


def bearer(small: Small, token: str) -> User:
    return small.access.authenticate(None, {"Authorization": f"Bearer {token}"})


def test_a_token_is_its_account_until_it_expires(small: Small) -> None:
    account = small.api.get("serviceaccounts", "default", "default")
    answer = small.tokens.request(account, {"spec": {"expirationSeconds": 600}})
    token = answer["status"]["token"]
    user = bearer(small, token)
    assert user.name == "system:serviceaccount:default:default"
    assert user.groups == ("system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated")
    assert answer["spec"] == {
        "audiences": ["https://kubernetes.default.svc.cluster.local"],
        "expirationSeconds": 600,
        "boundObjectRef": None,
    }
    small.clock.advance(601)
    with pytest.raises(ApiError) as caught:
        bearer(small, token)
    assert (caught.value.code, caught.value.message) == (401, "Unauthorized")


@pytest.mark.parametrize("resource", ["serviceaccounts", "pods"])
def test_a_token_ends_with_its_account_and_its_pod(small: Small, resource: str) -> None:
    account = small.api.get("serviceaccounts", "default", "default")
    pod = {"metadata": {"name": "p", "namespace": "default"}, "spec": {"serviceAccountName": "default"}}
    small.put("pods", "Pod", pod)
    bound = {"apiVersion": "v1", "kind": "Pod", "name": "p"}
    token = small.tokens.request(account, {"spec": {"boundObjectRef": bound}})["status"]["token"]
    assert bearer(small, token).extra["authentication.kubernetes.io/pod-name"] == ("p",)
    small.store.remove(resource, "default", {"serviceaccounts": "default", "pods": "p"}[resource])
    with pytest.raises(ApiError):
        bearer(small, token)


def test_mounted_tokens_live_longer_than_they_say(small: Small) -> None:
    account = small.api.get("serviceaccounts", "default", "default")
    small.put(
        "pods", "Pod", {"metadata": {"name": "p", "namespace": "default"}, "spec": {"serviceAccountName": "default"}}
    )
    spec = {"boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": "p"}, "expirationSeconds": 3607}
    status = small.tokens.request(account, {"spec": spec})["status"]
    assert status["expirationTimestamp"] == "2026-01-01T01:00:07Z"
    small.clock.advance(7200)
    assert bearer(small, status["token"]).name.endswith(":default")


def test_a_token_is_for_its_audience(small: Small) -> None:
    account = small.api.get("serviceaccounts", "default", "default")
    token = small.tokens.request(account, {"spec": {"audiences": ["vault"]}})["status"]["token"]
    with pytest.raises(ApiError):
        bearer(small, token)
    review: dict[str, Any] = {"spec": {"token": token, "audiences": ["vault"]}}
    status = small.access.review("tokenreviews.authentication.k8s.io", review, ADMIN)["status"]
    assert status["authenticated"]
    assert status["audiences"] == ["vault"]
    assert status["user"]["username"] == "system:serviceaccount:default:default"


def test_a_token_secret_is_filled_and_goes_with_its_account(small: Small) -> None:
    meta = {"name": "s", "namespace": "default", "annotations": {"kubernetes.io/service-account.name": "default"}}
    secret = {"metadata": meta, "type": "kubernetes.io/service-account-token"}
    small.tokens.reconcile_secret(small.put("secrets", "Secret", secret))
    filled = small.api.get("secrets", "default", "s")
    assert sorted(filled["data"]) == ["ca.crt", "namespace", "token"]
    assert bearer(small, base64.b64decode(filled["data"]["token"]).decode()).name.endswith("default:default")
    small.store.remove("serviceaccounts", "default", "default")
    small.tokens.reconcile_secret(filled)
    assert small.store.get("secrets", "default", "s") is None


def test_certificates_are_made_quickly_and_say_who(small: Small) -> None:
    began = time.perf_counter()
    pair = small.authority.client(small.clock.now())
    small.authority.server(small.clock.now())
    assert time.perf_counter() - began < 0.05
    certificate = x509.load_pem_x509_certificate(pair.certificate)
    assert certificate.subject.rfc4514_string() == "CN=kubernetes-admin,O=kubeadm:cluster-admins"
    peer = {"subject": ((("organizationName", "devs"),), (("commonName", "jane"),))}
    assert small.access.authenticate(peer, {}) == User("jane", ("devs", "system:authenticated"))
    config = kubeconfig("https://127.0.0.1:1", small.authority.certificate, pair, name="practice")
    pem = base64.b64decode(config["clusters"][0]["cluster"]["certificate-authority-data"]).decode()
    assert ssl.create_default_context(cadata=pem).get_ca_certs()


def request_for(*attributes: tuple[x509.ObjectIdentifier, str]) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(*attribute) for attribute in attributes])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return base64.b64encode(request.public_bytes(serialization.Encoding.PEM)).decode()


JANE = ((NameOID.ORGANIZATION_NAME, "devs"), (NameOID.COMMON_NAME, "jane"))


def ask(small: Small, request: str, signer: str = csr.CLIENT, usages: tuple[str, ...] = ("client auth",)) -> Any:
    small.api.strategies[csr.REQUESTS] = csr.CertificateRequests()
    spec = {"request": request, "signerName": signer, "usages": list(usages)}
    return small.api.create(csr.REQUESTS, {"metadata": {"name": "jane"}, "spec": spec}, who=ADMIN)


def approve(small: Small, who: User = ADMIN) -> dict[str, Any]:
    condition = {"type": "Approved", "status": "True", "reason": "KubectlApprove", "message": "yes"}
    status = {"conditions": [condition]}
    return small.api.change(
        csr.REQUESTS, "", "jane", lambda old: {**old, "status": status}, subresource="approval", who=who
    )


def test_a_request_is_approved_and_signed(small: Small) -> None:
    made = ask(small, request_for(*JANE))
    assert made["spec"]["username"] == "kubernetes-admin"
    assert made["spec"]["groups"] == ["kubeadm:cluster-admins", "system:authenticated"]
    csr.sign(small.api, small.authority, made)
    assert not small.api.get(csr.REQUESTS, "", "jane")["status"]
    csr.sign(small.api, small.authority, approve(small))
    status = small.api.get(csr.REQUESTS, "", "jane")["status"]
    assert status["conditions"][0]["lastTransitionTime"] == "2026-01-01T00:00:00Z"
    certificate = x509.load_pem_x509_certificate(base64.b64decode(status["certificate"]))
    assert certificate.subject.rfc4514_string() == "CN=jane,O=devs"
    assert certificate.not_valid_after_utc.year == 2026


def test_wrong_usages_fail_at_the_signer(small: Small) -> None:
    ask(small, request_for(*JANE), usages=("server auth",))
    csr.sign(small.api, small.authority, approve(small))
    condition = small.api.get(csr.REQUESTS, "", "jane")["status"]["conditions"][1]
    assert (condition["type"], condition["message"]) == ("Failed", "invalid usage for client certificate: server auth")


@pytest.mark.parametrize(
    ("request_", "options", "message"),
    [
        ("YWJj", {}, 'spec.request: Invalid value: "YWJj": PEM block type must be CERTIFICATE REQUEST'),
        ("", {"signer": "nodots"}, "must be a fully qualified domain and path of the form 'example.com/signer-name'"),
        ("", {"usages": ("foo",)}, 'spec.usages[0]: Unsupported value: "foo": supported values: "any", "cert sign"'),
        ("masters", {}, "use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed"),
    ],
)
def test_requests_that_are_refused(small: Small, request_: str, options: dict[str, Any], message: str) -> None:
    masters = ((NameOID.ORGANIZATION_NAME, "system:masters"), (NameOID.COMMON_NAME, "jane"))
    request = {"": request_for(*JANE), "masters": request_for(*masters)}.get(request_, request_)
    with pytest.raises(ApiError) as caught:
        ask(small, request, **options)
    assert message in caught.value.message


def test_not_everybody_approves(small: Small) -> None:
    ask(small, request_for(*JANE), signer="example.com/mine")
    with pytest.raises(ApiError) as caught:
        approve(small, User("jane", ("system:authenticated",)))
    assert caught.value.message.endswith(
        '"jane" is forbidden: user not permitted to approve requests with signerName "example.com/mine"'
    )


def test_decisions_are_quick_and_follow_changes(small: Small) -> None:
    jane = Attributes(User("jane", ("system:authenticated",)), "list", "", "pods", namespace="default")
    assert not small.access.rbac.decide(jane).allowed
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    binding = {"metadata": {"name": "b"}, "roleRef": reference, "subjects": [{"kind": "User", "name": "jane"}]}
    small.put("clusterrolebindings.rbac.authorization.k8s.io", "ClusterRoleBinding", binding)
    assert small.access.rbac.decide(jane).allowed
    began = time.perf_counter()
    for _ in range(100):
        small.access.rbac.decide(jane)
    assert (time.perf_counter() - began) / 100 < 0.0005


async def test_controllers_follow_what_happens(small: Small) -> None:
    small.api.strategies[csr.REQUESTS] = csr.CertificateRequests()
    controllers = access_controllers(small.api, small.tokens, small.authority)
    for controller in controllers:
        controller.start()
    before = small.api.get(CLUSTER_ROLES, "", "view")["rules"]
    rule = {"apiGroups": ["example.com"], "resources": ["widgets"], "verbs": ["get"]}
    labels = {"rbac.authorization.k8s.io/aggregate-to-view": "true"}
    small.put(CLUSTER_ROLES, "ClusterRole", {"metadata": {"name": "widgets", "labels": labels}, "rules": [rule]})
    meta = {"name": "s", "namespace": "default", "annotations": {"kubernetes.io/service-account.name": "default"}}
    small.put("secrets", "Secret", {"metadata": meta, "type": "kubernetes.io/service-account-token"})
    ask(small, request_for(*JANE))
    approve(small)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert small.api.get(CLUSTER_ROLES, "", "view")["rules"] == [*before, rule]
    assert small.api.get("secrets", "default", "s")["data"]["token"]
    assert small.api.get(csr.REQUESTS, "", "jane")["status"]["certificate"]
    small.store.remove("serviceaccounts", "default", "default")
    await asyncio.sleep(0)
    assert small.store.get("secrets", "default", "s") is None
    for controller in controllers:
        controller.stop()
