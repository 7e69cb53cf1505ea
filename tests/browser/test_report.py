"""The HTML report, in a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page
from tests.browser.conftest import Watched
from tests.reports.verdicts import EVERY_VERDICT, VERDICTS

from mconn_contracts.reports.html import REPORT

EVERY_LOOK = pytest.mark.parametrize("watched", [("light", 1200), ("dark", 1200), ("light", 360)], indirect=True)

CONTRAST = """() => {
  const light = (color) => {
    const parts = color.match(/[\\d.]+/g).map(Number);
    if (parts.length === 4 && parts[3] === 0) return null;
    const [r, g, b] = parts.slice(0, 3).map((part) => part / 255)
      .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const found = light(getComputedStyle(at).backgroundColor);
      if (found !== null) return found;
    }
    return 1;
  };
  return [...document.querySelectorAll("body *")]
    .filter((each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) && each.offsetParent)
    .filter((each) => !["SCRIPT", "STYLE", "OPTION"].includes(each.tagName))
    .map((each) => [each.outerHTML.slice(0, 80), light(getComputedStyle(each).color), behind(each)])
    .map(([what, a, b]) => [what, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)])
    .filter(([, ratio]) => ratio < 4.5);
}"""
"""Texts with less contrast than 4.5:1 (WCAG 2.2, 1.4.3), with their ratio."""


def opened(watched: Watched, name: str, folder: Path) -> Page:
    """The report on a verdict, as a file in the browser."""
    path = folder / "report.html"
    path.write_text(REPORT.render(VERDICTS[name]), encoding="utf-8", errors="backslashreplace")
    watched.page.goto(path.as_uri())
    return watched.page


def shown(page: Page) -> list[str]:
    """The codes whose findings are shown, once for each finding."""
    return [
        each.get_attribute("data-words").split()[0].upper()  # type: ignore[union-attr]
        for each in page.locator(".finding:visible").all()
    ]


@EVERY_VERDICT
def test_every_report_opens_in_peace(watched: Watched, tmp_path: Path, name: str) -> None:
    """No error in the console, nothing asked for but the file itself, and nothing of what it shows was run."""
    page = opened(watched, name, tmp_path)

    assert [] == watched.console
    assert [(tmp_path / "report.html").as_uri()] == watched.requests
    assert page.title() == f"{page.locator('.outcome').inner_text().split()[-1]} – mconn"


def test_a_finding_is_expanded(watched: Watched, tmp_path: Path) -> None:
    """A click shows where it is and its request, and its place is marked."""
    page = opened(watched, "one-finding", tmp_path)
    finding = page.locator(".finding")
    assert not finding.locator("pre").first.is_visible()

    finding.locator("summary").click()

    assert finding.locator("pre").first.is_visible()
    assert finding.locator("pre").first.inner_text().startswith("curl -sS -H")
    assert ["count", '"count": 3,'] == [each.strip() for each in finding.locator("mark").all_inner_texts()]
    assert finding.get_by_role("heading", name="Response, status 200").is_visible()


def test_findings_are_filtered(watched: Watched, tmp_path: Path) -> None:
    """By words, by operation and by severity, together; the number of what is shown is said, and groups without any are gone."""
    page = opened(watched, "every-severity", tmp_path)
    status = page.get_by_role("status")
    assert (["MC101", "MC301", "MC103", "MC402"], "4 of 4 shown") == (shown(page), status.inner_text())

    page.get_by_label("Search").fill("RESULT 事件")
    assert (["MC101"], "1 of 4 shown") == (shown(page), status.inner_text())
    assert 1 == page.locator("article:visible").count()

    page.get_by_label("Search").fill("")
    page.get_by_role("combobox").select_option("listEvents")
    page.get_by_label("warning").uncheck()
    assert (["MC101", "MC301"], "2 of 4 shown") == (shown(page), status.inner_text())


def test_the_keyboard_is_enough(watched: Watched, tmp_path: Path) -> None:
    """Tab leads to a way past the header; a slash to the search, Escape empties it, and Enter opens a finding."""
    page = opened(watched, "every-severity", tmp_path)
    page.keyboard.press("Tab")
    assert "Skip to the findings" == page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    assert "#findings" == page.evaluate("location.hash")

    page.keyboard.press("/")
    page.keyboard.type("MC301")
    assert ["MC301"] == shown(page)
    page.keyboard.press("Escape")
    assert 4 == len(shown(page))

    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    page.keyboard.press("Enter")
    assert 1 == page.locator("details[open]").count()


def test_expand_and_collapse_all(watched: Watched, tmp_path: Path) -> None:
    """The buttons open and close what the filter shows."""
    page = opened(watched, "every-severity", tmp_path)
    page.get_by_label("Search").fill("listEvents")
    page.get_by_role("button", name="Expand all").click()
    assert 3 == page.locator("details.finding[open]").count()
    page.get_by_role("button", name="Collapse all").click()
    assert 0 == page.locator("details.finding[open]").count()


@EVERY_LOOK
@pytest.mark.parametrize("name", ["every-severity", "undecided", "passed"])
def test_texts_can_be_read(watched: Watched, tmp_path: Path, name: str) -> None:
    """In light and dark, every text has the contrast that WCAG 2.2 AA asks for, and the page is no wider than the window."""
    page = opened(watched, name, tmp_path)
    page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")

    assert [] == page.evaluate(CONTRAST)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_names_for_screen_readers(watched: Watched, tmp_path: Path) -> None:
    """Landmarks, headings, tables and controls have names, and what color says, words say too."""
    page = opened(watched, "every-severity", tmp_path)

    for role, name in [
        ("main", None),
        ("navigation", "Sections"),
        ("search", None),
        ("region", "Coverage"),
        ("region", "Statements"),
        ("table", "Responses by operation and status"),
        ("rowheader", "listEvents"),
        ("columnheader", "200"),
    ]:
        assert page.get_by_role(role, name=name).first.is_visible(), (role, name)  # type: ignore[arg-type]
    kinds = page.locator(".kinds li").all_inner_texts()
    assert ["Init 2", "Leave not seen", "StartUpgrade 1", "HaTransition 1 not in the contract"] == [
        " ".join(k.split()) for k in kinds
    ]


def test_many_findings_open_soon_and_say_their_number(watched: Watched, tmp_path: Path) -> None:
    """100,000 findings are a page of a few, with their number."""
    page = opened(watched, "many", tmp_path)

    assert "100000" in page.locator("article .total").inner_text()
    assert page.locator(".finding").count() <= 20
