"""One number over languages: the weighted mean of the rates, with the weights said. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from bench.errors import ConfigError, Problem
from bench.leaderboard.values import Board, MacroRow, MetricName, Number
from bench.stats.clusters import t_quantile


def macro_rows(
    boards: Sequence[Board], metric: MetricName, weights: Mapping[str, float] | None, level: float
) -> tuple[MacroRow, ...]:
    """Each engine of each mode and condition that has more than one language, best first.

    Raises:
        ConfigError: for weights of other languages, or without a positive sum.
    """
    whole: dict[tuple[str, str], dict[str, Board]] = defaultdict(dict)
    for board in boards:
        whole[board.mode, board.condition].setdefault(board.language, board)  # the whole set comes before a part of it
    rows = [
        _row(engine, place, of_language, metric, weights, level)
        for place, of_language in whole.items()
        if len(of_language) > 1
        for engine in sorted({row.engine for board in of_language.values() for row in board.rows})
    ]
    return tuple(
        sorted(rows, key=lambda row: (row.mode, row.condition, row.value is None, row.value or 0.0, row.engine))
    )


def _row(
    engine: str,
    place: tuple[str, str],
    boards: Mapping[str, Board],
    metric: MetricName,
    weights: Mapping[str, float] | None,
    level: float,
) -> MacroRow:
    shares = _shares(sorted(boards), weights)
    found: dict[str, Number] = {
        language: getattr(row, metric)
        for language, board in boards.items()
        for row in board.rows
        if row.engine == engine and getattr(row, metric).value is not None
    }
    missing = tuple(language for language, share in shares.items() if share and language not in found)
    value = None if missing else sum(share * (found[name].value or 0.0) for name, share in shares.items() if share)
    half = None if missing else _half_width(shares, found, level)
    return MacroRow(
        engine=engine,
        mode=place[0],
        condition=place[1],
        value=value,
        low=None if value is None or half is None else max(0.0, value - half),
        high=None if value is None or half is None else value + half,
        weights=shares,
        missing=missing,
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


def _half_width(shares: Mapping[str, float], found: Mapping[str, Number], level: float) -> float | None:
    """Languages are independent, so variances add; `None` where one has no interval.

    Degrees of freedom by Welch and Satterthwaite. Source: Satterthwaite, Biometrics Bulletin 2, 1946.
    """
    parts: list[tuple[float, int]] = []
    for language, share in shares.items():
        if not share:
            continue
        one = found[language]
        if one.high is None or one.value is None:
            return None
        error = (one.high - one.value) / t_quantile(level, one.n_clusters)
        parts.append(((share * error) ** 2, one.n_clusters - 1))
    variance = sum(part for part, _ in parts)
    if variance == 0:
        return 0.0
    freedom = variance**2 / sum(part**2 / degrees for part, degrees in parts)
    return float(t_quantile(level, max(2, int(freedom) + 1)) * variance**0.5)
