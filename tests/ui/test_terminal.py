"""The app in a real terminal: stepping aside for the shell and coming back, signals, no traceback."""

import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from fcntl import ioctl
from pathlib import Path

import pytest

DEADLINE = 30.0
PLAY = """
import sys
from pathlib import Path
from tests.ui.fakes import FakeAttempt, FakeTutor
from tutor.ui.app import TutorApp
FakeAttempt.shell = lambda attempt: ["bash", "--norc", "--noprofile", "-i"]
tutor = FakeTutor(Path(sys.argv[1]), current="rollback")
if "making" in sys.argv:
    def making(listen, cancel):
        try:
            cancel.wait(60)
        finally:
            Path(sys.argv[1], "cleaned").write_text("")
    tutor.setting_up = making
app = TutorApp(tutor)
app.run()
print("ENDED", app.return_code)
sys.exit(app.return_code)
"""


class Terminal:
    """A program in a pseudo-terminal of 80×24."""

    def __init__(self, *arguments: str) -> None:
        self.screen, theirs = pty.openpty()
        ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        env = os.environ | {"TERM": "xterm-256color", "PS1": "$ ", "KUBETUTOR_HOME": arguments[0]}
        self.program = subprocess.Popen(
            [sys.executable, "-c", PLAY, *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=env,
            preexec_fn=_own_terminal,
        )
        os.close(theirs)
        self.output = ""

    def type(self, keys: str) -> None:
        self.output = ""
        os.write(self.screen, keys.encode())

    def sees(self, words: str) -> None:
        """Read until `words` were written since the last typing."""
        end = time.monotonic() + DEADLINE
        while words not in re.sub(r"\x1b\[[0-9;?<>=]*[a-zA-Z]", "", self.output):
            ready, _, _ = select.select([self.screen], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"waited in vain for {words!r}: {self.output[-2000:]!r}"
            try:
                data = os.read(self.screen, 65536)
            except OSError:
                data = b""
            assert data, f"ended before {words!r}: {self.output[-2000:]!r}"
            self.output += data.decode(errors="replace")

    def close(self) -> None:
        if self.program.poll() is None:
            self.program.kill()
        self.program.wait()
        os.close(self.screen)


def _own_terminal() -> None:
    """Make the pseudo-terminal the controlling one, as a terminal emulator does: job control needs that."""
    os.setsid()
    ioctl(0, termios.TIOCSCTTY, 0)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(str(tmp_path))
    yield opened
    opened.close()


def test_the_shell_takes_the_whole_terminal_and_gives_it_back(terminal: Terminal) -> None:
    terminal.sees("Go on with it?")
    terminal.type("y")
    terminal.sees("1 of 4 points")
    terminal.type("s")
    terminal.sees("Come back to kubetutor with exit or Ctrl-D.")
    terminal.sees("$ ")
    # Its word comes from the child that Ctrl-C is for, so that the child has the terminal by then.
    terminal.type("sh -c 'echo $KUBETUTOR_EXERCISE=here; exec sleep 100'\n")
    terminal.sees("rollback=here")
    terminal.type("\x03")  # stops sleep, not the tutor
    terminal.type("echo still $((40 + 2))\n")
    terminal.sees("still 42")
    terminal.type("exit\n")
    terminal.sees("1 of 4 points")
    terminal.type("q")
    terminal.sees("Leave kubetutor?")
    terminal.type("y")
    terminal.sees("Until next time!")
    terminal.sees("ENDED 0")


def test_ctrl_c_and_stray_signals_never_end_in_a_traceback(terminal: Terminal) -> None:
    terminal.sees("Go on with it?")
    terminal.program.send_signal(signal.SIGINT)
    terminal.type("\x03")
    terminal.sees("Topics")
    terminal.type("\x03")
    terminal.sees("ENDED 0")
    assert "Traceback" not in terminal.output


def test_a_signal_to_end_waits_until_slow_work_is_cleaned_up(tmp_path: Path) -> None:
    terminal = Terminal(str(tmp_path), "making")
    try:
        terminal.sees("Go on with it?")
        terminal.type("y")
        terminal.sees("Setting up")
        terminal.program.send_signal(signal.SIGTERM)
        terminal.sees("ENDED 1")
        assert (tmp_path / "cleaned").exists()
        assert "Traceback" not in terminal.output
    finally:
        terminal.close()
