"""Loading the course, as it is and with ninety more exercises, against plainly parsing its YAML files."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from bench.measure import Row, median
from tutor.paths import content_dir

GOAL = 0.150
MORE = 90

LOAD = """
import sys, time
from pathlib import Path
from tutor.course.load import load_course
began = time.perf_counter()
load_course(Path(sys.argv[1]))
print(time.perf_counter() - began)
"""
PARSE = """
import sys, time, yaml
from pathlib import Path
files = sorted(Path(sys.argv[1], "lessons").rglob("*.yaml")) + sorted(Path(sys.argv[1], "exercises").glob("*/*/*.yaml"))
began = time.perf_counter()
for file in files:
    yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
print(time.perf_counter() - began)
"""


def measure(quick: bool) -> list[Row]:
    """Load in fresh interpreters, so that nothing is warm but the disk."""
    rounds = 3 if quick else 9
    rows = [_row("loading the course", content_dir(), rounds)]
    with tempfile.TemporaryDirectory(prefix="kubetutor-bench-") as folder:
        rows.append(_row(f"loading it with {MORE} more exercises", _grown(Path(folder)), rounds))
    return rows


def _row(name: str, content: Path, rounds: int) -> Row:
    loads, parses = [], []
    for _ in range(rounds):
        loads.append(_inside(LOAD, content))
        parses.append(_inside(PARSE, content))
    seconds = median(loads)
    return Row(
        name=name,
        value=seconds,
        goal=f"< {GOAL} s",
        against="parsing the same YAML",
        ratio=seconds / median(parses),
        met=seconds < GOAL,
    )


def _inside(script: str, content: Path) -> float:
    ran = subprocess.run([sys.executable, "-c", script, content], check=True, capture_output=True, text=True)
    return float(ran.stdout)


def _grown(folder: Path) -> Path:
    """Return a copy of the course in `folder` in which its exercises are there several times."""
    for part in ("lessons", "exercises"):
        shutil.copytree(content_dir() / part, folder / part)
    originals = sorted(path.parent for path in (folder / "exercises").glob("*/*/exercise.yaml"))
    added: dict[str, list[str]] = {}
    for number in range(MORE):
        original = originals[number % len(originals)]
        copy = original.with_name(f"{original.name}-copy-{number}")
        shutil.copytree(original, copy)
        data = copy / "exercise.yaml"
        parsed = yaml.load(data.read_text(encoding="utf-8"), yaml.CSafeLoader)
        parsed["namespaces"] = [f"{name}-copy-{number}" for name in parsed["namespaces"]]
        parsed["lessons"] = []
        data.write_text(yaml.safe_dump(parsed, sort_keys=False), encoding="utf-8")
        added.setdefault(original.parent.name, []).append(copy.name)
    for topic, ids in added.items():
        data = folder / "lessons" / topic / "topic.yaml"
        parsed = yaml.load(data.read_text(encoding="utf-8"), yaml.CSafeLoader)
        parsed["exercises"] = [*parsed.get("exercises", []), *ids]
        data.write_text(yaml.safe_dump(parsed, sort_keys=False), encoding="utf-8")
    return folder
