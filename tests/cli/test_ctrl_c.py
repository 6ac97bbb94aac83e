"""Ctrl-C, at the moment when it hurts: a process of its own, in the middle of slow work."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tutor.cli.exits import Exit

SLOW = """
import sys
from pathlib import Path
from tests.cli.fakes import FakeTutor
from tutor.cli import tutoring
from tutor.cli.main import main

class Slow(FakeTutor):
    def start(self, exercise_id, listen, cancel):
        try:
            print("working", flush=True)
            cancel.wait(60)
        finally:
            print("cleaned up", flush=True)

tutoring.Tutor = Slow(Path(sys.argv[1]))
sys.exit(main(["start", "beta"]))
"""


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_slow_work_is_stopped_and_cleans_up(name: signal.Signals, home: Path, tmp_path: Path) -> None:
    command = subprocess.Popen(
        [sys.executable, "-c", SLOW, str(tmp_path / "exercises")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert command.stdout
    assert command.stdout.readline() == "working\n"
    command.send_signal(name)
    out, err = command.communicate(timeout=30)
    assert command.returncode == Exit.STOPPED
    assert out == "cleaned up\n"
    assert err == "Stopping…\nStopped.\n"
