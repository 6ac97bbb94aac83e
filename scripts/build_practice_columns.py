"""Records which columns a real API server prints for each kind, into tutor/practice/data/columns.json.gz.

KUBECONFIG=kind.kubeconfig python scripts/build_practice_columns.py
"""

from __future__ import annotations

import gzip
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from checkers.live.client import Client
from tutor.practice.schema.discovery import built_in

OUT = Path(__file__).parent.parent / "tutor/practice/data/columns.json.gz"
TABLE = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}


def main() -> None:
    """Ask for every kind's list as a Table."""
    client = Client(Path(os.environ["KUBECONFIG"]))
    columns = {}
    for kind in built_in():
        if "list" not in kind.verbs:
            continue
        prefix = f"/apis/{kind.group}" if kind.group else "/api"
        reply = client.request("GET", f"{prefix}/{kind.version}/{kind.plural}", headers=TABLE)
        if reply.status == 200 and reply.data.get("kind") == "Table":
            columns[f"{kind.api_version}/{kind.kind}"] = reply.data["columnDefinitions"]
    text = json.dumps(columns, sort_keys=True, separators=(",", ":"))
    OUT.write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"{len(columns)} kinds, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
