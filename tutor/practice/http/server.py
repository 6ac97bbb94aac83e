"""The listening side: TLS on 127.0.0.1, and every request to the dispatcher."""

from __future__ import annotations

import ssl
from pathlib import Path

from aiohttp import web

from tutor.practice.http.bodies import LIMIT
from tutor.practice.http.dispatch import Dispatcher
from tutor.practice.http.parts import Parts

HOST = "127.0.0.1"
"""Nobody else's: the server is for this machine alone."""
CLOSING = 0.5
"""Seconds that open requests get when the server stops."""


class Server:
    """One HTTPS server; `ca`, `certificate` and `key` are PEM files."""

    def __init__(self, parts: Parts, ca: Path, certificate: Path, key: Path) -> None:
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(ca))
        self._tls.verify_mode = ssl.CERT_OPTIONAL
        self._tls.load_cert_chain(certificate, key)
        self._runner: web.AppRunner | None = None
        self._dispatcher = Dispatcher(parts)
        self.port = 0

    @property
    def asked(self) -> float:
        """When the last request came, on the monotonic clock."""
        return self._dispatcher.asked

    async def start(self, port: int = 0) -> None:
        """Listen, on a free port for 0. Raises OSError when the port is taken."""
        app = web.Application(client_max_size=LIMIT)
        app.router.add_route("*", "/{path:.*}", self._dispatcher.answer)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            shutdown_timeout=CLOSING,
            max_field_size=65_536,
            max_line_size=65_536,
            handler_cancellation=True,  # a watch or a log that nobody reads any more would wait for ever
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, port, ssl_context=self._tls, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close every connection, watches too."""
        if self._runner:
            await self._runner.cleanup()
