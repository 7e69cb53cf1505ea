"""The way to a server over sockets: HTTP/1.1, TLS, and the proxies of the environment."""

from __future__ import annotations

import base64
import contextlib
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, unquote, urlsplit

from mconn_contracts.errors import UsageError
from mconn_contracts.live.connection import Connection
from mconn_contracts.live.receiving import NotHttpError, in_words
from mconn_contracts.live.target import Target
from mconn_contracts.live.transport import Reply, no_answer
from mconn_contracts.model.exchange import Headers, Request

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tls:
    """The TLS files, in PEM: `ca_file` has certificates of authorities, `client_cert` has the client's certificate and key."""

    ca_file: Path | None = None
    client_cert: Path | None = None

    def context(self) -> ssl.SSLContext:
        """What TLS is spoken with: without `ca_file`, by the certificates of SSL_CERT_FILE, or the system's and certifi's.

        UsageError if a file cannot be used.
        """
        # Python passes over a file of SSL_CERT_FILE that cannot be read.
        source, path = ("--ca-file", self.ca_file) if self.ca_file else ("SSL_CERT_FILE", os.environ.get("SSL_CERT_FILE") or None)
        try:
            context = ssl.create_default_context(cafile=path)
        except (OSError, ssl.SSLError, ValueError) as error:
            raise UsageError(f"{source} {path}: no certificates in PEM can be read from it: {in_words(error)}") from None
        if self.ca_file is None and "SSL_CERT_DIR" in os.environ:
            context.load_default_certs()
        elif path is None:
            # Some systems have none where Python looks.
            import certifi

            context.load_verify_locations(certifi.where())
        if self.client_cert is not None:
            try:
                context.load_cert_chain(self.client_cert, password=_refuse_password)
            except (OSError, ssl.SSLError, ValueError) as error:
                why = f"{type(error).__name__}: {error}"
                raise UsageError(f"--client-cert {self.client_cert}: not a certificate and its key in one PEM: {why}") from None
        return context


def _refuse_password() -> str:
    raise ValueError("the key is encrypted; give one that is not")


class HttpTransport:
    """Carries requests to one target over connections that are kept and used again; threads may send side by side.

    Paths leave as they are written, redirects are answers, no cookie is kept, and nothing is read from .netrc. Loopback
    is reached directly; on the way to other machines, the HTTP proxies of the environment are used.
    """

    def __init__(self, target: Target, tls: Tls = Tls()) -> None:
        self._parts = urlsplit(target.base_url)
        self._origin = target.base_url.removesuffix(self._parts.path)
        self._host = self._parts.hostname or ""
        self._port = self._parts.port or (443 if self._parts.scheme == "https" else 80)
        # Files are looked at for plain HTTP as well: one that cannot be used is a mistake.
        context = tls.context() if self._parts.scheme == "https" or tls != Tls() else None
        self._tls = context if self._parts.scheme == "https" else None
        self._proxy = None if target.loopback else proxy_of(self._parts)
        self._lock = threading.Lock()
        self._idle: list[Connection] = []
        self._under_way: set[Connection] = set()
        self._keeps = True
        self._abandoned = False

    def send(self, request: Request, deadline: float) -> Reply:
        """The answer to a request, as far as it came until `deadline`."""
        if self._abandoned:
            return no_answer("given up")
        connection = None
        try:
            connection = self._take() or self._connect(deadline)
            with self._lock:
                self._under_way.add(connection)
            target = request.url.removeprefix(self._origin) or "/"
            headers: Headers = (("Host", self._parts.netloc), *request.headers)
            if self._proxy is not None and self._tls is None:
                target, headers = request.url, (*headers, *proxy_authorization(self._proxy))
            reply = connection.exchange(request.method, target, headers, deadline)
        except (OSError, NotHttpError) as error:
            late = isinstance(error, TimeoutError)
            reason = "no answer came in time" if late else f"no answer came: {in_words(error)}"
            return no_answer(
                reason, may_pass=isinstance(error, ConnectionError), closed=isinstance(error, ConnectionRefusedError)
            )
        finally:
            if connection is not None:
                self._give_back(connection)
        return no_answer("given up") if self._abandoned else reply

    def keep_no_connection(self) -> None:
        """Use a connection for one request only, from now on."""
        self._keeps = False
        self.close()

    def abandon(self) -> None:
        """End the requests under way, and those to come, without an answer."""
        self._abandoned = True
        with self._lock:
            for connection in self._under_way:
                connection.interrupt()

    def close(self) -> None:
        """Close the connections that are not in use."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _take(self) -> Connection | None:
        """A connection that was kept and is still open. None if there is none."""
        while True:
            with self._lock:
                if not self._idle:
                    return None
                connection = self._idle.pop()
            if connection.silent:
                return connection
            connection.close()

    def _give_back(self, connection: Connection) -> None:
        with self._lock:
            self._under_way.discard(connection)
            keep = connection.open and self._keeps
            if keep:
                self._idle.append(connection)
        if not keep:
            connection.close()

    def _connect(self, deadline: float) -> Connection:
        """A new connection, by the proxy where there is one; OSError or NotHttpError if there can be none."""
        proxy = self._proxy
        stream = _dial(self._host, self._port, deadline) if proxy is None else _dial(*proxy_address(proxy), deadline)
        with contextlib.ExitStack() as undo:
            undo.callback(stream.close)
            if self._tls is not None:
                if proxy is not None:
                    authority = f"{f'[{self._host}]' if ':' in self._host else self._host}:{self._port}"
                    fields: Headers = (("Host", authority), *proxy_authorization(proxy))
                    stream = Connection(stream).tunnel(authority, fields, deadline)
                stream.settimeout(_left(deadline))
                stream = self._tls.wrap_socket(stream, server_hostname=self._host)
            undo.pop_all()
        return Connection(stream)


def _dial(host: str, port: int, deadline: float) -> socket.socket:
    """A connection to the first address of a host that takes one; the addresses share the time that is left."""
    addresses = _in_time(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM), deadline)
    failure: OSError = OSError(f"{host} has no address")
    for number, (family, kind, protocol, _, address) in enumerate(addresses):
        stream = socket.socket(family, kind, protocol)
        try:
            stream.settimeout(_left(deadline) / (len(addresses) - number))
            stream.connect(address)
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            failure = error
            stream.close()
        else:
            return stream
    raise failure


def _in_time(look_up: Callable[[], T], deadline: float) -> T:
    """The result of a function that may wait for any time. TimeoutError if it is not back by the deadline."""
    results: list[T] = []
    failures: list[OSError] = []

    def run() -> None:
        try:
            results.append(look_up())
        except OSError as error:
            failures.append(error)

    thread = threading.Thread(target=run, name="mconn-look-up", daemon=True)
    thread.start()
    thread.join(_left(deadline))
    if failures:
        raise failures[0]
    if not results:
        raise TimeoutError
    return results[0]


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def proxy_of(parts: SplitResult) -> SplitResult | None:
    """The proxy that the environment names for a URL. UsageError if it is not an HTTP proxy."""
    from urllib.request import getproxies, proxy_bypass

    proxies = getproxies()
    url = proxies.get(parts.scheme) or proxies.get("all")
    if not url or proxy_bypass(parts.hostname or ""):
        return None
    proxy = urlsplit(url if "://" in url else f"http://{url}")
    if proxy.scheme != "http" or not proxy.hostname:
        raise UsageError(
            f"the environment names a proxy of scheme {proxy.scheme!r} for {parts.scheme}; "
            "only http:// proxies are used: unset the variable, or name the host in NO_PROXY"
        )
    return proxy


def proxy_address(proxy: SplitResult) -> tuple[str, int]:
    """The host and port of a proxy."""
    return proxy.hostname or "", proxy.port or 80


def proxy_authorization(proxy: SplitResult) -> Headers:
    """The header field that carries the user and password in a proxy's URL, where it has them."""
    if proxy.username is None:
        return ()
    user = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return (("Proxy-Authorization", f"Basic {base64.b64encode(user.encode()).decode()}"),)
