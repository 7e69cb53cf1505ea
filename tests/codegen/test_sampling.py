"""Which targets a run takes."""

from __future__ import annotations

from pathlib import Path

from tests.codegen.sampling import by_name, drawn, sample
from tests.codegen.targets import TARGETS

LANGUAGES = {target.language for target in TARGETS if target.sampled}


def test_sample_has_one_of_each_language() -> None:
    """One target of each language that is not too slow for it runs, and they are announced."""
    chosen = sample(TARGETS)

    assert sorted(LANGUAGES) == sorted(target.language for target in chosen.targets)
    assert all(target.name in chosen.why for target in chosen.targets)
    assert chosen.why.startswith(f"a sample of {len(LANGUAGES)} of {len(TARGETS)} targets: ")


def test_without_a_repository_a_sample_is_the_first_of_each_language(tmp_path: Path) -> None:
    """A source archive has no commit to draw by."""
    assert tuple(drawn(TARGETS, 0)) == sample(TARGETS, tmp_path).targets


def test_every_sampled_target_without_a_known_failure_is_drawn_some_day() -> None:
    """The number decides which of a language, and none of them is left out for ever."""
    found = {target.name for number in range(60) for target in drawn(TARGETS, number)}

    assert {target.name for target in TARGETS if target.sampled and not target.known} == found


def test_targets_by_name() -> None:
    """An empty text names all targets, another those that contain it."""
    assert TARGETS == by_name(TARGETS, "").targets
    assert {"Go"} == {target.language for target in by_name(TARGETS, "openapi-generator go").targets}
