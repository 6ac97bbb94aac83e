"""Tables of any kind: columns as a real server defines them, cells by the kind's own function.

https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
"""

from __future__ import annotations

import gzip
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from tutor.practice.api.errors import Obj
from tutor.practice.api.kinds import Kind
from tutor.practice.tables import cluster, flow, network, workloads
from tutor.practice.tables.custom import column_of, custom_cells
from tutor.practice.tables.pods import pod
from tutor.practice.tables.texts import stamp_now

DATA = Path(__file__).parent.parent / "data/columns.json.gz"
ROWS = {"v1/Pod": pod, **workloads.ROWS, **network.ROWS, **cluster.ROWS, **flow.ROWS}
ORDERS = {flow.FLOW_SCHEMA: flow.precedence}
"""Kinds whose tables are not in the order of names."""


class Tables:
    """Renders tables; `printer_columns` are those of custom resources, by `GROUP/VERSION/KIND`."""

    def __init__(self) -> None:
        self.printer_columns: dict[str, list[Obj]] = {}

    def __call__(self, kind: Kind, objects: list[Obj], include: str = "Metadata") -> Obj:
        """Return a Table of objects; `include` is `None`, `Metadata` or `Object`."""
        key = f"{kind.api_version}/{kind.kind}"
        now = stamp_now()
        if key in ORDERS:
            objects = sorted(objects, key=ORDERS[key])
        extra = self.printer_columns.get(key)
        if extra is not None:
            columns = [_columns()["v1/ServiceAccount"][0], *map(column_of, extra)]
            rows = [[each["metadata"]["name"], *custom_cells(extra, each)] for each in objects]
        else:
            rows = [_cells(key, each, now) for each in objects]
            columns = _columns().get(key) or _columns()["v1/LimitRange"]
        return {
            "kind": "Table",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": {},
            "columnDefinitions": columns,
            "rows": [_row(cells, each, include) for cells, each in zip(rows, objects, strict=True)],
        }


def _cells(key: str, obj: Obj, now: datetime) -> list[Any]:
    row = ROWS.get(key)
    if row is None:
        return [obj["metadata"]["name"], obj["metadata"].get("creationTimestamp")]
    return row({"kind": key.rpartition("/")[2], **obj}, now)


def _row(cells: list[Any], obj: Obj, include: str) -> Obj:
    if include == "None":
        return {"cells": cells}
    if include == "Object":
        return {"cells": cells, "object": obj}
    partial = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}
    return {"cells": cells, "object": partial}


@cache
def _columns() -> dict[str, list[Obj]]:
    data: dict[str, list[Obj]] = orjson.loads(gzip.decompress(DATA.read_bytes()))
    return data
