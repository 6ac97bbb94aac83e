"""EndpointSlices and Endpoints, as a real cluster has them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.practice.scheduler.world import NODE, SPACE, World
from tutor.practice.api.errors import Obj

SLICES = "endpointslices.discovery.k8s.io"


def service(world: World, **spec: Any) -> Obj:
    """Create the Service `web`."""
    spec = {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080, "protocol": "TCP"}], **spec}
    return world.create("services", {"metadata": {"name": "web", "labels": {"app": "x"}}, "spec": spec}, SPACE)


def slices(world: World) -> list[Obj]:
    """Return the slices of the Service."""
    return world.store.list(SLICES, SPACE)


async def test_a_slice_from_nothing_to_ready() -> None:
    async with World() as world:
        made = service(world)
        await world.settle()
        (empty,) = slices(world)
        assert (empty["endpoints"], empty["ports"], empty["addressType"]) == (None, None, "IPv4")
        assert empty["metadata"]["generateName"] == "web-"
        assert empty["metadata"]["labels"] == {
            "app": "x",
            "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
            "kubernetes.io/service-name": "web",
        }
        assert empty["metadata"]["ownerReferences"][0]["uid"] == made["metadata"]["uid"]
        uid = world.pod("web-1", {"app": "web"})["metadata"]["uid"]
        world.pod("other", {"app": "other"})
        await world.settle()
        world.running("web-1", "10.244.0.7")
        await world.settle()
        (full,) = slices(world)
        assert full["metadata"]["name"] == empty["metadata"]["name"]
        assert full["ports"] == [{"name": "", "port": 8080, "protocol": "TCP"}]
        assert full["endpoints"] == [
            {
                "addresses": ["10.244.0.7"],
                "conditions": {"ready": True, "serving": True, "terminating": False},
                "nodeName": NODE,
                "targetRef": {"kind": "Pod", "name": "web-1", "namespace": SPACE, "uid": uid},
            }
        ]
        (subset,) = world.get("endpoints", "web")["subsets"]
        assert subset["ports"] == [{"port": 8080, "protocol": "TCP"}]
        assert [each["ip"] for each in subset["addresses"]] == ["10.244.0.7"]


async def test_pods_that_are_not_ready_or_going() -> None:
    async with World() as world:
        service(world)
        for number in range(3):
            world.pod(f"web-{number}", {"app": "web"})
            await world.settle()
            world.running(f"web-{number}", f"10.244.0.{10 + number}", ready=number != 1)
        world.delete("pods", "web-2")
        await world.settle()
        (only,) = slices(world)
        assert {each["addresses"][0]: tuple(each["conditions"].values()) for each in only["endpoints"]} == {
            "10.244.0.10": (True, True, False),
            "10.244.0.11": (False, False, False),
            "10.244.0.12": (False, True, True),
        }
        (subset,) = world.get("endpoints", "web")["subsets"]
        assert [each["ip"] for each in subset["notReadyAddresses"]] == ["10.244.0.11"]
        assert [each["ip"] for each in subset["addresses"]] == ["10.244.0.10"]
        world.delete("pods", "web-0", grace=0)
        world.status("pods", "web-1", {"phase": "Failed"})
        await world.settle()
        assert [each["addresses"] for each in slices(world)[0]["endpoints"]] == [["10.244.0.12"]]


async def test_headless_with_unready_addresses_and_host_names() -> None:
    async with World() as world:
        service(world, clusterIP="None", publishNotReadyAddresses=True)
        world.pod("web-0", {"app": "web"}, hostname="web-0", subdomain="web")
        await world.settle()
        world.running("web-0", ready=False)
        await world.settle()
        (only,) = slices(world)
        assert only["metadata"]["labels"]["service.kubernetes.io/headless"] == ""
        assert only["endpoints"][0]["hostname"] == "web-0"
        assert only["endpoints"][0]["conditions"] == {"ready": True, "serving": False, "terminating": False}
        assert "addresses" in world.get("endpoints", "web")["subsets"][0]


async def test_named_ports_differ_from_pod_to_pod() -> None:
    async with World() as world:
        service(world, ports=[{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}])
        for number, port in enumerate((8080, 9090)):
            ports = [{"name": "http", "containerPort": port, "protocol": "TCP"}]
            world.pod(f"web-{number}", {"app": "web"}, containers=[{"name": "c", "image": "i", "ports": ports}])
            await world.settle()
            world.running(f"web-{number}", f"10.244.0.{number + 2}")
        await world.settle()
        assert sorted(each["ports"][0]["port"] for each in slices(world)) == [8080, 9090]


async def test_without_selector_nothing_is_made_and_all_goes_with_the_service() -> None:
    async with World() as world:
        service(world)
        world.create("services", {"metadata": {"name": "bare"}, "spec": {"ports": [{"port": 80}]}}, SPACE)
        await world.settle()
        assert not world.there("endpoints", "bare")
        world.delete("services", "web")
        await world.settle()
        assert not slices(world)
        assert not world.there("endpoints", "web")


async def test_a_slice_that_somebody_deletes_comes_back() -> None:
    async with World() as world:
        service(world)
        await world.settle()
        world.delete(SLICES, slices(world)[0]["metadata"]["name"])
        await world.settle()
        assert len(slices(world)) == 1


@pytest.mark.parametrize(
    ("names", "first", "in_slice", "in_endpoints"),
    [
        ("http https metrics x", 80, [83, 81, 80, 82], [80, 81, 83, 82]),
        ("http https metrics x", 180, [181, 182, 180, 183], [182, 180, 181, 183]),
        ("http https metrics x", 280, [283, 282, 281, 280], [281, 282, 280, 283]),
    ],
)
async def test_ports_are_in_the_order_of_a_real_cluster(
    names: str, first: int, in_slice: list[int], in_endpoints: list[int]
) -> None:
    async with World() as world:
        ports = [{"name": name, "port": first + n, "protocol": "TCP"} for n, name in enumerate(names.split())]
        service(world, ports=ports)
        world.pod("web-1", {"app": "web"})
        await world.settle()
        world.running("web-1")
        await world.settle()
        assert [each["port"] for each in slices(world)[0]["ports"]] == in_slice
        assert [each["port"] for each in world.get("endpoints", "web")["subsets"][0]["ports"]] == in_endpoints
