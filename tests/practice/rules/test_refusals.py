"""What a real API server refuses is refused, field by field, in its words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.practice.rules.cases import changed, load, resource
from tutor.practice.api import errors
from tutor.practice.api.meta import validate_meta
from tutor.practice.rules.registry import strategies

STRATEGIES = strategies()
FILE = load("refusals.yaml")
CASES = [
    (FILE["bases"][base], changes, *answer)
    for (base, changes), answer in zip(FILE["cases"], load("refused.json"), strict=True)
]


def refusal(manifest: dict[str, Any]) -> errors.ApiError:
    """Return the error that the API server answers with."""
    kind, group = manifest["kind"], manifest["apiVersion"].rpartition("/")[0]
    strategy = STRATEGIES[resource(kind)]
    manifest["metadata"] |= {"namespace": "default"}
    strategy.default(manifest)
    manifest["metadata"] |= {"uid": "0-0", "creationTimestamp": "2026-01-01T00:00:00Z"}
    strategy.prepare_create(manifest)
    causes = validate_meta(manifest, namespaced=True, faults=strategy.name_faults) + strategy.validate(manifest)
    return errors.invalid(kind, group, manifest["metadata"]["name"], causes)


@pytest.mark.parametrize(
    ("base", "changes", "message", "causes"),
    CASES,
    ids=[f"{base['kind']}-{changes}"[:90] for base, changes, *_ in CASES],
)
def test_a_bad_manifest_is_refused_as_by_the_real_server(
    base: dict[str, Any], changes: dict[str, Any], message: str, causes: list[list[str]]
) -> None:
    error = refusal(changed(base, changes))
    found = [[each["field"], each["reason"], each["message"]] for each in (error.details or {}).get("causes", [])]
    assert found == causes
    assert error.message == message
