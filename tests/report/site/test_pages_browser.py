"""A site in a real browser, opened from disk: no error, no request, nothing that keeps anybody out."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

from bench.report.site import build_site
from bench.report.site.gather import slug
from tests.browser import HANGS_MS
from tests.report.run.made import answered
from tests.report.site.world import engine
from tests.runs import make_run, utterances

pytestmark = pytest.mark.slow
PLANTED = "<img src=x onerror=planted=1><script>planted=1</script>{{ 7*7 }}"


def pages_of(site):
    """Every page of the site's own; reports of runs have their own tests."""
    return sorted(path for path in site.rglob("*.html") if path.relative_to(site).parts[0] != "runs")


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if name in ("href", "src")]


def test_every_page_opens_without_an_error_and_every_link_leads_somewhere(site, opened):
    paths = pages_of(site)
    assert len(paths) == 2 + 4 + 3
    for path in paths:
        page = opened(path)
        assert page.locator("h1").inner_text()
        links = Links()
        links.feed(path.read_text(encoding="utf-8"))
        for link in links.found:
            file, _, place = unquote(link).partition("#")
            target = (path.parent / file).resolve() if file else path
            assert target.is_file(), f"{path.name}: {link}"
            assert not place or f'id="{place}"' in target.read_text(encoding="utf-8"), f"{path.name}: {link}"


def test_pages_name_their_script_and_style_by_hash_and_allow_nothing_else(site):
    for path in pages_of(site):
        text = path.read_text(encoding="utf-8")
        policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1]
        assert "default-src &#39;none&#39;" in policy
        assert "unsafe" not in policy
        assert " style=" not in text
        assert not re.search(r"<[^>]+\son\w+=", text.split("<script>")[0])


def test_a_reader_finds_a_language_hears_an_error_and_reads_its_rules(site, opened):
    page = opened(site / "index.html")
    page.get_by_role("link", name="Hindi").first.click()
    expect(page.locator("h1")).to_have_text("Hindi")
    assert "not told apart" in page.locator(".answers").inner_text()
    assert page.locator(".heard del").first.inner_text()
    assert "Devanagari" in page.locator("#rules").inner_text()
    assert page.locator(".heard .diff").first.get_attribute("lang") == "hi"
    page.get_by_role("link", name="anna").first.click()
    expect(page.locator("h1")).to_have_text("anna")


def test_a_filter_leaves_the_languages_and_engines_that_are_named(site, opened):
    page = opened(site / "index.html")
    rows, heads = (
        page.locator("#matrix tr[data-language]:visible th a"),
        page.locator("#matrix th[data-engine]:visible"),
    )
    assert rows.count() == 4
    page.fill("#names", "hin tam")
    assert rows.all_inner_texts() == ["Hindi", "Tamil"]
    assert heads.count() == 3
    page.fill("#names", "english ZOE")
    assert (rows.all_inner_texts(), heads.all_inner_texts()) == (["English"], ["zoe"])
    assert page.locator("#matrix tr[data-language]:visible td:visible").count() == 1
    assert page.locator("#engines tbody tr:visible").count() == page.locator("#runs tbody tr:visible").count() == 1
    assert page.locator("#filter").inner_text().strip() == "1 language, 1 engine"
    page.fill("#names", "klingon")
    assert rows.count() == 0
    assert "no language and no engine" in page.locator("#filter").inner_text()
    page.fill("#names", "")
    assert (rows.count(), heads.count()) == (4, 3)


def test_an_error_plays(site, chromium):
    page = chromium.new_page()
    page.set_default_timeout(HANGS_MS)
    page.goto((site / "languages" / "en.html").as_uri())
    played = page.evaluate(
        """async () => {
          const sound = document.querySelector("audio");
          sound.muted = true;
          await sound.play();
          await new Promise((done) => sound.addEventListener("timeupdate", () => sound.currentTime > 0 && done()));
          return sound.currentTime;
        }"""
    )
    assert played > 0
    page.close()


def test_nothing_false_can_be_read_off_a_page(site, opened):
    """Too few speakers: no place. INVALID: no latency. Suppressed: no number. Failures beside every rate."""
    page = opened(site / "languages" / "ta.html")
    assert page.locator("#ranking .place").all_text_contents() == ["\N{EN DASH}"] * 4
    assert page.locator("#ranking .ranks").count() == 0
    assert "no places; 3 speakers" in page.locator(".answers").inner_text()
    page = opened(site / "languages" / "en.html")
    zoe = page.locator("#ranking tbody tr", has_text="zoe").first
    assert zoe.inner_text().count("INVALID") == 2
    assert "ms" not in zoe.inner_text()
    assert "5 failed, 3 empty of 72" in page.locator("#ranking tbody tr", has_text="ravi").first.inner_text()
    island = page.locator("#groups tbody tr", has_text="island").first.locator("td").all_inner_texts()
    assert island[1:5] == ["\N{EN DASH}"] * 4
    page = opened(site / "index.html")
    assert "5 failed" in page.locator("#matrix tr", has_text="English").first.inner_text()
    assert "not measured" in page.locator("#matrix tr", has_text="Hindi").first.inner_text()


def test_planted_scripts_do_nothing(tmp_path, opened):
    spoken = [
        replace(u, text=f"{u.text} {PLANTED}", tags={"dialect": PLANTED if k % 2 else "plain"})
        for k, u in enumerate(utterances(16, 3))
    ]
    run = make_run(
        tmp_path / "<b onclick=planted=1>run",
        lambda u, trial: answered(trial, f"other {u.text} <svg onload=planted=1>"),
        corpus=spoken,
        engines=[engine("anna")],
    )
    build_site([run], tmp_path / "site")
    for path in pages_of(tmp_path / "site"):
        page = opened(path)
        assert page.evaluate("typeof planted") == "undefined"
        assert page.locator("main img, main b[onclick], main svg[onload]").count() == 0
    page = opened(tmp_path / "site" / "languages" / f"{slug('en')}.html")
    assert "img" in page.locator(".heard .diff").first.inner_text()
    assert "<b onclick=planted=1>run" in page.locator(".heard").inner_text()


def test_dark_print_and_narrow(site, opened):
    dark = opened(site / "index.html", color_scheme="dark")
    paper = "getComputedStyle(document.querySelector('section')).backgroundColor"
    assert dark.evaluate(paper) != opened(site / "index.html").evaluate(paper)
    before = dark.evaluate(paper)
    dark.locator("#theme").click()
    assert dark.evaluate(paper) != before
    printed = opened(site / "languages" / "en.html")
    printed.emulate_media(media="print")
    assert not printed.locator("nav").is_visible()
    assert not printed.locator("audio").first.is_visible()
    assert printed.locator(".heard .diff").first.is_visible()


@pytest.mark.parametrize("name", ["index", "about", "languages/en", "engines/zoe"])
def test_nothing_keeps_anybody_out(site, keeps_out, name):
    assert keeps_out(site / f"{name}.html", "light") == []


def test_nor_where_it_is_redacted(runs, tmp_path, keeps_out):
    build_site(runs, tmp_path / "site", redact=True)
    for name in ("index", "languages/hi"):
        assert keeps_out(tmp_path / "site" / f"{name}.html", "light") == []


def test_nor_in_the_dark(site, keeps_out):
    assert keeps_out(site / "languages" / "en.html", "dark") == []
