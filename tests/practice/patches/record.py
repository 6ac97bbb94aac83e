"""Asks a cluster, by `kubectl proxy`, what becomes of objects and their managers: python record.py URL NAMESPACE."""

import gzip
import json
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "gadgets.patches.example.com"},
    "spec": {
        "group": "patches.example.com",
        "names": {"plural": "gadgets", "singular": "gadget", "kind": "Gadget", "listKind": "GadgetList"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "status": {"type": "object", "properties": {"phase": {"type": "string"}}},
                            "spec": {
                                "type": "object",
                                "properties": {
                                    "size": {"type": "integer"},
                                    "maybe": {"type": "string", "nullable": True},
                                    "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                                    "plain": {"type": "array", "items": {"type": "string"}},
                                    "tags": {
                                        "type": "array",
                                        "items": {"type": "string"},
                                        "x-kubernetes-list-type": "set",
                                    },
                                    "parts": {
                                        "type": "array",
                                        "x-kubernetes-list-type": "map",
                                        "x-kubernetes-list-map-keys": ["id"],
                                        "items": {
                                            "type": "object",
                                            "required": ["id"],
                                            "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
                                        },
                                    },
                                    "fixed": {
                                        "type": "object",
                                        "x-kubernetes-map-type": "atomic",
                                        "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
                                    },
                                },
                            },
                        },
                    }
                },
            }
        ],
    },
}


def container(name="web", image="nginx:1.29", **more):
    return {"name": name, "image": image, **more}


def deployment(*containers, labels=None, template_labels=None, annotations=None, **spec):
    template = {"metadata": {"labels": template_labels or {"app": "web"}}, "spec": {"containers": list(containers)}}
    meta = {"name": "web", "labels": labels or {"app": "web"}, "annotations": annotations or {}}
    meta = {key: value for key, value in meta.items() if value}
    return ("apps/v1", "Deployment", meta, {"selector": {"matchLabels": {"app": "web"}}, "template": template, **spec})


def obj(api_version, kind, meta, spec=None, **more):
    found = {"apiVersion": api_version, "kind": kind, "metadata": meta, **more}
    return found | ({"spec": spec} if spec is not None else {})


def config(**data):
    return obj("v1", "ConfigMap", {"name": "settings"}, data=data)


def gadget(**spec):
    return obj("patches.example.com/v1", "Gadget", {"name": "g"}, spec)


def service(*ports, **spec):
    return obj("v1", "Service", {"name": "web"}, {"ports": list(ports), "selector": {"app": "web"}, **spec})


CREATE, UPDATE, DELETE = "create", "update", "delete"
MERGE, STRATEGIC, JSON, APPLY = "merge", "strategic", "json", "apply"
APPS, CORE, GADGETS = "apis/apps/v1/deployments", "api/v1/configmaps", "apis/patches.example.com/v1/gadgets"
FULL = container(
    ports=[{"containerPort": 80}, {"containerPort": 53, "protocol": "UDP"}, {"containerPort": 443, "name": "tls"}],
    env=[{"name": "A", "value": "a"}, {"name": "B", "value": "b"}],
    resources={"limits": {"cpu": "100m"}},
    args=["x"],
)
SIDE = container("side", "busybox:1.37")
LAST = json.dumps(obj(*deployment(FULL, replicas=0)))
ANNOTATED = {"kubectl.kubernetes.io/last-applied-configuration": LAST}
STEPS = [
    # (resource, verb, manager, body, force)
    (CORE, CREATE, "kubectl-create", config(a="1", b="2"), False),
    (CORE, MERGE, "kubectl-patch", {"data": {"b": "3", "c": "4"}}, False),
    (CORE, MERGE, "kubectl-patch", {"data": {"c": None}, "metadata": {"labels": {"x": "y"}}}, False),
    (CORE, MERGE, "kubectl-patch", {"data": {"b": "3"}}, False),
    (CORE, JSON, "other", [{"op": "remove", "path": "/data/b"}, {"op": "add", "path": "/data/d", "value": "5"}], False),
    (CORE, APPLY, "one", config(a="1", e="6"), False),
    (CORE, APPLY, "two", config(a="2"), False),
    (CORE, APPLY, "two", config(a="2", d="6"), False),
    (CORE, APPLY, "two", config(a="2"), True),
    (CORE, APPLY, "one", config(), False),
    (CORE, APPLY, "one", {**config(), "data": {}}, False),
    (CORE, APPLY, "two", {**config(), "data": {"a": None}}, False),
    (CORE, APPLY, "two", config(a=1), False),
    (CORE, APPLY, "two", {**config(), "metadata": {"name": "settings", "managedFields": []}}, False),
    (CORE, MERGE, "three", {"metadata": {"managedFields": [{}]}}, False),
    (CORE, APPLY, "two", config(z="1"), False),
    (CORE, DELETE, "", None, False),
    (APPS, APPLY, "kubectl", obj(*deployment(FULL, replicas=0)), False),
    (APPS, APPLY, "kubectl", obj(*deployment(FULL, replicas=0)), False),
    (APPS, APPLY, "other", obj(*deployment(container(), replicas=0)), False),
    (APPS, APPLY, "other", obj(*deployment(SIDE, replicas=1)), False),
    (APPS, APPLY, "other", obj(*deployment(SIDE, container("web", "nginx:1.28"), replicas=1)), False),
    (APPS, APPLY, "other", obj(*deployment(SIDE, FULL)), False),
    (APPS, APPLY, "kubectl", obj(*deployment(container(), replicas=0, strategy={"type": "Recreate"})), True),
    (APPS, APPLY, "other", obj(*deployment(SIDE)), False),
    (APPS, APPLY, "other", obj(*deployment(container())), False),
    (APPS + ":scale", MERGE, "kubectl", {"spec": {"replicas": 1}}, False),
    (APPS, APPLY, "kubectl", obj(*deployment(container(), replicas=0)), False),
    (APPS + ":scale", MERGE, "kubectl", {"spec": {"replicas": 0}}, False),
    (APPS, STRATEGIC, "kubectl-edit", {"spec": {"template": {"spec": {"containers": [SIDE]}}}}, False),
    (APPS, STRATEGIC, "kubectl-edit", {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}, False),
    (APPS, STRATEGIC, "kubectl", {"spec": {"template": {"spec": {"containers": [{"name": "web", "env": []}]}}}}, False),
    (APPS, JSON, "kubectl", [{"op": "remove", "path": "/spec/template/spec/containers/0/image"}], False),
    (APPS, APPLY, "kubectl", obj(*deployment({"image": "x"})), True),
    (APPS, APPLY, "kubectl", obj(*deployment(container(), container())), True),
    (APPS, APPLY, "kubectl", obj(*deployment(container(foo=1, args="x"), replicas="2")), True),
    (APPS, DELETE, "", None, False),
    (APPS, CREATE, "kubectl-client-side-apply", obj(*deployment(FULL, replicas=0, annotations=ANNOTATED)), False),
    (APPS, APPLY, "kubectl", obj(*deployment(container("web", "nginx:1.28"), replicas=0)), False),
    (APPS, MERGE, "kubectl-edit", {"spec": {"revisionHistoryLimit": 5, "paused": True}}, False),
    (APPS, APPLY, "kubectl", obj(*deployment(container(), replicas=0, revisionHistoryLimit=4, paused=False)), False),
    (APPS, APPLY, "helm", obj(*deployment(container("web", "nginx:1.28"), replicas=3)), False),
    (APPS, DELETE, "", None, False),
    ("api/v1/services", CREATE, "kubectl-expose", service({"port": 80}), False),
    ("api/v1/services", APPLY, "a", service({"port": 80, "targetPort": 8080}, {"port": 81, "name": "b"}), True),
    ("api/v1/services", APPLY, "a", service({"port": 80, "name": "x"}), True),
    ("api/v1/services", DELETE, "", None, False),
    (GADGETS, CREATE, "kubectl-create", gadget(size=1, tags=["a", "b"], parts=[{"id": 1}], fixed={"a": "x"}), False),
    (GADGETS, APPLY, "one", gadget(tags=["b", "c"], parts=[{"id": 10, "name": "n"}, {"id": 2}], plain=["x"]), False),
    (GADGETS, APPLY, "one", gadget(tags=["c"], free={"a": {"b": 1, "c": [1]}, "e": {}}, fixed={"b": "y"}), False),
    (GADGETS, APPLY, "one", gadget(tags=["c"], free={"a": {"c": [2]}}, fixed={"b": "y"}, maybe=None), True),
    (GADGETS + ":status", MERGE, "controller", {"status": {"phase": "Ready"}, "spec": {"size": 5}}, False),
    (GADGETS + ":status", APPLY, "operator", {**gadget(), "status": {"phase": "Bad"}}, False),
    (GADGETS, APPLY, "two", gadget(size=2, parts=[{"id": 2, "name": "m"}, {"id": 1}, {"name": "q"}]), True),
    (
        GADGETS,
        APPLY,
        "two",
        gadget(size=2, parts=[{"id": 2, "name": "m"}, {"id": 3}, {"id": 1}], tags=["a", "a"]),
        True,
    ),
    (GADGETS, APPLY, "two", gadget(size=2, parts=[{"id": 2, "name": "m"}, {"id": 3}, {"id": 1}]), True),
    (GADGETS, APPLY, "two", gadget(), False),
    (GADGETS, DELETE, "", None, False),
]
TYPES = {MERGE: "merge-patch+json", STRATEGIC: "strategic-merge-patch+json", JSON: "json-patch+json"}


class Cluster:
    """A cluster behind `kubectl proxy`."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, method, path, body=None, kind="application/json"):
        """Return the status code and the answer."""
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self.url}/{path}", data, {"Content-Type": kind}, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            text = error.read().decode()
            return error.code, json.loads(text) if text.startswith("{") else {"message": text}


def main() -> None:
    """Take all the steps, and write down the object before and the answer of each."""
    cluster, namespace, recorded = Cluster(sys.argv[1]), sys.argv[2], []
    cluster.ask("POST", "apis/apiextensions.k8s.io/v1/customresourcedefinitions", CRD)
    while cluster.ask("GET", "apis/patches.example.com/v1/gadgets")[0] != 200:
        time.sleep(0.2)
    for resource, verb, manager, body, force in STEPS:
        path, _, subresource = resource.partition(":")
        prefix, _, plural = path.rpartition("/")
        names = {"configmaps": "settings", "gadgets": "g"}
        items = f"{prefix}/namespaces/{namespace}/{plural}"
        item = f"{items}/{names.get(plural, 'web')}"
        time.sleep(1.5 if resource.startswith(APPS) else 0)  # its controller has its say
        code, before = cluster.ask("GET", item)
        target, query = f"{item}/{subresource}" if subresource else item, f"?fieldManager={manager}"
        if verb == DELETE:
            cluster.ask("DELETE", item)
            continue
        if verb == CREATE:
            answer = cluster.ask("POST", items + query, body)
        elif verb == APPLY:
            query += "&force=true" if force else ""
            answer = cluster.ask("PATCH", target + query, body, "application/apply-patch+yaml")
        else:
            answer = cluster.ask("PATCH", target + query, body, f"application/{TYPES[verb]}")
        if subresource == "scale":
            answer = cluster.ask("GET", item)
        step = {"verb": verb, "manager": manager, "subresource": subresource, "force": force, "body": body}
        recorded.append(step | {"before": before if code == 200 else None, "code": answer[0], "answer": answer[1]})
    cluster.ask("DELETE", "apis/apiextensions.k8s.io/v1/customresourcedefinitions/gadgets.patches.example.com")
    text = "".join(json.dumps(each, separators=(",", ":")) + "\n" for each in recorded)
    (Path(__file__).parent / "recorded.jsonl.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main()
