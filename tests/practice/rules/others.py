"""An API server without its HTTP for the cases of kinds that run no Pods."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from tutor.practice.access.rbac import Rbac
from tutor.practice.admission import plugins
from tutor.practice.api.chain import Api
from tutor.practice.api.kinds import Kinds
from tutor.practice.api.store import Store
from tutor.practice.clock import FakeClock
from tutor.practice.rules.registry import strategies
from tutor.practice.schema.decode import decode
from tutor.practice.schema.definitions import Schema
from tutor.practice.schema.discovery import built_in

Obj = dict[str, Any]
NAMESPACE = "rules-others"


@cache
def schema() -> Schema:
    """Return the types of all kinds."""
    return Schema.load()


def fresh() -> Api:
    """Return an API server that knows one namespace and the Services of a new cluster."""
    store = Store()
    api = Api(store, Kinds(built_in()), FakeClock(), strategies=strategies())
    for name in ("default", "kube-system", NAMESPACE):
        api.create("namespaces", {"metadata": {"name": name}})
    default = {"storageclass.kubernetes.io/is-default-class": "true"}
    classes = {"metadata": {"name": "standard", "annotations": default}, "provisioner": "example.com/p"}
    api.create("storageclasses.storage.k8s.io", classes)
    for namespace, name, address in (("default", "kubernetes", "10.96.0.1"), ("kube-system", "kube-dns", "10.96.0.10")):
        spec = {"clusterIP": address, "ports": [{"port": 443}]}
        api.create("services", {"metadata": {"name": name}, "spec": spec}, namespace)
    api.plugins += plugins(api, Rbac(store))
    return api


def sent(api: Api, manifest: Obj) -> tuple[str, str, Obj]:
    """Return resource, namespace and object as the server reads them from a request's body."""
    kind = api.kinds.of(manifest["apiVersion"], manifest["kind"])
    assert kind
    type_ = schema().for_kind(kind.api_version, kind.kind)
    assert type_
    obj = decode(manifest, type_).obj
    return kind.resource, NAMESPACE if kind.namespaced else "", obj


def settled(obj: Obj) -> Obj:
    """Return an object without what is new each time."""
    obj = json.loads(re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", json.dumps(obj)))
    for key in ("uid", "creationTimestamp", "managedFields", "resourceVersion"):
        obj["metadata"].pop(key, None)
    return obj
