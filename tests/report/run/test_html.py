"""The page in a real browser. Needs chromium (`make system-packages`)."""

import shutil
import subprocess

import pytest

from bench.execution.planning import load_plan
from bench.execution.score import score
from bench.execution.stages import create
from bench.report import write_report
from bench.report.run.examples import diff
from bench.report.run.html import to_html
from bench.store import RunFolder
from tests.report.pages import answered, page_content
from tests.toy import make_config, make_corpus, make_script

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


def test_names_and_texts_are_escaped():
    page = to_html(page_content(title="<script>alert(1)</script>", message="<b>&"))
    assert "<script>" not in page
    assert "&lt;b&gt;&amp;" in page


def test_the_same_content_gives_the_same_bytes():
    assert to_html(page_content()) == to_html(page_content())


def test_a_diff_is_made_of_runs():
    pieces = [(p.op, p.reference, p.hypothesis) for p in diff(answered("a b c d", "a x c d e"))]
    assert pieces == [
        ("equal", "a", "a"),
        ("substitute", "b", "x"),
        ("equal", "c d", "c d"),
        ("insert", "", "e"),
    ]


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed; run: make system-packages")
def test_the_page_opens_from_disk_in_a_browser(tmp_path):
    page = tmp_path / "report.html"
    page.write_text(to_html(page_content()), encoding="utf-8")
    flags = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-quic"
    flags += " --disable-component-update --disable-sync"
    command = [CHROMIUM, *flags.split(), f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", page.as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True).stdout
    assert "<h2>Accuracy</h2>" in shown
    assert "12.5 % [10.0, 15.0]" in shown
    assert shown.count("<svg") == 2
    assert "<del>" in shown


def test_a_run_without_a_single_result_has_a_report(tmp_path):
    config = make_config(tmp_path, make_corpus(tmp_path), make_script(tmp_path))
    plan = load_plan(config)
    run = RunFolder(tmp_path / "run")
    create(plan, run)
    write_report(run, score(run), width=100)
    assert "8 of 8 trials have no result yet" in (run.path / "report.html").read_text(encoding="utf-8")
