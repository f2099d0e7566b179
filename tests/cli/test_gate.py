"""compare, baseline, gate and power as a user meets them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from bench.store import RunFolder
from tests.command import invoke
from tests.runs import make_run, utterances, wrong_in

BROKEN = sum(10 <= index * 7 % 100 < 90 for index in range(120))
"""Utterances of ten words that `wrong_in(0.9)` gets wrong by one word and `wrong_in(0.1)` does not."""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("runs")
    make_run(root / "main", wrong_in(0.1))
    make_run(root / "worse", wrong_in(0.9))
    make_run(root / "few", wrong_in(0.2), corpus=utterances(each=2))
    make_run(root / "other", normalizer="verbatim")
    make_run(root / "late", wrong_in(0.1))
    late = RunFolder(root / "late")
    late.write_validity(replace(late.validity(), valid=False, reasons=("chunks were late",)))
    invoke("baseline", "save", root / "main", "--out", root / "main.json")
    return root


@pytest.mark.parametrize(
    ("run", "code", "says"),
    [
        ("main", 0, "PASS"),
        ("worse", 1, "REGRESSED"),
        ("few", 3, "INVALID"),
        ("other", 3, "INVALID"),
        ("late", 3, "late"),
    ],
)
def test_the_exit_code_is_the_verdict(root, run, code, says):
    assert says in invoke("gate", root / run, "--baseline", root / "main.json", code=code)


def test_too_few_utterances_are_inconclusive_and_exit_with_3(root, tmp_path):
    invoke("baseline", "save", root / "few", "--out", tmp_path / "few.json")
    shown = invoke("gate", root / "few", "--baseline", tmp_path / "few.json", "--markdown", "-", code=3)
    assert "❔ inconclusive" in shown
    assert "24 utterances; the rule asks for at least 100" in shown


def test_wrong_usage_exits_with_2(root, tmp_path):
    rules = tmp_path / "rules.yaml"
    rules.write_text("rules:\n  - werr: +1pp\n  - cer: much\n", encoding="utf-8")
    shown = invoke("gate", root / "main", "--baseline", root / "main.json", "--rules", rules, code=2)
    assert "rules[0].metric" in shown
    assert "rules[1].margin" in shown
    invoke("gate", root / "main", "--baseline", tmp_path / "none.json", code=2)
    invoke("gate", tmp_path / "none", "--baseline", root / "main.json", code=2)


def test_every_output_says_the_same(root, tmp_path):
    summary = tmp_path / "summary.md"
    files = {name: tmp_path / "out" / f"gate.{name}" for name in ("junit", "json", "markdown")}
    options = [part for name, path in files.items() for part in (f"--{name}", path)]
    shown = invoke(
        *["gate", root / "worse", "--baseline", root / "main.json", "--github", *options],
        code=1,
        GITHUB_STEP_SUMMARY=str(summary),
    )
    assert "::error title=bench gate%3A regressed::wer.failures_deleted +0.50 pp" in shown
    assert ElementTree.parse(files["junit"]).getroot().attrib["failures"] == "1"
    assert json.loads(files["json"].read_text(encoding="utf-8"))["verdict"] == "regressed"
    assert files["markdown"].read_text(encoding="utf-8").startswith("### ❌ regressed: worse against main.json")
    assert summary.read_text(encoding="utf-8").startswith("### ❌ regressed")


def test_json_on_standard_output_is_nothing_but_json(root):
    assert (
        json.loads(invoke("gate", root / "main", "--baseline", root / "main.json", "--json", "-"))["verdict"] == "pass"
    )


def test_a_baseline_is_shown_updated_and_added_to(root, tmp_path):
    path = tmp_path / "main.json"
    invoke("baseline", "save", root / "main", "--out", path)
    assert "use bench baseline update" in invoke("baseline", "save", root / "main", "--out", path, code=2)
    shown = invoke("baseline", "show", path)
    assert "corpus hand: 120 utterances" in shown
    assert "normaliser: earwitness@" in shown
    invoke("baseline", "update", path, root / "main", "--add")
    assert len(json.loads(path.read_text(encoding="utf-8"))["about"]["runs"]) == 2
    assert "not comparable" in invoke("baseline", "update", path, root / "other", "--add", code=2)
    shown = invoke("baseline", "update", path, root / "other")
    assert "changed: normaliser: the old file has earwitness@" in shown
    assert len(json.loads(path.read_text(encoding="utf-8"))["about"]["runs"]) == 1


def test_compare_shows_differences_and_broken_utterances(root, tmp_path):
    page, data = tmp_path / "compare.html", tmp_path / "compare.json"
    shown = invoke("compare", root / "main", root / "worse", "--html", page, "--json", data)
    assert f"+{100 * BROKEN / 1200:.2f} pp [" in shown
    assert "now [alpha -> wrong] bravo" in shown
    assert "What this comparison cannot say" in page.read_text(encoding="utf-8")
    content = json.loads(data.read_text(encoding="utf-8"))
    assert len(content["broken"]) == BROKEN
    assert content["fixed"] == []
    assert "not comparable" in invoke("compare", root / "main", root / "few", code=2)
    assert "! corpus hand" in invoke("compare", root / "main", root / "few", "--common")


def test_markdown_of_a_comparison(root):
    text = invoke("compare", root / "worse", root / "main", "--markdown", "-")
    assert text.startswith("# worse → main\n")
    assert f"### Newly fixed, other words: {BROKEN}" in text


def test_power_says_what_can_be_shown_and_what_is_needed(root):
    shown = " ".join(
        invoke("power", "--runs", root / "main", root / "worse", "--margin", "0.5pp", COLUMNS="200").split()
    )
    assert "+0.50 pp" in shown
    assert "utterances of" in shown
    assert "do not differ here" in invoke("power", "--runs", root / "main", root / "main", COLUMNS="250")
    invoke("power", "--runs", root / "main", root / "worse", "--margin", "half", code=2)
    invoke("power", "--runs", root / "main", root / "worse", "--metric", "werr", code=2)


def test_a_comment_says_which_sentences_are_newly_broken(root):
    text = invoke("gate", root / "worse", "--baseline", root / "main.json", "--markdown", "-", code=1)
    assert f"**Newly broken: {BROKEN} sentences**, the worst:" in text
    listed = [line for line in text.splitlines() if line.startswith("- +1 words, ")]
    assert len(listed) == 5
    assert all("<br>said: alpha " in line and "<br>heard: wrong " in line for line in listed)
    assert "Newly broken" not in invoke("gate", root / "main", "--baseline", root / "main.json", "--markdown", "-")


def test_redacted_no_output_has_a_word_of_an_utterance(root, tmp_path):
    """Whatever is written: of what was said only the number of sentences is told."""
    # alpha is also the chance of a wrong verdict, and echo an engine
    engines = set(re.findall(r"\w+", " ".join(RunFolder(root / "worse").spec().engines)))
    texts = {word for row in RunFolder(root / "worse").scores() for word in row.reference.split()} - engines - {"alpha"}
    assert "bravo" in texts
    for options in ({"markdown": "-"}, {"junit": "-"}, {"json": "-"}, {}):
        named = [part for name, value in options.items() for part in (f"--{name}", value)]
        summary = tmp_path / "summary.md"
        command = ["gate", root / "worse", "--baseline", root / "main.json", "--full", "--github", *named]
        if "json" in options:
            command.remove("--github")
        plain = invoke(*command, code=1, GITHUB_STEP_SUMMARY=str(summary))
        shown = invoke(*command, "--redact", code=1, GITHUB_STEP_SUMMARY=str(tmp_path / "redacted.md"))
        told = texts & set(re.findall(r"\w+", shown))
        assert not told, options
        assert not re.search(r"words, |said:|heard:", shown), options
        if "markdown" not in options:
            assert shown == plain
    redacted = (tmp_path / "redacted.md").read_text("utf-8")
    assert f"**Newly broken: {BROKEN} sentences**\n" in redacted
    assert not texts & set(re.findall(r"\w+", redacted))
    assert "said: alpha" in summary.read_text("utf-8")


def test_junit_has_numbers_and_times(root):
    suite = ElementTree.fromstring(
        invoke("gate", root / "worse", "--baseline", root / "main.json", "--junit", "-", code=1)
    )
    assert suite.attrib["timestamp"]
    assert float(suite.attrib["time"]) >= 0
    (failure,) = suite.iter("failure")
    assert "difference +" in failure.attrib["message"]
    assert "n 120" in failure.attrib["message"]
    case = next(case for case in suite.iter("testcase") if case.find("failure") is not None)
    numbers = {each.attrib["name"]: float(each.attrib["value"]) for each in case.iter("property")}
    assert numbers["difference"] == pytest.approx(numbers["candidate"] - numbers["baseline"])
    assert numbers["low"] <= numbers["difference"] <= numbers["high"]
    assert numbers["n"] == 120
