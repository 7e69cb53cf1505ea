"""The options and first messages of the commands that stand between a client and a server."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from mconn_contracts.cli.amount import Amount
from mconn_contracts.cli.messages import say
from mconn_contracts.cli.options import setting

DEFAULT_PORT = 8766
_ADDRESS = re.compile(r"(?:(?P<host>\[[^\[\]]+\]|[^:\[\]]*):)?(?P<port>[0-9]{1,5})")
_LOOPBACK = ("127.", "::1", "localhost")

_file = click.Path(dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class ProxyOptions:
    """Where to listen, which server to pass requests to, and for how long."""

    target: str
    host: str
    port: int
    ca_file: Path | None
    client_cert: Path | None
    max_time: float | None
    max_exchanges: int | None
    command: tuple[str, ...]


def _address(value: str) -> tuple[str, int]:
    found = _ADDRESS.fullmatch(value.strip())
    if found is None or int(found["port"]) > 65535:
        raise click.BadParameter(f"{value!r} is not HOST:PORT or PORT, such as 127.0.0.1:8766, [::1]:0 or 8766")
    return (found["host"] or "127.0.0.1").strip("[]"), int(found["port"])


_OPTIONS = (
    click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND...]"),
    click.option("--target", metavar="URL", required=True, help="The server's base, the part before /accounts."),
    click.option(
        "--listen",
        type=_address,
        metavar="[HOST:]PORT",
        help=f"Where clients connect. The default is 127.0.0.1:{DEFAULT_PORT}, or a free port of 127.0.0.1 with a COMMAND.",
    ),
    setting("--ca-file", type=_file, metavar="PATH", help="Trust only the authorities in this PEM file. [SSL_CERT_FILE]"),
    setting(
        "--client-cert",
        type=_file,
        metavar="PATH",
        help="Present this client certificate to the server: a PEM file with its key.",
    ),
    click.option(
        "--max-time",
        type=Amount(min=0, min_open=True),
        metavar="SECONDS",
        help="End the proxy and the COMMAND after this time.",
    ),
    click.option("--max-exchanges", type=click.IntRange(min=1), metavar="N", help="End after this many requests were passed on."),
)


def proxy_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command these options; it receives them as one argument, `proxy`."""

    @functools.wraps(command)
    def with_proxy(
        *arguments: Any,
        command_line: Callable[..., Any] = command,
        target: str,
        listen: tuple[str, int] | None,
        ca_file: Path | None,
        client_cert: Path | None,
        max_time: float | None,
        max_exchanges: int | None,
        **options: Any,
    ) -> Any:
        words: tuple[str, ...] = options.pop("command")
        host, port = listen or ("127.0.0.1", 0 if words else DEFAULT_PORT)
        proxy = ProxyOptions(target, host, port, ca_file, client_cert, max_time, max_exchanges, words)
        return command_line(*arguments, proxy=proxy, **options)

    for decorate in reversed(_OPTIONS):
        with_proxy = decorate(with_proxy)
    return with_proxy


def warn(proxy: ProxyOptions, *, exposed: bool) -> None:
    """Warn of what others could read on the network."""
    if exposed:
        say(f"{proxy.target} is plain http: anyone on the network path can read the credential; use https")
    if not proxy.host.startswith(_LOOPBACK):
        say(
            f"other machines can reach {proxy.host}, in plain http: anyone on the network path can read the credential, "
            "and anyone who reaches the proxy can use the target; use it only in a network of your own"
        )


def announce(proxy: ProxyOptions, tell: Callable[[object], None] = say) -> Callable[[str], None]:
    """A function that prints where the proxy listens."""
    return lambda url: tell(f"{url} stands before {proxy.target}{'' if proxy.command else '; Ctrl-C ends it'}")
