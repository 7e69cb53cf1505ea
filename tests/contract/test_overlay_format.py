"""What is an overlay, by version 1.0 and 1.1 of the specification, and what is said of anything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from mconn_contracts.contract.overlay_format import MAX_ACTIONS, read_overlay
from mconn_contracts.contract.queries import MAX_QUERY
from mconn_contracts.errors import DocumentError

INFO = "info: {title: t, version: '1'}\n"
V10, V11 = f"overlay: 1.0.0\n{INFO}", f"overlay: 1.1.0\n{INFO}"


@pytest.mark.parametrize(
    "text, version",
    [
        (V10 + "actions: [{target: $}]", "1.0"),
        (f"overlay: 1.0.17\n{INFO}actions: [{{target: $}}]", "1.0"),
        (f"overlay: 1.1.3\n{INFO}actions: [{{target: $}}]", "1.1"),
        (V10 + "actions: [{target: $, description: d}, {target: $, x-any: []}]\nx-more: 5", "1.0"),
        ("overlay: 1.1.0\ninfo: {title: t, version: '1', description: d, x-a: 1}\nactions: [{target: $}]", "1.1"),
        (V11 + "actions: [{target: $.a, copy: $.b}, {target: $.a, update: null}, {target: $.a, update: 1, remove: true}]", "1.1"),
        (V10 + "extends: any/where.yaml\nactions: [{target: '$.x[?@.y.z-w]', remove: false}]", "1.0"),
        ('{"overlay": "1.1.0", "info": {"title": "t", "version": "1"}, "actions": [{"target": "$"}]}', "1.1"),
    ],
)
def test_an_overlay_is_read(tmp_path: Path, text: str, version: str) -> None:
    """YAML or JSON of either version; patch versions make no difference, and an action may say nothing but its target."""
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")

    assert version == read_overlay(path, "mine").version


@pytest.mark.parametrize(
    "text, why",
    [
        ("[]", ": not an OpenAPI overlay; its first line should say `overlay: 1.1.0`"),
        ("openapi: 3.1.0", ": not an OpenAPI overlay"),
        ("overlay: 1.0", ": the version is 1.0; it must be 1.0.x or 1.1.x, such as `overlay: 1.1.0`"),
        ("overlay: '1.1'", ": the version is '1.1'; it must be 1.0.x or 1.1.x"),
        ("overlay: 1.2.0", ": the version is '1.2.0'; it must be 1.0.x or 1.1.x"),
        ("overlay: 1.0.0\nactions: []", ": `info` needs `title` and `version`"),
        ("overlay: 1.0.0\ninfo: {title: t, version: 1}", ": `info` needs `title` and `version`, both strings; quote them"),
        (
            "overlay: 1.0.0\ninfo: {title: t, version: '1', description: d}\nactions: [{target: $}]",
            ": `info` has 'description', which Overlay 1.0 does not know; write `overlay: 1.1.0`, which has it",
        ),
        (
            "overlay: 1.1.0\ninfo: {title: t, version: '1', description: 5}\nactions: [{target: $}]",
            ": `info`: `description` is 5; it must be a string; quote it",
        ),
        (
            "overlay: 1.1.0\ninfo: {title: t, version: '1', more: 5}",
            ": `info` has 'more', which Overlay 1.1 does not know; it has",
        ),
        (V10, ": `actions` is not a list with at least one action"),
        (V10 + "actions: []", ": `actions` is not a list with at least one action"),
        (V11 + "actions: {}", ": `actions` is not a list with at least one action"),
        (V10 + "action: []", ": has 'action', which Overlay 1.0 does not know; it has overlay, info, extends, actions"),
        (V10 + "extends: 5\nactions: [{}]", ": `extends` is not a string"),
        (V10 + "extends:\nactions: [{}]", ": `extends` is not a string"),
        (V10 + "actions: [5]", ": action 0 has no `target`"),
        (V10 + "actions: [{target: $.info, remove: true}, {remove: true}]", ": action 1 has no `target`"),
        (V10 + "actions: [{target: 5}]", ": action 0 has no `target` that is a string; write a JSONPath"),
        (
            V10 + "actions: [{target: $.a, remove: 'yes'}]",
            ": action 0 (target '$.a'): `remove` is 'yes'; it must be true or false",
        ),
        (
            V11 + "actions: [{target: $.a, description: 10}]",
            ": action 0 (target '$.a'): `description` is 10; it must be a string; quote",
        ),
        (
            V10 + "actions: [{target: $.a, copy: $}]",
            ": action 0 (target '$.a') has 'copy', which Overlay 1.0 does not know; write",
        ),
        (
            V11 + "actions: [{target: $.a, copy: 100}]",
            ": action 0 (target '$.a'): `copy` is 100; it must be a string, a JSONPath",
        ),
        (V11 + "actions: [{target: $.a, copy: a}]", ": action 0 (target '$.a'): `copy` is not a JSONPath (RFC 9535)"),
        (V11 + "actions: [{target: info}]", ": action 0 (target 'info') is not a JSONPath (RFC 9535) that can be read"),
        (V11 + "actions: [{target: ''}]", ": action 0 (target '') is not a JSONPath (RFC 9535) that can be read"),
        (V11 + f"actions: [{{target: '$.{'a' * MAX_QUERY}'}}]", ": action 0 (target '$.aaa"),
        (
            V10 + "actions: [{target: $.a, update: 1}, {target: $.a}, {update: 1, target: $.a}]",
            ": action 2 (target '$.a') is the same as action 0; leave one out",
        ),
        (V10 + f"actions: [{', '.join(['{target: $}'] * (MAX_ACTIONS + 1))}]", f": has {MAX_ACTIONS + 1} actions; at most"),
        (V10 + "actions: [&a {target: $.info, update: {}}, *a]", ": line 3 has the YAML alias *a"),
        (V10 + "actions: [{target: !!binary aGk=}]", ": not YAML that can be read: line 3, column 20: could not"),
        (V10 + f"actions: {'[' * 101}{']' * 101}", ": line 3 is nested deeper than 100 levels"),
        (V10 + "actions: [{target: $, update: !!bool no way}]", ": has a value that cannot be read: 'no way'"),
        (V10 + f"actions: [{{target: $, update: {'9' * 5000}}}]", ": has a value that cannot be read: Exceeds the limit"),
    ],
)
def test_what_is_no_overlay_is_told_where_and_why(tmp_path: Path, text: str, why: str) -> None:
    """One line names the overlay, the action and the fix."""
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError) as caught:
        read_overlay(path, "mine")

    assert f"overlay mine{why}" == str(caught.value)[: len(f"overlay mine{why}")]
    assert 1 == len(str(caught.value).splitlines())
