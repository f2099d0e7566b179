from unicodedata import bidirectional

import pytest

from bench.report.phrases import isolated, left_to_right, noted, unbroken, unbroken_bounds, without_rules
from bench.stats.clusters import cluster_note


def test_languages_without_rules_or_without_numbers_are_named():
    assert without_rules(["en", "hi", "zh", "ko", "multi"]) == []
    assert without_rules(["yo", "en"])[0].startswith("no text rules for yo:")
    assert without_rules(["az", "en"]) == ["no table of numbers for az: 25 and the words for it differ there"]


def test_numbers_keep_their_units_and_intervals_their_bounds():
    kept = "\N{NO-BREAK SPACE}"
    assert unbroken("12.3 % [10.1, 14.0] in 5 min") == f"12.3{kept}% [10.1, 14.0] in 5{kept}min"
    assert unbroken_bounds("12.3 % [10.1, 14.0], 7 of 9") == f"12.3{kept}% [10.1,{kept}14.0], 7 of 9"


@pytest.mark.parametrize(
    ("note", "said"),
    [
        (cluster_note(20), "few speakers (20): the interval is rough"),
        (cluster_note(3), "only 3 speakers: no interval; per-speaker values instead"),
        (cluster_note(1), "only 1 speaker: no interval; per-speaker values instead"),
        (
            "answers hold 50% as many words; one-sided 95% bound",
            "answers hold 50 % as many words; one-sided 95 % bound",
        ),
        (
            "failures differ (0.0% and 9.0% of trials): what failed is left out here, and counted as deleted in "
            "wer.failures_deleted",
            "failures differ (0.0 % and 9.0 % of trials): what failed is left out here",
        ),
        (None, ""),
    ],
)
def test_notes_of_scoring_are_in_the_words_of_a_page(note, said):
    assert noted(note) == said


def test_an_arrow_points_from_what_was_said_to_what_was_heard_in_scripts_from_the_right_too():
    """Base direction and order of UAX #9: the line from the left, each word an isolate of its own."""
    assert f"{isolated('fail')} → {isolated('fare')}" == left_to_right("fail → fare") == "fail → fare"
    line = left_to_right(f"{isolated('شمس')} → {isolated('قمر')}")
    assert [bidirectional(letter) for letter in line if bidirectional(letter) not in {"AL", "WS"}] == (
        ["L", "FSI", "PDI", "ON", "FSI", "PDI"]
    )
    assert left_to_right("שמש").endswith("שמש")
