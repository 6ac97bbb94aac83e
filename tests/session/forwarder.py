"""A door in front of an API server that a test can close: the cluster is gone, and comes back."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from pathlib import Path
from urllib.parse import urlsplit


class Door:
    """Forwards a port of its own to the server of `kubeconfig`; `path` is a kubeconfig that leads through it."""

    def __init__(self, kubeconfig: Path, path: Path) -> None:
        text = kubeconfig.read_text()
        server = re.search(r"server: (\S+)", text)
        assert server
        target = urlsplit(server[1])
        self._target = (target.hostname or "", target.port or 443)
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._serve()
        self.path = path
        path.write_text(text.replace(server[1], f"https://127.0.0.1:{self.port}"))

    def close(self) -> None:
        """Refuse connections, and break those there are."""
        for each in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._open.clear()

    def open(self) -> None:
        """Let connections in again."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._serve()

    def _serve(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                inner, _ = listener.accept()
                outer = socket.create_connection(self._target)
                self._open += [inner, outer]
                for pair in ((inner, outer), (outer, inner)):
                    threading.Thread(target=_pump, args=pair, daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for each in (source, sink):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
