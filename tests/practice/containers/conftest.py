"""A machine for each test, stopped at its end."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.practice.containers.machine import Machine


@pytest_asyncio.fixture
async def machine() -> AsyncIterator[Machine]:
    """Return an empty machine."""
    made = Machine()
    yield made
    await made.close()
