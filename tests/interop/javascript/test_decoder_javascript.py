"""The example of a decoder in JavaScript, held to the vectors. Run by the tox environment `sdks`."""

from __future__ import annotations

from pathlib import Path

from tests.clients.decoders import EXAMPLES, held


def test_the_example_is_wrong_about_no_vector(tmp_path: Path) -> None:
    """It is right but for a few broken bodies, with which the language's own reader of JSON is lenient."""
    result, report = held(tmp_path, ["--stream", "--timeout", "300"], "node", str(EXAMPLES / "decoder.mjs"))

    assert (0, "passed") == (result.exit_code, report["outcome"]), result.output
    assert {"right", "lenient"} == {made for made, count in report["counts"].items() if count}
    assert report["counts"]["lenient"] < 20
