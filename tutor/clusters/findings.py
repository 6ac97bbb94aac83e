"""What the doctor found."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    name: str
    state: str
    """`ok`, `warn` or `fail`."""
    what: str
    fix: str = ""

    def to_dict(self) -> dict[str, str]:
        """Return plain data for JSON."""
        return asdict(self)
