"""What is refused of admission policies and webhooks.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/admissionregistration/validation/validation.go
"""

from __future__ import annotations

from urllib.parse import urlsplit

from tutor.practice.api.causes import duplicate, invalid, not_supported, required
from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import name_faults
from tutor.practice.rules.checks import Causes, faults, label_selector, needed, one_of

_FAILURES, _MATCHES = ("Fail", "Ignore"), ("Equivalent", "Exact")
_OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
_ACTIONS = ("Audit", "Deny", "Warn")
_URL = "desired format: https://host[/path]"


def policy(spec: Obj, *, validating: bool) -> Causes:
    """Check the spec of an admission policy."""
    yield from one_of(spec, "spec", "failurePolicy", _FAILURES)
    if spec.get("matchConstraints") is None:
        yield required("spec.matchConstraints")
    else:
        yield from _resources(spec["matchConstraints"], "spec.matchConstraints")
        if not spec["matchConstraints"].get("resourceRules"):
            yield required("spec.matchConstraints.resourceRules")
    if validating and not spec.get("validations") and not spec.get("auditAnnotations"):
        for key in ("validations", "auditAnnotations"):
            yield required(f"spec.{key}", "validations or auditAnnotations must contain at least one item")
    for index, each in enumerate(spec.get("validations") or []):
        if not (each.get("expression") or "").strip():
            yield required(f"spec.validations[{index}].expression", "expression is not specified")


def binding(spec: Obj, *, validating: bool) -> Causes:
    """Check the spec of an admission policy's binding."""
    yield from needed(spec, "spec", "policyName")
    if spec.get("policyName"):
        yield from faults("spec.policyName", spec["policyName"], name_faults(spec["policyName"]))
    if spec.get("paramRef") is not None:
        yield from needed(spec["paramRef"], "spec.paramRef", "parameterNotFoundAction")
    if spec.get("matchResources"):
        yield from _resources(spec["matchResources"], "spec.matchResources")
    if not validating:
        return
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


def webhook(hook: Obj, index: int) -> Causes:
    """Check one webhook of a configuration."""
    at, name = f"webhooks[{index}]", hook.get("name") or ""
    yield from _domain(name, f"{at}.name")
    for number, rule in enumerate(hook.get("rules") or []):
        yield from _rule(rule, f"{at}.rules[{number}]")
    yield from one_of(hook, at, "failurePolicy", _FAILURES)
    yield from one_of(hook, at, "matchPolicy", _MATCHES)
    effects = ("None", "NoneOnDryRun")
    if hook.get("sideEffects") is None:
        yield required(f"{at}.sideEffects", "must specify one of None, NoneOnDryRun")
    yield from one_of(hook, at, "sideEffects", effects)
    if not 1 <= hook["timeoutSeconds"] <= 30:
        text = "the timeout value must be between 1 and 30 seconds"
        yield invalid(f"{at}.timeoutSeconds", hook["timeoutSeconds"], text)
    for key in ("namespaceSelector", "objectSelector"):
        yield from label_selector(hook[key], f"{at}.{key}")
    yield from _client(hook.get("clientConfig") or {}, f"{at}.clientConfig")
    if not hook.get("admissionReviewVersions"):
        yield required(f"{at}.admissionReviewVersions", "must specify one of v1, v1beta1")


def _domain(name: str, at: str) -> Causes:
    if not name:
        yield required(at)
        return
    wrong = name_faults(name)
    yield from faults(at, name, wrong)
    if not wrong and name.count(".") < 2:
        yield invalid(at, name, "should be a domain with at least three segments separated by dots")


def _client(config: Obj, at: str) -> Causes:
    url, service = config.get("url"), config.get("service")
    if (url is None) == (service is None):
        yield required(at, "exactly one of url or service is required")
    elif url is not None:
        parts = urlsplit(url)
        if parts.scheme != "https":
            yield invalid(f"{at}.url", parts.scheme, f"'https' is the only allowed URL scheme; {_URL}")
        if not parts.netloc:
            yield invalid(f"{at}.url", parts.netloc, f"host must be specified; {_URL}")
    else:
        yield from needed(service or {}, f"{at}.service", "name", "namespace")


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
