"""The controllers behind access: aggregated roles, tokens in Secrets, signed certificates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from tutor.practice.access.certificates import Authority
from tutor.practice.access.csr import REQUESTS, sign
from tutor.practice.access.rbac import CLUSTER_ROLES
from tutor.practice.access.tokens import ACCOUNT, Tokens
from tutor.practice.api.chain import Api
from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import key_of
from tutor.practice.api.selectors import matches
from tutor.practice.api.store import Event
from tutor.practice.controllers.queue import Controller, Key


class ClusterRoleAggregation(Controller):
    """Gives aggregated ClusterRoles the rules of all ClusterRoles that their selectors match.

    https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles
    """

    name: ClassVar[str] = "clusterrole-aggregation-controller"
    resource: ClassVar[str] = CLUSTER_ROLES
    watches: ClassVar[tuple[str, ...]] = (CLUSTER_ROLES,)

    def concerns(self, event: Event) -> Iterable[Key]:
        """Any change may be every aggregated role's concern."""
        del event
        return [key_of(role) for role in self.store.list(CLUSTER_ROLES) if role.get("aggregationRule")]

    def reconcile(self, obj: Obj) -> None:
        """Gather the rules, in the order of the selectors and of the roles' names."""
        if not obj.get("aggregationRule"):
            return
        rules: list[Obj] = []
        for selector in obj["aggregationRule"].get("clusterRoleSelectors") or []:
            for other in self.store.list(CLUSTER_ROLES):
                meta = other["metadata"]
                if meta["name"] != obj["metadata"]["name"] and matches(selector, meta.get("labels")):
                    rules += [rule for rule in other.get("rules") or [] if rule not in rules]
        if rules != (obj.get("rules") or []):
            name = obj["metadata"]["name"]
            self.api.change(CLUSTER_ROLES, "", name, lambda new: {**new, "rules": rules}, manager=self.name)


class TokenSecrets(Controller):
    """Fills the Secrets that are to hold an account's token, and removes those of accounts that are gone."""

    name: ClassVar[str] = "serviceaccount-token-controller"
    resource: ClassVar[str] = "secrets"
    watches: ClassVar[tuple[str, ...]] = ("serviceaccounts",)

    def __init__(self, api: Api, tokens: Tokens) -> None:
        super().__init__(api)
        self._tokens = tokens

    def concerns(self, event: Event) -> Iterable[Key]:
        """An account concerns its Secrets."""
        namespace, name = key_of(event.object)
        for secret in self.store.list("secrets", namespace):
            if (secret["metadata"].get("annotations") or {}).get(ACCOUNT) == name:
                yield key_of(secret)

    def reconcile(self, obj: Obj) -> None:
        """Fill or remove."""
        self._tokens.reconcile_secret(obj)


class CertificateSigner(Controller):
    """Issues the certificates of approved requests to the cluster's own signers."""

    name: ClassVar[str] = "certificate-controller"
    resource: ClassVar[str] = REQUESTS

    def __init__(self, api: Api, authority: Authority) -> None:
        super().__init__(api)
        self._authority = authority

    def reconcile(self, obj: Obj) -> None:
        """Sign, or say why not."""
        sign(self.api, self._authority, obj)


def access_controllers(api: Api, tokens: Tokens, authority: Authority) -> list[Controller]:
    """Return all of them."""
    return [ClusterRoleAggregation(api), TokenSecrets(api, tokens), CertificateSigner(api, authority)]
