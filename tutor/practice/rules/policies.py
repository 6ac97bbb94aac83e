"""What extends admission: policies, their bindings, webhooks.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/admissionregistration/validation/validation.go
"""

from __future__ import annotations

from tutor.practice.admission.policies import expression_faults
from tutor.practice.api.causes import duplicate, invalid, not_supported, required
from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import name_faults
from tutor.practice.rules.checks import Causes, faults, items, label_selector, needed, one_of
from tutor.practice.rules.plain import fill

_FAILURES, _MATCHES = ("Fail", "Ignore"), ("Equivalent", "Exact")
_OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
_ACTIONS = ("Audit", "Deny", "Warn")
_WEBHOOK = {"failurePolicy": "Fail", "matchPolicy": "Equivalent", "timeoutSeconds": 10}


def default_policy(obj: Obj) -> None:
    """Fill in what happens on failure, and what is matched."""
    fill(obj, {"spec": {"failurePolicy": "Fail"}})
    _match(obj["spec"].get("matchConstraints"))


def default_binding(obj: Obj) -> None:
    """Fill in what is matched."""
    _match(obj.setdefault("spec", {}).get("matchResources"))


def default_webhooks(obj: Obj) -> None:
    """Fill in each webhook of a configuration."""
    for webhook in obj.get("webhooks") or []:
        fill(webhook, _WEBHOOK)
        if obj["kind"].startswith("Mutating"):
            fill(webhook, {"reinvocationPolicy": "Never"})
        _selectors(webhook, webhook.get("rules"))
        if service := (webhook.get("clientConfig") or {}).get("service"):
            service.setdefault("port", 443)


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


def policy(obj: Obj) -> Causes:
    """Check what a ValidatingAdmissionPolicy matches and what is to hold."""
    spec = obj["spec"]
    yield from one_of(spec, "spec", "failurePolicy", _FAILURES)
    if spec.get("matchConstraints") is None:
        yield required("spec.matchConstraints")
    else:
        yield from _resources(spec["matchConstraints"], "spec.matchConstraints")
        if not spec["matchConstraints"].get("resourceRules"):
            yield required("spec.matchConstraints.resourceRules")
    if not spec.get("validations") and not spec.get("auditAnnotations"):
        for key in ("validations", "auditAnnotations"):
            yield required(f"spec.{key}", "validations or auditAnnotations must contain at least one item")
    for at, each in items(spec, "spec", "validations"):
        if not (each.get("expression") or "").strip():
            yield required(f"{at}.expression", "expression is not specified")
    yield from expression_faults(spec)


def binding(obj: Obj) -> Causes:
    """Check the policy's name and the actions of a binding."""
    spec = obj["spec"]
    yield from needed(spec, "spec", "policyName")
    if spec.get("policyName"):
        yield from faults("spec.policyName", spec["policyName"], name_faults(spec["policyName"]))
    if spec.get("paramRef") is not None:
        yield from needed(spec["paramRef"], "spec.paramRef", "parameterNotFoundAction")
    if spec.get("matchResources"):
        yield from _resources(spec["matchResources"], "spec.matchResources")
    actions = spec.get("validationActions") or []
    for index, action in enumerate(actions):
        if action not in _ACTIONS:
            yield not_supported(f"spec.validationActions[{index}]", action, _ACTIONS)
        if action in actions[:index]:
            yield duplicate(f"spec.validationActions[{index}]", action)
    if {"Deny", "Warn"} <= {*actions}:
        why = "repeating the same validation failure information in the API response and headers serves no purpose"
        yield invalid("spec.validationActions", actions, f"must not contain both Deny and Warn ({why})")
    if not actions:
        yield required("spec.validationActions")


def _resources(resources: Obj, at: str) -> Causes:
    yield from one_of(resources, at, "matchPolicy", _MATCHES)
    for key in ("namespaceSelector", "objectSelector"):
        yield from label_selector(resources[key], f"{at}.{key}")
    for key in ("resourceRules", "excludeResourceRules"):
        for index, rule in enumerate(resources.get(key) or []):
            yield from _rule(rule, f"{at}.{key}[{index}]")


def _rule(rule: Obj, at: str) -> Causes:
    operations = rule.get("operations") or []
    if not operations:
        yield required(f"{at}.operations")
    if len(operations) > 1 and "*" in operations:
        text = "if '*' is present, must not specify other operations"
        yield invalid(f"{at}.operations", operations, text)
    for index, each in enumerate(operations):
        if each not in _OPERATIONS:
            yield not_supported(f"{at}.operations[{index}]", each, _OPERATIONS)
    yield from needed(rule, at, "apiGroups", "apiVersions", "resources")
    yield from one_of(rule, at, "scope", ("*", "Cluster", "Namespaced"))
