"""What is to be refused: credentials, strange connectors, methods and routes, and parameters that cannot be read."""

from __future__ import annotations

from collections.abc import Mapping

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
        asked, limit, cursor = scene.followed
        lists.append({"from": asked.start, "to": asked.end, "limit": limit, "cursor": cursor, "k": asked.kind})
    if scene.filtered and scene.samples:
        lists.append({**query, "k": min(scene.samples)})
    event = some_event(scene)
    everywhere = scene.profile.windows > 1
    for credential in (Credential.ABSENT, Credential.WRONG, Credential.MALFORMED):
        intent = Intent(credential=credential)
        for form in range(len(scene.sender.target.forms(credential))):
            every = everywhere or credential is not Credential.MALFORMED
            for each in lists if form == 0 and every else [query]:
                scene.ask("", each, intent=intent, form=form)
            scene.ask("/latest", intent=intent, form=form)
            if every:
                scene.ask(event, intent=intent, form=form)
            _ask_heads(scene, query, intent, form, everywhere=everywhere)
    for credential in DERIVED:
        intent = Intent(credential=credential)
        for form in range(len(scene.sender.target.forms(credential))):
            scene.ask("/latest", intent=intent, form=form)
            if everywhere:
                scene.ask("", query, intent=intent, form=form)
                scene.ask(event, intent=intent, form=form)


def _ask_heads(scene: Scene, query: Mapping[str, object], intent: Intent, form: int, *, everywhere: bool) -> None:
    """HEAD, which may have a way of its own past the credential; on every operation, or on one."""
    if intent.credential is Credential.MALFORMED or form > 0:
        return
    scene.sender.send("/latest", method="HEAD", intent=intent, form=form)
    if everywhere:
        scene.sender.send("", query, method="HEAD", intent=intent, form=form)
        scene.sender.send(some_event(scene), method="HEAD", intent=intent, form=form)


def strange_connectors(scene: Scene) -> None:
    """A connector that does not exist, and the user's connector below another account."""
    window = some_window(scene)
    query: dict[str, object] = {"from": window.start, "to": window.end}
    for connector in (Connector.UNKNOWN, Connector.FOREIGN):
        intent = Intent(connector=connector)
        scene.ask("", query, intent=intent)
        scene.ask("/latest", intent=intent)
        scene.ask(some_event(scene), intent=intent)


def undeclared_methods(scene: Scene) -> None:
    """Methods and routes that the document does not declare."""
    events = scene.sender.target.events_path()
    if scene.sender.may_write:
        scene.send(f"{events}?from=0&to=1", method="POST")
        scene.send(events + some_event(scene), method="DELETE")
        if scene.profile.windows > 1:
            for method in ("PUT", "PATCH", "DELETE"):
                scene.send(f"{events}?from=0&to=1", method=method)
            scene.send(f"{events}/latest", method="POST")
    scene.send(f"{events.removesuffix('/events')}/no-such-route")
    scene.send(f"{events}/latest/no-such-route")


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
    for query in queries:
        scene.ask("", query, intent=PLAIN)


def malformed_cursors(scene: Scene) -> None:
    """Cursors that no page gave."""
    window = some_window(scene)
    intent = Intent(malformed=("cursor",))
    for cursor in ("not-a-cursor", "%F0%9F%92%A5", "AAAA" * 200):
        scene.ask("", f"from={window.start}&to={window.end}&cursor={cursor}", intent=intent)


def malformed_encodings(scene: Scene) -> None:
    """What is no UTF-8, and no percent-encoding, in every parameter and every segment of the path."""
    window = some_window(scene)
    query = {"from": str(window.start), "to": str(window.end)}
    scene.ask("", f"from={window.start}&to={window.end}&k={BROKEN_ESCAPE}", intent=PLAIN)
    texts = [*NOT_UTF_8, BROKEN_ESCAPE] if scene.profile.windows > 1 else ["".join(NOT_UTF_8)]
    for text in texts:
        for name in ("from", "to", "limit", "cursor", "k"):
            asked = {**query, name: text}
            scene.ask("", "&".join(f"{each}={value}" for each, value in asked.items()), intent=PLAIN)
        scene.ask(f"/{text}", intent=PLAIN)
        for number, connector in ((ACCOUNT, Connector.FOREIGN), (CONNECTOR, Connector.UNKNOWN)):
            segments = f"{scene.sender.target.events_path()}/latest".split("/")
            segments[number] = text
            scene.send("/".join(segments), intent=Intent(connector=connector))
