from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from bench.comparison.gate import Check, Outcome, Verdict
from bench.comparison.rules import Margin, Rule
from bench.report.metric_numbers import demand, difference_format, value_format
from bench.report.verdict import headline, to_annotations, to_json, to_junit, to_markdown, to_terminal

CELL = {"engine": "pulse", "mode": "batch", "condition": "clean", "corpus": "c", "language": "hi"}
WER = Check(
    rule=Rule(metric="wer", margin=Margin(absolute=0.005)),
    cell=CELL,
    outcome=Outcome.REGRESSED,
    reason="shown to exceed what is allowed, by 100%\nor more",
    baseline=0.10,
    candidate=0.12,
    difference=0.02,
    low=0.0123,
    high=0.0277,
    allowed=0.005,
    n=1234,
    n_clusters=60,
)
LATENCY = Check(
    rule=Rule(metric="final_latency_s.p95", margin=Margin(relative=0.1)),
    cell=CELL,
    outcome=Outcome.INCONCLUSIVE,
    reason="too close to tell <1>",
)
EMPTY = Check(rule=Rule(metric="empty_rate", maximum=0.01), cell=CELL, outcome=Outcome.PASS, reason="0.00%")
VERDICT = Verdict(outcome=Outcome.REGRESSED, checks=(WER, LATENCY, EMPTY))
INVALID = Verdict(outcome=Outcome.INVALID, checks=(), reasons=("normaliser: other",))


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (WER.rule, "wer +0.50 pp"),
        (LATENCY.rule, "final_latency_s.p95 +10 %"),
        (EMPTY.rule, "empty_rate at most 1.0 %"),
        (Rule(metric="wer", ceiling=0.15), "wer below 15.0 %"),
        (Rule(metric="x.mean", ceiling=0.9, lower_is_better=False), "x.mean above 0.9"),
        (
            Rule(metric="final_latency_s.p95", margin=Margin(absolute=0.05, relative=0.1)),
            "final_latency_s.p95 +50 ms +10 %",
        ),
    ],
)
def test_a_demand_reads_as_it_is_written(rule, text):
    assert demand(rule) == text


def test_numbers_have_the_unit_of_their_metric():
    assert (value_format("wer")(0.1234), difference_format("wer")(-0.001)) == ("12.3 %", "\N{MINUS SIGN}0.10 pp")
    assert (value_format("final_latency_s.p95")(0.25), difference_format("batch_latency_s.p50")(0.1)) == (
        "250 ms",
        "+100 ms",
    )
    assert (value_format("rtf.p50")(0.5), difference_format("rtf.p50")(0.25)) == ("0.5", "+0.25")
    assert (value_format("rtf.p50")(1000.0), difference_format("rtf.p50")(-2000.0)) == ("1,000", "-2,000")


def test_the_terminal_shows_what_failed_first_counts_what_passed_and_ends_with_the_verdict():
    shown = to_terminal(VERDICT, width=80)
    assert max(map(len, shown.splitlines())) <= 80
    assert shown.startswith("REGRESSED wer +0.50 pp")
    assert "10.0 % -> 12.0 %" in shown
    assert "+2.00 pp [+1.23, +2.77]" in shown
    assert "1,234" in shown
    assert "empty_rate" not in shown
    assert "1 of 3 checks passed" in shown
    assert "empty_rate" in to_terminal(VERDICT, width=200, full=True)
    assert to_terminal(VERDICT, width=200).splitlines()[-1] == headline(VERDICT)
    assert headline(VERDICT).startswith("REGRESSED: ")
    assert "(1 pass, 1 regressed, 1 inconclusive)" in headline(VERDICT)
    assert "! normaliser: other" in to_terminal(INVALID, width=100)


def test_junit_tells_failures_from_what_could_not_be_told():
    suite = ElementTree.fromstring(to_junit(VERDICT, title="a & b"))
    assert (suite.attrib["tests"], suite.attrib["failures"], suite.attrib["errors"]) == ("3", "1", "1")
    found = [
        (
            case.attrib["name"],
            [(child.tag, child.attrib["type"]) for child in case if child.tag in {"failure", "error"}],
        )
        for case in suite
    ]
    assert found == [
        ("wer +0.50 pp", [("failure", "regressed")]),
        ("final_latency_s.p95 +10 %", [("error", "inconclusive")]),
        ("empty_rate at most 1.0 %", []),
    ]
    assert suite[1].find("error").attrib["message"] == "too close to tell <1>"
    assert suite[0].find("properties/property[@name='candidate']").attrib["value"] == "0.12"
    (case,) = ElementTree.fromstring(to_junit(INVALID, title="x"))
    assert case.find("error").attrib == {"type": "invalid", "message": "normaliser: other"}


def test_annotations_are_one_escaped_line_each():
    lines = list(to_annotations(VERDICT))
    assert [line.split(" ", 1)[0] for line in lines] == ["::error", "::warning"]
    assert lines[0].startswith("::error title=bench gate%3A regressed::wer +0.50 pp (pulse, batch, clean, c, hi): ")
    assert lines[0].endswith("by 100%25%0Aor more")
    assert list(to_annotations(INVALID)) == ["::error title=bench gate%3A invalid::normaliser: other"]


def test_markdown_opens_with_the_verdict_and_folds_the_table():
    text = to_markdown(VERDICT, title="pr against main")
    assert text.startswith("### ❌ regressed: pr against main\n")
    assert "- **inconclusive** final_latency_s.p95 +10 % (pulse, batch, clean, c, hi): too close to tell" in text
    assert "<summary>3 checks</summary>\n\n| verdict |" in text
    assert "- normaliser: other" in to_markdown(INVALID, title="x")


def test_json_has_every_number():
    content = json.loads(to_json(VERDICT, about={"run": "r"}))
    assert (content["verdict"], content["run"], len(content["checks"])) == ("regressed", "r", 3)
    assert content["checks"][0]["low"] == 0.0123
    assert content["checks"][0]["rule"]["margin"] == {"absolute": 0.005, "relative": 0.0}
