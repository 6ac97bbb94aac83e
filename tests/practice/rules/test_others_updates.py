"""What becomes of objects that are changed: addresses and ports of Services, generations, what a PUT makes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.practice.rules.others import NAMESPACE, fresh
from tutor.practice.api.chain import Api
from tutor.practice.api.errors import ApiError

Obj = dict[str, Any]
PLURALS = {"Service": "services", "NetworkPolicy": "networkpolicies.networking.k8s.io", "ConfigMap": "configmaps"}


def made(api: Api, kind: str, **parts: Any) -> Obj:
    return api.create(PLURALS[kind], {"metadata": {"name": "p"}, **parts}, NAMESPACE)


def changed(api: Api, kind: str, part: str, **values: Any) -> Obj:
    def build(obj: Obj) -> Obj:
        obj[part] = {key: value for key, value in {**obj[part], **values}.items() if value is not None}
        return obj

    return api.change(PLURALS[kind], NAMESPACE, "p", build)


def test_a_service_gets_an_address_and_ports_that_nobody_else_has() -> None:
    api = fresh()
    ports = [{"name": "tcp", "port": 53}, {"name": "udp", "port": 53, "protocol": "UDP"}, {"name": "web", "port": 80}]
    spec = made(api, "Service", spec={"type": "NodePort", "ports": ports})["spec"]
    assert spec["clusterIPs"] == [spec["clusterIP"]]
    assert spec["clusterIP"].startswith("10.96.")
    tcp, udp, web = (port["nodePort"] for port in spec["ports"])
    assert tcp == udp != web
    assert all(30086 <= port <= 32767 for port in (tcp, web))
    taken = {"metadata": {"name": "q"}, "spec": {"type": "NodePort", "ports": [{"port": 80, "nodePort": web}]}}
    with pytest.raises(ApiError, match="provided port is already allocated"):
        api.create("services", taken, NAMESPACE)


def test_a_service_keeps_its_address_while_its_type_has_one() -> None:
    api = fresh()
    before = made(api, "Service", spec={"ports": [{"port": 80}]})["spec"]
    node = changed(api, "Service", "spec", type="NodePort", clusterIP=None, clusterIPs=None)["spec"]
    assert node["clusterIP"] == before["clusterIP"]
    assert node["externalTrafficPolicy"] == "Cluster"
    inner = changed(api, "Service", "spec", type="ClusterIP")["spec"]
    assert inner == before
    outer = changed(api, "Service", "spec", type="ExternalName", externalName="example.com")["spec"]
    assert not {"clusterIP", "clusterIPs", "ipFamilies", "internalTrafficPolicy"} & {*outer}


def test_the_load_balancers_address_goes_with_the_type() -> None:
    api = fresh()
    service = made(api, "Service", spec={"type": "LoadBalancer", "ports": [{"port": 80}]})
    status = {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}
    balanced = api.set_status("services", service, status)
    assert balanced
    assert balanced["status"]["loadBalancer"]["ingress"] == [{"ip": "1.2.3.4", "ipMode": "VIP"}]
    assert changed(api, "Service", "spec", type="NodePort")["status"] == {"loadBalancer": {}}


def test_only_some_kinds_count_changes() -> None:
    api = fresh()
    assert made(api, "NetworkPolicy", spec={})["metadata"]["generation"] == 1
    assert changed(api, "NetworkPolicy", "spec", egress=[])["metadata"]["generation"] == 2
    assert "generation" not in made(api, "ConfigMap", data={"a": "b"})["metadata"]
    assert "generation" not in changed(api, "ConfigMap", "data", a="c")["metadata"]


@pytest.mark.parametrize("resource", ["leases.coordination.k8s.io", "endpoints", "services", "configmaps", "secrets"])
def test_a_put_makes_objects_of_some_kinds(resource: str) -> None:
    api = fresh()
    obj = {"metadata": {"name": "p", "namespace": NAMESPACE}, "spec": {"ports": [{"port": 80}]}}
    if resource in ("configmaps", "secrets"):
        with pytest.raises(ApiError, match="not found"):
            api.update(resource, obj)
    else:
        assert api.update(resource, obj)["metadata"]["uid"]


@pytest.mark.parametrize(("resource", "field"), [("configmaps", "[]"), ("secrets", "data")])
def test_a_mebibyte_is_the_most(resource: str, field: str) -> None:
    text = "a" * (2**20 + 1)
    obj = {"metadata": {"name": "p"}, "data" if resource == "configmaps" else "stringData": {"a": text}}
    with pytest.raises(ApiError) as caught:
        fresh().create(resource, obj, NAMESPACE)
    assert caught.value.message.endswith(f"{field}: Too long: may not be more than 1048576 bytes")
