"""No number moves: the run folder made before the redesign, scored by the code at hand, but where one was wrong."""

import re
from pathlib import Path

import pytest

from bench.store import RunFolder
from tools.compare_scores import compare, differences, estimates, scored_again, scores

GOLDEN = Path(__file__).parents[1] / "golden/run"
RENEWED = Path(__file__).parents[1] / "golden/renewed"
"""Its estimates as they are since numbers moved on purpose; write them anew where ON_PURPOSE grows."""
HALF_PAST = [trial for (trial, *_), row in scores(GOLDEN).items() if "half past" in (row["reference"] or "")]
ON_PURPOSE = {
    r"^trials\.empty .*: value was |: empty was False, is True$": "empty: no words after the text rules; was: no text",
    r": normalizer was 'earwitness@3', is ": "its rules were changed on purpose",
    r": (low|high|note) was ": "intervals that hold: by effective speakers, on the logarithm, none of width zero",
    r"^final_latency_s\.|: metrics\.final_latency_s was ": "a transcript that lost its end was never complete",
    r": only in the new$": "measured since",
    # `two hundred and zqmvvbmn two` for 242: one word misheard within a number is one error.
    # `half past seven` is `7 30`, two words, and one misheard word among the three is one error.
    rf"^({'|'.join(HALF_PAST)}): ": "times of day are compared as hour and minutes",
    r"^(cer|mer|wer|wil|words)\b\S* .*engine=(steady|shaky|steady - shaky) .*: value was ": "both of these",
    r"^de3ef5cb07401ea715bb: ": "the trial of that number",
    r"^wer\.macro .*engine=shaky ": "the same",
    r"^\S+\.p9[59](\.difference)? .*: value was .*, is None$": "a p95 needs 20 values and a p99 100",
}
"""Lines that may differ from the run's own, and why."""


@pytest.fixture(scope="module")
def again(tmp_path_factory):
    return scored_again(GOLDEN, tmp_path_factory.mktemp("again"))


def test_the_golden_run_scores_to_the_same_numbers(again):
    moved = [line for line in compare(GOLDEN, again) if not any(re.search(allowed, line) for allowed in ON_PURPOSE)]
    assert moved == []


def test_jiwer_agrees_with_every_pair_of_it(again):
    opinion = RunFolder(again).scores_made_by()["second_opinion"]
    assert opinion["checked"] == opinion["equal"] > 50


def test_what_moved_on_purpose_moves_no_further(again):
    assert differences(estimates(RENEWED), estimates(again)) == []


def test_a_number_that_moved_and_a_line_that_went_are_found(again, tmp_path):
    text = (again / "estimates.json").read_text(encoding="utf-8").splitlines(keepends=True)
    assert '"n": 27' in text[1]
    (tmp_path / "estimates.json").write_text(text[0] + text[1].replace('"n": 27', '"n": 28') + "".join(text[3:]))
    (tmp_path / "scores.parquet").write_bytes((again / "scores.parquet").read_bytes())
    moved = compare(again, tmp_path)
    assert sorted(line.split(": ", 1)[1] for line in moved) == ["n was 27, is 28", "only in the old"]
    assert compare(again, tmp_path, left_out=["wer", "cer"]) == []


def test_the_first_version_is_read_whole():
    assert len(estimates(GOLDEN)) == 1063
    columns = {name for row in scores(GOLDEN).values() for name in row}
    assert {"hypothesis", "words_hits", "metrics.final_latency_s", "further.aksharas.hits"} <= columns
