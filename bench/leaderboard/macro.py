"""One number over languages: the weighted mean of the rates, with the weights said. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from bench.errors import ConfigError, Problem
from bench.leaderboard.field import Field
from bench.leaderboard.values import MacroRow, MetricName
from bench.stats.strata import mean_of_rates
from bench.types import Interval, Mode


def macro_rows(
    tables: Sequence[Field], metric: MetricName, weights: Mapping[str, float] | None
) -> tuple[MacroRow, ...]:
    """Each engine of each mode and condition that has more than one language, best first.

    Raises:
        ConfigError: for weights of other languages, or without a positive sum.
    """
    whole: dict[tuple[Mode, str], dict[str, Field]] = defaultdict(dict)
    for table in tables:
        whole[table.mode, table.condition].setdefault(table.language, table)  # the whole set comes before a part of it
    rows = [
        _row(engine, of_language, metric, _shares(sorted(of_language), weights))
        for of_language in whole.values()
        if len(of_language) > 1
        for engine in sorted({engine for table in of_language.values() for engine in table.rows})
    ]
    return tuple(sorted(rows, key=_rank))


def _rank(row: MacroRow) -> tuple[object, ...]:
    return row.mode, row.condition, row.mean.value is None, row.mean.value or 0.0, row.engine


def _row(engine: str, tables: Mapping[str, Field], metric: MetricName, shares: Mapping[str, float]) -> MacroRow:
    counts = {language: table.counts(engine, metric) for language, table in tables.items() if engine in table.rows}
    measured = {language for language, own in counts.items() if own.lengths.any()}
    counted = {language: share for language, share in shares.items() if share}
    missing = tuple(language for language in counted if language not in measured)
    mean = Interval(value=None, note=f"not measured in {', '.join(missing)}")
    if not missing:
        strata = {name: counts[name].stratum(tables[name].clusters) for name in counted}
        mean = mean_of_rates(strata, weights=counted)
    field = next(iter(tables.values()))
    return MacroRow(
        engine=engine, mode=field.mode, condition=field.condition, mean=mean, weights=dict(shares), missing=missing
    )


def _shares(languages: Sequence[str], weights: Mapping[str, float] | None) -> dict[str, float]:
    given = weights if weights is not None else dict.fromkeys(languages, 1.0)
    unknown = sorted(given.keys() - set(languages))
    if unknown:
        known = f"one of {', '.join(languages)}"
        raise ConfigError([Problem("--weight", known, ", ".join(unknown), "name a language of the leaderboard")])
    total = sum(given.values())
    if total <= 0 or min(given.values()) < 0:
        raise ConfigError([Problem("--weight", "weights of 0 or more with a positive sum", str(dict(given)), "")])
    return {language: given.get(language, 0.0) / total for language in languages}
