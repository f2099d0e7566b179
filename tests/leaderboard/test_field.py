"""Boards are made of columns; here each is counted again trial by trial, with dictionaries, from runs of every kind."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bench.errors import ConfigError
from bench.leaderboard.build import Options, build
from bench.leaderboard.groups import GroupLimits
from bench.leaderboard.merge import Contribution, is_code_switched
from bench.leaderboard.values import Board, Row
from bench.scoring.cells import ScoredTrial
from bench.scoring.columns import ScoredColumns
from bench.stats.intervals import paired_ratio_difference, ratio_interval
from bench.stats.ranks import nearest_rank
from bench.types import Interval
from tests.leaderboard import ugly

LIMITS = GroupLimits(min_utterances=3, min_speakers=2)
Repeats = dict[str, list[ScoredTrial]]
"""By utterance, in the order of their keys."""


class Expected:
    """One table, counted trial by trial."""

    def __init__(self, engines: dict[str, Repeats], keys: list[str]):
        self.engines = {engine: {key: own[key] for key in keys} for engine, own in sorted(engines.items())}
        self.first = [own[0] for own in next(iter(self.engines.values())).values()]
        self.clusters = [f"{trial.cell.corpus}/{trial.cluster}" for trial in self.first]
        self.chars = {
            trial.utterance_id: trial.chars.reference_length
            for own in self.engines.values()
            for repeats in own.values()
            for trial in repeats
            if trial.chars is not None
        }

    def pooled(self, engine: str, count: Callable[[ScoredTrial], tuple[int, int] | None]):
        """Errors, lengths and clusters of the utterances of which some repeat counts."""
        stratum = ([], [], [])
        for repeats, cluster in zip(self.engines[engine].values(), self.clusters, strict=True):
            counts = [own for trial in repeats if (own := count(trial)) is not None]
            if counts:
                for column, value in zip(stratum, (*map(sum, zip(*counts, strict=True)), cluster), strict=True):
                    column.append(value)
        return stratum

    def words(self, engine: str):
        return self.pooled(engine, lambda trial: _all_deleted(trial.words, trial.reference_words))

    def characters(self, engine: str):
        return self.pooled(engine, lambda trial: _all_deleted(trial.chars, self.chars.get(trial.utterance_id)))

    def answered(self, engine: str):
        return self.pooled(engine, lambda trial: _all_deleted(trial.words, None))


def _all_deleted(edits, length):
    if edits is not None:
        return edits.errors, edits.reference_length
    return None if length is None else (length, length)


def _tables(runs: list[Contribution]) -> dict[tuple[str, str], tuple[Expected, int]]:
    """(language, subset) -> the table, and how many utterances it leaves out."""
    trials: dict[str, dict[str, Repeats]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for trial in (trial for run in runs for trial in run.rows):
        trials[trial.cell.language][trial.cell.engine][trial.utterance_id].append(trial)
    tables = {}
    for language, engines in trials.items():
        common = sorted(set.intersection(*(set(own) for own in engines.values())))
        left_out = len(set.union(*(set(own) for own in engines.values()))) - len(common)
        mixed = [key for key in common if is_code_switched(runs[0].references[key], runs[0].tags[key], language)]
        for subset, keys in (("all", common), ("code-switched", mixed)):
            if keys and (subset, mixed) != ("all", common):
                tables[language, subset] = Expected(engines, keys), left_out
    return tables


def _told(interval: Interval) -> tuple[object, ...]:
    """All but the note, which says of whom nobody gave the name."""
    return interval.value, interval.low, interval.high, interval.n, interval.n_clusters


def _check_row(row: Row, table: Expected, run: Contribution) -> None:
    trials = [trial for repeats in table.engines[row.engine].values() for trial in repeats]
    assert row.wer == ratio_interval(*table.words(row.engine))
    assert row.cer == ratio_interval(*table.characters(row.engine))
    assert row.wer_answered == ratio_interval(*table.answered(row.engine))
    assert (row.attempted, row.failed) == (len(trials), sum(not trial.answered for trial in trials))
    assert row.empty == sum(trial.empty for trial in trials)
    assert row.answered == len(trials) - row.failed - row.empty
    assert (row.run, row.latency_invalid) == (run.name, not run.latency_valid)
    took = sorted(trial.metrics["batch_latency_s"] for trial in trials if trial.metrics)
    if run.latency_valid and took:
        assert row.latency_p50_s.value == took[nearest_rank(len(took), 0.5)]
        assert row.latency_p50_s.n == len(took)
    else:
        assert row.latency_p50_s is None
    errors, words = (sum(trial.tallies.get(name, 0) for trial in trials) for name in ("cp.errors", "cp.words"))
    assert [interval.value for interval in row.further.values()] == pytest.approx([errors / words] if words else [])


def _check_groups(row: Row, table: Expected, tags) -> None:
    errors, lengths, clusters = table.words(row.engine)
    groups = [tags[trial.utterance_id].get("gender", "") for trial in table.first]
    names = sorted(set(groups) - {""})
    assert [gap.group for gap in row.groups] == (names if len(names) > 1 else [])
    for gap in row.groups:
        own = [k for k, group in enumerate(groups) if group == gap.group]
        assert (gap.n, gap.n_clusters) == (len(own), len({clusters[k] for k in own}))
        assert (gap.suppressed is None) == (gap.rate is not None)
        if gap.rate is not None:
            inside = [[column[k] for k in own] for column in (errors, lengths, clusters)]
            assert gap.rate == ratio_interval(*inside)
        if gap.gap is not None:
            others = [k for k, group in enumerate(groups) if group not in ("", gap.group)]
            rates = [sum(errors[k] for k in part) / sum(lengths[k] for k in part) for part in (own, others)]
            assert gap.gap.value == pytest.approx(rates[0] - rates[1])


def _check_places(board: Board, table: Expected) -> int:
    """Places by the point value; how many pairs of engines were tested."""
    values = {row.engine: row.wer.value for row in board.rows}
    for row in board.rows:
        assert row.rank == 1 + sum(
            None not in (row.wer.value, other) and other < row.wer.value for other in values.values()
        )
    if board.n_nameless > 0.05 * board.n_utterances:
        return 0
    pairs = combinations(sorted(values), 2)
    tested = [paired_ratio_difference(*table.words(a)[:2], *table.words(b)) for a, b in pairs]
    return sum(interval.standard_error is not None for interval in tested)


@given(st.integers(0, 10_000), st.sampled_from(("wer", "cer")), st.booleans())
@example(0, "wer", True)
@example(1, "cer", False)
def test_a_board_is_what_its_trials_add_up_to(seed, metric, as_columns):
    runs = ugly.runs(seed)
    given_runs = [replace(run, rows=ScoredColumns.of(run.rows)) for run in runs] if as_columns else runs
    options = Options(metric=metric, by=("gender", "accent"), limits=LIMITS)
    tables = _tables(runs)
    if {language for language, _ in tables} != {"en", "hi"}:
        with pytest.raises(ConfigError, match="utterances that every engine attempted"):
            build(given_runs, options)
        return
    board_of = {(board.language, board.subset): board for board in build(given_runs, options).boards}
    assert board_of.keys() == tables.keys()
    run_of = {engine: run for run in runs for engine in ugly.MEASURED[run.name]}
    for place, (table, left_out) in tables.items():
        board = board_of[place]
        assert (board.n_utterances, board.left_out) == (len(table.first), left_out)
        assert board.corpora == tuple(sorted({trial.cell.corpus for trial in table.first}))
        assert board.hours == pytest.approx(sum(trial.duration_s for trial in table.first) / 3600)
        assert board.n_speakers == len(set(table.clusters))
        assert board.n_nameless == sum(not trial.speaker_known for trial in table.first)
        assert {row.engine for row in board.rows} == table.engines.keys()
        for row in board.rows:
            _check_row(row, table, run_of[row.engine])
            if metric == "wer":
                _check_groups(row, table, runs[0].tags)


@given(st.integers(0, 10_000))
@example(3)
def test_places_are_by_value_and_pairs_are_tested_where_speakers_are_known(seed):
    runs = ugly.runs(seed)
    tables = _tables(runs)
    if {language for language, _ in tables} == {"en", "hi"}:
        built = build(runs, Options(by=()))
        tested = [_check_places(board, tables[board.language, board.subset][0]) for board in built.boards]
        assert built.n_comparisons == sum(tested)
