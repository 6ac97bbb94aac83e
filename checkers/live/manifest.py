"""The manifest of a probe Pod."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from checkers.world import Obj

IMAGE = "busybox:1.37"
"""Holds nc, nslookup and sleep in 4 MB; an exercise's images always hold it, too."""
NEVER = "kubetutor.dev/never-ready"
LIFETIME_SECONDS = 4 * 3600
"""After a crash a probe that nobody removed stops by itself."""


def probe_manifest(
    name: str, *, labels: Mapping[str, str], owner: Obj | None, dns: tuple[str, Sequence[str]] | None
) -> Obj:
    """Return a Pod that only sleeps: small enough for any quota, and `restricted` by Pod Security.

    `owner`, an object with apiVersion, kind, name and uid, becomes its controller: no ReplicaSet,
    DaemonSet or StatefulSet adopts a Pod that has one. A readiness gate that nobody opens keeps it
    out of every Service. `dns` is a nameserver and a search list in place of the namespace's own.

    Sources: https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/,
    https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-readiness-gate.
    """
    manifest: Obj = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "labels": dict(labels),
            "annotations": {"kubetutor.dev/about": "Made by kubetutor to look from inside; it removes it again."},
        },
        "spec": {
            "activeDeadlineSeconds": LIFETIME_SECONDS,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "readinessGates": [{"conditionType": NEVER}],
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 65534,
                "runAsGroup": 65534,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "terminationGracePeriodSeconds": 0,
            "tolerations": [{"operator": "Exists"}],
            "containers": [
                {
                    "name": "probe",
                    "image": IMAGE,
                    "imagePullPolicy": "IfNotPresent",
                    "command": ["sleep", str(LIFETIME_SECONDS)],
                    "resources": {
                        "requests": {"cpu": "1m", "memory": "8Mi"},
                        "limits": {"cpu": "200m", "memory": "32Mi"},
                    },
                    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                }
            ],
        },
    }
    if owner is not None:
        meta = owner["metadata"]
        reference = {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": meta["name"], "uid": meta["uid"]}
        manifest["metadata"]["ownerReferences"] = [{**reference, "controller": True}]
    if dns is not None:
        server, search = dns
        manifest["spec"]["dnsPolicy"] = "None"
        manifest["spec"]["dnsConfig"] = {
            "nameservers": [server],
            "searches": list(search),
            "options": [{"name": "ndots", "value": "5"}],
        }
    return manifest
