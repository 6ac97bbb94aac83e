"""Record what a real cluster answers to tests/practice/{access,admission}/cases.yaml: KUBECONFIG names the cluster."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import ssl
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.practice.access.cases import CLUSTER_WIDE, path_of, request_of, shown  # noqa: E402 - not an installed package

TESTS = ROOT / "tests" / "practice"


class Cluster:
    """The API server of the current kubeconfig, by its admin certificate."""

    def __init__(self) -> None:
        config = yaml.safe_load(Path(os.environ["KUBECONFIG"]).read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self.address = urlsplit(cluster["server"]).netloc
        ca = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self.anybody = ssl.create_default_context(cadata=ca)
        self.admin = ssl.create_default_context(cadata=ca)
        with tempfile.NamedTemporaryFile() as pem:
            for key in ("client-certificate-data", "client-key-data"):
                pem.write(base64.b64decode(user[key]))
            pem.flush()
            self.admin.load_cert_chain(pem.name)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: list[tuple[str, str]] | None = None,
        token: str | None = None,
    ) -> tuple[int, Any, list[str]]:
        """Return code, body and warnings; with `token` the certificate stays away."""
        connection = http.client.HTTPSConnection(self.address, context=self.admin if token is None else self.anybody)
        data = json.dumps(body).encode() if body is not None else b""
        connection.putrequest(method, path)
        connection.putheader("Content-Type", f"application/{'merge-patch+' if method == 'PATCH' else ''}json")
        connection.putheader("Content-Length", str(len(data)))
        for name, value in [*(headers or []), *([("Authorization", f"Bearer {token}")] if token else [])]:
            connection.putheader(name, value)
        connection.endheaders(data)
        answer = connection.getresponse()
        text = answer.read().decode()
        warnings = [part.split('"', 1)[1].rsplit('"', 1)[0] for part in answer.headers.get_all("Warning") or []]
        with contextlib.suppress(ValueError):
            return answer.status, json.loads(text), warnings
        return answer.status, text, warnings


def play(cluster: Cluster, case: dict[str, Any], namespace: str) -> dict[str, Any]:
    """Send one case and return what is recorded of the answer."""
    headers = [("Impersonate-User", case["as"])] if "as" in case else []
    headers += [("Impersonate-Group", group) for group in case.get("groups", [])]
    headers += [
        (f"Impersonate-Extra-{name}", value) for name, values in case.get("extra", {}).items() for value in values
    ]
    path_and_body = request_of(case, namespace)
    token = case.get("token")
    if "by" in case:
        account = f"/api/v1/namespaces/{namespace}/serviceaccounts/{case['by']}/token"
        token = cluster.ask("POST", account, {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest"})[1][
            "status"
        ]["token"]
    code, body, warnings = cluster.ask(*path_and_body, headers=headers, token=token)
    found: dict[str, Any] = {"code": code}
    if warnings:
        found["warnings"] = warnings
    if case.get("quiet"):
        return found
    if code >= 400:
        found["message"] = body["message"] if isinstance(body, dict) else body
        if isinstance(body, dict):
            found |= {key: body[key] for key in ("reason", "details") if key in body}
    elif "shows" in case:
        found["object"] = shown(body, case["shows"])
    elif "post" in case:
        found["object"] = body.get("status")
    return found


def room(cluster: Cluster, given: dict[str, Any]) -> dict[str, Any]:
    """Make a room, play its cases, and take it away."""
    namespace = f"access-{given['room']}"
    given = json.loads(json.dumps(given).replace("{ns}", namespace))
    labels = given.get("labels", {})
    made: list[str] = []
    cluster.ask("POST", "/api/v1/namespaces", {"metadata": {"name": namespace, "labels": labels}})
    try:
        for _ in range(50):
            if cluster.ask("GET", f"/api/v1/namespaces/{namespace}/serviceaccounts/default")[0] == 200:
                break
            time.sleep(0.1)
        for obj in given.get("given", []):
            where = path_of(obj, namespace)
            code, answer, _ = cluster.ask("POST", where, obj)
            if code >= 400:
                print(given["room"], obj["kind"], obj["metadata"]["name"], answer["message"])
            if obj["kind"] in CLUSTER_WIDE:
                made.append(f"{where}/{obj['metadata']['name']}")
        time.sleep(given.get("wait", 1.5))
        return {name: play(cluster, case, namespace) for name, case in given["cases"].items()}
    finally:
        for path in [f"/api/v1/namespaces/{namespace}", *made]:
            cluster.ask("DELETE", path, {"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 0})
        for pod in cluster.ask("GET", f"/api/v1/namespaces/{namespace}/pods")[1].get("items", []):
            name = pod["metadata"]["name"]
            cluster.ask("DELETE", f"/api/v1/namespaces/{namespace}/pods/{name}", {"gracePeriodSeconds": 0})


def record(only: list[str]) -> None:
    """Record all rooms, or the named ones."""
    cluster = Cluster()
    for place in ("access", "admission"):
        answers = TESTS / place / "answers.json"
        found = json.loads(answers.read_text()) if answers.exists() else {}
        for given in yaml.safe_load((TESTS / place / "cases.yaml").read_text()):
            if not only or given["room"] in only:
                found[given["room"]] = room(cluster, given)
        answers.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    record(sys.argv[1:])
