"""How a metric's values, differences and margins are written. Pure; the numbers themselves come from `tables`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from bench.comparison.rules import Margin, Rule
from bench.report.tables import percent, points, ratio, seconds
from bench.scoring.timing.metrics import METRICS

Number: TypeAlias = Callable[[float | None], str]
_RATES = frozenset({"wer", "cer", "wer.failures_deleted", "failed_rate", "empty_rate"})


def value_format(metric: str) -> Number:
    """For values of a metric named as in `estimates.json`."""
    if metric in _RATES:
        return percent
    return seconds if _unit(metric) == "s" else ratio


def difference_format(metric: str) -> Number:
    """For its differences: always signed."""
    if metric in _RATES:
        return lambda value: points(value, places=2)
    if _unit(metric) == "s":
        return lambda value: seconds(value, signed=True)
    return lambda value: ratio(value, signed=True)


def _unit(metric: str) -> str:
    known = METRICS.get(metric.rpartition(".")[0])
    return "ratio" if known is None else known.unit


def demand(rule: Rule) -> str:
    """What a rule asks: `wer +0.50 pp`, `final_latency_s.p95 +10 %`, `wer below 15.0 %`."""
    value = value_format(rule.metric)
    if rule.coverage is not None:
        return f"{rule.metric} at most {value(rule.maximum)}"
    if rule.ceiling is not None:
        return f"{rule.metric} {'below' if rule.lower_is_better else 'above'} {value(rule.ceiling)}"
    return f"{rule.metric} {_margin(rule.margin, difference_format(rule.metric))}"


def _margin(margin: Margin, number: Number) -> str:
    relative = f"+{margin.relative * 100:g} %" if margin.relative else ""
    absolute = number(margin.absolute) if margin.absolute or not relative else ""
    return " ".join(part for part in (absolute, relative) if part)
