"""Understand a request against the document: which operation it calls, and with which parameters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from mconn_contracts.contract.api import EVENT_ID_PATTERN, LARGEST_INTEGER
from mconn_contracts.contract.document import Document, Operation
from mconn_contracts.model.exchange import Request

_PARAMETER = re.compile(r"\{([^{}]+)\}")
EVENT_ID = "event_id"
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)\Z", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Call:
    """A request that names a path of the document.

    `operation` is None if the path declares no such method. `path` holds the path parameters as text, decoded; the
    segment `{event_t}.{event_n}` is held whole under `EVENT_ID`. `query` keeps order and repetitions.
    """

    operation: Operation | None
    base: str
    method: str
    path: dict[str, str]
    query: tuple[tuple[str, str], ...]

    @property
    def owner(self) -> tuple[str, str, str]:
        """Whose events these are: base URL, account and connector, each empty if the path names none."""
        return (self.base, self.path.get("account_id", ""), self.path.get("connector_id", ""))

    @property
    def identity(self) -> tuple[int, int] | None:
        """The event asked for, as `(t, n)`; None if the path names none in the form `digits.digits`."""
        match = EVENT_ID_PATTERN.fullmatch(self.path.get(EVENT_ID, ""))
        return (int(match[1]), int(match[2])) if match else None

    @property
    def has_odd_limit(self) -> bool:
        """Whether there is a limit that is no positive integer, or past the largest: nobody documents what it gets."""
        limit = self.integer("limit")
        return self.first("limit") is not None and (limit is None or not 1 <= limit <= LARGEST_INTEGER)

    def first(self, name: str) -> str | None:
        """The first value of a query parameter, or None."""
        return next((value for key, value in self.query if key == name), None)

    def integer(self, name: str) -> int | None:
        """A query parameter that is a plain integer, or None."""
        value = self.first(name)
        return int(value) if value is not None and len(value) < 20 and _INTEGER.match(value) else None


def is_integer(text: str) -> bool:
    """Whether a text is a plain decimal integer, without leading zeros."""
    return bool(_INTEGER.match(text))


def is_number(text: str) -> bool:
    """Whether a text is a decimal number in any of the usual forms, a fraction and an exponent included."""
    return bool(_NUMBER.match(text))


class Router:
    """The paths of one document, as OpenAPI matches them: a literal segment goes before a templated one."""

    def __init__(self, document: Document) -> None:
        self._routes: list[tuple[re.Pattern[str], tuple[str, ...], dict[str, Operation]]] = []
        methods: dict[str, dict[str, Operation]] = {}
        for operation in document.operations:
            methods.setdefault(operation.path, {})[operation.method] = operation
        for path in sorted(methods, key=_templated):
            pattern, names = _compile(path)
            self._routes.append((pattern, names, methods[path]))

    def route(self, request: Request) -> Call | None:
        """The call that a request makes, or None if no path of the document matches the end of its URL's path."""
        target = urlsplit(request.url)
        path = target.path.rstrip("/")
        for pattern, names, methods in self._routes:
            match = pattern.search(path)
            if match is None:
                continue
            origin = f"{target.scheme}://{target.netloc}" if target.netloc else ""
            return Call(
                operation=methods.get(request.method.upper()),
                base=origin + path[: match.start()],
                method=request.method.upper(),
                path={name: unquote(value) for name, value in zip(names, match.groups(), strict=True)},
                query=tuple(parse_qsl(target.query, keep_blank_values=True)),
            )
        return None


def _templated(path: str) -> tuple[int, str]:
    return (len(_PARAMETER.findall(path)), path)


def _compile(path: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """The pattern of a path template, and its groups' names. A segment that joins parameters is one group."""
    groups: list[str] = []
    parts: list[str] = []
    for segment in path.split("/"):
        names = _PARAMETER.findall(segment)
        if len(names) > 1:
            groups.append(EVENT_ID)
            parts.append("([^/]+)")
        else:
            groups += names
            parts.append("([^/]+)" if names else re.escape(segment))
    return re.compile("/".join(parts) + r"\Z"), tuple(groups)
