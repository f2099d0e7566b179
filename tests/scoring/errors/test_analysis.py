"""The analysis of a small world whose every error was put there."""

import pytest

from bench.scoring.cells import Order, ScoredTrial
from bench.scoring.errors.analysis import analyse
from bench.scoring.text.align import align_counted, count_edits
from bench.scoring.text.normalize import get_normalizer
from bench.types import Cell, ErrorCounts, FailureKind, Utterance

NORMALIZER = get_normalizer("earwitness")
SPOKEN = {
    "u0": "please call Anna at seven tonight",
    "u1": "the quick brown fox jumps over the lazy dog again",
    "u2": "we met Anna on Monday",
    "u3": "",
}
HEARD = {
    "u0": "please call hannah at eleven tonight",
    "u1": "the quick brown fox jumps over",
    "u2": "we met anna on monday on monday on monday on monday",
    "u3": "thank you",
}


def utterance(id, text, **more):
    return Utterance(
        id=id,
        corpus="c",
        audio="a.wav",
        sha256="0" * 64,
        sample_rate_hz=16_000,
        num_samples=16_000 * 4,
        text=text,
        language="en",
        **more,
    )


def record(id, heard, engine="e", *, mode="batch", condition="clean", repeat=0, dose=None, cluster=None):
    """One scored trial; `heard` is `None` where it failed."""
    reference = NORMALIZER(SPOKEN[id], "en")
    hypothesis = None if heard is None else NORMALIZER(heard, "en")
    path, words = ("", None) if heard is None else align_counted(reference.split(), hypothesis.split())
    return ScoredTrial(
        trial_id=f"{id}{engine}{mode}{condition}{repeat}",
        utterance_id=f"c/{id}",
        cell=Cell(engine, mode, condition, "c", "en"),
        repeat=repeat,
        cluster=cluster or id,
        duration_s=4.0,
        failure_kind=None if heard is not None else FailureKind.TIMEOUT,
        reference=reference,
        reference_words=len(reference.split()),
        hypothesis=hypothesis,
        path=path,
        empty=hypothesis == "",
        words=words,
        chars=None if hypothesis is None else count_edits(list(reference), list(hypothesis)),
        dose=dose or {},
    )


def analysed(records, utterances=None, engines=("e",), conditions=("clean",)):
    known = utterances or {f"c/{id}": utterance(id, text) for id, text in SPOKEN.items()}
    return analyse(records, known, NORMALIZER, order=Order(engines=engines, conditions=conditions))


@pytest.fixture(scope="module")
def cell():
    [found] = analysed([record(id, heard) for id, heard in HEARD.items()]).cells
    return found


def parts(cell, by):
    [found] = [breakdown for breakdown in cell.breakdowns if breakdown.by == by]
    return {part.label: part for part in found.parts}


def test_frequent_errors_name_the_words_and_where_they_happened(cell):
    assert {(one.said, one.heard) for one in cell.substitutions} == {("anna", "hannah"), ("7", "11")}
    assert [one.utterance_ids for one in cell.substitutions] == [("c/u0",), ("c/u0",)]
    assert [one.said for one in cell.deletions] == ["again", "dog", "lazy", "the"]


def test_a_cut_tail_a_loop_and_words_on_silence_are_each_counted_once(cell):
    assert (cell.cut_off.tails, cell.cut_off.tail_words, cell.cut_off.starts) == (1, 4, 0)
    made_up = cell.hallucinations
    assert (made_up.looping, made_up.runs, made_up.run_words) == (1, 1, 6)
    assert (made_up.silent, made_up.silent_with_text, made_up.silent_words) == (1, 1, 2)


def test_every_breakdown_adds_up_to_the_errors_of_the_cell(cell):
    spoken = sum(
        (
            count_edits(NORMALIZER(SPOKEN[id], "en").split(), NORMALIZER(HEARD[id], "en").split())
            for id in ("u0", "u1", "u2")
        ),
        ErrorCounts(),
    )
    assert sum((p.counts for p in parts(cell, "position in the utterance").values()), ErrorCounts()) == spoken
    assert sum((p.counts for p in parts(cell, "speech rate").values()), ErrorCounts()) == spoken
    everything = sum((p.counts for p in parts(cell, "duration").values()), ErrorCounts())
    assert everything == spoken + ErrorCounts(insertions=2)
    assert sum((p.counts for p in parts(cell, "kind of word").values()), ErrorCounts()) == everything


def test_names_numbers_and_terms_are_told_apart():
    known = {f"c/{id}": utterance(id, text, keywords=("lazy dog",)) for id, text in SPOKEN.items()}
    [cell] = analysed([record(id, heard) for id, heard in HEARD.items()], known).cells
    kinds = parts(cell, "kind of word")
    assert kinds["term"].counts == ErrorCounts(deletions=2)
    assert kinds["name"].counts.substitutions == 1
    assert kinds["number"].counts.substitutions == 1


def test_snr_comes_from_the_dose_and_is_left_out_where_no_noise_was_added(cell):
    assert "SNR" not in {breakdown.by for breakdown in cell.breakdowns}
    noisy = [record(id, HEARD[id], dose={"snr_db": 4.9 + i * 0.1}) for i, id in enumerate(("u0", "u1"))]
    [found] = analysed(noisy).cells
    assert {label: part.rate.n for label, part in parts(found, "SNR").items()} == {"0 to 5": 1, "5 to 10": 1}


def test_failures_are_counted_by_kind_and_raise_no_words():
    [cell] = analysed([record("u0", None), record("u1", ""), record("u2", HEARD["u2"])]).cells
    assert (cell.coverage.attempted, cell.coverage.answered, cell.coverage.empty) == (3, 2, 1)
    assert {kind.value: number for kind, number in cell.coverage.failed.items()} == {"timeout": 1}
    assert any("1 of 2 answers" in alarm for alarm in cell.alarms)


def test_a_reference_is_suspect_where_two_engines_agree_against_it_but_two_modes_of_one_are_not_two():
    heard = [
        record("u0", HEARD["u0"], "e"),
        record("u0", HEARD["u0"], "f"),
        record("u1", HEARD["u1"], "e"),
        record("u1", HEARD["u1"], "e", mode="stream"),
    ]
    found = analysed(heard, engines=("e", "f")).suspects
    assert [(one.written, one.heard, one.engines) for one in found] == [
        ("anna", "hannah", ("e", "f")),
        ("7", "11", ("e", "f")),
    ]


def test_only_the_first_condition_makes_suspects():
    heard = [record("u0", HEARD["u0"], engine, condition="noise") for engine in ("e", "f")]
    assert analysed(heard, engines=("e", "f"), conditions=("clean", "noise")).suspects == ()


def test_parts_have_intervals_where_there_are_speakers_enough():
    records = [record("u0", HEARD["u0"] if i % 2 else SPOKEN["u0"], repeat=i, cluster=f"s{i}") for i in range(12)]
    [cell] = analysed(records).cells
    part = parts(cell, "duration")["2 to 5"]
    assert part.rate.low < part.counts.rate < part.rate.high
