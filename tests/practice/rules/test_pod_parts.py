"""Containers for debugging, resizes of Pods, and what makes a new generation: as a real API server has it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.practice.rules.cases import changed, load
from tutor.practice.api.errors import Cause
from tutor.practice.rules.registry import strategies

STRATEGIES = strategies()
BASES = load("refusals.yaml")["bases"]
NO_QOS = "Invalid value: {}: Pod QOS Class may not change as a result of resizing"
EPHEMERAL = "Forbidden: cannot be set for an Ephemeral Container"
CHANGED = (
    'Forbidden: existing ephemeral containers "e" may not be changed\n'
    '@@ -1,6 +1,6 @@\n {\n  "Name": "e",\n- "Image": "busybox",\n+ "Image": "x",\n'
    '  "Command": null,\n  "Args": null,\n  "WorkingDir": "",\n'
)
SIZED = {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": "200m", "memory": "128Mi"}}


def stored(base: str, changes: dict[str, Any]) -> dict[str, Any]:
    """Return an object as it is stored."""
    obj = changed(BASES[base], changes)
    strategy = STRATEGIES[{"pod": "pods", "deploy": "deployments.apps", "sts": "statefulsets.apps"}[base]]
    strategy.default(obj)
    obj["metadata"] |= {"uid": "0-0", "creationTimestamp": "2026-01-01T00:00:00Z"}
    strategy.prepare_create(obj)
    return obj


def put(subresource: str, old: dict[str, Any], changes: dict[str, Any]) -> tuple[dict[str, Any], list[Cause]]:
    """Update a part of a Pod; return the new Pod and what is wrong with it."""
    new = changed(old, changes)
    STRATEGIES["pods"].default(new)
    return new, STRATEGIES["pods"].update_part(new, old, subresource)


def shown(causes: list[Cause]) -> list[tuple[str, str]]:
    """Return fields and messages."""
    return [(each.field, each.message) for each in causes]


def test_a_container_for_debugging_is_added() -> None:
    new, causes = put(
        "ephemeralcontainers", stored("pod", {}), {"spec.ephemeralContainers": [{"name": "e", "image": "busybox"}]}
    )
    assert causes == []
    assert new["metadata"]["generation"] == 2
    assert new["spec"]["ephemeralContainers"] == [
        {
            "name": "e",
            "image": "busybox",
            "resources": {},
            "terminationMessagePath": "/dev/termination-log",
            "terminationMessagePolicy": "File",
            "imagePullPolicy": "Always",
        }
    ]


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        ({"name": "c"}, [("name", 'Duplicate value: "c"')]),
        ({"targetContainerName": "zz"}, [("targetContainerName", 'Not found: "zz"')]),
        (
            {
                "ports": [{"containerPort": 80}],
                "resources": {"limits": {"cpu": "1"}},
                "livenessProbe": {"exec": {"command": ["a"]}},
                "lifecycle": {"preStop": {"exec": {"command": ["a"]}}},
            },
            [(key, EPHEMERAL) for key in ("ports", "resources", "livenessProbe", "lifecycle")],
        ),
        ({"image": ""}, [("image", "Required value")]),
    ],
)
def test_a_bad_container_for_debugging_is_refused(container: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    container = {"name": "e", "image": "busybox", **container}
    _, causes = put("ephemeralcontainers", stored("pod", {}), {"spec.ephemeralContainers": [container]})
    assert shown(causes) == [(f"spec.ephemeralContainers[0].{key}", message) for key, message in expected]


def test_a_container_for_debugging_stays() -> None:
    old, _ = put(
        "ephemeralcontainers", stored("pod", {}), {"spec.ephemeralContainers": [{"name": "e", "image": "busybox"}]}
    )
    removed = 'Forbidden: existing ephemeral containers "e" may not be removed\n'
    _, causes = put("ephemeralcontainers", old, {"spec.ephemeralContainers": []})
    assert shown(causes) == [("spec.ephemeralContainers", removed)]
    other = {"spec.ephemeralContainers.0.image": "x", "spec.ephemeralContainers.0.imagePullPolicy": "Always"}
    _, causes = put("ephemeralcontainers", old, other)
    assert shown(causes) == [("spec.ephemeralContainers", CHANGED)]


@pytest.mark.parametrize(
    ("resources", "changes", "expected"),
    [
        (SIZED, {"requests.cpu": "150m"}, []),
        (SIZED, {"limits.memory": "64Mi"}, []),
        (
            SIZED,
            {"requests.cpu": "300m"},
            [
                (
                    "spec.containers[0].resources.requests",
                    'Invalid value: "300m": must be less than or equal to cpu limit of 200m',
                )
            ],
        ),
        (SIZED, {"requests": SIZED["limits"]}, [("spec", NO_QOS.format('"Burstable"'))]),
        (
            SIZED,
            {"limits": None},
            [("spec.containers[0].resources.limits", "Forbidden: resource limits cannot be removed")],
        ),
        (
            SIZED,
            {"requests.ephemeral-storage": "1Gi"},
            [("spec", "Forbidden: only cpu and memory resources are mutable")],
        ),
        ({}, {"requests": {"cpu": "100m"}}, [("spec", NO_QOS.format('"BestEffort"'))]),
    ],
)
def test_a_resize(resources: dict[str, Any], changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    old = stored("pod", {"spec.containers.0.resources": resources})
    _, causes = put("resize", old, {f"spec.containers.0.resources.{key}": value for key, value in changes.items()})
    assert shown(causes) == expected


def test_annotations_make_a_new_generation_of_a_deployment_only() -> None:
    for base, resource, generation in (("deploy", "deployments.apps", 2), ("sts", "statefulsets.apps", 1)):
        old = stored(base, {})
        new = changed(old, {"metadata.annotations": {"a": "b"}})
        STRATEGIES[resource].prepare_update(new, old)
        assert new["metadata"]["generation"] == generation
