"""The rate of each language with the place it may have, and the mean over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bench.report.names import language_name
from bench.report.phrases import noted, plural
from bench.report.run.data import RunData, unit_word
from bench.report.run.numbers import Places
from bench.report.run.tables.pivot import Json, engine_columns, entry, pivot, rate, row
from bench.report.tables import NONE, percent, with_interval
from bench.types import Estimate


def languages(data: RunData, places: Places) -> Iterator[Json]:
    """The rate of each language, with the place it may have, and their mean: one table a mode and condition."""
    by_place: dict[tuple[str, str], dict[str | None, dict[tuple[str, str], Estimate]]] = {}
    for pool, estimate in data.pools:
        tables = by_place.setdefault((pool.mode, pool.condition), {})
        tables.setdefault(pool.language, {})[pool.engine, estimate.metric] = estimate
    for (mode, condition), tables in by_place.items():
        spoken = [language for language in tables if language is not None]
        rows = [
            row(
                language_name(language),
                [_placed(tables[language], engine) for engine in data.engines],
                hint=f"counted in {unit_word(data, language)}",
            )
            for language in spoken
        ]
        mean = tables.get(None, {})
        means = [rate(mean.get((engine, "wer.macro"))) for engine in data.engines]
        rows.append(row(f"mean over {plural(len(spoken), 'language')}", means))
        where = {"m": places.mode[mode], "c": places.condition[condition]}
        note = (
            "Behind a rate its place among the languages of that engine that are counted in the same unit, and the "
            "places that no pair of disjoint intervals excludes; one recording gives no place. The mean counts every "
            "language alike, and one in which every trial failed as all words lost."
        )
        columns = engine_columns(data)
        yield pivot(
            "Error rate of each language", rows, columns, corner="language", note=note, where=where, folded=True
        )


def _placed(estimates: Mapping[tuple[str, str], Estimate], engine: str) -> Json | None:
    wer, rank = estimates.get((engine, "wer")), estimates.get((engine, "wer.rank"))
    if wer is None:
        return entry(NONE, hint="not attempted")
    if wer.value is None:
        return entry(NONE, hint=f"{noted(wer.interval.note)}: no place, and all lost in the mean")
    rank_text = ""
    if rank is not None and rank.value is not None and rank.low is not None and rank.high is not None:
        rank_text = f" · {rank.value:.0f} ({rank.low:.0f}–{rank.high:.0f})"
    hint = f"{plural(wer.n, 'answer')}, {plural(wer.n_clusters, 'speaker')}"
    return entry(with_interval(wer, percent) + rank_text, hint=hint)
