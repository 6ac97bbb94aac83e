"""The app's first screen in a terminal of 80×24, against importing Textual alone."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

from bench.measure import Row, Skipped, median, run
from tutor.course.load import load_course
from tutor.paths import content_dir

GOAL = 1.0
DEADLINE = 20.0


def measure(quick: bool) -> list[Row]:
    """Start the app in a pseudo-terminal until the map's first topic can be read."""
    rounds = 3 if quick else 9
    title = load_course(content_dir()).topics[0].title
    screens, imports = [], []
    for _ in range(rounds):
        screens.append(_first_screen(title))
        imports.append(run([sys.executable, "-c", "import textual.app"]))
    seconds = median(screens)
    return [
        Row(
            name="first screen of the app",
            value=seconds,
            goal=f"< {GOAL:.0f} s",
            against="python -c 'import textual.app'",
            ratio=seconds / median(imports),
            met=seconds < GOAL,
        )
    ]


def _first_screen(title: str) -> float:
    """Return the seconds until `title` stands on the screen."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    with tempfile.TemporaryDirectory(prefix="kubetutor-bench-") as home:
        env = os.environ | {"KUBETUTOR_HOME": home, "TERM": "xterm-256color"}
        began = time.perf_counter()
        app = subprocess.Popen(
            [sys.executable, "-m", "tutor"], stdin=theirs, stdout=theirs, stderr=theirs, env=env, start_new_session=True
        )
        os.close(theirs)
        try:
            return _until(ours, title, began)
        finally:
            os.killpg(app.pid, signal.SIGKILL)
            app.wait()
            os.close(ours)


def _until(screen: int, title: str, began: float) -> float:
    seen = b""
    while (left := began + DEADLINE - time.perf_counter()) > 0:
        if not select.select([screen], [], [], left)[0]:
            break
        try:
            seen += os.read(screen, 65536)
        except OSError:  # the app ended
            break
        if title in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen.decode(errors="replace")):
            return time.perf_counter() - began
    raise Skipped(f"{title!r} did not appear within {DEADLINE:.0f} s: {seen[-300:]!r}")
