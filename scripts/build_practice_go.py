"""Make `tutor/practice/data/go.json.gz`: what Kubernetes' Go types say that its OpenAPI definitions do not.

And `tests/practice/wire/fixtures.json.gz`: Kubernetes' own examples of each kind, as JSON and as protobuf.

    apt-get download golang-k8s-api-dev golang-k8s-apimachinery-dev golang-k8s-apiextensions-apiserver-dev
    for package in *.deb; do dpkg -x $package source; done
    python scripts/build_practice_go.py source/usr/share/gocode/src/k8s.io

    {"structs": {"io.k8s.api.core.v1.Container": [["name", "string", 1, ""], …]},
     "aliases": {"io.k8s.api.core.v1.PullPolicy": "string", …}}

A field is its JSON name (empty: its own fields belong to the object), its Go type with full names, its number in
protobuf (0 for none), and whether it is left out when it is empty (`o`) or zero (`z`).
The sources are Apache-2.0, see NOTICE; the types of structs that no served kind reaches are left out.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent.parent / "tutor/practice/data"
FIXTURES = Path(__file__).parent.parent / "tests/practice/wire/fixtures.json.gz"
BUILT_IN = {"string", "bool", "int", "int32", "int64", "uint32", "uint64", "uint8", "float64", "byte"}
FIELD = re.compile(r"^\t(?:(\w+)\s+)?([\w.*\[\]]+)\s+`(.*)`")
ROOTS = {
    "api": "io.k8s.api",
    "apimachinery": "io.k8s.apimachinery",
    "apiextensions-apiserver": "io.k8s.apiextensions-apiserver",
}
EXTRA = ("meta.v1.Status", "meta.v1.DeleteOptions", "meta.v1.WatchEvent", "policy.v1.Eviction")


def main(source: Path) -> None:
    """Read the Go files, write the table, and print its size."""
    structs: dict[str, list[Any]] = {}
    aliases: dict[str, str] = {}
    for path in sorted(source.glob("**/*.go")):
        package = _package(path.parent.relative_to(source).as_posix())
        if package and not path.name.endswith("_test.go") and not path.name.startswith(("zz_", "generated")):
            _read(path, package, structs, aliases)
    definitions = json.loads(gzip.decompress((DATA / "definitions.json.gz").read_bytes()))
    reached = _reached([name for name in structs if name in definitions or name.endswith(EXTRA)], structs, aliases)
    missing = [
        f"{name}.{field}"
        for name, definition in definitions.items()
        for field in definition.get("properties", {})
        if name in structs and field not in _names(name, structs) | {"apiVersion", "kind"}
    ]
    print("definitions without a Go type:", *[name for name in definitions if name not in {*structs, *aliases}])
    print("fields without a Go field:", *missing)
    table = {
        "structs": {name: structs[name] for name in sorted(reached) if name in structs},
        "aliases": {name: aliases[name] for name in sorted(reached) if name in aliases},
    }
    _write(DATA / "go.json.gz", table)
    kinds = {
        (f"{gvk['group']}/{gvk['version']}".lstrip("/"), gvk["kind"])
        for definition in definitions.values()
        for gvk in definition.get("x-kubernetes-group-version-kind", ())
    }
    _write(FIXTURES, dict(_fixtures(source / "api/testdata/HEAD", kinds)))


def _fixtures(folder: Path, kinds: set[tuple[str, str]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(folder.glob("*.json")):
        obj = json.loads(path.read_text())
        if (obj.get("apiVersion"), obj.get("kind")) in kinds and obj["kind"] != "WatchEvent":
            binary = base64.b64encode(path.with_suffix(".pb").read_bytes()).decode()
            yield path.stem, {"json": obj, "protobuf": binary}


def _write(path: Path, data: Any) -> None:
    text = json.dumps(data, separators=(",", ":")).encode()
    # Without name and time, so that the same sources give the same bytes.
    with path.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(text)
    print(f"{path.name}: {len(text) // 1024} KiB, {path.stat().st_size // 1024} KiB packed")


def _package(path: str) -> str:
    root, _, rest = path.partition("/")
    if root not in ROOTS or (root == "api" and rest.startswith("testdata")):
        return ""
    return ".".join([ROOTS[root], *rest.split("/")])


def _read(path: Path, package: str, structs: dict[str, list[Any]], aliases: dict[str, str]) -> None:
    text = path.read_text()
    imports = {}
    for alias, target in re.findall(r'^\s+(?:import )?(\w+ )?"(k8s\.io/[^"]+)"$', text, re.MULTILINE):
        imports[alias.strip() or target.rsplit("/", 1)[1]] = _package(target.removeprefix("k8s.io/"))
    fields: list[Any] | None = None
    for line in text.splitlines():
        if match := re.match(r"^type (\w+) struct \{$", line):
            fields = structs[f"{package}.{match[1]}"] = []
        elif match := re.match(r"^type (\w+) ([\w.*\[\]]+)$", line):
            aliases[f"{package}.{match[1]}"] = _full(match[2], package, imports)
        elif line == "}":
            fields = None
        elif fields is not None and (match := FIELD.match(line)):
            tags = dict(re.findall(r'(\w+):"([^"]*)"', match[3]))
            name, *options = tags.get("json", "").split(",")
            number = int(tags.get("protobuf", "").split(",")[1]) if "," in tags.get("protobuf", "") else 0
            if name != "-" and (name or number):
                flags = "".join(flag for flag, option in (("o", "omitempty"), ("z", "omitzero")) if option in options)
                fields.append([name, _full(match[2], package, imports), number, flags])


def _full(kind: str, package: str, imports: dict[str, str]) -> str:
    """Return a Go type with full names: `map[ResourceName]resource.Quantity`."""

    def name(match: re.Match[str]) -> str:
        qualifier, own = match[1], match[2]
        if qualifier:
            return f"{imports.get(qualifier[:-1], qualifier[:-1])}.{own}"
        return own if own in BUILT_IN or own == "map" else f"{package}.{own}"

    return re.sub(r"(\w+\.)?(\w+)", name, kind)


def _names(struct: str, structs: dict[str, list[Any]]) -> set[str]:
    names: set[str] = set()
    for name, kind, _, _ in structs.get(struct, ()):
        names |= {name} if name else _names(kind.lstrip("*"), structs)
    return names


def _reached(names: list[str], structs: dict[str, list[Any]], aliases: dict[str, str]) -> set[str]:
    """Return the names and all that their fields' types name."""
    reached: set[str] = set()
    while names:
        name = names.pop()
        if name not in reached:
            reached.add(name)
            kinds = [field[1] for field in structs.get(name, ())] + [aliases.get(name, "")]
            names += [found for kind in kinds for found in re.findall(r"io\.k8s\.[\w.-]+", kind)]
    return reached


if __name__ == "__main__":
    main(Path(sys.argv[1]))
