"""ValidatingAdmissionPolicy: rules that users write, as CEL expressions.

https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tutor.practice.access.tokens import user_info
from tutor.practice.admission.cel import CelError, evaluate, problem
from tutor.practice.admission.matching import matches
from tutor.practice.admission.plugin import Plugin, forbid
from tutor.practice.api import causes
from tutor.practice.api.chain import Api
from tutor.practice.api.errors import ApiError, Cause, Obj
from tutor.practice.api.request import Request
from tutor.practice.api.selectors import matches as selects

GROUP = "admissionregistration.k8s.io"
POLICIES, BINDINGS = f"validatingadmissionpolicies.{GROUP}", f"validatingadmissionpolicybindings.{GROUP}"
KNOWN = frozenset({"object", "oldObject", "request", "namespaceObject", "authorizer"})
"""Variables of every expression."""
CODES = {"Forbidden": 403, "RequestEntityTooLarge": 413, "Invalid": 422}
REASONS = ("Forbidden", "Invalid", "RequestEntityTooLarge")
NO_PARAMS = "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction"


@dataclass(frozen=True)
class Finding:
    """A rule that was not kept, or could not be evaluated."""

    message: str
    reason: str = ""


class ValidatingAdmissionPolicies(Plugin):
    """Asks the policies that are bound for a request, in the order of their names."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def validate(self, request: Request) -> None:
        """Raise ApiError with the first finding that denies; warn of others."""
        if request.kind.group == GROUP:
            return
        denied: ApiError | None = None
        for policy in self._api.store.list(POLICIES):
            if not matches(self._api.store, request, policy["spec"].get("matchConstraints")):
                continue
            for binding in self._bindings(policy, request):
                names = f"ValidatingAdmissionPolicy {_quoted(policy)} with binding {_quoted(binding)}"
                actions = binding["spec"].get("validationActions") or ["Deny"]
                for finding in self._findings(policy, binding, request):
                    if "Warn" in actions:
                        request.warnings.append(f"Validation failed for {names}: {finding.message}")
                    if "Deny" in actions:
                        denied = denied or _denial(request, finding, f"{names} denied request: {finding.message}")
        if denied:
            raise denied

    def _bindings(self, policy: Obj, request: Request) -> Iterator[Obj]:
        for binding in self._api.store.list(BINDINGS):
            spec = binding["spec"]
            ours = spec.get("policyName") == policy["metadata"]["name"]
            if ours and matches(self._api.store, request, spec.get("matchResources")):
                yield binding

    def _findings(self, policy: Obj, binding: Obj, request: Request) -> Iterator[Finding]:
        spec = policy["spec"]
        reference = binding["spec"].get("paramRef")
        if not spec.get("paramKind") or not reference:
            yield from self._examined(spec, request, None)
            return
        params = self._params(spec["paramKind"], reference, request)
        if not params and reference.get("parameterNotFoundAction") == "Deny" and spec.get("failurePolicy") != "Ignore":
            yield Finding(NO_PARAMS)
        for each in params:
            yield from self._examined(spec, request, each)

    def _params(self, param_kind: Obj, reference: Obj, request: Request) -> list[Obj]:
        kind = self._api.kinds.of(param_kind["apiVersion"], param_kind["kind"])
        if kind is None:
            return []
        namespace = (reference.get("namespace") or request.namespace) if kind.namespaced else ""
        if name := reference.get("name"):
            found = self._api.store.get(kind.resource, namespace, name)
            return [found] if found else []
        selector = reference.get("selector")
        objects = self._api.store.list(kind.resource, namespace)
        return [each for each in objects if selects(selector, each["metadata"].get("labels"))]

    def _examined(self, spec: Obj, request: Request, params: Obj | None) -> Iterator[Finding]:
        """Yield what is wrong with a request, with one object as parameters."""
        fails = spec.get("failurePolicy", "Fail") != "Ignore"
        known = self._known(request, params)
        for condition in spec.get("matchConditions") or []:
            try:
                if evaluate(condition["expression"], known) is not True:
                    return
            except CelError as error:
                if fails:
                    yield Finding(_failure(condition["expression"], str(error)))
                return
        variables = known["variables"] = {}
        errors: dict[str, str] = {}
        for variable in spec.get("variables") or []:
            try:
                variables[variable["name"]] = evaluate(variable["expression"], known)
            except CelError as error:
                text = f'composited variable "{variable["name"]}" fails to evaluate: {error}'
                errors[f"no such key: {variable['name']}"] = text
        for validation in spec.get("validations") or []:
            expression = validation["expression"]
            try:
                kept = evaluate(expression, known) is True
            except CelError as error:
                if fails:
                    yield Finding(_failure(expression, errors.get(str(error), str(error))))
                continue
            if not kept:
                yield Finding(_message(validation, known), validation.get("reason", ""))

    def _known(self, request: Request, params: Obj | None) -> dict[str, Any]:
        kind = request.kind
        version = {"group": kind.group, "version": kind.version}
        asked = {
            "kind": {**version, "kind": kind.kind},
            "resource": {**version, "resource": kind.plural},
            "subResource": request.subresource,
            "name": request.name,
            "namespace": request.namespace,
            "operation": request.operation,
            "userInfo": user_info(request.who),
            "dryRun": request.dry_run,
        }
        namespace = self._api.store.get("namespaces", "", request.namespace) if request.namespace else None
        return {
            "object": request.object,
            "oldObject": request.old,
            "request": asked,
            "params": params,
            "namespaceObject": namespace,
        }


def expression_faults(spec: Obj) -> list[Cause]:
    """Return what is wrong with the expressions that a policy has, for the validation of such policies."""
    names = KNOWN | (frozenset({"params"}) if spec.get("paramKind") else frozenset())
    found: list[Cause] = []

    def look(field: str, expression: str, wanted: str) -> None:
        if expression.strip() and (text := problem(expression, names, wanted)):
            found.append(causes.invalid(field, expression, text))

    for number, condition in enumerate(spec.get("matchConditions") or []):
        look(f"spec.matchConditions[{number}].expression", condition.get("expression") or "", "bool")
    for number, variable in enumerate(spec.get("variables") or []):
        look(f"spec.variables[{number}].expression", variable.get("expression") or "", "")
        names |= {"variables"}
    for number, validation in enumerate(spec.get("validations") or []):
        field = f"spec.validations[{number}]"
        look(f"{field}.expression", validation.get("expression") or "", "bool")
        if expression := validation.get("messageExpression"):
            look(f"{field}.messageExpression", expression, "string")
        if "\n" in (message := (validation.get("message") or "").strip()):
            found.append(causes.invalid(f"{field}.message", message, "must not contain line breaks"))
        if validation.get("reason", "Invalid") not in REASONS:
            found.append(causes.not_supported(f"{field}.reason", validation["reason"], REASONS))
    return found


def _message(validation: Obj, known: dict[str, Any]) -> str:
    if expression := validation.get("messageExpression"):
        try:
            text = evaluate(expression, known)
        except CelError:
            text = None
        if isinstance(text, str) and text.strip() and "\n" not in text.strip():
            return text.strip()
    message: str = validation.get("message") or f"failed expression: {validation['expression'].strip()}"
    return message.strip()


def _failure(expression: str, error: str) -> str:
    return f"expression '{expression}' resulted in error: {error}"


def _denial(request: Request, finding: Finding, message: str) -> ApiError:
    reason = finding.reason or "Invalid"
    error = forbid(request, message)
    details = {**(error.details or {}), "causes": [{"message": message}]}
    return ApiError(CODES.get(reason, 422), reason, error.message, details)


def _quoted(obj: Obj) -> str:
    return f"'{obj['metadata']['name']}'"
