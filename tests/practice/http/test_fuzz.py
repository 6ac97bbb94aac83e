"""Whatever is sent, the server answers soon, in the form of a Status where it refuses, and goes on serving."""

from __future__ import annotations

import copy
import gzip
import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.practice.http.serving import Client, Served

ROUNDS = 120
FIXTURES = Path(__file__).parent.parent / "wire" / "fixtures.json.gz"
NAMESPACED = "/api/v1/namespaces/default"
BODIES: dict[str, dict[str, Any]] = {
    f"{NAMESPACED}/pods": {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "fuzz", "labels": {"a": "b"}},
        "spec": {"containers": [{"name": "c", "image": "nosuch:1", "env": [{"name": "A", "value": "b"}]}]},
    },
    "/apis/apps/v1/namespaces/default/deployments": {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "fuzz"},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": {"a": "b"}},
            "template": {
                "metadata": {"labels": {"a": "b"}},
                "spec": {"containers": [{"name": "c", "image": "nosuch:1", "resources": {"limits": {"cpu": "1"}}}]},
            },
        },
    },
    f"{NAMESPACED}/services": {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "fuzz"},
        "spec": {"selector": {"a": "b"}, "ports": [{"port": 80, "targetPort": "http"}]},
    },
    f"{NAMESPACED}/configmaps": {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "fuzz"},
        "data": {"a": "b"},
    },
}
PATCHES = ("json-patch+json", "merge-patch+json", "strategic-merge-patch+json", "apply-patch+yaml")
QUERY = ("labelSelector", "fieldSelector", "limit", "continue", "resourceVersion", "timeoutSeconds", "dryRun")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["", "1Gi", "-1", "x" * 300]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
MISTAKE = "Internal error occurred"
"""How the message of a mistake of our own begins. A real server, too, says 500 to some patches, with other words."""
bounded = settings(
    max_examples=ROUNDS,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path to every value in an object."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for key, each in inner for path in paths(each, (*at, key)))]


def mutated(data: st.DataObject, obj: dict[str, Any]) -> Any:
    """Return the object with some of its values replaced, or gone."""
    obj = copy.deepcopy(obj)
    for path in data.draw(st.lists(st.sampled_from(paths(obj)), min_size=1, max_size=3)):
        if not path:
            return data.draw(VALUES)
        parent: Any = obj
        try:
            for key in path[:-1]:
                parent = parent[key]
            if data.draw(st.booleans()):
                parent[path[-1]] = data.draw(VALUES)
            else:
                del parent[path[-1]]
        except (KeyError, IndexError, TypeError):
            continue  # it went with another
    return obj


def expect_an_answer(client: Client, method: str, path: str, body: Any, media: str) -> None:
    answer = client.ask(method, path, body, media)
    if answer.code >= 400:
        try:
            status = answer.json
        except ValueError:
            assert answer.code in (400, 404), answer
            return
        assert status["kind"] == "Status", answer
        assert not status["message"].startswith(MISTAKE), (method, path, body, answer)


@bounded
@given(data=st.data())
def test_bodies(served: Served, data: st.DataObject) -> None:
    client = Client(served.kubeconfig)
    path = data.draw(st.sampled_from(sorted(BODIES)))
    obj = mutated(data, BODIES[path])
    media = data.draw(st.sampled_from(["application/json", "application/yaml"]))
    text = json.dumps(obj) if media.endswith("json") else yaml.safe_dump(obj)
    expect_an_answer(client, "POST", f"{path}?dryRun=All", text, media)
    assert client.ask("GET", "/healthz").body == b"ok"
    client.close()


@bounded
@given(data=st.data())
def test_patches(served: Served, data: st.DataObject) -> None:
    client = Client(served.kubeconfig)
    path = data.draw(st.sampled_from(sorted(BODIES)))
    client.ask("POST", path, BODIES[path])
    kind = data.draw(st.sampled_from(PATCHES))
    patch = mutated(data, BODIES[path])
    if kind == "json-patch+json":
        operation = st.sampled_from(["add", "remove", "replace", "move", "copy", "test", "other"])
        place = st.sampled_from(["/spec", "/metadata/labels/a", "/spec/containers/0", "", "/", "/a~1b", "/spec/-", "x"])
        each = st.fixed_dictionaries({"op": operation, "path": place}, optional={"value": VALUES, "from": place})
        patch = data.draw(st.lists(each, max_size=4))
    query = "?dryRun=All&fieldManager=fuzz" + ("&force=true" if kind.startswith("apply") else "")
    expect_an_answer(client, "PATCH", f"{path}/fuzz{query}", json.dumps(patch), f"application/{kind}")
    assert client.ask("GET", "/healthz").body == b"ok"
    client.close()


@bounded
@given(data=st.data())
def test_bytes(served: Served, data: st.DataObject) -> None:
    client = Client(served.kubeconfig)
    fixtures = json.loads(gzip.decompress(FIXTURES.read_bytes()))
    body = bytearray(json.dumps(BODIES[f"{NAMESPACED}/pods"]).encode())
    media = data.draw(st.sampled_from(["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"]))
    if media.endswith("protobuf"):
        body = bytearray(b64decode(fixtures[data.draw(st.sampled_from(sorted(fixtures)))]["protobuf"]))
    for _ in range(data.draw(st.integers(1, 6))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    expect_an_answer(client, "POST", f"{NAMESPACED}/pods?dryRun=All", bytes(body), media)
    assert client.ask("GET", "/healthz").body == b"ok"
    client.close()


@bounded
@given(
    path=st.text(st.sampled_from("abz/.%-:0 ?&="), max_size=30).map(lambda text: text.replace(" ", "%20")),
    query=st.lists(
        st.tuples(
            st.sampled_from(QUERY),
            st.sampled_from(["", "1", "-1", "a=b", "a in (", "!", "x" * 200, "9" * 30, "%00", "metadata.name=a"]),
        ),
        max_size=3,
    ),
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]),
)
def test_paths_and_queries(served: Served, path: str, query: list[tuple[str, str]], method: str) -> None:
    client = Client(served.kubeconfig)
    words = "&".join(f"{name}={value}" for name, value in query).replace(" ", "%20").replace("!", "%21")
    for start in (f"/{path}", f"{NAMESPACED}/configmaps"):
        if method == "DELETE" and not path:
            continue
        answer = client.ask(method, f"{start.partition('?')[0]}?{words}")
        assert answer.code < 500 or answer.code == 504, (method, path, query, answer)
    assert client.ask("GET", "/healthz").body == b"ok"
    client.close()
