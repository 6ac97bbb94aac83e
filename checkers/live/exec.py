"""Commands in containers: the exec subresource over a WebSocket, safe for any bytes.

Protocol: https://kubernetes.io/docs/reference/using-api/api-concepts/ (v5.channel.k8s.io, which can
close standard input; the older v4 cannot).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from checkers.live.client import READ_SECONDS, Client
from checkers.words import say
from checkers.world import LookError, Ran

STDIN, STDOUT, STDERR, STATUS, CLOSE = b"\x00", b"\x01", b"\x02", b"\x03", b"\xff"
PROTOCOLS = ["v5.channel.k8s.io", "v4.channel.k8s.io"]
TIMED_OUT = 124
"""The code of a command that was still running at its deadline, as `timeout` of coreutils has it."""
NOT_FOUND, NOT_EXECUTABLE = 127, 126


class ExecRefused(LookError):
    """The API server or the kubelet would not run the command: no such Pod, or its container does not run."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(
            say("No command can be run in the container: {message}", message=message),
            say("Look: kubectl get pods"),
        )
        self.status = status
        self.message = message


class ExecStream:
    """One running command: bytes to its standard input, frames of its output. For one thread.

    Raises LookError when the cluster cannot be reached, ExecRefused when it will not run the command.
    """

    def __init__(
        self, client: Client, namespace: str, pod: str, argv: Sequence[str], container: str = "", *, stdin: bool = False
    ) -> None:
        self._client = client
        query: list[tuple[str, str]] = [("command", word) for word in argv]
        query += [("stdout", "true"), ("stderr", "true")]
        query += [("stdin", "true")] if stdin else []
        query += [("container", container)] if container else []
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}/exec"
        self._socket = _open_websocket(client, f"{path}?{urlencode(query)}")
        self._result: Ran | None = None

    @property
    def result(self) -> Ran | None:
        """The exit code (and the runtime's words in `stderr`) once the command has ended, else None."""
        return self._result

    def send(self, data: bytes) -> None:
        """Write to the command's standard input."""
        self._send(STDIN + data)

    def send_eof(self) -> None:
        """Close the command's standard input, where the protocol can."""
        if self._socket.getsubprotocol() == PROTOCOLS[0]:
            self._send(CLOSE + STDIN)

    def _send(self, frame: bytes) -> None:
        try:
            self._socket.send_binary(frame)
        except Exception as error:
            raise self._client.trouble(error) from error

    def receive(self, deadline: float) -> tuple[bytes, bytes] | None:
        """Return the next (channel, bytes) of output; None at the command's end.

        `deadline` is on the monotonic clock; raises TimeoutError when it passes.
        """
        from websocket import ABNF, WebSocketConnectionClosedException, WebSocketTimeoutException

        while self._result is None:
            self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                opcode, frame = self._socket.recv_data()
            except WebSocketTimeoutException as error:
                raise TimeoutError from error
            except (WebSocketConnectionClosedException, OSError) as error:
                raise self._client.trouble(error) from error
            if opcode == ABNF.OPCODE_CLOSE:
                raise self._client.trouble(ConnectionResetError(say("the connection was closed early")))
            channel, data = frame[:1], frame[1:]
            if channel == STATUS:
                self._result = _ended(data)
            elif channel in (STDOUT, STDERR) and data:
                return channel, data
        return None

    def close(self) -> None:
        """Close the connection; a command that reads its input sees the end of it."""
        with contextlib.suppress(Exception):  # what is broken already is closed
            self._socket.close(timeout=0)


def run(
    client: Client,
    namespace: str,
    pod: str,
    argv: Sequence[str],
    container: str = "",
    *,
    stdin: bytes = b"",
    timeout: float = 10.0,
) -> Ran:
    """Run `argv` to its end and return how it ended; code 124 when it is still running after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    out = {STDOUT: bytearray(), STDERR: bytearray()}
    stream = ExecStream(client, namespace, pod, argv, container, stdin=bool(stdin))
    try:
        if stdin:
            stream.send(stdin)
            stream.send_eof()
        while (piece := stream.receive(deadline)) is not None:
            out[piece[0]] += piece[1]
        ended = stream.result or Ran(0, "", "")
    except TimeoutError:
        ended = Ran(TIMED_OUT, "", "")
    finally:
        stream.close()
    texts = [bytes(out[channel]).decode(errors="replace") for channel in (STDOUT, STDERR)]
    return Ran(ended.code, texts[0], texts[1] + ended.stderr)


def _ended(status: bytes) -> Ran:
    """Read the `Status` object that ends every exec: success, an exit code, or why nothing ran."""
    data: dict[str, Any] = msgspec.json.decode(status)
    if data.get("status") == "Success":
        return Ran(0, "", "")
    message = str(data.get("message") or "")
    for cause in (data.get("details") or {}).get("causes") or []:
        if cause.get("reason") == "ExitCode":
            return Ran(int(cause["message"]), "", "")
    words = message.rpartition("unable to start container process: ")[2]
    if "permission denied" in message:
        return Ran(NOT_EXECUTABLE, "", words)
    if "not found" in message or "no such file" in message:
        return Ran(NOT_FOUND, "", words)
    raise ExecRefused(int(data.get("code") or 500), message)


def _open_websocket(client: Client, path: str) -> Any:
    import websocket

    settings = client.api.configuration
    tls: dict[str, Any] = {}
    if settings.verify_ssl:
        tls["ca_certs"] = settings.ssl_ca_cert
        tls["check_hostname"] = settings.assert_hostname is not False
    else:
        import ssl

        tls |= {"cert_reqs": ssl.CERT_NONE, "check_hostname": False}
    if settings.cert_file:
        tls |= {"certfile": settings.cert_file, "keyfile": settings.key_file}
    if settings.tls_server_name:
        tls["server_hostname"] = settings.tls_server_name
    proxy = urlsplit(settings.proxy or "")
    try:
        return websocket.create_connection(
            "ws" + client.host.removeprefix("http") + path,
            timeout=READ_SECONDS,  # the kubelet is asked before the stream opens, and may be busy
            sslopt={key: value for key, value in tls.items() if value is not None},
            header=[f"{key}: {value}" for key, value in client.auth().items()],
            subprotocols=PROTOCOLS,
            http_proxy_host=proxy.hostname,
            http_proxy_port=proxy.port,
            suppress_origin=True,
        )
    except websocket.WebSocketBadStatusException as error:
        raise ExecRefused(error.status_code, _words(error)) from error
    except Exception as error:
        raise client.trouble(error) from error


def _words(error: Any) -> str:
    try:
        return str(msgspec.json.decode(error.resp_body)["message"])
    except (msgspec.DecodeError, TypeError, KeyError):
        return (error.resp_body or b"").decode(errors="replace").strip() or str(error)
