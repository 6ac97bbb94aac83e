"""What is refused of volumes, claims and StorageClasses."""

from __future__ import annotations

from tutor.practice.api.errors import Obj
from tutor.practice.rules.checks import Causes


def volume(obj: Obj) -> Causes:
    """Check a PersistentVolume."""
    yield from ()


def volume_change(new: Obj, old: Obj) -> Causes:
    """Check an update of a PersistentVolume."""
    yield from ()


def claim(obj: Obj) -> Causes:
    """Check a PersistentVolumeClaim."""
    yield from ()


def claim_change(new: Obj, old: Obj) -> Causes:
    """Check an update of a PersistentVolumeClaim."""
    yield from ()


def storage_class(obj: Obj) -> Causes:
    """Check a StorageClass."""
    yield from ()


def storage_class_change(new: Obj, old: Obj) -> Causes:
    """Check an update of a StorageClass."""
    yield from ()
