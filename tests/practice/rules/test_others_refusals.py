"""What a real API server refuses of kinds that run no Pods is refused, field by field, in its words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.practice.rules.cases import changed, load
from tests.practice.rules.others import NAMESPACE, fresh, sent
from tutor.practice.api.errors import ApiError

FILE, ANSWERS = load("others_refusals.yaml"), load("others_refused.json")
CREATES, TAKEN, UPDATES = (
    [(*case, answer) for case, answer in zip(FILE[part], ANSWERS[part], strict=True)]
    for part in ("creates", "taken", "updates")
)
Answer = tuple[str, list[list[str | None]]] | None


def named(cases: list[tuple[Any, ...]]) -> list[str]:
    """Return the names of cases."""
    return [f"{case[0]} {case[-2]}"[:80] for case in cases]


def answer(call: Callable[[], object]) -> Any:
    """Return message and causes of a refusal, None where there is none."""
    try:
        call()
    except ApiError as error:
        causes = (error.details or {}).get("causes", [])
        return [error.message, [[each.get(key) for key in ("field", "reason", "message")] for each in causes]]
    return None


def settled(found: Any) -> Any:
    """Return an answer without random names, uids and addresses."""
    if isinstance(found, str):
        found = re.sub(r"10\.96\.(?!44\.44|0\.|255\.)\d+\.\d+", "ADDRESS", found)
        found = re.sub(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UID", found)
        return re.sub(r"\b(A_|a\.)[b-z2-9]{5}\b", r"\1XXXXX", found)
    return [settled(each) for each in found] if found else found


@pytest.mark.parametrize(("base", "changes", "wanted"), CREATES, ids=named(CREATES))
def test_a_bad_manifest_is_refused_as_by_the_real_server(base: str, changes: dict[str, Any], wanted: Answer) -> None:
    api = fresh()
    resource, namespace, obj = sent(api, changed(FILE["bases"][base], changes))
    found = answer(lambda: api.create(resource, obj, namespace, dry_run=True))
    assert settled(found) == settled(wanted)


@pytest.mark.parametrize(("base", "changes", "wanted"), TAKEN, ids=named(TAKEN))
def test_what_is_taken_cannot_be_had(base: str, changes: dict[str, Any], wanted: Answer) -> None:
    api = fresh()
    resource, namespace, obj = sent(api, changed(FILE["bases"][base], changes))
    assert answer(lambda: api.create(resource, obj, namespace)) == wanted


@pytest.mark.parametrize(("base", "before", "changes", "wanted"), UPDATES, ids=named(UPDATES))
def test_a_bad_update_is_refused_as_by_the_real_server(
    base: str, before: dict[str, Any], changes: dict[str, Any], wanted: Answer
) -> None:
    api = fresh()
    manifest = changed(FILE["bases"][base], before)
    manifest["metadata"]["name"] = "rules-others-u"
    resource, namespace, obj = sent(api, manifest)
    stored = api.create(resource, obj, namespace)
    _, _, new = sent(api, changed(stored, changes))

    def update() -> None:
        name = "rules-others-u"
        api.change(resource, namespace and NAMESPACE, name, lambda _: new, dry_run=True)

    assert settled(answer(update)) == settled(wanted)
