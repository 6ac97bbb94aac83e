"""Stages of slow work, and stopping it."""

from __future__ import annotations

import io
import os
import signal
from contextlib import suppress

import pytest
from rich.console import Console

from tutor.cli.stages import Stages, stoppable
from tutor.clusters.base import Stage
from tutor.errors import Cancelled

WORK = [
    Stage(title="Node image", number=1, total=2),
    Stage(title="Node image", number=1, total=2, elapsed=1.0, detail="kindest/node:v1.36.4"),
    Stage(title="Node image", number=1, total=2, state="done", elapsed=2.2),
    Stage(title="Control plane", number=2, total=2, usual=21.0),
    Stage(title="Control plane", number=2, total=2, state="failed", elapsed=9.0),
]


def test_in_a_pipe_each_change_of_state_is_one_plain_line() -> None:
    file = io.StringIO()
    with Stages(Console(file=file, width=80)) as stages:
        for stage in WORK:
            stages.report(stage)
    assert file.getvalue().splitlines() == [
        "1/2 Node image…",
        "1/2 Node image: done in 2 s",
        "2/2 Control plane…",
        "2/2 Control plane: failed",
    ]


def test_on_a_terminal_the_list_ends_with_a_sign_for_each_stage() -> None:
    file = io.StringIO()
    with Stages(Console(file=file, width=80, force_terminal=True, color_system=None)) as stages:
        for stage in WORK:
            stages.report(stage)
    last = file.getvalue().rsplit("✓", 1)[1]
    assert "Node image" in last
    assert "✗ Control plane" in last


def test_on_a_narrow_terminal_no_line_is_too_long() -> None:
    file = io.StringIO()
    console = Console(file=file, width=40)
    with Stages(console) as stages:
        stages.report(Stage(title="Images into the nodes", number=1, total=1, detail="registry.k8s.io/" * 5))
        console.print(stages)
    assert max(len(line) for line in file.getvalue().splitlines()) <= 40


def test_work_that_ends_soon_is_not_shown() -> None:
    for terminal in (False, True):
        file = io.StringIO()
        with Stages(Console(file=file, force_terminal=terminal, color_system=None), patience=60) as stages:
            for stage in WORK:
                stages.report(stage)
        assert "Node image" not in file.getvalue()


def test_what_ran_when_it_failed_gets_its_sign() -> None:
    file = io.StringIO()
    work = Stages(Console(file=file, width=80, force_terminal=True, color_system=None))
    with suppress(ValueError), work as stages:
        stages.report(WORK[0])
        raise ValueError
    assert "✗ Node image" in file.getvalue()


def test_nothing_is_drawn_for_work_that_reports_nothing() -> None:
    file = io.StringIO()
    with Stages(Console(file=file, force_terminal=True)):
        pass
    assert file.getvalue() == ""


def test_ctrl_c_asks_the_work_to_stop_and_a_second_does_not_wait(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)
    with stoppable() as cancel:
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(Cancelled):
            cancel.wait(5)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    assert "Stopping" in capsys.readouterr().err


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGHUP])
def test_a_closed_terminal_stops_the_work_too(name: signal.Signals, capsys: pytest.CaptureFixture[str]) -> None:
    with stoppable() as cancel:
        os.kill(os.getpid(), name)
        with pytest.raises(Cancelled):
            cancel.wait(5)
