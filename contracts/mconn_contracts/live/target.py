"""The server under test: where it is, whose events are asked for, and with which credentials."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from mconn_contracts.contract.api import LIST
from mconn_contracts.errors import UsageError
from mconn_contracts.model.exchange import Credential, Headers
from mconn_contracts.wire.redaction import MADE_FROM_SECRETS, PLACEHOLDERS

WRONG_TOKEN = "mconn-wrong-token-0000000000000000000000"  # noqa: S105 - made up to be refused
MALFORMED_AUTHORIZATION = "Bearer"
"""A scheme without a token; it cannot be anybody's."""

WRONG_EMAIL, WRONG_KEY = "nobody@mconn.example", "00000000000000000000000000000000mconn"

MADE_UP: Mapping[Credential, tuple[Mapping[str, str], ...]] = {
    Credential.ABSENT: ({},),
    Credential.WRONG: ({"Authorization": f"Bearer {WRONG_TOKEN}"}, {"X-Auth-Email": WRONG_EMAIL, "X-Auth-Key": WRONG_KEY}),
    Credential.MALFORMED: ({"Authorization": MALFORMED_AUTHORIZATION}, {"X-Auth-Email": WRONG_EMAIL}),
}
"""The header fields of credentials that are made up to be refused, in both ways of authentication."""

DERIVED = (Credential.LONGER, Credential.RECASED, Credential.SPACED)
"""Credentials that are made from the true one, and so are as secret as it is."""

HARMLESS = frozenset(value for forms in MADE_UP.values() for fields in forms for value in fields.values())
"""Values of credentials that are shown as they are, since they are nobody's."""

_PRINTABLE = re.compile(r"[!-~]+")

SHORTEST_SECRET = 8
"""A word of the user's header fields counts as a secret, and is hidden in answers, if it has at least this many characters."""

VENDOR_RATE = 3.5
"""Requests a second: the vendor allows 1,200 in 5 minutes; past it, every call is refused for the next 5."""

PRIVATE = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
"""Private networks (RFC 1918, RFC 4193)."""

UNKNOWN_CONNECTOR = "00000000-dead-4bad-8bad-000000000000"
FOREIGN_ACCOUNT = "f0000000000000000000000000000bad"


@dataclass(frozen=True)
class Target:
    """A server under test. `base_url` is the part before `/accounts`; `credentials` are the headers that carry them."""

    base_url: str
    account_id: str
    connector_id: str
    credentials: Mapping[str, str] = field(repr=False)
    headers: Headers = field(default=(), repr=False)
    """Header fields that every request has besides; a value may be a secret, and is shown nowhere."""

    def __post_init__(self) -> None:
        # None of these messages shows the URL, because it may have a secret in an unexpected place.
        try:
            parts = urlsplit(self.base_url)
            is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_url = False
        if not is_url or not _PRINTABLE.fullmatch(self.base_url):
            raise UsageError("the URL is not an http or https URL that can be used, such as https://api.cloudflare.com/client/v4")
        if "@" in parts.netloc:
            raise UsageError("the URL has a user or a password; give credentials only in the environment")
        if "?" in self.base_url or "#" in self.base_url:
            raise UsageError("the URL has a query or a fragment; give the base, the part before /accounts")
        if "/accounts/" in f"{parts.path}/":
            raise UsageError("the URL has /accounts in its path; give the base, the part before it")
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))

    @property
    def loopback(self) -> bool:
        """Whether the server is on this machine."""
        host = urlsplit(self.base_url).hostname or ""
        if host == "localhost" or host.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    @property
    def public(self) -> bool:
        """Whether the server may be anybody's: not where its address or name is of this machine, or of a private network."""
        host = (urlsplit(self.base_url).hostname or "").removesuffix(".")
        if self.loopback or host.endswith((".local", ".internal")):
            return False
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            # A name of one label is that of a container, or of the own network.
            return "." in host
        return not any(address.version == network.version and address in network for network in PRIVATE)

    @property
    def exposed(self) -> bool:
        """Whether the credential leaves this machine in plain text."""
        return not self.loopback and urlsplit(self.base_url).scheme == "http"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret text that the credentials hold, longest first."""
        forms = [self.credentials, *(form for credential in DERIVED for form in self.forms(credential))]
        values = {word for form in forms for value in form.values() for word in (value, value.removeprefix("Bearer "))}
        for name, value in self.headers:
            if name.lower() != "user-agent":
                # A cookie has several secrets, and a scheme stands before one. A short word is that of a switch, not of a lock.
                words = [value, *re.split(r"[;,\s]+", value), *(pair.partition("=")[2] for pair in value.split(";"))]
                values |= {word for word in words if len(word) >= SHORTEST_SECRET}
        return tuple(sorted((value for value in values if value), key=len, reverse=True))

    @property
    def derived(self) -> Mapping[str, str]:
        """What is shown of each value that is made from the true credential."""
        shown: dict[str, str] = {}
        for credential in DERIVED:
            for fields in self.forms(credential):
                for name in fields.keys() - {"X-Auth-Email"}:
                    made = MADE_FROM_SECRETS[credential.value].format(PLACEHOLDERS[name.lower()].removeprefix("$"))
                    shown[fields[name]] = f"Bearer {made}" if name == "Authorization" else made
        return shown

    def events_path(self, account_id: str | None = None, connector_id: str | None = None) -> str:
        """The path of a connector's events below the base, the user's own by default."""
        account = quote(self.account_id if account_id is None else account_id, safe="")
        connector = quote(self.connector_id if connector_id is None else connector_id, safe="")
        return LIST.path.format(account_id=account, connector_id=connector)

    def forms(self, credential: Credential) -> tuple[Mapping[str, str], ...]:
        """The header fields that carry a credential, in each way of authentication that there is for it."""
        if credential in DERIVED:
            derived = {
                name: self._derived(value, credential) for name, value in self.credentials.items() if name != "X-Auth-Email"
            }
            return ({**self.credentials, **derived},) if all(derived.values()) else ()
        return (self.credentials,) if credential is Credential.VALID else MADE_UP[credential]

    @staticmethod
    def _derived(value: str, credential: Credential) -> str:
        """A token or key as another, wrong one, which is as secret; empty if it has no such form."""
        scheme, space, secret = value.rpartition(" ")
        match credential:
            case Credential.LONGER:
                return f"{value}x"
            case Credential.RECASED:
                return scheme + space + secret.swapcase() if secret.swapcase() != secret else ""
            case _:
                # A tab is not among the spaces that may stand before a token (RFC 9110, 11.4); around a whole value it may.
                return f"{scheme}{space}\t{secret}" if scheme else ""
