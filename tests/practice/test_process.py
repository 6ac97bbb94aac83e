"""The practice cluster as a process of its own: what it writes, how it ends, and what it says when it cannot serve."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Serve = Callable[..., "subprocess.Popen[str]"]
PATIENCE = 30.0


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start processes; what still runs at the end is ended."""
    started: list[subprocess.Popen[str]] = []

    def start(folder: Path, *options: str) -> subprocess.Popen[str]:
        argv = [sys.executable, "-m", "tutor.practice", "--folder", str(folder), *options]
        started.append(subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def ready(folder: Path, process: subprocess.Popen[str]) -> dict[str, object]:
    """Wait until it serves; return what it says of itself."""
    deadline = time.monotonic() + PATIENCE
    while not (folder / "ready.json").exists():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return dict(json.loads((folder / "ready.json").read_text()))


def test_it_says_where_it_serves_and_ends_when_told(serve: Serve, tmp_path: Path) -> None:
    process = serve(tmp_path, "--workers", "1")
    said = ready(tmp_path, process)
    assert said["pid"] == process.pid
    assert said["nodes"] == ["practice-control-plane", "practice-worker"]
    assert str(said["server"]).startswith("https://127.0.0.1:")
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0
    assert not (tmp_path / "ready.json").exists()
    assert process.communicate()[1] == ""


def test_a_second_one_in_the_same_folder_says_why_it_does_not_serve(serve: Serve, tmp_path: Path) -> None:
    ready(tmp_path, serve(tmp_path))
    _, errors = serve(tmp_path).communicate(timeout=PATIENCE)
    assert errors == "Another process serves in this folder.\n"


def test_a_port_that_is_taken(serve: Serve, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        process = serve(tmp_path, "--port", port)
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert f"Port {port} of 127.0.0.1 cannot be had" in errors
    assert "Traceback" not in errors
    assert not (tmp_path / "ready.json").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(serve: Serve, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    process = serve(tmp_path / "practice")
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "cannot be written" in errors
    assert "Traceback" not in errors


def test_a_file_in_the_place_of_the_folder(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "practice").touch()
    process = serve(tmp_path / "practice")
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "cannot be written" in errors
    assert "Traceback" not in errors
