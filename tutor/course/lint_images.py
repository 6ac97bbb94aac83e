"""Faults of images: those without a tag, and those that the tutor would not bring into the cluster."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from checkers.spelling import did_you_mean
from tutor.course.answers import wrong_answer
from tutor.course.lint_manifests import answers
from tutor.course.model import Course, Exercise
from tutor.course.source import CourseError, Problem, Source, read_text

_NAME = r"[A-Za-z0-9][A-Za-z0-9._/@:-]*"
_FIELD = re.compile(rf"\bimage:[ \t]*[\"']?({_NAME})")
_FLAG = re.compile(rf"--image[= ][\"']?({_NAME})")


def lint_images(exercise: Exercise, course: Course, source: Source) -> Iterator[Problem]:
    """Yield faults of the list in exercise.yaml, and of each place where an image is used."""
    for index, image in enumerate(exercise.images):
        place = ("images", index)
        if not tagged(image):
            yield source.problem(place, f"the image {image} has no tag of its own")
        elif image not in course.images:
            text = f"the image {image} is not in exercises/images.yaml"
            yield source.problem(place, text, did_you_mean(image, course.images))
    for step in exercise.setup:
        for _, image in images_in(" ".join(step.kubectl), course):
            yield from _used(exercise, course, source.file, source.line(("setup",)), image)
    for file in [*sorted((exercise.folder / "setup").glob("*.yaml")), *answers(exercise.folder)]:
        for line, image in images_in(read_text(file), course):
            yield from _used(exercise, course, file, line, image)


def tagged(image: str) -> bool:
    """Tell whether the image says which release it means."""
    tag = image.rpartition("/")[2].partition(":")[2]
    return bool(tag) and tag != "latest"


def images_in(text: str, course: Course) -> Iterator[tuple[int, str]]:
    """Yield line and name of each image in a manifest or a script."""
    repositories = "|".join(sorted({re.escape(each.rpartition(":")[0]) for each in course.images}))
    # As in `kubectl set image deployment/web web=nginx:1.29`; redis:6379 is a port.
    named = re.compile(rf"(?<![\w./-])((?:{repositories}):(?!\d+\b(?!\.))[\w.-]+)") if repositories else None
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#"):
            continue
        found = _FIELD.findall(line) + _FLAG.findall(line) + (named.findall(line) if named else [])
        for image in dict.fromkeys(found):
            yield number, image


def _used(exercise: Exercise, course: Course, file: Path, line: int, image: str) -> Iterator[Problem]:
    if image in exercise.images:
        return
    if not tagged(image):
        yield Problem(file, line, f"the image {image} has no tag of its own")
    elif image in course.images or not _on_purpose(exercise, file, image):
        text = f"the image {image} is not under images in exercise.yaml"
        yield Problem(file, line, text, did_you_mean(image, exercise.images))


def _on_purpose(exercise: Exercise, file: Path, image: str) -> bool:
    """Tell whether the image is a fault to find: the task or the debrief, or the answer's `# says:`, names it."""
    if file.parent.name == "wrong":
        try:
            return any(image in words for words in wrong_answer(file).says)
        except CourseError:
            return True  # told with the answer
    texts = [exercise.folder / "task.md", exercise.folder / "debrief.md"]
    in_setup = file.parent.name == "setup" or file.name == "exercise.yaml"
    return in_setup and any(path.is_file() and image in read_text(path) for path in texts)
