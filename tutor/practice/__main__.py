"""A practice cluster in a process of its own: `python -m tutor.practice --folder DIR [--workers N] [--speed N]`.

It holds DIR/serving.lock while it serves, writes DIR/ready.json once it does, and ends on SIGTERM, or by itself
when nobody has asked it anything for a day.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import gc
import json
import logging
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

if TYPE_CHECKING:
    from tutor.practice.cluster import PracticeCluster

READY = "ready.json"
LOCK_SECONDS = 5.0
"""Somebody may look at the lock just now, which takes it for a moment."""
IDLE_SECONDS = 24 * 3600.0
LOOK_SECONDS = 60.0


def main() -> int:
    """Serve until asked to end."""
    parser = argparse.ArgumentParser(prog="python -m tutor.practice", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    lock = FileLock(options.folder / "serving.lock")
    try:
        options.folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=LOCK_SECONDS)
    except Timeout:
        sys.stderr.write("Another process serves in this folder.\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{_in_words(error, options)}\n")
        return 1
    # aiohttp reads all CAs of the machine for a client that nobody uses here: a tenth of the start, and 2 MB.
    os.environ["SSL_CERT_FILE"] = os.environ["SSL_CERT_DIR"] = os.devnull
    gc.disable()  # nothing of what is made at the start will be garbage
    with lock:
        # Only who holds the lock may take away what another process has left.
        (options.folder / READY).unlink(missing_ok=True)
        try:
            return asyncio.run(_serve(options))
        except OSError as error:
            sys.stderr.write(f"{_in_words(error, options)}\n")
            return 1


async def _serve(options: argparse.Namespace) -> int:
    from tutor.practice.clock import Clock
    from tutor.practice.cluster import PracticeCluster

    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, ending.set)
    cluster = PracticeCluster(options.folder, workers=options.workers, clock=Clock(options.speed))
    try:
        await cluster.start(options.port)
        gc.freeze()
        gc.enable()
        ready = {"pid": os.getpid(), "server": cluster.url, "version": cluster.version, "nodes": cluster.nodes}
        temporary = options.folder / f"{READY}.new"
        temporary.write_text(json.dumps(ready))
        temporary.rename(options.folder / READY)
        while not ending.is_set() and not _forgotten(cluster):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ending.wait(), LOOK_SECONDS)
    finally:
        (options.folder / READY).unlink(missing_ok=True)
        await cluster.stop()
    return 0


def _in_words(error: OSError, options: argparse.Namespace) -> str:
    """Return what kept the process from serving, and what to do."""
    if error.errno in (errno.EADDRINUSE, errno.EACCES) and error.filename is None:
        return f"Port {options.port} of 127.0.0.1 cannot be had: {os.strerror(error.errno)}. Leave out --port."
    return f"{options.folder} cannot be written: {error.strerror}. Name another folder."


def _forgotten(cluster: PracticeCluster) -> bool:
    return cluster.server is not None and time.monotonic() - cluster.server.asked > IDLE_SECONDS


if __name__ == "__main__":
    sys.exit(main())
