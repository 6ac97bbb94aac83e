"""TLS over a tunnel, and what the server's certificate says."""

from __future__ import annotations

import io
import ipaddress
import ssl
from collections.abc import Callable
from typing import Any, TypeVar

from checkers.live.tunnel import Reader, Trouble, Tunnel

T = TypeVar("T")


class TlsTunnel:
    """TLS on top of `tunnel`, socket-like. Raises Trouble with `tls` when the handshake fails.

    No certificate is refused: exercises sign their own, and a check says what it wants of one.
    `server_name` is sent as SNI unless it is an address.
    """

    def __init__(self, tunnel: Tunnel, server_name: str) -> None:
        self._tunnel = tunnel
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=_sni(server_name))
        self._drive(self._tls.do_handshake)

    def _drive(self, step: Callable[[], T]) -> T:
        """Repeat `step` until it needs no more bytes from the other side."""
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                self._flush()
                data = self._tunnel.recv()
                if data:
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()
            except ssl.SSLError as error:
                self._flush()  # the alert that tells the server why
                raise Trouble("tls", error.reason or str(error)) from error
            else:
                self._flush()
                return result

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._tunnel.sendall(self._outgoing.read())

    def sendall(self, data: bytes) -> None:
        """Send all of `data`."""
        self._drive(lambda: self._tls.write(data))

    def recv(self, most: int = 65536) -> bytes:
        """Return up to `most` bytes; b"" at the end, however it was announced."""
        try:
            return self._drive(lambda: self._tls.read(most))
        except ssl.SSLZeroReturnError:
            return b""
        except Trouble as error:
            if error.problem == "tls" and "EOF" in error.detail.upper():
                return b""
            raise

    def makefile(self, _mode: str = "rb", *_: Any, **__: Any) -> io.BufferedReader:
        """Return a file to read the answer from."""
        return io.BufferedReader(Reader(self.recv))

    def close(self) -> None:
        """Close the connection below."""
        self._tunnel.close()

    def certificate(self) -> dict[str, Any]:
        """Return `subject`, `issuer`, `names` and `expires` (UTC, ISO 8601) of the server's certificate."""
        from cryptography import x509

        der = self._tls.getpeercert(binary_form=True)
        if not der:
            return {}
        certificate = x509.load_der_x509_certificate(der)
        try:
            alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            names = alternative.get_values_for_type(x509.DNSName)
            names += [str(each) for each in alternative.get_values_for_type(x509.IPAddress)]
        except x509.ExtensionNotFound:
            names = []
        return {
            "subject": certificate.subject.rfc4514_string(),
            "issuer": certificate.issuer.rfc4514_string(),
            "names": names,
            "expires": certificate.not_valid_after_utc.isoformat().replace("+00:00", "Z"),
        }


def _sni(name: str) -> str | None:
    """Return what may be sent as SNI: RFC 6066 allows names, not addresses."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name.rstrip(".") or None
    return None
