"""The roles and bindings that every cluster begins with, recorded by scripts/build_practice_rbac.py.

https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
"""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

import orjson

from tutor.practice.api.errors import Obj

DATA = Path(__file__).parent.parent / "data/rbac.json.gz"


@cache
def default_roles() -> tuple[tuple[str, Obj], ...]:
    """Return (resource key, object) of each; namespaced ones belong to kube-system, kube-public, local-path-storage.

    They come aggregated, so nothing has to be reconciled at the start; do not change them.
    """
    items = orjson.loads(gzip.decompress(DATA.read_bytes()))
    return tuple((resource, obj) for resource, objects in items.items() for obj in objects)
