"""Scored trials as columns: what goes in comes out, by whole runs, cells, parts and joined ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from bench.scoring.cells import ScoredTrial, by_cell
from bench.scoring.columns import ScoredColumns
from bench.types import Cell, ErrorCounts, FailureKind

NAMES = st.sampled_from(("a", "b", "ñ", "a b", ""))
NUMBERS = st.dictionaries(st.sampled_from(("x", "y")), st.floats(-1e6, 1e6), max_size=2)


@st.composite
def trials(draw: st.DrawFn) -> ScoredTrial:
    failed = draw(st.booleans())
    counts = st.integers(0, 5)
    words = ErrorCounts(substitutions=draw(counts), deletions=draw(counts), insertions=draw(counts), hits=draw(counts))
    return ScoredTrial(
        trial_id=draw(NAMES),
        utterance_id=draw(NAMES),
        cell=Cell(draw(NAMES), draw(st.sampled_from(("batch", "stream"))), "clean", "c", draw(NAMES)),
        repeat=draw(counts),
        cluster=draw(NAMES),
        duration_s=draw(st.floats(0, 100)),
        reference_words=draw(counts),
        words=None if failed else words,
        chars=None if failed else words,
        failure_kind=FailureKind.TIMEOUT if failed else None,
        failure=draw(NAMES) if failed else None,
        empty=not failed and draw(st.booleans()),
        metrics=draw(NUMBERS),
        tallies=draw(NUMBERS),
        tags=draw(st.dictionaries(st.sampled_from(("t", "u")), NAMES, max_size=2)),
    )


@given(st.lists(trials(), max_size=12), st.lists(trials(), max_size=4))
@example([], [])
def test_trials_come_out_as_they_went_in(own: list[ScoredTrial], more: list[ScoredTrial]):
    columns = ScoredColumns.of(own)
    assert list(columns) == own
    assert [columns[k] for k in range(len(own))] == own
    assert {cell: [*rows] for cell, rows in columns.by_cell().items()} == by_cell(own)
    assert list(columns[::2]) == own[::2]
    assert list(ScoredColumns.joined([columns, ScoredColumns.of(more)])) == [*own, *more]
    assert columns.errors.tolist() == [0 if trial.words is None else trial.words.errors for trial in own]
    assert columns.failed.tolist() == [not trial.answered for trial in own]
    assert list(columns.only_metrics({"x"})) == [
        replace(trial, metrics={name: value for name, value in trial.metrics.items() if name == "x"}) for trial in own
    ]
    late = columns.modes == "stream"
    assert list(columns.without_metrics(np.array(late, np.bool_))) == [
        replace(trial, metrics={}) if trial.cell.mode == "stream" else trial for trial in own
    ]


@given(st.lists(trials(), max_size=12))
def test_names_are_ranked_and_counted(own: list[ScoredTrial]):
    utterances = ScoredColumns.of(own).texts("utterance_id")
    names = sorted({trial.utterance_id for trial in own})
    assert utterances.used() == names
    assert utterances.ranks().tolist() == [names.index(trial.utterance_id) for trial in own]
    counted = utterances.counted(np.ones(len(own), np.bool_))
    assert list(counted.items()) == [
        (name, sum(trial.utterance_id == name for trial in own))
        for name in dict.fromkeys(trial.utterance_id for trial in own)
    ]
