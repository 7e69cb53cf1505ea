"""Draw what a terminal shows of a run that finds a fault: the pictures of the README, for a light and a dark page."""

from __future__ import annotations

import io
import re
from contextlib import closing
from dataclasses import replace

from rich.console import CONSOLE_SVG_FORMAT, Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from mconn_contracts.contract.document import load
from mconn_contracts.judge.check import Plan
from mconn_contracts.live.in_memory import HandlerTransport
from mconn_contracts.live.profiles import PROFILES
from mconn_contracts.live.run import Run, RunSettings
from mconn_contracts.live.target import Target
from mconn_contracts.model.verdict import Subject
from mconn_contracts.reports.text import colored
from mconn_contracts.server.api.access import MAIN_ACCOUNT
from mconn_contracts.server.data.lifecycle import ACCOUNT_ID, CONNECTOR_ID
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.reference import build_handler, open_store

URL = "http://127.0.0.1:8765/client/v4"
FAULT = "count-off-by-one"
COLUMNS = 100

# Red and yellow as GitHub has them on a page of each color; the other six are of no use here.
_LIGHT = TerminalTheme((246, 248, 250), (31, 35, 40), [(31, 35, 40), (207, 34, 46), (17, 99, 41), (154, 103, 0)] * 2)
_DARK = TerminalTheme((22, 27, 34), (230, 237, 243), [(230, 237, 243), (255, 123, 114), (63, 185, 80), (210, 153, 34)] * 2)

# A picture loads no fonts: GitHub shows none, and a page offline has none.
_FORMAT = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace(
    "Fira Code, monospace", "ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace"
)


def pictures() -> dict[str, str]:
    """The SVG text of each picture, by its file name."""
    lines = shown()
    return {"finding.svg": _drawn(lines, _LIGHT), "finding-dark.svg": _drawn(lines, _DARK)}


def shown() -> list[str]:
    """What a person sees first of a quick run, with the colors of a terminal: the command, the finding, and the verdict.

    The run sends the probes alone. They draw nothing, so every version of schemathesis shows the same.
    """
    fault = FAULTS[FAULT]
    with closing(open_store(faults=(fault,))) as store:
        run = Run(
            Target(URL, ACCOUNT_ID, CONNECTOR_ID, {"Authorization": f"Bearer {MAIN_ACCOUNT.token}"}),
            Plan(load()),
            RunSettings(profile=replace(PROFILES["quick"], drawn=0)),
            transport=HandlerTransport(build_handler(store, faults=(fault,))),
        )
        verdict = replace(run.execute(), subject=Subject(URL, "quick"))
    lines = "".join(colored(verdict)).splitlines()
    second = [number for number, line in enumerate(lines) if line.startswith("  listEvents")][1]
    return [f"$ mconn test --profile quick {URL}", *lines[:second], "…", lines[-1]]


def _drawn(lines: list[str], theme: TerminalTheme) -> str:
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), color_system="standard")
    for line in lines:
        console.print(Text.from_ansi(line), overflow="fold")
    svg = console.export_svg(title="mconn test", theme=theme, code_format=_FORMAT, unique_id="finding")
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"
