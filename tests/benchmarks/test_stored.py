"""A run folder whose files were changed by hand: one message with the place and what to do, exit 2, no traceback."""

import pytest

from bench.errors import ExitCode
from benchmarks.stored import UGLY, Change, read, stored_files

_INF, _NAN, _HUGE = 0, 2, 3
_TEXT, _NULL = 15, 13


def test_the_numbers_below_name_what_they_mean():
    assert UGLY[_INF] == float("inf")
    assert UGLY[_NAN] != UGLY[_NAN]
    assert (UGLY[_HUGE], UGLY[_TEXT], UGLY[_NULL]) == (1e308, "x", None)


_NUMBERS = [
    ("estimates.json", (0, 8), "report"),
    ("estimates.json", (7, 9), "site"),
    ("baseline.json", (7, 0, 6, 0), "gate-file"),
    ("scores.parquet", (9, 0), "leaderboard"),
    ("results/0000-5798.jsonl", (0, 1, 1, 0), "score"),
]
"""Each with a bound."""
_VALUES = [
    ("analysis.json", (0, 0, 1, 0, 1, 0, 2, 2), "report"),
    ("sensitivity.json", (0, 0), "report"),
    ("over_time.json", (0, 4), "report"),
    ("validity.json", (1, 0), "gate"),
]


@pytest.mark.parametrize(
    ("file", "where", "command", "ugly"),
    [
        *((*place, ugly) for place in (*_NUMBERS, *_VALUES) for ugly in (_INF, _NAN, _TEXT)),
        *((*place, _HUGE) for place in _NUMBERS),
    ],
)
def test_a_number_that_is_none_is_named_with_its_file(file, where, command, ugly):
    code, said = read(Change(file, "value", where, ugly), command)
    assert code == ExitCode.USAGE, said
    assert file.rpartition("/")[2] in said
    assert "expected" in said
    assert "internal error" not in said


@pytest.mark.parametrize("kind", ["cut", "nested", "empty", "deleted", "bytes"])
@pytest.mark.parametrize(
    ("file", "command"),
    [
        ("estimates.json", "report"),
        ("analysis.json", "redacted"),
        ("resolved.json", "compare"),
        ("environment.json", "baseline"),
        ("manifests/golden-en.jsonl", "leaderboard"),
        ("manifests/golden-en.jsonl", "baseline"),
        ("scores.parquet", "gate"),
        ("estimates.parquet", "history"),
        ("trials.jsonl", "view"),
        ("trials.jsonl", "gate"),
        ("results/part-000-00000.parquet", "report"),
        ("results/part-000-00000.parquet", "score"),
        ("results/sealed.json", "redacted"),
        ("results/0000-5798.jsonl", "report"),
        ("baseline.json", "baseline-show"),
        ("rules.yaml", "gate-rules"),
        ("clips.json", "report"),
        ("digests.json", "submission"),
    ],
)
def test_a_file_that_is_broken_makes_no_traceback(file, command, kind):
    stored_files((Change(file, kind, (200, 7, 31), 8), command))
