"""The connection to one API server: authentication, TLS and a pool, and plain words for what goes wrong."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlencode, urlsplit

import msgspec

from checkers.words import say
from checkers.world import LookError

if TYPE_CHECKING:
    import urllib3

CONNECT_SECONDS = 2.0
READ_SECONDS = 10.0
POOL_SIZE = 16
"""Checks, probes and watches talk at the same time; more connections than this are not kept."""

Query: TypeAlias = Mapping[str, str]
Headers: TypeAlias = Mapping[str, str | list[str]]
"""A header with a list is sent once for every value, as `Impersonate-Group` wants it."""


@dataclass(frozen=True)
class Reply:
    """One answer of the API server: its HTTP status and its raw body."""

    status: int
    body: bytes

    @property
    def data(self) -> Any:
        """The body decoded from JSON; None where it is not JSON."""
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            return None

    @property
    def text(self) -> str:
        """The body as text, whatever bytes a container wrote."""
        return self.body.decode(errors="replace")

    @property
    def message(self) -> str:
        """What the API server says about itself in a `Status` object; else the body's start."""
        data = self.data
        if isinstance(data, dict) and data.get("message"):
            return str(data["message"])
        return self.text.strip()[:300]

    @property
    def reason(self) -> str:
        """The machine's word for a refusal, as `AlreadyExists`."""
        data = self.data
        return str(data.get("reason") or "") if isinstance(data, dict) else ""


class Client:
    """One API server, reached as a kubeconfig says. Safe to use from many threads.

    `kubeconfig` is only ever read. The `kubernetes` package does what is its own:
    authentication of every kind, TLS and the pool; it is imported on first use, as it
    takes half a second. Raises LookError when the kubeconfig cannot be used.
    """

    def __init__(self, kubeconfig: Path) -> None:
        self.kubeconfig = kubeconfig
        self._lock = threading.Lock()
        self._api: Any = None

    @property
    def api(self) -> Any:
        """The `kubernetes.client.ApiClient`, made on first use."""
        with self._lock:
            if self._api is None:
                self._api = self._open()
            return self._api

    def _open(self) -> Any:
        from kubernetes import config
        from kubernetes.client import Configuration

        settings = Configuration()
        settings.connection_pool_maxsize = POOL_SIZE
        try:
            return config.new_client_from_config(
                config_file=str(self.kubeconfig), client_configuration=settings, persist_config=False
            )
        except Exception as error:  # whatever a broken file makes the loader, YAML or TLS raise
            raise LookError(
                say("The kubeconfig {path} cannot be used: {error}", path=self.kubeconfig, error=error),
                say("See whether the cluster is still there: kubetutor cluster status"),
            ) from error

    @property
    def host(self) -> str:
        """The API server's address, as `https://127.0.0.1:6443`."""
        return str(self.api.configuration.host)

    def auth(self) -> dict[str, str]:
        """Return the headers that say who the tutor is, renewed when a plugin hands out tokens."""
        settings = self.api.configuration.auth_settings().values()
        return {each["key"]: each["value"] for each in settings if each["in"] == "header" and each["value"]}

    def close(self) -> None:
        """Close the pool's connections."""
        with self._lock:
            if self._api is not None:
                self._api.close()
                self._api = None

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Any = None,
        headers: Headers | None = None,
        timeout: float = READ_SECONDS,
    ) -> Reply:
        """Send one request; `body` becomes JSON. Every HTTP status is an answer, except the tutor's own 401.

        `timeout` is for the answer, in seconds. Raises LookError when there is none.
        """
        response = self.open(method, path, query=query, body=body, headers=headers, timeout=timeout)
        try:
            return Reply(response.status, response.data)
        except Exception as error:
            raise self.trouble(error) from error
        finally:
            response.release_conn()

    def open(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Any = None,
        headers: Headers | None = None,
        timeout: float = READ_SECONDS,
    ) -> urllib3.BaseHTTPResponse:
        """Send one request and return the answer with its body unread: what a watch reads line by line."""
        import urllib3

        sent = urllib3.HTTPHeaderDict({"Accept": "application/json", "User-Agent": "kubetutor", **self.auth()})
        if body is not None:
            sent["Content-Type"] = "application/json"
        for key, value in (headers or {}).items():
            sent.discard(key)
            for each in [value] if isinstance(value, str) else value:
                sent.add(key, each)
        url = self.host + path + (f"?{urlencode(query)}" if query else "")
        try:
            response: urllib3.BaseHTTPResponse = self.api.rest_client.pool_manager.request(
                method,
                url,
                body=None if body is None else msgspec.json.encode(body),
                headers=sent,
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=timeout),
                # One more try where a kept connection was closed under us; none where nobody answers.
                retries=urllib3.Retry(connect=0, read=0, redirect=0, status=0, other=1),
                preload_content=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise self.trouble(error) from error
        if response.status == 401:
            response.release_conn()
            raise LookError(
                say(
                    "The cluster at {host} does not accept the tutor's credentials (401 Unauthorized).", host=self.host
                ),
                say("They may have expired, or the cluster was made anew. See: kubetutor cluster status"),
            )
        return response

    def trouble(self, error: BaseException) -> LookError:
        """Return `error` of the transport in a person's words."""
        hint = say("See whether the cluster is still there: kubetutor cluster status")
        text = f"{type(error).__name__}: {error}"
        host = self.host
        if "refused" in text or "Errno 111" in text:
            return LookError(
                say(
                    "Nobody answers at {host}: connection refused. The cluster has stopped or is gone.", host=self.host
                ),
                hint,
            )
        if isinstance(error, ssl.SSLError) or "SSLError" in text or "certificate" in text.lower():
            return LookError(
                say(
                    "The certificate at {host} is not the one that the kubeconfig trusts: another cluster "
                    "may be listening there now.",
                    host=host,
                ),
                hint,
            )
        if "NameResolution" in text or "gaierror" in text or "Name or service not known" in text:
            return LookError(
                say("The name {name} of the cluster's address is not known here.", name=urlsplit(host).hostname),
                say("Check the network and the server in the kubeconfig."),
            )
        if "timed out" in text or "Timeout" in text:
            return LookError(
                say("The cluster at {host} does not answer in time. It may be stopped, or very busy.", host=host),
                hint,
            )
        return LookError(
            say("The connection to the cluster at {host} broke: {error}", host=self.host, error=error), hint
        )


def forbidden(reply: Reply, what: str) -> LookError:
    """Return what to raise when the API server refuses the tutor itself (403) or fails (5xx) at `what`."""
    if reply.status == 403:
        return LookError(
            say("The cluster does not let the tutor {what}: {message}", what=what, message=reply.message),
            say("The tutor needs an account that may read everything, and make Pods in namespaces."),
        )
    return LookError(
        say(
            "The cluster could not {what}: {message} (status {status})",
            what=what,
            message=reply.message,
            status=reply.status,
        ),
        say("Try again in a moment; the API server may be starting."),
    )
