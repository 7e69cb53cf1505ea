"""Requests that must be refused: by their credentials, connectors, methods, routes or malformed parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from mconn_contracts.live.probe_context import ProbeContext
from mconn_contracts.live.probes.probe import PLAIN, some_event, some_window
from mconn_contracts.live.target import DERIVED
from mconn_contracts.model.exchange import Connector, Credential, Intent

UNKNOWN_KIND = "NoSuchKind"
NOT_UTF_8 = ("%ED%A0%80", "%C0%AF")
"""A lone surrogate, and an overlong form of a slash (RFC 3629, 3)."""
BROKEN_ESCAPE = "%zz"
"""A malformed percent escape (RFC 3986, 2.1)."""

ACCOUNT, CONNECTOR = 2, 5
"""The segments of a path that name the account and the connector."""


def refused_credentials(context: ProbeContext) -> None:
    """Every operation without a credential, with a wrong one, a malformed one, and ones that are nearly the true one."""
    window = some_window(context)
    query: dict[str, object] = {"from": window.start, "to": window.end}
    lists: list[dict[str, object]] = [query]
    if context.followed is not None:
        paged, limit, cursor = context.followed
        lists.append({"from": paged.start, "to": paged.end, "limit": limit, "cursor": cursor, "k": paged.kind})
    if context.filtered and context.samples:
        lists.append({**query, "k": min(context.samples)})
    event = some_event(context)
    everywhere = context.profile.windows > 1

    tasks: list[Callable[[], object]] = []
    for credential, form in _in_each_form(context, Credential.ABSENT, Credential.WRONG, Credential.MALFORMED):
        intent = Intent(credential=credential)
        every = everywhere or credential is not Credential.MALFORMED
        tasks += [
            partial(context.ask, "", each, intent=intent, form=form) for each in (lists if form == 0 and every else [query])
        ]
        tasks.append(partial(context.ask, "/latest", intent=intent, form=form))
        if every:
            tasks.append(partial(context.ask, event, intent=intent, form=form))
        if credential is not Credential.MALFORMED and form == 0:
            # HEAD may have a way of its own past the credential; it is asked for on every operation, or on one.
            heads: list[tuple[str, Mapping[str, object]]] = [("/latest", {})]
            heads += [("", query), (event, {})] if everywhere else []
            tasks += [partial(context.sender.send, *each, method="HEAD", intent=intent) for each in heads]
    for credential, form in _in_each_form(context, *DERIVED):
        intent = Intent(credential=credential)
        suffixes: dict[str, Mapping[str, object]] = {"/latest": {}}
        suffixes |= {"": query, event: {}} if everywhere else {}
        tasks += [partial(context.ask, suffix, each, intent=intent, form=form) for suffix, each in suffixes.items()]
    context.each(lambda task: task(), tasks)


def _in_each_form(context: ProbeContext, *credentials: Credential) -> list[tuple[Credential, int]]:
    """Credentials, each with the numbers of its ways of authentication."""
    return [(each, form) for each in credentials for form in range(len(context.sender.target.forms(each)))]


def strange_connectors(context: ProbeContext) -> None:
    """A connector that does not exist, and the user's connector below another account."""
    window = some_window(context)
    query: dict[str, object] = {"from": window.start, "to": window.end}

    suffixes = {"": query, "/latest": {}, some_event(context): {}}
    asked = [(suffix, Intent(connector=each)) for each in (Connector.UNKNOWN, Connector.FOREIGN) for suffix in suffixes]
    context.each(lambda each: context.ask(each[0], suffixes[each[0]], intent=each[1]), asked)


def undeclared_methods(context: ProbeContext) -> None:
    """Methods and routes that the document does not declare."""
    events = context.sender.target.events_path()
    asked = [("GET", f"{events.removesuffix('/events')}/no-such-route"), ("GET", f"{events}/latest/no-such-route")]
    if context.sender.may_write:
        asked += [("POST", f"{events}?from=0&to=1"), ("DELETE", events + some_event(context))]
        if context.profile.windows > 1:
            asked += [(method, f"{events}?from=0&to=1") for method in ("PUT", "PATCH", "DELETE")]
            asked.append(("POST", f"{events}/latest"))
    context.each(lambda each: context.send(each[1], method=each[0]), asked)


def malformed_parameters(context: ProbeContext) -> None:
    """Missing and malformed parameters of the list, and limits that are not positive integer."""
    window = some_window(context)
    start, end = window.start, window.end
    queries = [
        f"to={end}",
        f"from={start}",
        f"from=abc&to={end}",
        f"from={start}&to=abc",
        f"from={start}&to={end}&limit=abc",
        f"from={'9' * 40}&to={end}",
        f"from={start}.5&to={end}",
        f"from={start}&to={end}&limit=0",
        f"from={start}&to={end}&limit=-1",
        f"from={start}&to={end}&limit=1.5",
        f"from={start}&to={end}&limit={'9' * 40}",
        f"from={start}&from={start}&to={end}",
        f"from={start}&to={end}&k=%27%20OR%201%3D1%20--",
        f"from={end}&to={start}",
        f"from={start}&to={end}&k={UNKNOWN_KIND}",
        f"from={start}&to={end}&limit=1000000",
    ]
    if context.profile.windows > 1:
        queries += [
            "",
            f"from=1e999&to={end}",
            f"from={start}&to={'9' * 40}",
            f"from=-1&to={end}",
            f"from={start}&to={end}&k=%00",
            f"from={start}&to={end}&k={'K' * 2_000}",
            f"from={start}abc&to={end}",
            f"from={start}&to={end}abc",
            f"from={start}&to={end}&limit=5abc",
            f"from={start}&to={end}&limit={2**63}",
            f"from={start}&to={end}&limit=18446744073709551617",
        ]
    context.each(lambda query: context.ask("", query, intent=PLAIN), queries)


def malformed_cursors(context: ProbeContext) -> None:
    """Cursors that no page gave."""
    window = some_window(context)
    intent = Intent(malformed=("cursor",))
    queries = [f"from={window.start}&to={window.end}&cursor={text}" for text in ("not-a-cursor", "%F0%9F%92%A5", "AAAA" * 200)]
    context.each(lambda query: context.ask("", query, intent=intent), queries)


def malformed_encodings(context: ProbeContext) -> None:
    """What is not UTF-8, and no percent-encoding, in every parameter and in the id of an event.

    In the account and the connector as well where the profile says so: Prism 5 ends by itself at one of these, and the
    rest of the run would see nothing.
    """
    window = some_window(context)
    query = {"from": str(window.start), "to": str(window.end)}
    texts = [*NOT_UTF_8, BROKEN_ESCAPE] if context.profile.windows > 1 else ["".join(NOT_UTF_8)]

    tasks: list[Callable[[], object]] = [
        partial(context.ask, "", f"from={window.start}&to={window.end}&k={BROKEN_ESCAPE}", intent=PLAIN)
    ]
    for text in texts:
        for name in ("from", "to", "limit", "cursor", "k"):
            asked = "&".join(f"{each}={value}" for each, value in {**query, name: text}.items())
            tasks.append(partial(context.ask, "", asked, intent=PLAIN))
        tasks.append(partial(context.ask, f"/{text}", intent=PLAIN))
        for number, connector in ((ACCOUNT, Connector.FOREIGN), (CONNECTOR, Connector.UNKNOWN)) * context.profile.breaks_owners:
            segments = f"{context.sender.target.events_path()}/latest".split("/")
            segments[number] = text
            tasks.append(partial(context.send, "/".join(segments), intent=Intent(connector=connector)))
    context.each(lambda task: task(), tasks)
