"""The objects that a fresh cluster has: namespaces, the control plane's Pods, DNS, the default StorageClass, ….

`scripts/build_practice_seed.py` records them from a kind cluster.
"""

from __future__ import annotations

import base64
import gzip
from importlib.resources import files

import orjson

from tutor.practice.api.chain import Api
from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import new_uid
from tutor.practice.clock import stamp


def seed(api: Api, *, node: str, address: str, ca: str, cluster: str) -> None:
    """Store them, complete as they are and past validation.

    `node` and `address` are the control plane's, `ca` is the certificate authority as PEM. Where the node is there
    already, it owns its static Pods.
    """
    now = stamp(api.clock.now())
    text = gzip.decompress((files("tutor.practice") / "data/seed.json.gz").read_bytes()).decode()
    values = {"NODE": node, "ADDRESS": address, "CLUSTER": cluster, "NOW": now, "SEEN": now, "TODAY": now[:10]}
    values |= {"CA": orjson.dumps(ca).decode()[1:-1], "CA64": base64.b64encode(ca.encode()).decode()}
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    objects: dict[str, list[Obj]] = orjson.loads(text)
    for resource, each in objects.items():
        for obj in each:
            meta = obj["metadata"]
            if api.store.get(resource, meta.get("namespace") or "", meta["name"]) is None:
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
