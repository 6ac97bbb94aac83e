"""Where the tutor keeps its own files, and nothing else's."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def data_dir() -> Path:
    """Return the directory for progress, clusters and workspaces.

    `KUBETUTOR_HOME` overrides the platform's own place.
    """
    home = os.environ.get("KUBETUTOR_HOME")
    return Path(home) if home else Path(platformdirs.user_data_dir("kubetutor", appauthor=False))


def progress_file() -> Path:
    """Return the one file that holds what the learner has done."""
    return data_dir() / "progress.json"


def clusters_dir() -> Path:
    """Return where each cluster's private kubeconfig, lock and timings are."""
    return data_dir() / "clusters"


def work_dir(exercise_id: str) -> Path:
    """Return the learner's workspace for an exercise: its files, and the shell's first directory."""
    return data_dir() / "work" / exercise_id


def content_dir() -> Path:
    """Return the directory that holds `lessons/` and `exercises/`.

    The checkout's own when run from one, else what travels inside the wheel.
    """
    checkout = Path(__file__).resolve().parent.parent
    return checkout if (checkout / "lessons").is_dir() else Path(__file__).resolve().parent / "content"
