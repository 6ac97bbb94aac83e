"""A practice cluster for tests, its administrator's TLS, and one that lives in a thread of its own."""

from __future__ import annotations

import asyncio
import json
import ssl
import tempfile
import threading
from base64 import b64decode
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any, TypeVar

import yaml

from tutor.practice.clock import Clock
from tutor.practice.cluster import PracticeCluster

T = TypeVar("T")
SPEED = 20.0
"""Simulated seconds in a real one."""
PATIENCE = 10.0
"""Real seconds after which an answer counts as none."""


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    code: int
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def tls_of(kubeconfig: Path, *, with_certificate: bool = True) -> ssl.SSLContext:
    """Return the TLS settings of the kubeconfig's user."""
    config = yaml.safe_load(kubeconfig.read_text())
    ca = b64decode(config["clusters"][0]["cluster"]["certificate-authority-data"]).decode()
    context = ssl.create_default_context(cadata=ca)
    if with_certificate:
        user = config["users"][0]["user"]
        load_pair(context, b64decode(user["client-certificate-data"]), b64decode(user["client-key-data"]))
    return context


def load_pair(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    """Let the client show a certificate, which ssl reads from files alone."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(certificate + b"\n" + key)
        file.flush()
        context.load_cert_chain(file.name)


def server_of(kubeconfig: Path) -> tuple[str, int]:
    """Return host and port of the kubeconfig's server."""
    url = yaml.safe_load(kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
    host, _, port = url.removeprefix("https://").partition(":")
    return host, int(port)


class Client:
    """Plain HTTPS requests to a cluster, one connection kept as long as it lasts."""

    def __init__(self, kubeconfig: Path, *, with_certificate: bool = True) -> None:
        self.address = server_of(kubeconfig)
        self.tls = tls_of(kubeconfig, with_certificate=with_certificate)
        self._connection: HTTPSConnection | None = None

    def ask(self, method: str, path: str, body: Any = None, media: str = "application/json", **headers: str) -> Answer:
        """Send a request and return the answer; objects go as JSON, bytes and texts as they are."""
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        sent = {key.replace("_", "-"): value for key, value in headers.items()}
        if body is not None and media:
            sent["Content-Type"] = media
        connection = self._connection or HTTPSConnection(*self.address, context=self.tls, timeout=PATIENCE)
        self._connection = None
        try:
            connection.request(method, path, body.encode() if isinstance(body, str) else body, sent)
            response = connection.getresponse()
            answer = Answer(response.status, response.read())
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return answer

    def close(self) -> None:
        if self._connection:
            self._connection.close()


class Served:
    """A cluster in a thread with a loop of its own."""

    def __init__(self, folder: Path, speed: float = SPEED) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="practice")
        self._thread.start()
        self.cluster = self.call(lambda: PracticeCluster(folder, clock=Clock(speed)))
        self.wait(self.cluster.start())
        self.kubeconfig = self.cluster.files.kubeconfig

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the cluster's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE)

    def call(self, function: Callable[[], T]) -> T:
        """Call a function on the cluster's loop."""

        async def work() -> T:
            return function()

        return self.wait(work())

    def stop(self) -> None:
        self.wait(self.cluster.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(PATIENCE)
        self.loop.close()
