"""The objects that a fresh cluster has: namespaces, the control plane's Pods, DNS, the default StorageClass, ….

`scripts/build_practice_seed.py` records them from a kind cluster.
"""

from __future__ import annotations

import base64
import gzip
import hmac
from datetime import timedelta
from importlib.resources import files

import orjson

from tutor.practice.api.chain import Api
from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import new_uid
from tutor.practice.clock import stamp

TOKEN = timedelta(days=1)
"""How long the token to join with is good."""


def seed(api: Api, *, node: str, address: str, ca: str, cluster: str) -> None:
    """Store them, complete as they are and past validation.

    `node` and `address` are the control plane's, `ca` is the certificate authority as PEM. Where the node is there
    already, it owns its static Pods.
    """
    now = stamp(api.clock.now())
    text = gzip.decompress((files("tutor.practice") / "data/seed.json.gz").read_bytes()).decode()
    values = {"NODE": node, "ADDRESS": address, "CLUSTER": cluster, "NOW": now, "SEEN": now, "TODAY": now[:10]}
    values |= {"CA": orjson.dumps(ca).decode()[1:-1], "CA64": base64.b64encode(ca.encode()).decode()}
    values["LATER64"] = base64.b64encode(stamp(api.clock.now() + TOKEN).encode()).decode()
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    objects: dict[str, list[Obj]] = orjson.loads(text)
    _sign(objects)
    for resource, each in objects.items():
        for obj in each:
            meta = obj["metadata"]
            if api.store.get(resource, meta.get("namespace") or "", meta["name"]) is None:
                if resource != "componentstatuses":  # these are made up for each answer
                    meta |= {"uid": new_uid(), "creationTimestamp": now}
                _owned(api, meta)
                api.store.put(resource, obj)


def _owned(api: Api, meta: Obj) -> None:
    """Fill in the uids of owners; without those that are not there."""
    references = []
    for reference in meta.pop("ownerReferences", []):
        owner = api.store.get("nodes", "", reference["name"])
        if owner:
            references.append({**reference, "uid": owner["metadata"]["uid"]})
    if references:
        meta["ownerReferences"] = references


def _sign(objects: dict[str, list[Obj]]) -> None:
    """Sign the kubeconfig that joining nodes find in `cluster-info`, with each bootstrap token.

    https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/#configmap-signing
    """
    info = next(each for each in objects["configmaps"] if each["metadata"]["name"] == "cluster-info")
    for secret in objects["secrets"]:
        name, key = (base64.b64decode(secret["data"][each]) for each in ("token-id", "token-secret"))
        header = _url64(b'{"alg":"HS256","kid":"%s"}' % name)
        signed = header + b"." + _url64(info["data"]["kubeconfig"].encode())
        signature = _url64(hmac.digest(key, signed, "sha256"))
        info["data"][f"jws-kubeconfig-{name.decode()}"] = (header + b".." + signature).decode()


def _url64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
