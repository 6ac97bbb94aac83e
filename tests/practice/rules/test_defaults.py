"""Objects are stored as a real API server stores them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.practice.rules.cases import load, resource, settled
from tutor.practice.rules.registry import strategies

STRATEGIES = strategies()
CASES = list(zip(load("manifests.yaml"), load("defaulted.json"), strict=True))


@pytest.mark.parametrize(("manifest", "stored"), CASES, ids=[each["kind"] for each, _ in CASES])
def test_a_new_object_gets_the_servers_defaults(manifest: dict[str, Any], stored: dict[str, Any]) -> None:
    strategy = STRATEGIES[resource(manifest["kind"])]
    strategy.default(manifest)
    manifest["metadata"] |= {"uid": "00000000-0000-0000-0000-000000000000", "creationTimestamp": "2026-01-01T00:00:00Z"}
    strategy.prepare_create(manifest)
    assert settled(manifest) == stored


@pytest.mark.parametrize("stored", load("defaulted.json"), ids=[each["kind"] for each, _ in CASES])
def test_what_is_stored_has_all_defaults(stored: dict[str, Any]) -> None:
    strategy = STRATEGIES[resource(stored["kind"])]
    again = {**stored, "metadata": dict(stored["metadata"])}
    strategy.default(again)
    assert again == stored
