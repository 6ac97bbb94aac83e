"""Claims and volumes: who gets which, in the words of a real cluster."""

from __future__ import annotations

from typing import Any

import pytest

from tests.practice.scheduler.world import SPACE, World

PVC, PV = "persistentvolumeclaims", "persistentvolumes"


def phases(world: World) -> dict[str, str]:
    """Return the phases of claims and volumes."""
    every = [*world.store.list(PVC), *world.store.list(PV)]
    return {each["metadata"]["name"]: each["status"]["phase"] for each in every}


async def test_the_smallest_volume_that_fits() -> None:
    async with World() as world:
        for name, size in (("small", "1Gi"), ("fitting", "5Gi"), ("large", "50Gi")):
            world.volume(name, size)
        world.claim("data", "2Gi")
        await world.settle()
        assert phases(world) == {"data": "Bound", "small": "Available", "fitting": "Bound", "large": "Available"}
        data = world.get(PVC, "data")
        assert data["spec"]["volumeName"] == "fitting"
        assert data["status"]["capacity"] == {"storage": "5Gi"}
        assert data["metadata"]["annotations"] == {
            "pv.kubernetes.io/bind-completed": "yes",
            "pv.kubernetes.io/bound-by-controller": "yes",
        }
        assert data["metadata"]["finalizers"] == ["kubernetes.io/pvc-protection"]
        assert world.condition(PVC, "data", "Unused")["reason"] == "NoPodsUsingPVC"
        reference = world.get(PV, "fitting", "")["spec"]["claimRef"]
        assert (reference["namespace"], reference["name"], reference["uid"]) == (SPACE, "data", data["metadata"]["uid"])


async def test_a_volume_that_comes_later() -> None:
    async with World() as world:
        world.claim("data")
        await world.settle()
        assert phases(world) == {"data": "Pending"}
        world.volume("late")
        await world.settle()
        assert phases(world) == {"data": "Bound", "late": "Bound"}


MODES = {"accessModes": ["ReadWriteMany"]}
NO_CLASS = "no persistent volumes available for this claim and no storage class is set"


@pytest.mark.parametrize(
    ("spec", "reason", "message"),
    [
        ({}, "FailedBinding", NO_CLASS),
        ({"storageClassName": "fast"}, "ProvisioningFailed", 'storageclass.storage.k8s.io "fast" not found'),
        (
            {"storageClassName": "none"},
            "ProvisioningFailed",
            "no volume plugin matched name: kubernetes.io/no-provisioner",
        ),
        (
            {"storageClassName": "local"},
            "ProvisioningFailed",
            'failed to provision volume with StorageClass "local": configuration error, no node was specified',
        ),
        (
            {"storageClassName": "local", **MODES},
            "ProvisioningFailed",
            'failed to provision volume with StorageClass "local": NodePath only supports ReadWriteOnce and '
            "ReadWriteOncePod (1.22+) access modes",
        ),
        (
            {"storageClassName": "local", "selector": {"matchLabels": {"a": "b"}}},
            "ProvisioningFailed",
            'failed to provision volume with StorageClass "local": claim.Spec.Selector is not supported',
        ),
        ({"volumeName": "disk", "storageClassName": "k"}, "VolumeMismatch", "storageClassName does not match"),
        ({"volumeName": "disk", **MODES}, "VolumeMismatch", "incompatible accessMode"),
        (
            {"volumeName": "disk", "resources": {"requests": {"storage": "2Gi"}}},
            "VolumeMismatch",
            'Cannot bind to requested volume "disk": requested PV is too small',
        ),
        ({"volumeName": "taken"}, "FailedBinding", 'volume "taken" already bound to a different claim.'),
    ],
)
async def test_why_a_claim_is_pending(spec: dict[str, Any], reason: str, message: str) -> None:
    async with World() as world:
        world.storage_class("none", provisioner="kubernetes.io/no-provisioner")
        world.storage_class("local")
        if "volumeName" in spec:
            world.volume("disk")
            world.volume("taken", claimRef={"namespace": "x", "name": "y", "uid": "z"})
        world.claim("data", **spec)
        await world.run(1)
        found = world.said("data")
        assert any(each == reason and text.endswith(message) for each, text in found), found
        assert phases(world)["data"] == "Pending"


async def test_reclaiming() -> None:
    async with World() as world:
        for number, policy in enumerate(("Retain", "Delete", "Delete"), 1):
            path = {"path": "/opt/data" if number == 2 else "/tmp/data"}
            world.volume(f"v{number}", f"{number}Gi", persistentVolumeReclaimPolicy=policy, hostPath=path)
            world.claim(f"c{number}", f"{number}Gi")
            await world.settle()
        for number in range(1, 4):
            world.delete(PVC, f"c{number}")
        await world.settle()
        assert phases(world) == {"v1": "Released", "v2": "Failed"}
        why = "host_path deleter only supports /tmp/.+ but received provided /opt/data"
        assert world.said("v2", "default") == [("VolumeFailedDelete", why)]
        assert world.get(PV, "v2", "")["status"]["message"] == why
        world.claim("again")
        await world.settle()
        assert phases(world)["again"] == "Pending"


async def test_what_is_in_use_stays() -> None:
    async with World() as world:
        world.volume("disk")
        world.claim("data")
        world.pod("user", volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}])
        await world.run(3)
        assert world.condition(PVC, "data", "Unused")["reason"] == "PodUsingPVC"
        world.delete(PVC, "data")
        world.delete(PV, "disk", "")
        await world.settle()
        assert world.get(PVC, "data")["metadata"]["deletionTimestamp"]
        world.delete("pods", "user", grace=0)
        await world.settle()
        assert not world.there(PVC, "data")
        assert not world.there(PV, "disk", "")


async def test_a_lost_volume() -> None:
    async with World() as world:
        world.volume("disk")
        world.claim("data")
        await world.settle()
        world.change(PV, "disk", "", metadata={"finalizers": []})
        world.store.remove(PV, "", "disk")
        await world.settle()
        assert phases(world)["data"] == "Lost"
        assert (
            "ClaimLost",
            "Bound claim has lost its PersistentVolume. Any data on the volume is lost!",
        ) in world.said("data")


async def test_dynamic_volumes_go_with_their_claim() -> None:
    async with World() as world:
        world.storage_class("standard", "WaitForFirstConsumer")
        world.claim("data", storageClassName="standard")
        world.pod("user", volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}])
        await world.run(4)
        name = f"pvc-{world.get(PVC, 'data')['metadata']['uid']}"
        assert phases(world) == {"data": "Bound", name: "Bound"}
        world.delete("pods", "user", grace=0)
        world.delete(PVC, "data")
        await world.settle()
        assert phases(world) == {}
