"""Pages of comparisons, leaderboards, load tests and histories: every sentence by golden files, and in a real browser.

`python -m tests.report.test_page` writes the golden files anew; read the difference before you commit it.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bench.report.comparison.page import page as comparison_page
from bench.report.history import to_page as history_page
from bench.report.leaderboard import to_page as leaderboard_page
from bench.report.load import load_page
from bench.report.page import page_html, page_markdown, whole_names
from bench.report.redaction import redacted_comparison
from bench.report.tables import NONE
from tests.report import made
from tests.report.phrases import phrases

GOLDEN = Path("tests/golden/pages")


def compared(kind):
    with TemporaryDirectory() as folder:
        changes = kind(Path(folder))
    return comparison_page(changes.comparison, title="before → after")


PAGES = {
    **{f"compare-{kind.__name__}": (compared, kind) for kind in made.COMPARISONS},
    **{f"leaderboard-{kind.__name__}": (lambda kind: leaderboard_page(kind()), kind) for kind in made.BOARDS},
    **{f"load-{kind.__name__}": (lambda kind: load_page("mine", kind()), kind) for kind in made.LOADS},
    **{f"history-{kind.__name__}": (lambda kind: history_page(kind(), 30), kind) for kind in made.HISTORIES},
}


@pytest.fixture(scope="session")
def page():
    """`page("load-untimed")` is that page, made once."""
    known = {}

    def made_once(name):
        if name not in known:
            make, kind = PAGES[name]
            known[name] = make(kind)
        return known[name]

    return made_once


@pytest.fixture(scope="session")
def files(page, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")

    def written(name):
        path = folder / f"{name}.html"
        if not path.exists():
            path.write_text(page_html(page(name)), encoding="utf-8")
        return path

    return written


def told(page):
    """Badge, sentences and limits as lines."""
    lines = [f"{'ok' if page.badge[0] else 'no'}: {page.badge[1]}"] if page.badge else []
    lines += [f"{one.tone}: {one.head} | {one.detail}" for one in page.boxes[0].sentences]
    for limit in page.limits:
        lines += ["", f"cannot say: {limit.about}{' (grave)' if limit.grave else ''}", *limit.texts]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", PAGES)
def test_sentences_are_those_that_were_read_and_found_true(page, name):
    assert told(page(name)) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


def test_no_kind_of_page_is_without_a_golden_file():
    assert sorted(path.stem for path in GOLDEN.glob("*.txt")) == sorted(PAGES)


ROOM = Path("bench/report")
SPEAK = [ROOM / name for name in ("comparison/answer.py", "leaderboard.py", "load.py", "history.py")]
"""Modules that make the sentences of these pages, and what they cannot say."""


def test_every_phrase_of_every_sentence_is_in_a_golden_file():
    """A sentence that no golden file has was never read by anybody."""
    told = "\n".join(path.read_text(encoding="utf-8") for path in GOLDEN.glob("*.txt"))
    unread = {path.name: [text for text in phrases(path, ("answer", "limits")) if text not in told] for path in SPEAK}
    assert unread == {path.name: [] for path in SPEAK}


@pytest.mark.parametrize("name", PAGES)
def test_each_dash_in_a_table_has_its_reason(page, name):
    tables = [table for section in page(name).sections for table in section.tables]
    cells = [(table.title, row[0], text) for table in tables for row in table.rows for text in row]
    dashes = [cell for cell in cells if cell[-1] == NONE and not getattr(cell[-1], "why", "")]
    assert dashes == []


@pytest.mark.parametrize("name", PAGES)
def test_every_sentence_leads_to_a_section_that_is_there_and_no_heading_is_a_metric_id(page, name):
    sections = {section.id for section in page(name).sections}
    assert {one.section for one in page(name).boxes[0].sentences} - {""} <= sections
    titles = [text for section in page(name).sections for text in (section.title, *(t.title for t in section.tables))]
    assert not [title for title in titles if "_" in title or title.endswith((".p50", ".p95"))]
    assert page_markdown(page(name)).startswith("# ")


def test_what_an_invalid_run_timed_is_nowhere_in_a_comparison(page):
    late = page("compare-late")
    assert not late.badge[0]
    assert [chart["unit"] for section in late.sections for chart in section.content.get("charts", ())] == ["points"]


def test_how_far_runs_lie_from_each_other_is_in_points_and_levels_are_rates(page):
    table = next(table for table in page("history-one_change").sections[-1].tables if table.title == "Word errors")
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    assert {row["noise"].split()[-1] for row in rows} == {"points"}
    assert {row["first"].split()[1] for row in rows} == {"%"}


JARGON = {" pp": "points (pp)", "Holm": "Holm, Benjamini-Hochberg", "INVALID": "INVALID", "knee": "knee"}


@pytest.mark.parametrize("name", PAGES)
def test_what_nobody_says_but_statisticians_is_explained_in_the_page(page, name):
    text, explained = page_markdown(page(name)), dict(page(name).glossary)
    assert {word for sign, word in JARGON.items() if sign in text} <= set(explained)


def test_names_are_not_broken_and_nothing_in_them_is_markup():
    said = whole_names("noise-10db costs <b>-x 5 % & a-name-that-is-too-long-for-a-line")
    assert said.startswith('<span class="whole">noise-10db</span> costs &lt;b&gt;-x 5\N{NO-BREAK SPACE}% &amp; a-name-')
    assert said.count("<") == 2


CUT_OFF = """[...document.querySelectorAll(".answers li, .limits dd, caption > span, .note, h2, .facts span")]
  .filter((node) => node.offsetParent && node.getBoundingClientRect().right > innerWidth + 0.5
    || node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).overflow !== "visible")
  .map((node) => node.textContent.slice(0, 60))"""
"""What stands wider than the window, or is clipped by its own box."""

FIRST = ("compare-changed", "compare-failing", "leaderboard-one_first", "load-bears_and_fails", "history-one_change")


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_without_an_error_and_nothing_planted_runs(files, opened, name):
    page = opened(files(name))
    assert page.evaluate("window.planted") is None
    assert page.locator("main img").count() == 0
    assert page.locator(".answers li").count() >= 1
    assert page.locator("#answer").bounding_box()["y"] + page.locator("#answer").bounding_box()["height"] <= 900
    assert page.evaluate(CUT_OFF) == []
    page.set_viewport_size({"width": 400, "height": 900})
    assert page.evaluate(CUT_OFF) == [], "nothing said is cut off"


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", FIRST)
def test_nothing_keeps_anybody_out(files, keeps_out, name, scheme):
    assert keeps_out(files(name), scheme) == []


@pytest.mark.slow
def test_nor_where_a_comparison_is_redacted(tmp_path, keeps_out):
    path = tmp_path / "redacted.html"
    kept = redacted_comparison(made.changed(tmp_path / "runs").comparison)
    path.write_text(page_html(comparison_page(kept, title="before → after")), encoding="utf-8")
    assert keeps_out(path, "light") == []


@pytest.mark.slow
def test_a_comparison_shows_was_and_now_of_every_utterance_that_changed(files, opened):
    page = opened(files("compare-changed"))
    page.select_option("#kind", "broken")
    broken = int(page.locator("#found").inner_text().split()[0])
    page.select_option("#kind", "fixed")
    fixed = int(page.locator("#found").inner_text().split()[0])
    assert broken > 5
    assert fixed > 5
    sides = page.locator("#detail .who b").all_inner_texts()
    assert {text.rpartition(" · ")[2] for text in sides} == {"was", "now"}
    page.keyboard.press("m")
    assert "real time" in page.locator("#found").inner_text()
    page.fill("#search", "u007")
    assert page.locator("#detail h3").inner_text() == "u007"


@pytest.mark.slow
def test_what_failed_now_is_said_with_its_message(files, opened):
    page = opened(files("compare-failing"))
    page.select_option("#kind", "failed")
    assert "failed: timeout" in page.locator("#detail").inner_text()
    assert "<img src=x" in page.locator("#detail").inner_text()


@pytest.mark.slow
def test_invalid_levels_are_grey_crosses_on_no_line_and_struck_in_tables(files, opened):
    page = opened(files("load-never_valid"))
    assert page.locator(".mark-invalid").count() > 0
    assert page.locator("#load figure").first.locator("path.curve, .mark").count() == 0
    cells = page.locator("#levels td", has_text=" ms")
    assert page.locator("#levels s.invalid").count() == cells.count() > 0


@pytest.mark.slow
def test_an_axis_of_failures_is_readable_where_none_failed(files, opened):
    page = opened(files("load-too_few"))
    axis = page.locator("#load figure", has_text="Failed or empty").locator("text[text-anchor=end]").all_text_contents()
    assert "0 %" in axis
    assert all(float(text.split()[0]) in {0, 0.4, 0.5, 0.8, 1, 1.1, 1.2, 1.5} for text in axis if text.endswith("%"))


@pytest.mark.slow
def test_other_pages_are_dark_and_can_be_printed(files, opened):
    page = opened(files("history-one_change"), color_scheme="dark")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("#theme").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    assert not page.locator("nav").is_visible()


LEAVES_WHAT_IT_LEADS_TO = """[...document.querySelectorAll("h2, section > .note")]
  .filter((node) => getComputedStyle(node).breakAfter !== "avoid").map((node) => node.textContent)"""
BEYOND_THE_SHEET = """[...document.querySelectorAll(".scroll > table")]
  .filter((table) => table.getBoundingClientRect().right > innerWidth + 1)
  .map((table) => table.caption?.textContent ?? table.rows[0].textContent)"""


@pytest.mark.slow
@pytest.mark.parametrize("name", FIRST)
def test_on_paper_no_column_is_lost_and_what_leads_to_a_figure_stays_with_it(files, opened, name):
    page = opened(files(name))
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.set_viewport_size({"width": 688, "height": 1000})
    assert page.evaluate(BEYOND_THE_SHEET) == []
    assert page.evaluate(LEAVES_WHAT_IT_LEADS_TO) == []
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("[...document.querySelectorAll('table')].filter((table) => table.style.zoom).length") == 0


@pytest.mark.slow
def test_a_list_on_paper_says_how_much_it_leaves_out(files, opened):
    page = opened(files("compare-changed"))
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    shown, found = page.locator(".row").count(), int(page.locator("#found").inner_text().split()[0])
    assert page.locator("#list").get_attribute("data-left") == f"and {found - shown} more, in the page on a screen"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("#list").get_attribute("data-left") is None


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for name, (make, kind) in PAGES.items():
        (GOLDEN / f"{name}.txt").write_text(told(make(kind)), encoding="utf-8")
