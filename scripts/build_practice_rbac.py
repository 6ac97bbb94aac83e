"""Record a new kind cluster's roles and bindings into tutor/practice/data: KUBECONFIG names the cluster."""

from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "tutor/practice/data/rbac.json.gz"
NAMESPACES = {"", "kube-system", "kube-public", "local-path-storage"}
OURS = ("system:", "system::", "kubeadm:", "local-path-provisioner")
NAMES = {"admin", "edit", "view", "cluster-admin", "kindnet", "kube-proxy", "extension-apiserver-authentication-reader"}
KEPT = ("name", "namespace", "labels", "annotations")


def recorded(resource: str) -> list[dict[str, Any]]:
    """Return the objects of one resource, without what the server gave them."""
    command = ["kubectl", "get", resource, "-A", "-o", "json"]
    items = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["items"]
    found = []
    for item in items:
        meta = item["metadata"]
        wanted = meta["name"] in NAMES or meta["name"].startswith(OURS)
        if not wanted or meta.get("namespace", "") not in NAMESPACES or meta["name"] == "system:metrics-server":
            continue
        item["metadata"] = {key: meta[key] for key in KEPT if key in meta}
        item["metadata"].get("annotations", {}).pop("kubectl.kubernetes.io/last-applied-configuration", None)
        if not item["metadata"].get("annotations", True):
            del item["metadata"]["annotations"]
        found.append(item)
    return found


def build() -> None:
    """Write the data file."""
    group = "rbac.authorization.k8s.io"
    plurals = ("clusterroles", "clusterrolebindings", "roles", "rolebindings")
    data = {f"{plural}.{group}": recorded(f"{plural}.{group}") for plural in plurals}
    TARGET.write_bytes(gzip.compress(json.dumps(data, separators=(",", ":")).encode(), 9, mtime=0))
    print({key: len(value) for key, value in data.items()})


if __name__ == "__main__":
    build()
