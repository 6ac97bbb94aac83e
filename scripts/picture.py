"""Make `docs/kubetutor.svg`, the README's picture, from the running app; the same bytes every time.

    python scripts/picture.py

The exercise is the course's own; what its checks say is what they said on a real cluster,
kept in `scripts/picture.json`.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from checkers.result import Result, Status, score  # noqa: E402
from tests.ui.fakes import FakeTutor  # noqa: E402
from tutor.course.load import load_course  # noqa: E402
from tutor.session.events import Checked  # noqa: E402
from tutor.ui.app import TutorApp  # noqa: E402

PICTURE = ROOT / "docs" / "kubetutor.svg"
RECORDED = Path(__file__).with_suffix(".json")
SIZE = (120, 32)


async def draw() -> str:
    """Return the picture of the exercise screen, half-way through the recorded exercise."""
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    results = tuple(Result(**{**each, "status": Status(each["status"])}) for each in recorded["results"])
    with tempfile.TemporaryDirectory() as folder:
        tutor = FakeTutor(Path(folder))
        tutor.course = load_course(ROOT)
        app = TutorApp(tutor)  # type: ignore[arg-type]
        async with app.run_test(size=SIZE) as pilot:
            await pilot.pause()
            exercise = tutor.course.exercise(recorded["exercise"])
            if exercise is None:
                raise SystemExit(f"There is no exercise {recorded['exercise']} any more: record another one.")
            app.open_entry(exercise)
            await pilot.press("enter")
            while tutor.attempt is None:
                await pilot.pause(0.05)
            tutor.attempt.tell(Checked(results, score(results), 0.0))
            while "points" not in str(app.screen.query_one("#state").content):  # type: ignore[attr-defined]
                await pilot.pause(0.05)
            await pilot.pause()
            picture = app.export_screenshot(title="kubetutor")
    # Textual names its styles by a random number.
    return re.sub(r"terminal-\d+", "terminal-1", picture)


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(asyncio.run(draw()), encoding="utf-8")
    print(f"{PICTURE.relative_to(ROOT)} written")
