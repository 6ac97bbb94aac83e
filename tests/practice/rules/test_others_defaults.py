"""New objects of all kinds that run no Pods are stored as a real API server stores them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.practice.rules.cases import load
from tests.practice.rules.others import fresh, sent, settled

CASES = [
    (manifest, stored)
    for manifest, stored in zip(load("others_manifests.yaml"), load("others_defaulted.json"), strict=True)
]


@pytest.mark.parametrize(("manifest", "stored"), CASES, ids=[each["kind"] for each, _ in CASES])
def test_a_new_object_gets_the_servers_defaults(manifest: dict[str, Any], stored: dict[str, Any]) -> None:
    api = fresh()
    resource, namespace, obj = sent(api, manifest)
    assert settled(api.create(resource, obj, namespace, dry_run=True)) == stored
