"""Make the generated data of `tutor/practice/data` that a running cluster tells.

    python scripts/build_practice_data.py

asks the cluster of the current kubectl context, a fresh one of the version to be like, for

    definitions.json.gz   the schemas of its OpenAPI v3 documents by name
    discovery.json.gz     the groups, in the order of aggregated discovery

Both are Kubernetes' own documents (Apache-2.0, see NOTICE).
"""

from __future__ import annotations

import base64
import gzip
import json
import ssl
import subprocess
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent.parent / "tutor/practice/data"
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


def main() -> None:
    """Ask the cluster, write the files, and print their sizes."""
    write("definitions.json.gz", definitions())
    write("discovery.json.gz", discovery())


def definitions() -> dict[str, Any]:
    """Return the schemas of all documents; of those that differ the kinds (DeleteOptions) are put together."""
    schemas: dict[str, Any] = {}
    kinds = "x-kubernetes-group-version-kind"
    for document in json.loads(raw("/openapi/v3"))["paths"].values():
        answer = json.loads(raw(document["serverRelativeURL"]))
        for name, schema in answer.get("components", {}).get("schemas", {}).items():
            if name in schemas and kinds in schema:
                schema[kinds] = schemas[name][kinds] + [
                    kind for kind in schema[kinds] if kind not in schemas[name][kinds]
                ]
            schemas[name] = schema
    return schemas


def discovery() -> dict[str, Any]:
    """Return the cluster's own groups and resources."""
    groups = [*aggregated("/api"), *aggregated("/apis")]
    return {"groups": groups, "hashes": storage_hashes(groups)}


def storage_hashes(groups: list[dict[str, Any]]) -> dict[str, str]:
    """Return the storage version hashes, by `group/version/resource`, that only the older documents carry."""
    hashes = {}
    for group in groups:
        for version in group["versions"]:
            name = group["metadata"].get("name", "")
            path = f"/apis/{name}/{version['version']}" if name else f"/api/{version['version']}"
            for resource in json.loads(raw(path))["resources"]:
                if found := resource.get("storageVersionHash"):
                    hashes[f"{name}/{version['version']}/{resource['name']}"] = found
    return hashes


def aggregated(path: str) -> list[dict[str, Any]]:
    """Return the items of an aggregated discovery document."""
    config = json.loads(run("kubectl", "config", "view", "--raw", "--minify", "--flatten", "-o", "json"))
    user, cluster = config["users"][0]["user"], config["clusters"][0]["cluster"]
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for name, data in (
            ("cert", user["client-certificate-data"]),
            ("key", user["client-key-data"]),
            ("ca", cluster["certificate-authority-data"]),
        ):
            files[name] = Path(folder, name)
            files[name].write_bytes(base64.b64decode(data))
        context = ssl.create_default_context(cafile=str(files["ca"]))
        context.load_cert_chain(str(files["cert"]), str(files["key"]))
    request = urllib.request.Request(cluster["server"] + path, headers={"Accept": AGGREGATED})  # noqa: S310
    with urllib.request.urlopen(request, context=context, timeout=30) as answer:  # noqa: S310
        items: list[dict[str, Any]] = json.loads(answer.read())["items"]
    return items


def raw(path: str) -> str:
    """Return what the cluster answers to a GET."""
    return run("kubectl", "get", "--raw", path)


def run(*command: str) -> str:
    """Return a command's output. Raises CalledProcessError if it fails."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def write(name: str, data: Any) -> None:
    """Write a packed file, without name and time, so that the same data gives the same bytes."""
    DATA.mkdir(exist_ok=True)
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()
    with (DATA / name).open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(text)
    print(f"{name}: {len(text) // 1024} KiB, {(DATA / name).stat().st_size // 1024} KiB packed")


if __name__ == "__main__":
    main()
