"""The page in a real browser, opened from disk.

What earlier pages let be read falsely, and the test that holds each off:

- speakers nobody gave, counted each as one: test_answers (nameless)
- a lost tail that makes an engine look faster: test_lost_ends_are_hollow_and_counted, test_answers (lost_ends)
- only the worst engine's errors shown: test_a_click_shows_the_errors_of_each_engine_the_better_one_too
- latency of INVALID runs as usual: test_latency_of_an_invalid_run_is_struck_in_every_figure_and_table, and for load,
  comparisons and leaderboards in tests/report/test_page.py and test_leaderboard.py
- percentiles of three values: test_numbers (no_95th_percentile), tests/load/test_curve.py
- noise of three streams drawn as a trend: test_numbers (while_streams_went_on)
- a sentence on INVALID cut off at the edge: tests/report/test_page.py (nothing_said_is_cut_off)
- batch and stream on other scales: test_scales_do_not_change_with_the_mode
- batch and stream of other utterances side by side: test_numbers (batch_and_stream_of_other), test_answers
- a final from before the end of speech taken for a whole text: tests/scoring/timing/test_latency.py
- 0.0002 % on an axis of failures: tests/report/test_page.py, test_an_axis_of_failures_is_readable_where_none_failed
- one run of several corpora in a history: tests/cli/test_history.py
- 300 lost streams where more were lost, and a sample drawn as every utterance: test_numbers (all_that_lost_their_end),
  test_what_is_slower_than_the_scale_is_no_dot_at_its_end
- a latency beyond the scale drawn as a dot at its end: the same
- a rate of what was answered beside one of everything:
  test_a_rate_of_what_was_answered_says_beside_its_mark_how_much_failed
- a dash without its reason: test_a_dash_has_its_reason
- an arrow that points back where text is written from the right, characters all marked as changed:
  test_where_characters_are_counted_only_what_the_rules_changed_is_marked
- a sentence that nobody read: test_answers (every_phrase_of_every_sentence)

And what a command let be believed: missing extras (tests/execution/test_requirements.py), late drafts
(tests/corpora/own/test_adopt.py), m4a (tests/audio/test_files.py), the workflow of docs/ci.md (tests/docs/test_ci.py),
locks of own recordings (tests/corpora/test_prepare.py), more recognisers at once than processors
(tests/execution/test_outlook.py), a fault taken for a regression (tests/cli/test_ending.py).
"""

import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import expect

from bench.audio import Audio, to_file_bytes
from bench.report.page import SCRIPTS, static
from bench.report.run.page import to_html, write_folder
from bench.report.run.redact import redacted
from bench.store.clips import Clips, UtteranceClips
from bench.types import Failure, FailureKind
from tests.report.run import made


@pytest.fixture(scope="module")
def pages(runs, tmp_path_factory):
    """`pages("clear")` is the path of that run's page."""
    folder, known = tmp_path_factory.mktemp("pages"), {}

    def page(name):
        if name not in known:
            known[name] = folder / f"{name}.html"
            known[name].write_text(to_html(runs(name)), encoding="utf-8")
        return known[name]

    return page


def listed(page):
    return [row.split("\n")[0] for row in page.locator(".row").all_inner_texts()]


def test_the_page_names_its_own_script_and_style_by_hash_and_allows_nothing_else(pages):
    text = pages("clear").read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1]
    assert "default-src &#39;none&#39;" in policy
    assert "unsafe" not in policy
    assert text.count("<script>") == 1


def test_no_script_takes_a_string_for_markup():
    text = "".join(map(static, SCRIPTS))
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "DOMParser"):
        assert way not in text


def test_the_same_run_gives_the_same_bytes(runs):
    assert to_html(runs("clear")) == to_html(runs("clear"))


@pytest.mark.slow
@pytest.mark.parametrize("name", [kind.__name__ for kind in made.KINDS])
def test_every_kind_of_run_opens_without_an_error(pages, opened, name):
    page = opened(pages(name))
    assert page.locator(".answers:visible li").count() >= 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 1400


@pytest.mark.slow
def test_both_modes_and_several_languages_fit_into_320_pixels(pages, opened):
    """The least that WCAG 2.1, 1.4.10 asks for."""
    page = opened(pages("languages"), viewport={"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.slow
def test_the_answer_of_the_quickstart_needs_no_scrolling(opened):
    page = opened(Path("reports/example/report.html").resolve())
    box = page.locator("#answer").bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 900


@pytest.mark.slow
def test_search_filter_order_and_keys_lead_to_every_utterance(pages, opened):
    page = opened(pages("failing"))
    assert "120 of 120" in page.locator("#found").inner_text()
    page.fill("#search", "u007")
    assert listed(page) == ["u007"]
    page.fill("#search", "heard:other said:alpha")
    assert 0 < int(page.locator("#found").inner_text().split()[0]) < 120
    page.fill("#search", "")
    page.select_option("#kind", "failed")
    assert "60 of 120" in page.locator("#found").inner_text()
    page.select_option("#kind", "empty")
    assert listed(page) == ["u004"]
    page.select_option("#kind", "")
    page.select_option("#group", "speaker=s3")
    assert "10 of 120" in page.locator("#found").inner_text()
    page.select_option("#group", "")
    page.select_option("#order", "id")
    second = listed(page)[1]
    page.locator("#list").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    assert page.locator("#detail h3").inner_text() == second
    page.keyboard.press("End")
    assert page.locator("#detail h3").inner_text() == "u119"


@pytest.mark.slow
def test_a_click_shows_the_errors_of_each_engine_the_better_one_too(pages, opened):
    page = opened(pages("clear"))
    for number, engine in enumerate(("anna", "ravi")):
        page.select_option("#order", f"e{number}")
        assert page.locator("#detail .answer", has_text=engine).locator("del").count() >= 1


@pytest.mark.slow
def test_a_link_leads_to_an_utterance_in_its_mode_and_condition(pages, opened):
    page = opened(pages("clear"), f"#u={quote('hand/u042')}&mode=stream&condition=noise")
    assert page.locator("#detail h3").inner_text() == "u042"
    assert page.locator(".choice [aria-pressed=true]").inner_text() == "Real time"
    assert "real time, noise" in page.locator("#found").inner_text()
    link = page.locator("#detail header a").get_attribute("href")
    again = opened(pages("clear"), link)
    assert again.locator("#detail h3").inner_text() == "u042"


@pytest.mark.slow
def test_an_exclude_list_holds_what_was_marked(pages, opened):
    page = opened(pages("clear"))
    page.select_option("#order", "id")
    page.locator("#list").focus()
    page.keyboard.press("Home")
    page.get_by_role("button", name="The reference is wrong").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="save the list").click()
    assert Path(download.value.path()).read_text(encoding="utf-8") == "hand/u000\n"


@pytest.mark.slow
def test_latency_of_an_invalid_run_is_struck_in_every_figure_and_table(pages, opened):
    page = opened(pages("invalid"))
    assert page.locator(".struck").count() == 0
    page.get_by_role("button", name="Real time").click()
    assert page.locator("#plane .struck").count() == 1
    assert page.locator("#latency .struck").count() == 1
    assert page.locator("#plane .mark.point:not(.invalid)").count() == 0
    assert page.locator("#latency .mark.dot:not(.invalid)").count() == 0
    page.locator("#latency details").first.locator("summary").click()
    cells = page.locator("#latency details[open] td.n")
    assert cells.locator("s.invalid").count() == cells.filter(has_not_text="–").count() > 0
    assert page.locator("#detail .numbers s.invalid").count() >= 1


@pytest.mark.slow
def test_scales_do_not_change_with_the_mode(pages, opened):
    page = opened(pages("clear"))
    shown = "#plane svg.figure text[text-anchor=end], #latency svg.figure .grid"
    axes = f"[...document.querySelectorAll('{shown}')].map((node) => node.outerHTML)"
    before = page.evaluate(axes)
    page.keyboard.press("m")
    after = page.evaluate(axes)
    assert [t for t in before if "median" not in t] == [t for t in after if "median" not in t]


PLANE = """([median, rate]) => {
  const host = document.createElement("div");
  document.querySelector("main").append(host);
  const wer = { v: rate, t: "", i: "", n: 3 };
  const lat = { p50: { v: median, lo: null, hi: null, t: "", i: "" } };
  const cells = [{ e: 0, c: 0, m: 0, s: 0, unit: "words", wer, lat }];
  const run = { cells, modes: [{ latency: "round trip" }], engines: ["anna"], conditions: ["clean"] };
  drawPlane(host, run, { mode: 0, speech: 0 });
  const texts = [...host.querySelectorAll("text")].map((text) => text.textContent);
  host.remove();
  return texts;
}"""
"""Texts of the figure of errors against speed, of one cell with that median and that rate."""


@pytest.mark.slow
def test_a_latency_is_drawn_whatever_it_is_on_an_axis_with_numbers(pages, opened):
    page = opened(pages("one_engine"))
    for median in (0.0, -0.02):  # what was said is complete before speech ends
        assert "anna · clean" in page.evaluate(PLANE, [median, 0.1])
    for median in (0.0017, 0.15, 0.28, 0.7, 3.0, 700.0, 1500.0):
        times = [text for text in page.evaluate(PLANE, [median, 0.1]) if text.endswith(("ms", " s"))]
        assert times, median
    assert [text for text in page.evaluate(PLANE, [0.3, 1.0]) if text.endswith("%")][-1] == "100 %"


@pytest.mark.slow
def test_lost_ends_are_hollow_and_counted(pages, opened):
    page = opened(pages("lost_ends"))
    assert page.locator("#latency svg text", has_text="40 lost").count() == 1
    assert page.locator("#latency .mark.dot.hollow").count() > 0


@pytest.mark.slow
def test_what_is_slower_than_the_scale_is_no_dot_at_its_end(pages, opened):
    page = opened(pages("slow_tail"))
    beyond = page.locator("#latency .beyond")
    assert beyond.count() == 2
    assert beyond.first.get_attribute("data-hint") == "hand/u000: 20.1 s"
    names = page.locator("#latency .legend").inner_text()
    assert "slower than the scale" in names
    assert "300 marks at most, evenly from fastest to slowest" in names
    page.set_viewport_size({"width": 400, "height": 900})
    expect(page.locator("#latency svg text", has_text="180 lost")).to_have_count(1)
    ends = "[...document.querySelectorAll('#latency svg.figure *')].map((node) => node.getBoundingClientRect().right)"
    assert max(page.evaluate(ends)) <= page.locator("#latency svg.figure").bounding_box()["width"] + 40


@pytest.mark.slow
def test_a_rate_of_what_was_answered_says_beside_its_mark_how_much_failed(pages, opened):
    page = opened(pages("failing"))
    names = page.locator("#plane svg .name").all_text_contents()
    assert names == ["anna · clean (60 of 120 failed)", "ravi · clean"]
    page.set_viewport_size({"width": 400, "height": 900})
    expect(page.locator("#plane svg .name", has_text="60 failed")).to_have_count(1)


BARE_DASHES = """[...document.querySelectorAll("main td")]
  .filter((td) => td.textContent === "\N{EN DASH}" && !td.dataset.hint && !td.querySelector("[data-hint]"))
  .map((td) => td.closest("tr").textContent)"""


@pytest.mark.slow
def test_a_dash_has_its_reason(pages, opened):
    page = opened(pages("failing"))
    table = page.locator("#why table", has_text="By speaker")
    dashes = table.locator("td", has_text="–")
    assert dashes.count() == 6
    assert {dash.get_attribute("data-hint") for dash in dashes.all()} == {
        "the engine answered enough speakers for an interval over all, which stands in their place"
    }
    assert "A dash: the engine answered enough speakers" in table.locator("caption").inner_text()
    for name in ("failing", "silent", "too_small", "invalid"):
        assert opened(pages(name)).evaluate(BARE_DASHES) == [], name


@pytest.mark.slow
def test_a_stream_is_replayed(pages, opened):
    page = opened(pages("clear"))
    page.locator("#streams input[type=range]").fill("0")
    assert "nothing on display yet" in page.locator(".screen").inner_text()
    page.locator("#replay").click()
    expect(page.locator(".screen")).to_contain_text("bravo")
    expect(page.locator(".screen")).to_contain_text("juliet")
    assert "complete" in page.locator("#streams .note").last.inner_text()


@pytest.mark.slow
def test_languages_are_named_and_each_has_its_answer(pages, opened):
    page = opened(pages("languages"))
    assert "Hindi" in page.locator("#languages").inner_text()
    page.select_option("#speech", label="Hindi")
    assert "18.2\N{NO-BREAK SPACE}%" in page.locator(".answers:visible").inner_text()
    assert "12 of 12" in page.locator("#found").inner_text()


@pytest.mark.slow
def test_where_characters_are_counted_only_what_the_rules_changed_is_marked(tmp_path, opened):
    spoken = [replace(u, text="今日は、天気です", language="ja") for u in made.utterances(2, 2)]
    arabic = [replace(u, id=f"u1{u.id[1:]}", text="شمس قمر نجم", language="ar") for u in made.utterances(2, 2)]

    def answer(utterance, trial):
        return made.answered(trial, utterance.text.replace("شمس", "بحر"))

    data = made.run_data(tmp_path / "run", answer, corpus=[*spoken, *arabic], modes=["stream"])
    path = tmp_path / "page.html"
    path.write_text(to_html(data), encoding="utf-8")
    page = opened(path)
    page.select_option("#speech", label="Japanese")
    assert "今 日 は 天 気 で す" in page.locator("#detail").inner_text()
    assert page.locator("#detail .ruled").count() == 0
    page.select_option("#speech", label="Arabic")
    confusion = page.locator("#why td", has_text="→").first
    assert (confusion.get_attribute("lang"), confusion.evaluate("td => getComputedStyle(td).direction")) == (
        "ar",
        "ltr",
    )
    streams = page.locator("#streams select option").all_inner_texts()
    assert any(" · Arabic · " in name for name in streams)
    assert any(" · Japanese · " in name for name in streams)
    shown = "Japanese" if " · Japanese · " in streams[0] else "Arabic"
    assert page.locator(".screen").get_attribute("lang") == {"Japanese": "ja", "Arabic": "ar"}[shown]


def with_sound(data):
    """The run with a long tone as the recording of its first utterance, and another as what was sent."""
    tones = [np.sin(np.arange(16_000 * 120) * step).astype(np.float32) * 0.1 for step in (0.1, 0.2)]
    files = {f"clips/{k}.opus": to_file_bytes(Audio(tone, 16_000), "opus")[0] for k, tone in enumerate(tones)}
    clips = UtteranceClips(recorded="clips/0.opus", sent={"noise": "clips/1.opus"})
    return replace(data, clips=Clips(utterances={"hand/u000": clips}), clip_files=files)


@pytest.mark.slow
def test_recordings_play_from_the_page_and_from_files_beside_it(runs, tmp_path, opened):
    data = with_sound(runs("clear"))
    one = tmp_path / "one.html"
    one.write_text(to_html(data), encoding="utf-8")
    (tmp_path / "report").mkdir()
    for path in (one, write_folder(data, tmp_path / "report")):
        page = opened(path, "#u=hand/u000")
        buttons = page.locator("#detail .play")
        assert buttons.all_inner_texts() == ["▶ as recorded", "▶ noise"]
        for k in range(2):
            buttons.nth(k).click()
            expect(buttons.nth(k)).to_have_attribute("aria-pressed", "true")
            expect(buttons.nth(1 - k)).to_have_attribute("aria-pressed", "false")
        page.wait_for_function("sound.audio.currentTime > 0")
        buttons.nth(1).click()
        assert page.evaluate("sound.audio.paused")


@pytest.mark.slow
def test_a_folder_of_shards_holds_every_utterance(runs, tmp_path, opened, monkeypatch):
    monkeypatch.setattr("bench.report.run.page.SHARD_TRIALS", 100)
    index = write_folder(runs("clear"), tmp_path)
    assert len(list((tmp_path / "data").glob("*.js"))) >= 4
    page = opened(index)
    assert "120 of 120" in page.locator("#found").inner_text()
    page.fill("#search", "u119")
    assert listed(page) == ["u119"]


PLANTED = "</script><script>window.planted=1</script><img src=x onerror=window.planted=2>"


@pytest.mark.slow
def test_planted_scripts_do_nothing(tmp_path, opened):
    def answer(utterance, trial):
        if utterance.id == "u003":
            return Failure(kind=FailureKind.SERVER, message=PLANTED)
        return made.answered(trial, f"{PLANTED} {utterance.text}")

    data = made.run_data(tmp_path / "run", answer, description=PLANTED, modes=["batch", "stream"])
    path = tmp_path / "page.html"
    path.write_text(to_html(data), encoding="utf-8")
    page = opened(path)
    page.fill("#search", "u003")
    page.fill("#search", "onerror")
    page.locator("#list").focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("window.planted") is None
    assert page.locator("main img").count() == 0
    assert "<img src=x" in page.locator("#detail").inner_text()


@pytest.mark.slow
def test_dark_by_the_system_and_by_the_button(pages, opened):
    def paper(page):
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    light, dark = opened(pages("clear")), opened(pages("clear"), color_scheme="dark")
    assert paper(light) != paper(dark)
    before = paper(light)
    light.locator("#theme").click()
    assert paper(light) == paper(dark)
    light.locator("#theme").click()
    assert paper(light) == before


@pytest.mark.slow
def test_print_opens_folds_and_leaves_out_what_is_to_be_pressed(pages, opened):
    page = opened(pages("clear"))
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    assert not page.locator("nav").is_visible()
    assert page.locator("button:visible:not(.heat button, .link)").count() == 0
    assert page.locator("#why select, #streams select").evaluate_all("all => all.every((one) => one.checkVisibility())")
    assert page.locator("#why h2").inner_text() == "Why · Batch"
    assert page.locator(".row").count() == 25
    assert page.pdf(format="A4")[:5] == b"%PDF-"


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["clear", "languages", "invalid"])
def test_nothing_keeps_anybody_out(pages, keeps_out, name, scheme):
    assert keeps_out(pages(name), scheme) == []


@pytest.mark.slow
def test_a_redacted_page_does_not_say_that_text_rules_changed_what_it_hides(runs, tmp_path, opened):
    path = tmp_path / "redacted.html"
    path.write_text(to_html(redacted(runs("clear"))), encoding="utf-8")
    detail = opened(path).locator("#detail")
    assert detail.locator(".said").inner_text().strip("\N{MIDDLE DOT} ") == ""
    assert detail.locator(".ruled").count() == 0


@pytest.mark.slow
@pytest.mark.parametrize("form", ["a folder", "redacted"])
def test_nor_in_a_folder_nor_where_it_is_redacted(runs, tmp_path, keeps_out, form):
    if form == "a folder":
        path = write_folder(runs("clear"), tmp_path)
    else:
        path = tmp_path / "redacted.html"
        path.write_text(to_html(redacted(runs("clear"))), encoding="utf-8")
    assert keeps_out(path, "light") == []
