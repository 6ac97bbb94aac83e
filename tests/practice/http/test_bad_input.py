"""What the server refuses, with the codes and the words that v1.37.2 has for it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.practice.http.serving import Client, Served, load_pair
from tutor.practice.access.certificates import Authority

MAPS = "/api/v1/namespaces/default/configmaps"
YAML, PROTOBUF = "application/yaml", "application/vnd.kubernetes.protobuf"
JSON_PATCH, MERGE, STRATEGIC, APPLY = (
    f"application/{kind}"
    for kind in ("json-patch+json", "merge-patch+json", "strategic-merge-patch+json", "apply-patch+yaml")
)
MIB = 1024 * 1024
BODIES: list[tuple[Any, str, int]] = [
    ("{", "application/json", 400),
    ("", "application/json", 400),
    ("[]", "application/json", 400),
    ('{"metadata":{"name":5}}', "application/json", 400),
    ('{"metadata":[]}', "application/json", 400),
    (b"\xff\xfe", "application/json", 400),
    ('{"a":' * 20_000, "application/json", 400),
    ("[" * 20_000, "application/json", 400),
    ("{}", "application/json", 422),
    ("a: [", YAML, 400),
    ("a: " + "[" * 12_000 + "]" * 12_000, YAML, 400),
    (b"junk", PROTOBUF, 400),
    (b"k8s\0junk", PROTOBUF, 400),
    (b"", PROTOBUF, 400),
    ("x", "text/plain", 415),
    (b'{"data":{"a":"' + b"x" * 3 * MIB + b'"}}', "application/json", 413),
    (b'{"metadata":{"name":"big"},"data":{"a":"' + b"x" * (MIB + 1) + b'"}}', "application/json", 422),
    ({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}}, "application/json", 400),
]
QUERIES = [
    ("limit=abc", 400, 'strconv.ParseInt: parsing "abc": invalid syntax'),
    ("limit=99999999999999999999", 400, 'strconv.ParseInt: parsing "99999999999999999999": value out of range'),
    ("timeoutSeconds=x", 400, 'strconv.ParseInt: parsing "x": invalid syntax'),
    ("timeoutSeconds=-1", 200, ""),
    ("limit=-1", 200, ""),
    ("resourceVersion=99999999", 504, "Timeout: Too large resource version: 99999999, current: "),
    ("resourceVersion=-1", 400, 'invalid resource version: resourceVersion: Invalid value: "-1": strconv.ParseUint: '),
    ("continue=" + "A" * 3000, 400, "invalid continue token: continue key is not valid: invalid character"),
    ("resourceVersionMatch=Exact", 422, 'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: '),
    ("resourceVersionMatch=Exact&resourceVersion=1", 410, "The resourceVersion for the provided list is too old."),
    ("sendInitialEvents=true", 422, 'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: '),
    ("watch=true&timeoutSeconds=x", 400, 'strconv.ParseInt: parsing "x": invalid syntax'),
    ("watch=1&resourceVersion=x", 500, 'resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x"'),
]
PATCHES = [
    ("{", MERGE, 400),
    ("", MERGE, 400),
    ("{}", JSON_PATCH, 400),
    ('[{"op":"remove","path":"/nope"}]', JSON_PATCH, 422),
    ('{"metadata":null}', MERGE, 400),
    ('{"$patch":"delete"}', STRATEGIC, 400),
    ("a: [", APPLY, 400),
    ("{}", APPLY, 400),
    ("{}", "application/json", 415),
]
REFUSED = [
    ("PUT", MAPS, 405),
    ("PATCH", MAPS, 405),
    ("POST", f"{MAPS}/a", 405),
    ("OPTIONS", MAPS, 405),
    ("TRACE", MAPS, 405),
    ("HEAD", MAPS, 405),
    ("PUT", "/version", 405),
    ("GET", "/api/v1/nosuch", 404),
    ("GET", f"{MAPS}/a/nosuch", 404),
]
DELETIONS: list[tuple[str, Any, int]] = [
    ("?gracePeriodSeconds=x", None, 400),
    ("?propagationPolicy=x", None, 422),
    ("", "{", 400),
    ("", {"gracePeriodSeconds": "x"}, 400),
    ("", {"preconditions": 5}, 400),
    ("", {"preconditions": {"uid": "x"}}, 409),
    ("", {"orphanDependents": True, "propagationPolicy": "Orphan"}, 422),
    ("", {"kind": "Pod", "apiVersion": "v1"}, 400),
]


@pytest.fixture
def settings(client: Client) -> str:
    client.ask("POST", MAPS, {"metadata": {"name": "there"}})
    return f"{MAPS}/there"


@pytest.mark.parametrize(("body", "media", "code"), BODIES)
def test_a_bad_body(client: Client, body: Any, media: str, code: int) -> None:
    answer = client.ask("POST", MAPS, body, media)
    assert (answer.code, answer.json["kind"], answer.json["code"]) == (code, "Status", code)


@pytest.mark.parametrize(("query", "code", "words"), QUERIES)
def test_a_bad_query(client: Client, query: str, code: int, words: str) -> None:
    answer = client.ask("GET", f"{MAPS}?{query}")
    assert answer.code == code
    assert answer.json.get("message", "").startswith(words)


@pytest.mark.parametrize(("body", "media", "code"), PATCHES)
def test_a_bad_patch(client: Client, settings: str, body: str, media: str, code: int) -> None:
    query = "?fieldManager=tests" if media == APPLY else ""
    assert client.ask("PATCH", settings + query, body, media).code == code


@pytest.mark.parametrize(("method", "path", "code"), REFUSED)
def test_a_method_or_path_that_is_not_served(client: Client, method: str, path: str, code: int) -> None:
    assert client.ask(method, path, "{}" if method in ("PUT", "POST", "PATCH") else None).code == code


@pytest.mark.parametrize(("query", "body", "code"), DELETIONS)
def test_bad_options_of_a_deletion(client: Client, settings: str, query: str, body: Any, code: int) -> None:
    assert client.ask("DELETE", settings + query, body).code == code
    assert client.ask("GET", settings).code == 200


def test_a_name_that_is_not_given_or_another(client: Client, settings: str) -> None:
    missing, other = client.ask("PUT", settings, {}), client.ask("PUT", settings, {"metadata": {"name": "other"}})
    words = "the name of the object (there based on URL) was undeterminable: name must be provided"
    assert (missing.code, missing.json["message"], other.code) == (400, words, 400)


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_a_wrong_token(served: Served, token: str) -> None:
    client = Client(served.kubeconfig, with_certificate=False)
    answer = client.ask("GET", MAPS, Authorization=f"Bearer {token}")
    client.close()
    assert (answer.code, answer.json["message"]) == (401, "Unauthorized")


def test_a_certificate_of_another_authority(served: Served) -> None:
    now = served.cluster.clock.now()
    pair = Authority(now).client(now)
    client = Client(served.kubeconfig, with_certificate=False)
    load_pair(client.tls, pair.certificate, pair.key)
    with pytest.raises(OSError):
        client.ask("GET", MAPS)
    assert Client(served.kubeconfig).ask("GET", "/healthz").code == 200
