"""What extends admission: policies, their bindings, webhooks.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/admissionregistration/v1/defaults.go
"""

from __future__ import annotations

from typing import Any

from tutor.practice.admission.policies import expression_faults
from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.strategy import Strategy
from tutor.practice.rules import policy_checks as checks
from tutor.practice.rules.pod_defaults import fill


class AdmissionPolicies(Strategy):
    """The rules of ValidatingAdmissionPolicies and MutatingAdmissionPolicies, the latter without `status`."""

    may_update_unconditionally = False

    def __init__(self, *, status: bool) -> None:
        self.has_status = status

    def default(self, obj: Obj) -> None:
        """Fill in what happens on failure, and what is matched."""
        spec = obj.setdefault("spec", {})
        fill(spec, {"failurePolicy": "Fail"})
        _match(spec.get("matchConstraints"))

    def validate(self, obj: Obj) -> list[Cause]:
        """Check what is matched and what is to hold."""
        found = list(checks.policy(obj["spec"], validating=self.has_status))
        return found + (expression_faults(obj["spec"]) if self.has_status else [])


class PolicyBindings(Strategy):
    """The rules of the bindings of admission policies."""

    has_status = False
    may_update_unconditionally = False

    def default(self, obj: Obj) -> None:
        """Fill in what is matched."""
        _match(obj.setdefault("spec", {}).get("matchResources"))

    def validate(self, obj: Obj) -> list[Cause]:
        """Check the policy's name and the actions."""
        return list(checks.binding(obj["spec"], validating=obj["kind"].startswith("Validating")))


class Webhooks(Strategy):
    """The rules of webhook configurations; `defaults` are of each webhook."""

    has_status = False
    may_update_unconditionally = False

    def __init__(self, **defaults: Any) -> None:
        self._defaults = {"failurePolicy": "Fail", "matchPolicy": "Equivalent", "timeoutSeconds": 10, **defaults}

    def default(self, obj: Obj) -> None:
        """Fill in each webhook."""
        for webhook in obj.get("webhooks") or []:
            for key, value in self._defaults.items():
                webhook.setdefault(key, value)
            _selectors(webhook, webhook.get("rules"))
            if service := (webhook.get("clientConfig") or {}).get("service"):
                service.setdefault("port", 443)

    def validate(self, obj: Obj) -> list[Cause]:
        """Check each webhook."""
        return [each for index, hook in enumerate(obj.get("webhooks") or []) for each in checks.webhook(hook, index)]


def _match(resources: Obj | None) -> None:
    if resources is not None:
        fill(resources, {"matchPolicy": "Equivalent"})
        _selectors(resources, [*(resources.get("resourceRules") or []), *(resources.get("excludeResourceRules") or [])])


def _selectors(obj: Obj, rules: list[Obj] | None) -> None:
    for key in ("namespaceSelector", "objectSelector"):
        if obj.get(key) is None:
            obj[key] = {}
    for rule in rules or []:
        rule.setdefault("scope", "*")
