"""From runs to a leaderboard. Pure.

Every engine of a table is judged on the utterances that all of them attempted, and a failed trial counts as all
deleted: an engine must not gain by declining what is hard.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bench.errors import ConfigError, Problem
from bench.leaderboard.field import Field, fields
from bench.leaderboard.groups import TAGS, Grouping, GroupLimits, adjusted, group_gaps, rate
from bench.leaderboard.macro import macro_rows
from bench.leaderboard.merge import Contribution, Merged, merge
from bench.leaderboard.ranks import Pair, decided, differences, rank_sets
from bench.leaderboard.values import SCHEMA, Board, GroupGap, Leaderboard, MetricName, Row, RunSource, are_nameless
from bench.machine import collecting_seldom
from bench.scoring.cells import ScoredTrial, coverage
from bench.scoring.features import HEADLINES
from bench.scoring.measures import measure
from bench.scoring.timing.metrics import HEADLINE_LATENCY
from bench.scoring.timing.validity import TIMED_TURNS
from bench.types import Interval

LEVEL = 0.95
_SEVERAL_RUNS = "Latency of different runs was measured on different machines and networks: compare it within a run."


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What to rank by, and what to show. `None` means all."""

    metric: MetricName = "wer"
    languages: tuple[str, ...] | None = None
    modes: tuple[str, ...] | None = None
    conditions: tuple[str, ...] | None = None
    by: tuple[str, ...] = TAGS
    limits: GroupLimits = dataclasses.field(default_factory=GroupLimits)
    weights: Mapping[str, float] | None = None
    """Language -> weight of the mean over languages; `None`: equal."""


@collecting_seldom()
def build(runs: Sequence[Contribution], options: Options) -> Leaderboard:
    """The leaderboard of these runs.

    Raises:
        ConfigError: with every reason why they cannot be compared, or if nothing is left to show.
    """
    merged = merge(runs)
    all_fields = list(fields(merged, languages=options.languages, modes=options.modes, conditions=options.conditions))
    if not all_fields:
        advice = "name a language, mode and condition that the runs have"
        raise ConfigError([Problem("leaderboard", "scored trials to rank", "none that match", advice)])
    beaten, n_comparisons = _beaten(all_fields, options)
    boards = _with_adjusted([_board(field, beaten[index], merged, options) for index, field in enumerate(all_fields)])
    return Leaderboard(
        schema=SCHEMA,
        metric=options.metric,
        level=LEVEL,
        normalizer=runs[0].facts.get("normaliser", ""),
        min_utterances=options.limits.min_utterances,
        min_speakers=options.limits.min_speakers,
        n_comparisons=n_comparisons,
        boards=boards,
        macro=macro_rows(all_fields, options.metric, options.weights),
        sources=tuple(_source(run) for run in runs),
        notes=(_SEVERAL_RUNS,) if len(runs) > 1 else (),
    )


def _beaten(all_fields: Sequence[Field], options: Options) -> tuple[dict[int, list[Pair]], int]:
    """(better, worse) pairs of each table by its place, tested over all tables together; and how many were tested."""
    places, tested = [], []
    for index, field in enumerate(all_fields):
        if are_nameless(field.n_nameless, len(field.keys)):
            continue
        counts = {engine: field.counts(engine, options.metric) for engine in field.rows}
        for difference in differences(counts, field.clusters):
            places.append(index)
            tested.append(difference)
    beaten: dict[int, list[Pair]] = defaultdict(list)
    for index, pair in zip(places, decided(tested, 1 - LEVEL), strict=True):
        if pair is not None:
            beaten[index].append(pair)
    return beaten, sum(interval.standard_error is not None for _, interval in tested)


def _source(run: Contribution) -> RunSource:
    return RunSource(run=run.name, started_at=run.started_at, engines=tuple(run.measured), cautions=run.cautions)


# -- one table --------------------------------------------------------------------------------


def _board(field: Field, beaten: Sequence[Pair], merged: Merged, options: Options) -> Board:
    sets = rank_sets(list(field.rows), beaten)
    rates = {engine: rate(field.counts(engine, options.metric), field.clusters) for engine in field.rows}
    rows = [_row(field, engine, rates, sets[engine], merged, options) for engine in field.rows]
    return Board(
        language=field.language,
        mode=field.mode,
        condition=field.condition,
        subset=field.subset,
        corpora=field.corpora,
        n_utterances=len(field.keys),
        n_speakers=len(set(field.clusters.values())),
        n_nameless=field.n_nameless,
        hours=field.audio_s / 3600,
        left_out=field.left_out,
        rows=tuple(sorted(rows, key=lambda row: (row.rank, row.engine))),
    )


def _row(
    field: Field,
    engine: str,
    rates: Mapping[str, Interval],
    ranks: tuple[int, int],
    merged: Merged,
    options: Options,
) -> Row:
    rows = field.of(engine)
    count = coverage(rows)
    value = rates[engine].value
    timed = engine not in merged.no_latency
    return Row(
        engine=engine,
        run=merged.run_of[engine],
        rank=1 + sum(other.value < value for other in rates.values() if other.value is not None and value is not None),
        rank_low=ranks[0],
        rank_high=ranks[1],
        wer=rate(field.counts(engine, "wer"), field.clusters),
        cer=rate(field.counts(engine, "cer"), field.clusters),
        wer_answered=rate(field.answered_words(engine), field.clusters),
        latency_p50_s=_latency(rows, "p50") if timed else None,
        latency_p95_s=_latency(rows, "p95") if timed else None,
        latency_invalid=not timed,
        attempted=count.attempted,
        answered=count.answered - count.empty,
        empty=count.empty,
        failed=count.attempted - count.answered,
        groups=_groups(field, engine, merged, options),
        further=_further(rows, timed=timed),
    )


def _further(rows: Sequence[ScoredTrial], *, timed: bool) -> dict[str, Interval]:
    """Headlines of what is judged beyond words; of an INVALID run none that the harness's clock made."""
    answered = [row for row in rows if row.answered]
    if not any(row.tallies for row in answered):
        return {}
    made = {name: measure(name).of(answered) for name in HEADLINES if timed or name not in TIMED_TURNS}
    return {name: interval for name, interval in made.items() if interval.value is not None}


def _latency(rows: Sequence[ScoredTrial], percentile: str) -> Interval | None:
    latency = measure(f"{HEADLINE_LATENCY[rows[0].cell.mode]}.{percentile}").of(rows)
    return None if latency.value is None else latency


# -- groups of speakers -----------------------------------------------------------------------


def _groups(field: Field, engine: str, merged: Merged, options: Options) -> tuple[GroupGap, ...]:
    grouping = Grouping(tags=merged.tags, clusters=field.clusters, by=options.by, limits=options.limits)
    return tuple(group_gaps(field.counts(engine, options.metric), grouping))


def _with_adjusted(boards: Sequence[Board]) -> tuple[Board, ...]:
    """The same with the p-values of all gaps of all tables adjusted together."""
    p_values = iter(adjusted([gap.p_adjusted for board in boards for row in board.rows for gap in row.groups]))

    def groups(row: Row) -> Iterator[GroupGap]:
        for gap in row.groups:
            yield replace(gap, p_adjusted=next(p_values))

    return tuple(
        replace(board, rows=tuple(replace(row, groups=tuple(groups(row))) for row in board.rows)) for board in boards
    )
