"""What is to be refused: credentials, strange connectors, methods and routes, and parameters that cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from mconn_contracts.live.probes.probe import PLAIN, some_event, some_window
from mconn_contracts.live.scene import Scene
from mconn_contracts.live.target import DERIVED
from mconn_contracts.model.exchange import Connector, Credential, Intent

UNKNOWN_KIND = "NoSuchKind"
NOT_UTF_8 = ("%ED%A0%80", "%C0%AF")
"""A lone surrogate, and an overlong form of a slash (RFC 3629, 3)."""
BROKEN_ESCAPE = "%zz"
"""An escape that is none (RFC 3986, 2.1)."""

ACCOUNT, CONNECTOR = 2, 5
"""The segments of a path that name the account and the connector."""


def refused_credentials(scene: Scene) -> None:
    """Every operation without a credential, with a wrong one, a malformed one, and ones that are nearly the true one."""
    window = some_window(scene)
    query: dict[str, object] = {"from": window.start, "to": window.end}
    lists: list[dict[str, object]] = [query]
    if scene.followed is not None:
        paged, limit, cursor = scene.followed
        lists.append({"from": paged.start, "to": paged.end, "limit": limit, "cursor": cursor, "k": paged.kind})
    if scene.filtered and scene.samples:
        lists.append({**query, "k": min(scene.samples)})
    event = some_event(scene)
    everywhere = scene.profile.windows > 1

    tasks: list[Callable[[], object]] = []
    for credential, form in _in_each_form(scene, Credential.ABSENT, Credential.WRONG, Credential.MALFORMED):
        intent = Intent(credential=credential)
        every = everywhere or credential is not Credential.MALFORMED
        tasks += [partial(scene.ask, "", each, intent=intent, form=form) for each in (lists if form == 0 and every else [query])]
        tasks.append(partial(scene.ask, "/latest", intent=intent, form=form))
        if every:
            tasks.append(partial(scene.ask, event, intent=intent, form=form))
        if credential is not Credential.MALFORMED and form == 0:
            # HEAD may have a way of its own past the credential; it is asked for on every operation, or on one.
            heads: list[tuple[str, Mapping[str, object]]] = [("/latest", {})]
            heads += [("", query), (event, {})] if everywhere else []
            tasks += [partial(scene.sender.send, *each, method="HEAD", intent=intent) for each in heads]
    for credential, form in _in_each_form(scene, *DERIVED):
        intent = Intent(credential=credential)
        suffixes: dict[str, Mapping[str, object]] = {"/latest": {}}
        suffixes |= {"": query, event: {}} if everywhere else {}
        tasks += [partial(scene.ask, suffix, each, intent=intent, form=form) for suffix, each in suffixes.items()]
    scene.each(lambda task: task(), tasks)


def _in_each_form(scene: Scene, *credentials: Credential) -> list[tuple[Credential, int]]:
    """Credentials, each with the numbers of its ways of authentication."""
    return [(each, form) for each in credentials for form in range(len(scene.sender.target.forms(each)))]


def strange_connectors(scene: Scene) -> None:
    """A connector that does not exist, and the user's connector below another account."""
    window = some_window(scene)
    query: dict[str, object] = {"from": window.start, "to": window.end}

    suffixes = {"": query, "/latest": {}, some_event(scene): {}}
    asked = [(suffix, Intent(connector=each)) for each in (Connector.UNKNOWN, Connector.FOREIGN) for suffix in suffixes]
    scene.each(lambda each: scene.ask(each[0], suffixes[each[0]], intent=each[1]), asked)


def undeclared_methods(scene: Scene) -> None:
    """Methods and routes that the document does not declare."""
    events = scene.sender.target.events_path()
    asked = [("GET", f"{events.removesuffix('/events')}/no-such-route"), ("GET", f"{events}/latest/no-such-route")]
    if scene.sender.may_write:
        asked += [("POST", f"{events}?from=0&to=1"), ("DELETE", events + some_event(scene))]
        if scene.profile.windows > 1:
            asked += [(method, f"{events}?from=0&to=1") for method in ("PUT", "PATCH", "DELETE")]
            asked.append(("POST", f"{events}/latest"))
    scene.each(lambda each: scene.send(each[1], method=each[0]), asked)


def malformed_parameters(scene: Scene) -> None:
    """Missing and malformed parameters of the list, and limits that are no positive integer."""
    window = some_window(scene)
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
    if scene.profile.windows > 1:
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
    scene.each(lambda query: scene.ask("", query, intent=PLAIN), queries)


def malformed_cursors(scene: Scene) -> None:
    """Cursors that no page gave."""
    window = some_window(scene)
    intent = Intent(malformed=("cursor",))
    queries = [f"from={window.start}&to={window.end}&cursor={text}" for text in ("not-a-cursor", "%F0%9F%92%A5", "AAAA" * 200)]
    scene.each(lambda query: scene.ask("", query, intent=intent), queries)


def malformed_encodings(scene: Scene) -> None:
    """What is no UTF-8, and no percent-encoding, in every parameter and in the id of an event.

    In the account and the connector as well where the profile says so: Prism 5 ends by itself at one of these, and the
    rest of the run would see nothing.
    """
    window = some_window(scene)
    query = {"from": str(window.start), "to": str(window.end)}
    scene.ask("", f"from={window.start}&to={window.end}&k={BROKEN_ESCAPE}", intent=PLAIN)
    texts = [*NOT_UTF_8, BROKEN_ESCAPE] if scene.profile.windows > 1 else ["".join(NOT_UTF_8)]

    tasks: list[Callable[[], object]] = []
    for text in texts:
        for name in ("from", "to", "limit", "cursor", "k"):
            asked = "&".join(f"{each}={value}" for each, value in {**query, name: text}.items())
            tasks.append(partial(scene.ask, "", asked, intent=PLAIN))
        tasks.append(partial(scene.ask, f"/{text}", intent=PLAIN))
        for number, connector in ((ACCOUNT, Connector.FOREIGN), (CONNECTOR, Connector.UNKNOWN)) * scene.profile.breaks_owners:
            segments = f"{scene.sender.target.events_path()}/latest".split("/")
            segments[number] = text
            tasks.append(partial(scene.send, "/".join(segments), intent=Intent(connector=connector)))
    scene.each(lambda task: task(), tasks)
