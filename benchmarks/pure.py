"""Runs of `mconn test` over a pure handler: no socket, no thread, no waiting."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest import mock

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPHeaderDict, HTTPResponse

from mconn_contracts.judge.check import Plan
from mconn_contracts.live import sender
from mconn_contracts.live.profiles import PROFILES
from mconn_contracts.live.run import Run, RunSettings
from mconn_contracts.live.session import DirectSession
from mconn_contracts.live.target import Target
from mconn_contracts.model.exchange import Request, Response
from mconn_contracts.model.finding import Severity
from mconn_contracts.model.verdict import Verdict

ORIGIN = "http://localhost"
Handle = Callable[[Request], Response]


class _Handled(BaseAdapter):
    """Hands each request to a function instead of sending it."""

    def __init__(self, handle: Handle) -> None:
        super().__init__()
        self._handle = handle

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        url = str(request.url).removeprefix(ORIGIN)
        answer = self._handle(
            Request(str(request.method), url, tuple((name, str(value)) for name, value in request.headers.items()))
        )
        fields = HTTPHeaderDict()
        for name, value in answer.headers:
            fields.add(name, value)
        response = requests.Response()
        response.status_code = answer.status or 500
        response.headers = CaseInsensitiveDict(fields)
        response.url, response.request = str(request.url), request
        content = io.BytesIO(answer.body or b"")
        response.raw = HTTPResponse(content, fields, response.status_code, preload_content=False, request_method=request.method)
        return response

    def close(self) -> None:
        """Nothing is open."""


@contextmanager
def _without_sockets(handle: Handle) -> Iterator[None]:
    with (
        mock.patch.object(DirectSession, "get_adapter", return_value=_Handled(handle)),
        mock.patch.object(sender.time, "sleep"),
    ):
        yield


def probed(handle: Handle, target: Target, plan: Plan, profile: str = "quick") -> Verdict:
    """The verdict of the probes of a profile on a handler; requests drawn at random are left out."""
    with _without_sockets(handle):
        return Run(target, plan, RunSettings(profile=replace(PROFILES[profile], drawn=0))).execute()


def accusations(verdict: Verdict) -> list[str]:
    """The codes of errors that a verdict has, and `undecided` where the run could not judge."""
    errors = {finding.code for finding in verdict.tally.findings() if finding.severity is Severity.ERROR}
    return sorted(errors) + (["undecided"] if verdict.could_not_judge is not None else [])
