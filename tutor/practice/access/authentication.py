"""Who sends a request: a client certificate, a bearer token, nobody; and whom they speak for.

https://kubernetes.io/docs/reference/access-authn-authz/authentication/
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from tutor.practice.access.attributes import Attributes, refusal
from tutor.practice.access.rbac import Rbac
from tutor.practice.access.tokens import CREDENTIAL, InvalidToken, Tokens
from tutor.practice.api.errors import ApiError, bad_request
from tutor.practice.api.request import User

AUTHENTICATED, UNAUTHENTICATED = "system:authenticated", "system:unauthenticated"
ANONYMOUS = User("system:anonymous", (UNAUTHENTICATED,))
ACCOUNT_PREFIX, NODE_PREFIX = "system:serviceaccount:", "system:node:"
EXTRA = "impersonate-extra-"


def unauthorized() -> ApiError:
    """The credentials are not known."""
    return ApiError(401, "Unauthorized", "Unauthorized")


def authenticate(
    certificate: Mapping[str, Any] | None, authorization: str, tokens: Tokens, binary: bytes | None = None
) -> User:
    """Return the user; `certificate` as `ssl.SSLSocket.getpeercert` gives it. Raises ApiError (401)."""
    if certificate:
        parts = [pair for name in certificate["subject"] for pair in name]
        names = [value for key, value in parts if key == "commonName"]
        groups = [value for key, value in parts if key == "organizationName"]
        if names:
            extra = {CREDENTIAL: (f"X509SHA256={hashlib.sha256(binary).hexdigest()}",)} if binary else {}
            return User(names[-1], (*groups, AUTHENTICATED), extra=extra)
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return ANONYMOUS
    try:
        return tokens.user(token.strip())[0]
    except InvalidToken:
        raise unauthorized() from None


class Impersonation:
    """Acting as another user.

    Besides the old verb `impersonate` there are constrained ones: for a kind of user, and for what is done in their
    name. All ways are tried; of refusals the one of the way that last worked for this user is told.
    https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/
    """

    def __init__(self, rbac: Rbac) -> None:
        self._rbac = rbac
        self._by_old_verb: set[str] = set()
        """Names of users for whom the old verb has worked."""

    def impersonated(self, headers: Any, action: Attributes) -> User:
        """Return the user that the headers name; `action` is what shall be done. Raises ApiError (400, 403)."""
        wanted = _wanted(headers)
        who = action.who
        constrained, old = list(_constrained(wanted, action)), list(_needs(who, wanted, "impersonate", ""))
        ways = [old, constrained] if who.name in self._by_old_verb else [constrained, old]
        refused = None
        for way in ways:
            denied = next((each for each in way if not self._rbac.decide(each).allowed), None)
            if denied is None:
                if way is old:
                    self._by_old_verb.add(who.name)
                return _completed(wanted)
            refused = refused or refusal(denied, self._rbac.decide(denied).reason)
        raise refused or unauthorized()


def _wanted(headers: Any) -> User:
    name, groups = headers.get("Impersonate-User", ""), tuple(headers.getall("Impersonate-Group", ()))
    extra: dict[str, tuple[str, ...]] = {}
    for key in dict.fromkeys(each.lower() for each in headers):
        if key.startswith(EXTRA):
            extra[unquote(key.removeprefix(EXTRA))] = tuple(headers.getall(key))
    if not name:
        quoted = ", ".join(f'"{group}"' for group in groups)
        listed = f"[]string{{{quoted}}}" if groups else "[]string(nil)"
        shown = f'&user.DefaultInfo{{Name:"", UID:"", Groups:{listed}, Extra:map[string][]string(nil)}}'
        raise bad_request(f"requested {shown} without impersonating a user name")
    return User(name, groups, headers.get("Impersonate-Uid", ""), extra)


def _constrained(wanted: User, action: Attributes) -> Iterator[Attributes]:
    mode = "user-info"
    if wanted.name.startswith(ACCOUNT_PREFIX):
        mode = "serviceaccount"
    elif wanted.name.startswith(NODE_PREFIX):
        mode = "arbitrary-node"
    yield replace(action, verb=f"impersonate-on:{mode}:{action.verb}")
    yield from _needs(action.who, wanted, f"impersonate:{mode}", "authentication.k8s.io")


def _needs(who: User, wanted: User, verb: str, group: str) -> Iterator[Attributes]:
    """Yield what must be allowed: one check for the user, each group, the uid and each extra value."""
    own = "authentication.k8s.io"
    if wanted.name.startswith(ACCOUNT_PREFIX):
        namespace, _, name = wanted.name.removeprefix(ACCOUNT_PREFIX).partition(":")
        yield Attributes(who, verb, group, "serviceaccounts", namespace=namespace, name=name)
    elif wanted.name.startswith(NODE_PREFIX) and group:
        yield Attributes(who, verb, group, "nodes", name=wanted.name.removeprefix(NODE_PREFIX))
    else:
        yield Attributes(who, verb, group, "users", name=wanted.name)
    if wanted.uid:
        yield Attributes(who, verb, own, "uids", name=wanted.uid)
    for name in wanted.groups:
        yield Attributes(who, verb, group, "groups", name=name)
    for key, values in wanted.extra.items():
        for value in values:
            yield Attributes(who, verb, own, "userextras", key, name=value)


def _completed(wanted: User) -> User:
    groups = wanted.groups
    if wanted.name.startswith(ACCOUNT_PREFIX) and not groups:
        namespace = wanted.name.split(":")[2]
        groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}")
    if wanted.name == ANONYMOUS.name:
        groups = groups if UNAUTHENTICATED in groups else (*groups, UNAUTHENTICATED)
    elif AUTHENTICATED not in groups and UNAUTHENTICATED not in groups:
        groups = (*groups, AUTHENTICATED)
    return replace(wanted, groups=groups)
