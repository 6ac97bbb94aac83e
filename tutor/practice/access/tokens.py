"""Tokens of ServiceAccounts: made on request or for a Secret, and read again.

https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
"""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tutor.practice.api import causes, errors
from tutor.practice.api.chain import Api
from tutor.practice.api.errors import ApiError, Obj
from tutor.practice.api.meta import new_uid
from tutor.practice.api.request import User
from tutor.practice.clock import stamp

ISSUER = "https://kubernetes.default.svc.cluster.local"
LEGACY_ISSUER = "kubernetes/serviceaccount"
HOUR, YEAR, MINIMUM, MAXIMUM = 3600, 365 * 24 * 3600, 600, 2**32
MOUNTED = 3607
"""The lifetime that admission asks for; the 7 tells such tokens from others."""
SECRET_TYPE = "kubernetes.io/service-account-token"
ACCOUNT, ACCOUNT_UID = "kubernetes.io/service-account.name", "kubernetes.io/service-account.uid"
BOUND = {("v1", "Pod"): "pods", ("v1", "Secret"): "secrets", ("v1", "Node"): "nodes"}
JTI, CREDENTIAL = "JTI=", "authentication.kubernetes.io/credential-id"


class InvalidToken(Exception):
    """The token is none of ours, too old, for somebody else, or its account is gone."""


class Tokens:
    """Makes and reads tokens; the key is made anew. `authority` is the CA's certificate, for Secrets."""

    def __init__(self, api: Api, authority: bytes) -> None:
        self._api, self._authority = api, authority
        self._key = ec.generate_private_key(ec.SECP256R1())
        public = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self._key_id = base64.urlsafe_b64encode(hashlib.sha256(public).digest()).rstrip(b"=").decode()

    def request(self, account: Obj, request: Obj) -> Obj:
        """Answer a TokenRequest for a ServiceAccount. Raises ApiError for lifetimes and objects that cannot be."""
        spec = dict(request.get("spec") or {})
        meta, now = account["metadata"], self._api.clock.now()
        seconds = spec.get("expirationSeconds") or HOUR
        if problem := _lifetime_fault(seconds):
            cause = causes.invalid("spec.expirationSeconds", seconds, problem)
            raise errors.invalid("TokenRequest", "authentication.k8s.io", "", [cause])
        bound = spec.get("boundObjectRef")
        own: Obj = {"namespace": meta["namespace"], "serviceaccount": {"name": meta["name"], "uid": meta["uid"]}}
        if bound:
            own |= self._bound_claims(meta["namespace"], meta["name"], bound)
        audiences = spec.get("audiences") or [ISSUER]
        begin = int(now.timestamp())
        end = begin + seconds
        if seconds == MOUNTED and "pod" in own:  # old clients read the file once, so it serves them for longer
            own["warnafter"], end = end, begin + YEAR
        claims = {
            "aud": audiences,
            "exp": end,
            "iat": begin,
            "iss": ISSUER,
            "jti": new_uid(),
            "kubernetes.io": own,
            "nbf": begin,
            "sub": f"system:serviceaccount:{meta['namespace']}:{meta['name']}",
        }
        name = {key: meta[key] for key in ("name", "namespace", "uid")}
        return {
            "kind": "TokenRequest",
            "apiVersion": "authentication.k8s.io/v1",
            "metadata": {**name, "creationTimestamp": stamp(now)},
            "spec": {"audiences": audiences, "expirationSeconds": seconds, "boundObjectRef": bound},
            "status": {
                "token": self._encode(claims),
                "expirationTimestamp": stamp(now + timedelta(seconds=seconds)),
            },
        }

    def user(self, token: str, audiences: list[str] | None = None) -> tuple[User, list[str]]:
        """Return who a token is, and the wanted audiences that it is for. Raises InvalidToken."""
        try:
            claims: Obj = jwt.decode(
                token, self._key.public_key(), algorithms=["ES256"], options={"verify_aud": False, "verify_exp": False}
            )
        except jwt.InvalidTokenError:
            raise InvalidToken("invalid bearer token") from None
        if claims["iss"] == LEGACY_ISSUER:
            return self._legacy_user(claims), audiences or [ISSUER]
        if claims["exp"] <= self._api.clock.now().timestamp():
            raise InvalidToken("[invalid bearer token, service account token has expired]")
        targets = audiences or [ISSUER]
        common = [each for each in targets if each in claims["aud"]]
        if not common:
            why = f"token audiences {_listed(claims['aud'])} is invalid for the target audiences {_listed(targets)}"
            raise InvalidToken(f"[invalid bearer token, {why}]")
        own = claims["kubernetes.io"]
        account = self._account(own["namespace"], own["serviceaccount"]["name"], own["serviceaccount"]["uid"])
        extra: dict[str, tuple[str, ...]] = {CREDENTIAL: (f"{JTI}{claims['jti']}",)}
        for key in ("pod", "node"):
            if key in own:
                extra |= {f"authentication.kubernetes.io/{key}-{part}": (own[key][part],) for part in ("name", "uid")}
        for key in ("pod", "secret"):
            if key in own:
                self._lives(f"{key}s", own["namespace"], own[key])
        return _user(account, extra), common

    def for_secret(self, secret: Obj) -> Obj | None:
        """Return a token Secret with its data filled in, or None: it has them, or its account is not there."""
        meta = secret["metadata"]
        name = (meta.get("annotations") or {}).get(ACCOUNT)
        account = self._api.store.get("serviceaccounts", meta["namespace"], name or "")
        if secret.get("type") != SECRET_TYPE or account is None:
            return None
        data: dict[str, str] = secret.get("data") or {}
        uid = account["metadata"]["uid"]
        if {"token", "ca.crt", "namespace"} <= data.keys() and meta["annotations"].get(ACCOUNT_UID) == uid:
            return None
        prefix = "kubernetes.io/serviceaccount"
        claims = {
            "iss": LEGACY_ISSUER,
            f"{prefix}/namespace": meta["namespace"],
            f"{prefix}/secret.name": meta["name"],
            f"{prefix}/service-account.name": name,
            f"{prefix}/service-account.uid": uid,
            "sub": f"system:serviceaccount:{meta['namespace']}:{name}",
        }
        wanted = {
            "ca.crt": self._authority,
            "namespace": meta["namespace"].encode(),
            "token": self._encode(claims).encode(),
        }
        data = {**data, **{key: base64.b64encode(value).decode() for key, value in wanted.items()}}
        annotations = {**meta["annotations"], ACCOUNT_UID: uid}
        return {**secret, "metadata": {**meta, "annotations": annotations}, "data": data}

    def reconcile_secret(self, secret: Obj) -> None:
        """Fill a token Secret, as the token controller does; one whose account is gone goes, too."""
        meta = secret["metadata"]
        if secret.get("type") != SECRET_TYPE:
            return
        name = (meta.get("annotations") or {}).get(ACCOUNT, "")
        if self._api.store.get("serviceaccounts", meta["namespace"], name) is None:
            self._api.delete("secrets", meta["namespace"], meta["name"])
        elif filled := self.for_secret(secret):
            self._api.change("secrets", meta["namespace"], meta["name"], lambda _: filled)

    def _legacy_user(self, claims: Obj) -> User:
        part = "kubernetes.io/serviceaccount"
        namespace, secret = claims[f"{part}/namespace"], claims[f"{part}/secret.name"]
        if self._api.store.get("secrets", namespace, secret) is None:
            raise InvalidToken("[invalid bearer token, service account token has been invalidated]")
        uid, name = claims[f"{part}/service-account.uid"], claims[f"{part}/service-account.name"]
        return _user(self._account(namespace, name, uid), {})

    def _account(self, namespace: str, name: str, uid: str) -> Obj:
        account = self._api.store.get("serviceaccounts", namespace, name)
        if account is None:
            raise InvalidToken(f'[invalid bearer token, serviceaccounts "{name}" not found]')
        if account["metadata"]["uid"] != uid:
            why = f"service account UID ({account['metadata']['uid']}) does not match claim ({uid})"
            raise InvalidToken(f"[invalid bearer token, {why}]")
        return account

    def _lives(self, resource: str, namespace: str, claim: Obj) -> None:
        found = self._api.store.get(resource, namespace, claim["name"])
        if found is None or found["metadata"]["uid"] != claim["uid"]:
            raise InvalidToken("[invalid bearer token, service account token has been invalidated]")

    def _bound_claims(self, namespace: str, account: str, bound: Obj) -> Obj:
        api_version, kind, name = bound.get("apiVersion", ""), bound.get("kind", ""), bound.get("name", "")
        resource = BOUND.get((api_version, kind))
        if resource is None:
            group, _, version = api_version.rpartition("/")
            raise errors.bad_request(f"cannot bind token to object of type {group}/{version}, Kind={kind}")
        found = self._api.get(resource, "" if kind == "Node" else namespace, name)
        uid = found["metadata"]["uid"]
        if bound.get("uid") and bound["uid"] != uid:
            why = f"the UID in the bound object reference ({bound['uid']}) does not match the UID in record. "
            why += "The object might have been deleted and then recreated"
            raise errors.conflict(resource, name, why)
        claims: Obj = {kind.lower(): {"name": name, "uid": uid}}
        if kind == "Pod":
            user = (found.get("spec") or {}).get("serviceAccountName")
            if user != account:
                why = f'cannot bind token for serviceaccount "{account}" to pod running with'
                raise errors.bad_request(f"{why} different serviceaccount name.")
            node = self._api.store.get("nodes", "", (found.get("spec") or {}).get("nodeName", ""))
            if node:
                claims["node"] = {"name": node["metadata"]["name"], "uid": node["metadata"]["uid"]}
        return claims

    def _encode(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self._key, algorithm="ES256", headers={"kid": self._key_id, "typ": None})


def review(tokens: Tokens, obj: Obj) -> Obj:
    """Answer a TokenReview. Raises ApiError (400) without a token."""
    spec = obj.get("spec") or {}
    if not spec.get("token"):
        raise ApiError(400, "BadRequest", "token is required for TokenReview in authentication")
    try:
        user, audiences = tokens.user(spec["token"], spec.get("audiences"))
    except InvalidToken as error:
        return {**obj, "status": {"user": {}, "error": str(error)}}
    return {**obj, "status": {"authenticated": True, "user": user_info(user), "audiences": audiences}}


def user_info(who: User) -> Obj:
    """Return a user as `UserInfo`."""
    extra = {key: list(values) for key, values in who.extra.items()}
    info = {"username": who.name, "uid": who.uid, "groups": list(who.groups), "extra": extra}
    return {key: value for key, value in info.items() if value}


def _user(account: Obj, extra: dict[str, tuple[str, ...]]) -> User:
    meta = account["metadata"]
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{meta['namespace']}", "system:authenticated")
    return User(f"system:serviceaccount:{meta['namespace']}:{meta['name']}", groups, meta["uid"], extra)


def _lifetime_fault(seconds: int) -> str:
    if seconds < MINIMUM:
        return "may not specify a duration less than 10 minutes"
    return "may not specify a duration larger than 2^32 seconds" if seconds > MAXIMUM else ""


def _listed(texts: list[str]) -> str:
    return "[" + " ".join(f'"{text}"' for text in texts) + "]"
