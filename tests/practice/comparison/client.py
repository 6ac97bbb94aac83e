"""Calls of the Python client, one after the other in a namespace: what they return, or the refusal that they raise."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from kubernetes import client, config, stream, watch
from kubernetes.client.exceptions import ApiException

from tests.practice.comparison.compare import Answer, Target
from tests.practice.comparison.normal import normal

NAMESPACE = "cmp-client"
POD = {
    "metadata": {"name": "sleeper", "labels": {"app": "sleeper"}},
    "spec": {
        "terminationGracePeriodSeconds": 0,
        "containers": [{"name": "main", "image": "busybox:1.37", "command": ["sh", "-c", "echo up; exec sleep 1d"]}],
    },
}
DEPLOYMENT = {
    "metadata": {"name": "web"},
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "nginx:1.28"}]},
        },
    },
}
JOB = {
    "metadata": {"name": "once"},
    "spec": {
        "template": {
            "spec": {
                "restartPolicy": "Never",
                "containers": [{"name": "main", "image": "busybox:1.37", "command": ["true"]}],
            }
        }
    },
}
WITHOUT_VERBS = {"metadata": {"name": "s"}, "rules": [{"resources": ["pods"], "apiGroups": [""]}]}
Call = tuple[str, Callable[[], Any]]


def settings(name: str, **data: str) -> dict[str, Any]:
    """Return a ConfigMap."""
    return {"metadata": {"name": name, "labels": {"set": "a"}}, "data": data}


def calls(api: client.ApiClient) -> Iterator[Call]:
    """Yield a name and a call; the calls build on each other."""
    core, apps, batch = client.CoreV1Api(api), client.AppsV1Api(api), client.BatchV1Api(api)
    rbac, policy, net = client.RbacAuthorizationV1Api(api), client.PolicyV1Api(api), client.NetworkingV1Api(api)
    auth = client.AuthorizationV1Api(api)
    ns = NAMESPACE
    yield "version", lambda: client.VersionApi(api).get_code().minor
    yield "groups", lambda: [each.name for each in client.ApisApi(api).get_api_versions().groups]
    yield "resources", lambda: [each.name for each in core.get_api_resources().resources]
    yield "create config map", lambda: core.create_namespaced_config_map(ns, settings("one", a="1"))
    yield "create it again", lambda: core.create_namespaced_config_map(ns, settings("one", a="1"))
    yield "read it", lambda: core.read_namespaced_config_map("one", ns)
    yield "read none", lambda: core.read_namespaced_config_map("none", ns)
    yield "patch it", lambda: core.patch_namespaced_config_map("one", ns, {"data": {"b": "2"}})
    yield "patch a key away", lambda: core.patch_namespaced_config_map("one", ns, {"data": {"a": None}})
    yield "replace it", lambda: core.replace_namespaced_config_map("one", ns, settings("one", c="3"))
    yield "replace an old one", lambda: core.replace_namespaced_config_map("one", ns, old(settings("one")))
    yield "replace another", lambda: core.replace_namespaced_config_map("one", ns, settings("two"))
    yield "replace none", lambda: core.replace_namespaced_config_map("none", ns, settings("none"))
    yield "dry run", lambda: core.create_namespaced_config_map(ns, settings("dry"), dry_run="All")
    yield "the dry one", lambda: core.read_namespaced_config_map("dry", ns)
    yield "bad name", lambda: core.create_namespaced_config_map(ns, settings("Not_A_Name"))
    yield "generated name", lambda: create_generated(core).startswith("gen-")
    yield "no namespace", lambda: core.create_namespaced_config_map("nosuch", settings("one"))
    for number in range(4):
        yield f"more {number}", partial(core.create_namespaced_config_map, ns, settings(f"m{number}"))
    yield "first page", lambda: page(core, "")
    yield "bad continue", lambda: core.list_namespaced_config_map(ns, limit=2, _continue="nonsense")
    yield "all pages", lambda: pages(core)
    yield "by label", lambda: names(core.list_namespaced_config_map(ns, label_selector="set=a,!other"))
    yield "bad selector", lambda: core.list_namespaced_config_map(ns, label_selector="a in (")
    yield "by field", lambda: names(core.list_namespaced_config_map(ns, field_selector="metadata.name=m1"))
    yield "watch", lambda: watched(core)
    yield (
        "too old",
        lambda: list(
            watch.Watch().stream(core.list_namespaced_config_map, ns, resource_version="1", timeout_seconds=1)
        ),
    )
    yield "delete collection", lambda: core.delete_collection_namespaced_config_map(ns, label_selector="set=a").kind
    yield "create pod", lambda: core.create_namespaced_pod(ns, POD)
    yield "pod runs", lambda: running(core)
    yield "its log", lambda: core.read_namespaced_pod_log("sleeper", ns)
    yield "no such container", lambda: core.read_namespaced_pod_log("sleeper", ns, container="none")
    yield "exec", lambda: run(core, "sh", "-c", "echo out; echo err >&2; exit 3")
    yield (
        "change its image",
        lambda: core.patch_namespaced_pod("sleeper", ns, image("main", "nginx:1.28")).spec.node_name,
    )
    yield "change its command", lambda: core.patch_namespaced_pod("sleeper", ns, command("main", ["true"]))
    yield "pod without containers", lambda: send(api, "pods", {"metadata": {"name": "p"}, "spec": {}})
    yield (
        "unknown field",
        lambda: send(api, "pods?fieldValidation=Strict", {"metadata": {"name": "p"}, "spec": {"container": []}}),
    )
    yield "wrong type", lambda: send(api, "pods", {"metadata": {"name": "p"}, "spec": {"containers": "x"}})
    yield "wrong kind", lambda: send(api, "pods", {"kind": "Service", "apiVersion": "v1", "metadata": {}})
    yield "evict", lambda: send(api, "pods/sleeper/eviction", {"metadata": {"name": "sleeper"}})
    yield "create deployment", lambda: apps.create_namespaced_deployment(ns, DEPLOYMENT)
    yield "its scale", lambda: apps.read_namespaced_deployment_scale("web", ns).spec
    yield "scale it", lambda: apps.patch_namespaced_deployment_scale("web", ns, {"spec": {"replicas": 2}}).spec
    yield "its status", lambda: sorted(apps.read_namespaced_deployment_status("web", ns).to_dict()["status"])
    yield (
        "set a status",
        lambda: apps.patch_namespaced_deployment_status("web", ns, {"spec": {"replicas": 9}}).spec.replicas,
    )
    yield "apply", lambda: apply(apps, "me", 3)
    yield "apply against", lambda: apply(apps, "you", 4)
    yield "merge patch", lambda: patched(apps, "application/merge-patch+json", {"spec": {"replicas": 1}})
    yield (
        "json patch",
        lambda: patched(apps, "application/json-patch+json", [{"op": "test", "path": "/kind", "value": "x"}]),
    )
    yield "unknown patch", lambda: patched(apps, "application/x-patch", {"spec": {"replicas": 1}})
    yield (
        "delete deployment",
        lambda: apps.delete_namespaced_deployment("web", ns, propagation_policy="Foreground"),
    )
    yield "create job", lambda: batch.create_namespaced_job(ns, JOB).spec
    yield "delete job", lambda: batch.delete_namespaced_job("once", ns, propagation_policy="Background")
    yield "role without rules", lambda: rbac.create_namespaced_role(ns, {"metadata": {"name": "r"}})
    yield (
        "rule without verbs",
        lambda: send(api, "roles", WITHOUT_VERBS, "apis/rbac.authorization.k8s.io/v1"),
    )
    yield (
        "may I",
        lambda: (
            auth.create_self_subject_access_review(
                {"spec": {"resourceAttributes": {"verb": "delete", "resource": "nodes"}}}
            ).status
        ),
    )
    yield (
        "may jane",
        lambda: (
            auth.create_subject_access_review(
                {"spec": {"user": "jane", "resourceAttributes": {"verb": "get", "resource": "pods", "namespace": ns}}}
            ).status
        ),
    )
    yield (
        "bad budget",
        lambda: policy.create_namespaced_pod_disruption_budget(
            ns, {"metadata": {"name": "b"}, "spec": {"minAvailable": 1, "maxUnavailable": 1}}
        ),
    )
    yield (
        "network policy",
        lambda: (
            net.create_namespaced_network_policy(ns, {"metadata": {"name": "closed"}, "spec": {"podSelector": {}}}).spec
        ),
    )
    yield (
        "ingress",
        lambda: send(
            api,
            "ingresses",
            {"metadata": {"name": "in"}, "spec": {}},
            "apis/networking.k8s.io/v1",
        ),
    )
    yield (
        "token",
        lambda: core.create_namespaced_service_account_token("default", ns, {"spec": {}}).spec.expiration_seconds,
    )
    yield (
        "events",
        lambda: sorted({each.reason for each in core.list_namespaced_event(ns).items} & {"Created", "Started"}),
    )
    yield "no such path", lambda: send(api, "things", {}, "apis/nosuch/v1")
    yield (
        "secret",
        lambda: core.create_namespaced_secret(ns, {"metadata": {"name": "s"}, "stringData": {"a": "b"}}).data,
    )
    yield (
        "bad secret",
        lambda: send(api, "secrets", {"metadata": {"name": "t"}, "data": {"a": "not base64!"}}),
    )


def answers(target: Target) -> dict[str, Answer]:
    """Make all calls against a cluster and return what came of each."""
    api = config.new_client_from_config(str(target.kubeconfig))
    core = client.CoreV1Api(api)
    gone(core)
    core.create_namespace({"metadata": {"name": NAMESPACE}})
    try:
        settle(core)
        return {name: _answer(call, target, api) for name, call in calls(api)}
    finally:
        core.delete_namespace(NAMESPACE)


def _answer(call: Callable[[], Any], target: Target, api: client.ApiClient) -> Answer:
    try:
        text = json.dumps(bare(api.sanitize_for_serialization(call())), indent=1, sort_keys=True)
    except ApiException as error:
        body: Any
        try:
            body = {key: value for key, value in json.loads(error.body).items() if key != "metadata"}
        except (TypeError, ValueError):
            body = str(error.body)
        return Answer(error.status, "", normal(json.dumps(body, indent=1, sort_keys=True), target.nodes, target.own))
    return Answer(0, normal(text, target.nodes, target.own), "")


def bare(value: Any) -> Any:
    """Return an object without what is never the same: ids, times, ownership of fields, status."""
    if isinstance(value, dict):
        gone = {"uid", "resourceVersion", "creationTimestamp", "managedFields", "status", "generation"}
        kept = {key: each for key, each in value.items() if not ("metadata" in value and key == "status")}
        return {key: bare(each) for key, each in kept.items() if key not in gone or key == "status"}
    return [bare(each) for each in value] if isinstance(value, list) else value


def send(api: client.ApiClient, path: str, body: Any, root: str = "api/v1") -> Any:
    """POST a body that the client itself would refuse to send."""
    url = f"{api.configuration.host}/{root}/namespaces/{NAMESPACE}/{path}"
    response = api.call_api("POST", url, {"Content-Type": "application/json", "Accept": "application/json"}, body)
    data = response.read()
    if response.status >= 300:
        raise ApiException(status=response.status, body=data.decode())
    return json.loads(data)


def gone(core: client.CoreV1Api) -> None:
    """Wait until the namespace of an earlier run is gone."""
    only = f"metadata.name={NAMESPACE}"
    found = core.list_namespace(field_selector=only)
    if not found.items:
        return
    since = found.metadata.resource_version
    changes = watch.Watch().stream(core.list_namespace, field_selector=only, resource_version=since, timeout_seconds=60)
    for event in changes:
        if event["type"] == "DELETED":
            return


def settle(core: client.CoreV1Api) -> None:
    """Wait until the namespace has its ServiceAccount."""
    for _ in watch.Watch().stream(core.list_namespaced_service_account, NAMESPACE, timeout_seconds=30):
        return


def old(obj: dict[str, Any]) -> dict[str, Any]:
    """Return the object with a resourceVersion of long ago."""
    return {**obj, "metadata": {**obj["metadata"], "resourceVersion": "1"}}


def names(listed: Any) -> list[str]:
    """Return the names in a list."""
    return [each.metadata.name for each in listed.items]


def create_generated(core: client.CoreV1Api) -> str:
    """Create a ConfigMap with a generated name."""
    return str(
        core.create_namespaced_config_map(
            NAMESPACE, {"metadata": {"generateName": "gen-", "labels": {"set": "a"}}}
        ).metadata.name
    )


def page(core: client.CoreV1Api, token: str) -> list[Any]:
    """Return how many there are on a page, whether there are more, and how many."""
    found = core.list_namespaced_config_map(NAMESPACE, limit=2, _continue=token)
    return [len(found.items), bool(found.metadata._continue), found.metadata.remaining_item_count]


def pages(core: client.CoreV1Api) -> int:
    """Return how many ConfigMaps all pages have."""
    found, token = 0, ""
    while True:
        part = core.list_namespaced_config_map(NAMESPACE, limit=2, _continue=token)
        found, token = found + len(part.items), part.metadata._continue
        if not token:
            return found


def watched(core: client.CoreV1Api) -> list[str]:
    """Watch from now on, change things, and return what is seen."""
    since = core.list_namespaced_config_map(NAMESPACE).metadata.resource_version
    core.create_namespaced_config_map(NAMESPACE, settings("w", a="1"))
    core.patch_namespaced_config_map("w", NAMESPACE, {"data": {"a": "2"}})
    core.delete_namespaced_config_map("w", NAMESPACE)
    seen = []
    for event in watch.Watch().stream(
        core.list_namespaced_config_map, NAMESPACE, resource_version=since, timeout_seconds=20
    ):
        seen.append(f"{event['type']} {event['object'].metadata.name} {event['object'].data}")
        if event["type"] == "DELETED":
            break
    return seen


def running(core: client.CoreV1Api) -> str:
    """Wait until the Pod runs; return its phase."""
    for event in watch.Watch().stream(
        core.list_namespaced_pod, NAMESPACE, field_selector="metadata.name=sleeper", timeout_seconds=60
    ):
        if event["object"].status.phase == "Running":
            break
    return str(core.read_namespaced_pod("sleeper", NAMESPACE).status.phase)


def run(core: client.CoreV1Api, *argv: str) -> list[Any]:
    """Run a command in the Pod."""
    socket = stream.stream(
        *(core.connect_get_namespaced_pod_exec, "sleeper", NAMESPACE),
        **{"command": list(argv), "stdout": True, "stderr": True, "stdin": False, "tty": False},
        _preload_content=False,
    )
    socket.run_forever(timeout=20)
    return [socket.read_stdout(), socket.read_stderr(), socket.returncode]


def image(container: str, name: str) -> dict[str, Any]:
    """Return a patch of a container's image."""
    return {"spec": {"containers": [{"name": container, "image": name}]}}


def command(container: str, argv: list[str]) -> dict[str, Any]:
    """Return a patch of a container's command."""
    return {"spec": {"containers": [{"name": container, "command": argv}]}}


def apply(apps: client.AppsV1Api, manager: str, replicas: int) -> int:
    """Apply a number of replicas on the server's side."""
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": replicas}}
    return int(patched(apps, "application/apply-patch+yaml", body, field_manager=manager))


def patched(apps: client.AppsV1Api, media: str, body: Any, **options: Any) -> int:
    """Patch the Deployment with a patch of a media type."""
    found = apps.patch_namespaced_deployment("web", NAMESPACE, body, _content_type=media, **options)
    return int(found.spec.replicas)
