"""Make `tutor/practice/data/seed.json.gz`: the objects of a fresh kind cluster.

    python scripts/build_practice_seed.py

asks the cluster of the current kubectl context, of one node and freshly made, with no namespaces but its own. What
differs from cluster to cluster becomes a placeholder that `tutor.practice.controllers.seed` fills in.
"""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "tutor/practice/data/seed.json.gz"
NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system", "local-path-storage")
RESOURCES = (
    *("namespaces", "serviceaccounts", "configmaps", "services", "endpoints", "endpointslices.discovery.k8s.io"),
    *("deployments.apps", "daemonsets.apps", "pods", "storageclasses.storage.k8s.io", "csinodes.storage.k8s.io"),
    *("priorityclasses.scheduling.k8s.io", "apiservices.apiregistration.k8s.io"),
    *("secrets", "componentstatuses"),
    *("flowschemas.flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io"),
    *("servicecidrs.networking.k8s.io", "ipaddresses.networking.k8s.io"),
)
OWN = ("kube-root-ca.crt", "default")
"""ConfigMap and ServiceAccount that controllers make in every namespace."""
DROPPED = ("uid", "resourceVersion", "creationTimestamp", "managedFields", "selfLink")


def kubectl(*words: str) -> Any:
    """Return what kubectl prints as JSON."""
    return json.loads(subprocess.run(["kubectl", *words, "-o", "json"], capture_output=True, check=True).stdout)


def wanted(resource: str, obj: dict[str, Any]) -> bool:
    """Tell whether an object belongs to a fresh cluster and is nobody's product."""
    meta: dict[str, Any] = obj["metadata"]
    if resource == "namespaces":
        return str(meta["name"]) in NAMESPACES
    if meta.get("namespace") and meta["namespace"] not in NAMESPACES:
        return False
    if resource in ("configmaps", "serviceaccounts"):
        return meta["name"] not in OWN
    if resource == "secrets":
        return str(obj["type"]) == "bootstrap.kubernetes.io/token"
    if resource == "pods":
        return "kubernetes.io/config.mirror" in meta.get("annotations", {})
    if resource.startswith("endpoint"):
        return str(meta["name"]) == "kubernetes"
    if resource.startswith("ipaddresses"):
        return str(obj["spec"]["parentRef"]["name"]) in ("kubernetes", "kube-dns")
    return not ("service" in obj.get("spec", {}) or "example.com" in meta["name"])


def clean(resource: str, obj: dict[str, Any]) -> dict[str, Any]:
    """Take out of an object what is not the same in every cluster."""
    meta = {key: value for key, value in obj["metadata"].items() if key not in DROPPED}
    for owner in meta.get("ownerReferences", []):
        owner.pop("uid")
    annotations = meta.get("annotations", {})
    annotations.pop("deployment.kubernetes.io/revision", None)
    if "kubernetes.io/config.seen" in annotations:
        annotations["kubernetes.io/config.seen"] = "@SEEN@"
    kept = {**obj, "metadata": meta}
    if resource == "pods":
        kept["status"] = {"phase": "Pending", "qosClass": obj["status"]["qosClass"]}
    elif resource in ("deployments.apps", "daemonsets.apps"):
        kept["status"] = {}
    elif resource == "configmaps":
        kept["data"].pop("jws-kubeconfig-abcdef", None)
        if "since" in kept["data"]:
            kept["data"]["since"] = "@TODAY@"
    elif resource == "secrets":
        kept["data"]["expiration"] = "@LATER64@"
    for condition in kept.get("status", {}).get("conditions", []):
        condition["lastTransitionTime"] = "@NOW@"
    return kept


def build() -> dict[str, list[dict[str, Any]]]:
    """Return the objects by resource, with placeholders."""
    found = {
        resource: [clean(resource, each) for each in kubectl("get", resource, "-A")["items"] if wanted(resource, each)]
        for resource in RESOURCES
    }
    node = kubectl("get", "nodes")["items"][0]
    name, address = node["metadata"]["name"], node["status"]["addresses"][0]["address"]
    text = json.dumps(found, sort_keys=True)
    authentication = kubectl("-n", "kube-system", "get", "configmap", "extension-apiserver-authentication")["data"]
    root = kubectl("-n", "default", "get", "configmap", "kube-root-ca.crt")["data"]["ca.crt"]
    for certificate in (root, authentication["client-ca-file"], authentication["requestheader-client-ca-file"]):
        text = text.replace(json.dumps(certificate)[1:-1], "@CA@")
        text = text.replace(base64.b64encode(certificate.encode()).decode(), "@CA64@")
    cluster = name.removesuffix("-control-plane")
    for before in ("clusterName: ", "--cluster-name="):
        text = text.replace(f"{before}{cluster}", f"{before}@CLUSTER@")
    result: dict[str, list[dict[str, Any]]] = json.loads(text.replace(name, "@NODE@").replace(address, "@ADDRESS@"))
    return result


def main() -> None:
    """Write the file, and print how much is in it."""
    objects = build()
    raw = json.dumps(objects, sort_keys=True, separators=(",", ":")).encode()
    TARGET.write_bytes(gzip.compress(raw, mtime=0))
    print(f"{TARGET}: {sum(map(len, objects.values()))} objects, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
