"""A small course without faults, for tests to break."""

from __future__ import annotations

from pathlib import Path

import pytest

TOPICS = (
    "components",
    "pods",
    "installation",
    "manifests",
    "controllers",
    "services",
    "storage",
    "scheduler",
    "security",
    "helm",
    "operations",
)
EXERCISE = """\
title: Plant a Pod
minutes: 5
level: easy
needs: containers
topology: single
lessons: [planting]
namespaces: [garden]
images: ["nginx:1.28"]
hints: [Look around., Look closer.]
checks:
  - id: exists
    title: There is a Pod
    object: {apiVersion: v1, kind: Pod, name: rose}
    expect: {}
  - id: image
    title: It runs nginx
    after: [exists]
    within: 20s
    object: {apiVersion: v1, kind: Pod, name: rose}
    expect: {spec: {containers: [{image: "nginx:1.28"}]}}
"""
LESSON = """\
---
title: How to plant
minutes: 5
exercises: [rose]
---

## The first step

Text.

```run
kubectl get pods
```

```output
No resources found in garden namespace.
```

## The second step

```yaml
## not a step: a comment
kind: Pod
```
"""
POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: bed
spec:
  containers:
    - name: web
      image: nginx:1.28
"""


@pytest.fixture
def course_dir(tmp_path: Path) -> Path:
    for number, topic in enumerate(TOPICS, 1):
        folder = tmp_path / "lessons" / f"{number:02}-{topic}"
        folder.mkdir(parents=True)
        mine = topic == "pods"
        (folder / "topic.yaml").write_text(
            f"id: {topic}\nnumber: {number}\ntitle: {topic.title()}\nsummary: About {topic}.\n"
            f"lessons: [{'planting' if mine else ''}]\nexercises: [{'rose' if mine else ''}]\n"
        )
    (tmp_path / "lessons" / "02-pods" / "planting.md").write_text(LESSON)
    rose = tmp_path / "exercises" / "02-pods" / "rose"
    for name in ("setup", "right", "wrong"):
        (rose / name).mkdir(parents=True)
    (tmp_path / "exercises" / "images.yaml").write_text('images:\n  - {image: "nginx:1.28", for: a web server}\n')
    (rose / "exercise.yaml").write_text(EXERCISE)
    (rose / "task.md").write_text("Plant a rose.\n")
    (rose / "debrief.md").write_text("It grew.\n")
    (rose / "setup" / "bed.yaml").write_text(POD)
    (rose / "solution.sh").write_text("kubectl run rose --image=nginx:1.28\n")
    (rose / "right" / "manifest.yaml").write_text(POD.replace("bed", "rose"))
    (rose / "wrong" / "name.sh").write_text("# fails: exists\n# says: rosa\nkubectl run rosa --image=nginx:1.28\n")
    (rose / "wrong" / "image.sh").write_text(
        "# fails: image\n# says: nginx:1.29\nkubectl run rose --image=nginx:1.29\n"
    )
    return tmp_path


@pytest.fixture
def rose(course_dir: Path) -> Path:
    return course_dir / "exercises" / "02-pods" / "rose"
