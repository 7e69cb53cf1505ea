"""A server that answers by a script, one request to a connection."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator

Answer = Callable[[socket.socket], None]


def sends(status: str, *headers: str, body: bytes = b"{}", length: int | None = None) -> Answer:
    """An answer with these header lines, and a Content-Length that is true unless given."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body) if length is None else length}", "Connection: close"]
    return lambda connection: connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)


def resets(connection: socket.socket) -> None:
    """No answer: the connection is reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def sends_half(connection: socket.socket) -> None:
    """An answer that is reset before its body ends."""
    sends("200 OK", body=b"{", length=9)(connection)
    resets(connection)


def silent(connection: socket.socket) -> None:
    """No answer: the connection is left open until the client, or the server's end, closes it."""
    while connection.recv(65536):
        pass


OK = sends("200 OK", "Content-Type: application/json")


class Scripted:
    """Answers one request to a connection, by the script, and keeps the requests' heads."""

    def __init__(self, script: tuple[Answer, ...]) -> None:
        self._script = list(script)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.heads: list[str] = []
        self.asked = threading.Event()
        self._connections: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while self._script:
            connection, _ = self._listener.accept()
            self._connections.append(connection)
            with connection:
                head = b""
                while b"\r\n\r\n" not in head and (data := connection.recv(65536)):
                    head += data
                if head:
                    self.heads.append(head.decode("latin-1"))
                    self.asked.set()
                    self._script.pop(0)(connection)

    def close(self) -> None:
        """Stop, whatever of the script is left."""
        self._script.clear()
        # Wakes the thread where it still waits: for the end of a connection, or for another one.
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        socket.create_connection(self._listener.getsockname()).close()
        self._thread.join()
        self._listener.close()


@contextlib.contextmanager
def scripted(*script: Answer) -> Iterator[Scripted]:
    """A server with this script."""
    server = Scripted(script)
    try:
        yield server
    finally:
        server.close()
