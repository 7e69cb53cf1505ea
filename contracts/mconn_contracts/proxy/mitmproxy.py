"""An addon of mitmproxy that judges its flows: run `mitmdump -s` with a file that imports `addons` from here.

By the configuration that the option `mconn_config` names, or that `mconn` finds: mconn.toml, or `[tool.mconn]` of pyproject.toml.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mitmproxy import ctx
from mitmproxy.exceptions import OptionsError

from mconn_contracts.errors import MconnError
from mconn_contracts.judge.plan import Plan
from mconn_contracts.live.transport import LONGEST_BODY
from mconn_contracts.model.exchange import Headers
from mconn_contracts.model.finding import Finding
from mconn_contracts.model.verdict import Subject, Verdict
from mconn_contracts.policy import configuration
from mconn_contracts.policy.planned import compared, plan_of
from mconn_contracts.process.files import UnwrittenError, write_whole
from mconn_contracts.process.lines import logged
from mconn_contracts.proxy.passed import Passed, Shower
from mconn_contracts.proxy.watch import Watch
from mconn_contracts.reports import text
from mconn_contracts.reports.catalog import REPORTS
from mconn_contracts.reports.report import Need

SOURCE = "mitmproxy"


class Judge:
    """Judges flows as they end; each code is logged once, with its place, and the report comes when mitmproxy ends."""

    def __init__(self) -> None:
        self._values: Mapping[str, Any] = {}
        self._reports: Sequence[tuple[str, str]] = ()
        self._plan: Plan | None = None
        self._watch: Watch | None = None
        self._shower = Shower(SOURCE, os.environ)
        self._entries = 0
        self._began = time.time()

    def load(self, loader: Any) -> None:
        """Called by mitmproxy, as are the next four."""
        loader.add_option("mconn_config", str, "", "The configuration of mconn; by default, the nearest one upwards.")
        loader.add_option("mconn_report", Sequence[str], [], f"Reports as FORMAT=PATH; formats: {', '.join(_FORMATS)}.")

    def configure(self, updated: set[str]) -> None:
        """Take the options. OptionsError if one is wrong, or the configuration is."""
        if not updated & {"mconn_config", "mconn_report"} or self._watch is not None:
            return
        given = [report.partition("=") for report in ctx.options.mconn_report]
        wrong = next((name for name, _, path in given if name not in _FORMATS or not path), None)
        if wrong is not None:
            raise OptionsError(f"mconn_report is FORMAT=PATH, with a format of {', '.join(_FORMATS)}; {wrong!r} is none")
        try:
            path = Path(ctx.options.mconn_config) if ctx.options.mconn_config else configuration.find(Path.cwd())
            self._values = {} if path is None else configuration.read(path).values
            self._plan = plan_of(self._values)
        except MconnError as error:
            raise OptionsError(str(error)) from None
        own = tuple((name, path) for name, path in self._values.get("report", {}).items() if name in _FORMATS)
        self._reports = (*own, *((name, path) for name, _, path in given))

    def response(self, flow: Any) -> None:
        """Judge an answer that came whole."""
        if flow.websocket is None:
            answer = flow.response
            body = answer.raw_content
            kept = None if body is None or len(body) > LONGEST_BODY else body
            self._take(flow, status=answer.status_code, received=_fields(answer), body=kept)

    def error(self, flow: Any) -> None:
        """Judge an answer that was cut short. A request without an answer may have failed anywhere, so it accuses nobody."""
        if flow.response is None or flow.client_conn.timestamp_end or flow.error.msg == flow.error.KILLED_MESSAGE:
            self._take(flow, given_up=True)
        else:
            self._take(flow, status=flow.response.status_code, received=_fields(flow.response), incomplete=flow.error.msg)

    def done(self) -> None:
        """Write the reports, and print the text."""
        if self._watch is None or self._plan is None:
            return
        verdict = compared(self._watch.verdict(), self._plan, self._values)
        verdict = replace(verdict, subject=Subject(SOURCE, None, self._began, time.time() - self._began))
        self._watch = None
        for name, path in self._reports:
            _write(name, path, verdict)
        if sys.stdout is not None:
            sys.stdout.writelines(text.REPORT.pieces(verdict))
            sys.stdout.flush()

    def _take(self, flow: Any, **came: Any) -> None:
        if self._plan is None:
            return
        if self._watch is None:
            self._watch = Watch(self._plan, self._values.get("max-per-code", 20))
        request = flow.request
        started = request.timestamp_start or time.time()
        passed = Passed(request.method, request.url, _fields(request), started, **came)
        self._watch.take(self._shower.exchange(passed, self._entries))
        self._entries += 1
        for finding in self._watch.news():
            _log(finding)


def _fields(message: Any) -> Headers:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in message.headers.fields)


def _write(name: str, path: str, verdict: Verdict) -> None:
    try:
        write_whole(path, f"the report {name}", REPORTS[name].pieces(verdict))
    except UnwrittenError as error:
        _say(str(error))


def _log(finding: Finding) -> None:
    at = f" at {finding.pointer}" if finding.pointer else ""
    _say(f"{finding.severity.label} {finding.code} {finding.name}{at}: {finding.message}")


def _say(words: str) -> None:
    sys.stderr.write(logged(f"mconn: {words}") + "\n")


_FORMATS = tuple(name for name, report in REPORTS.items() if not report.needs & {Need.EXCHANGES, Need.EVERY})
addons = [Judge()]
