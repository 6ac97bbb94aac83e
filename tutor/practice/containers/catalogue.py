"""What is known of each image: how it starts, what it holds, which tags exist. The data is `data/images.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files

import yaml

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Entry:
    """One repository of a registry; `{version}` in `env` and `files` stands for the tag's version."""

    tags: str
    """A regular expression for the tags that exist."""
    latest: str
    """The version behind `latest`."""
    entrypoint: list[str] = field(default_factory=list)
    cmd: list[str] = field(default_factory=list)
    env: Mapping[str, str] = field(default_factory=dict)
    user: str = ""
    working_dir: str = "/"
    programs: list[str] = field(default_factory=list)
    shell: bool = True
    """Whether it holds a shell and small programs."""
    megabytes: float = 20.0
    files: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, int] = field(default_factory=dict)
    stop_signal: str = "SIGTERM"


_DATA = yaml.load((files("tutor.practice") / "data/images.yaml").read_bytes(), yaml.CSafeLoader)
BUSYBOX = frozenset(_DATA["applets"].split())
"""The applets of busybox 1.37 that do something here."""
CATALOGUE = {repository: Entry(**entry) for repository, entry in _DATA["images"].items()}
"""By repository, with the registry written out."""
