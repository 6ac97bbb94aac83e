"""Questions to the API server: who am I, and who may do what.

https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tutor.practice.access import tokens
from tutor.practice.access.attributes import MASTERS, Attributes, refusal
from tutor.practice.access.authentication import Impersonation, authenticate
from tutor.practice.access.escalation import EVERYTHING
from tutor.practice.access.rbac import Rbac
from tutor.practice.access.tokens import Tokens, user_info
from tutor.practice.api import causes, errors
from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.request import User
from tutor.practice.api.store import Store
from tutor.practice.clock import Clock, stamp
from tutor.practice.http.path import Path


class Access:
    """Authentication, impersonation, authorization and reviews in one, as the HTTP server uses them."""

    def __init__(self, store: Store, tokens: Tokens, clock: Clock) -> None:
        self.rbac = Rbac(store)
        self.tokens = tokens
        self._clock = clock
        self._impersonation = Impersonation(self.rbac)

    def authenticate(
        self, certificate: Mapping[str, Any] | None, headers: Mapping[str, str], binary: bytes | None = None
    ) -> User:
        """Return the user behind a peer certificate, a bearer token or nothing. Raises ApiError (401).

        `binary` is the certificate's DER, for the credential id that `kubectl auth whoami` shows.
        """
        return authenticate(certificate, headers.get("Authorization", ""), self.tokens, binary)

    def impersonated(self, who: User, headers: Any, path: Path) -> User:
        """Return the user that `Impersonate-…` headers (a multidict) name. Raises ApiError (400, 403)."""
        return self._impersonation.impersonated(headers, _attributes(who, path))

    def authorize(self, who: User, path: Path) -> None:
        """Raise ApiError (403) where the user may not."""
        wanted = _attributes(who, path)
        decision = self.rbac.decide(wanted)
        if not decision.allowed:
            raise refusal(wanted, decision.reason)

    def review(self, resource: str, obj: Obj, who: User, namespace: str = "") -> Obj:
        """Answer one of the objects that are questions; `resource` is its key in the API. Raises ApiError."""
        plural = resource.partition(".")[0]
        obj = {**obj, "metadata": obj.get("metadata") or {}}
        match plural:
            case "tokenreviews":
                return tokens.review(self.tokens, obj)
            case "selfsubjectreviews":
                meta = {"creationTimestamp": stamp(self._clock.now())}
                return {**obj, "metadata": meta, "status": {"userInfo": user_info(who)}}
            case "selfsubjectrulesreviews":
                return {**obj, "spec": {}, "status": self._rules(obj, who)}
            case "selfsubjectaccessreviews":
                return {**obj, "status": self._access(obj, who, "")}
        spec = obj.get("spec") or {}
        extra = {key: tuple(values) for key, values in (spec.get("extra") or {}).items()}
        about = User(spec.get("user") or "", tuple(spec.get("groups") or ()), spec.get("uid") or "", extra)
        local = namespace if plural == "localsubjectaccessreviews" else ""
        return {**obj, "status": self._access(obj, about, local, subject=True)}

    def _access(self, obj: Obj, who: User, namespace: str, *, subject: bool = False) -> Obj:
        spec = obj.get("spec") or {}
        resource, url = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
        found: list[Cause] = []
        if bool(resource is None) == bool(url is None):
            text = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
            if resource is None:
                found.append(causes.invalid("spec", None, text))
            else:
                text = "cannot be specified in combination with resourceAttributes"
                found.append(causes.invalid("spec.nonResourceAttributes", url, text))
        if subject and not who.name and not who.groups:
            found.append(causes.invalid("spec.user", "", "at least one of user or group must be specified"))
        if namespace and resource is not None and resource.get("namespace", "") != namespace:
            value = resource.get("namespace", "")
            found.append(causes.invalid("spec.resourceAttributes.namespace", value, "must match metadata.namespace"))
        if found:
            raise errors.invalid("", "authorization.k8s.io", "", found)
        if url is None:
            resource = resource or {}
            keys = ("verb", "group", "resource", "subresource", "namespace", "name")
            wanted = Attributes(who, **{key: resource.get(key) or "" for key in keys})
        else:
            wanted = Attributes(who, url.get("verb") or "", path=url.get("path") or "")
        decision = self.rbac.decide(wanted)
        status: Obj = {"allowed": decision.allowed}
        return status | ({"reason": decision.reason} if decision.reason else {})

    def _rules(self, obj: Obj, who: User) -> Obj:
        namespace = (obj.get("spec") or {}).get("namespace") or ""
        if not namespace:
            raise errors.bad_request("no namespace on request")
        rules = self.rbac.rules_for(who, namespace)
        if MASTERS in who.groups:
            rules = [*EVERYTHING, *rules]
        keys = ("verbs", "apiGroups", "resources", "resourceNames")
        resources = [{key: rule[key] for key in keys if rule.get(key)} for rule in rules if rule.get("resources")]
        urls = [
            {key: rule[key] for key in ("verbs", "nonResourceURLs")} for rule in rules if rule.get("nonResourceURLs")
        ]
        return {"resourceRules": resources, "nonResourceRules": urls, "incomplete": False}


def _attributes(who: User, path: Path) -> Attributes:
    if not path.resource:
        return Attributes(who, path.verb, path=path.whole)
    return Attributes(
        who,
        path.verb,
        group=path.group,
        resource=path.resource,
        subresource=path.subresource,
        namespace=path.namespace,
        name=path.name,
    )
