"""The scenarios that a client can run under. `--select` takes their names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from mconn_contracts.clients.weather import WEATHERS, Weather
from mconn_contracts.clients.words import differences
from mconn_contracts.contract.overlays import shipped
from mconn_contracts.contract.revisions import NEW_KINDS, REVISION
from mconn_contracts.errors import UsageError
from mconn_contracts.judge.plan import nearest
from mconn_contracts.model.trial import GROUPS, Group
from mconn_contracts.server.api.fault import Fault
from mconn_contracts.server.faults.catalog import FAULTS
from mconn_contracts.server.styles import REFERENCE, STYLES, Style


@dataclass(frozen=True, slots=True)
class Scenario:
    """One server to run a client against. `differences` are where it is another one than the clean server, in words."""

    group: Group
    name: str
    summary: str
    differences: tuple[str, ...] = ()
    style: Style = REFERENCE
    fault: Fault | None = None
    revision: str | None = None
    weather: Weather | None = None

    @property
    def id(self) -> str:
        """The name with its group."""
        return f"{self.group}/{self.name}"


CLEAN = Scenario(Group.CLEAN, "reference", "The reference server as it is.")


def scenarios() -> Iterator[Scenario]:
    """Every scenario but the clean one, in the order of reports."""
    for style in STYLES.values():
        if style is not REFERENCE:
            yield Scenario(Group.STYLES, style.name, style.summary, differences(style), style=style)
    for fault in FAULTS.values():
        yield Scenario(Group.FAULTS, fault.name, f"{fault.summary} ({fault.code})", fault=fault)
    for name in shipped():
        new = NEW_KINDS.get(name, ()) if name > REVISION else ()
        words = f"there are kinds of {name}, such as {new[0]}" if new else f"the API is that of {name}"
        yield Scenario(Group.GROWTH, name, f"The vendor's revision of {name}.", (words,), revision=name)
    for weather in WEATHERS:
        yield Scenario(Group.WEATHER, weather.name, weather.summary, weather=weather)


def chosen(choices: Sequence[str]) -> tuple[Scenario, ...]:
    """The scenarios that the choices select; all of them without a choice. UsageError if a choice selects no scenario.

    A choice is a group, a name, or a group and a name with `/` between them; a star stands for any text.
    """
    every = tuple(scenarios())
    for choice in choices:
        if not any(_takes_in(choice, each) for each in every):
            names = [*GROUPS, *(each.id for each in every), *(each.name for each in every)]
            hint = nearest(choice, names).partition("; ")[0]
            raise UsageError(f"no scenario is named {choice!r}; {hint if len(hint) < 80 else 'mconn client --list shows them'}")
    return tuple(each for each in every if not choices or any(_takes_in(choice, each) for choice in choices))


def _takes_in(choice: str, scenario: Scenario) -> bool:
    return any(fnmatchcase(form, choice) for form in (scenario.group.value, scenario.name, scenario.id))
