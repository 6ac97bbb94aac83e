"""ServiceAccount: every Pod runs as an account, with its token mounted.

https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#serviceaccount-admission-controller
"""

from __future__ import annotations

from tutor.practice.access.tokens import MOUNTED
from tutor.practice.admission.plugin import Plugin, containers_of, forbid, new_pod
from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import suffix
from tutor.practice.api.request import Request
from tutor.practice.api.store import Store

MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


class ServiceAccounts(Plugin):
    """Gives new Pods their account, its image pull secrets and the volume with its token."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def mutate(self, request: Request) -> None:
        """Raise ApiError (403) where the account is not there."""
        pod = new_pod(request)
        if pod is None:
            return
        spec = pod.setdefault("spec", {})
        name = spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"
        spec["serviceAccountName"] = spec["serviceAccount"] = name
        account = self._store.get("serviceaccounts", request.namespace, name)
        if account is None:
            why = f"error looking up service account {request.namespace}/{name}: "
            raise forbid(request, f'{why}serviceaccount "{name}" not found')
        if _mounts_token(spec, account):
            _mount_token(spec)
        if not spec.get("imagePullSecrets") and account.get("imagePullSecrets"):
            spec["imagePullSecrets"] = [dict(each) for each in account["imagePullSecrets"]]


def _mounts_token(spec: Obj, account: Obj) -> bool:
    for wish in (spec.get("automountServiceAccountToken"), account.get("automountServiceAccountToken")):
        if wish is not None:
            return bool(wish)
    return True


def _mount_token(spec: Obj) -> None:
    """Add the volume, and mount it wherever nothing is mounted at that path; nothing where all have their own."""
    bare = [
        container
        for container in containers_of(spec)
        if all(mount.get("mountPath") != MOUNT for mount in container.get("volumeMounts") or [])
    ]
    if not bare:
        return
    name = f"kube-api-access-{suffix()}"
    for container in bare:
        mount = {"name": name, "readOnly": True, "mountPath": MOUNT}
        container["volumeMounts"] = [*(container.get("volumeMounts") or []), mount]
    sources: list[Obj] = [
        {"serviceAccountToken": {"expirationSeconds": MOUNTED, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {
            "downwardAPI": {
                "items": [{"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]
            }
        },
    ]
    volume = {"name": name, "projected": {"sources": sources, "defaultMode": 420}}
    spec["volumes"] = [*(spec.get("volumes") or []), volume]
