"""The HTTP session of a run: to the target and to nobody else, with nothing that the environment would add."""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests

from mconn_contracts.live.target import Target


class DirectSession(requests.Session):
    """A session that follows no redirect, keeps no cookie, reads no .netrc, and sends nothing by proxy to this machine.

    On the way to other machines, the proxies and the certificates of the environment are used.
    """

    def __init__(self, target: Target) -> None:
        super().__init__()
        self.auth = _unchanged
        self.headers.clear()
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._loopback = target.loopback

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002 - requests' signature
        """None: a redirect is an answer. Otherwise requests reads its body, and fails where its location is no URL."""
        return None

    def merge_environment_settings(self, *arguments: Any, **named: Any) -> Any:
        """What requests makes of the environment, without proxies on the way to this machine."""
        settings = super().merge_environment_settings(*arguments, **named)
        return {**settings, "proxies": {}} if self._loopback else settings


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """An authentication that does nothing: without one, an entry of ~/.netrc would replace the credential."""
    return request
