"""Targets of a config: what a run is to reach, in the gate's grammar, judged on the run alone. Pure.

A target is a rule with a ceiling (`wer: 12%`, `final_latency_s.p95: 800ms`) or a largest share of trials
(`failed_rate: 1%`), in the cells that its `where` names, else in all. It is met only where it is shown to be met.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, get_args

from bench.comparison.gate import Check, Outcome, evaluate
from bench.comparison.rules import CoverageKind, Rule, parse_margin
from bench.comparison.rules_file import parse_rules
from bench.comparison.sample import Sample
from bench.errors import ConfigError, Problem
from bench.scoring.timing.metrics import METRICS
from bench.scoring.timing.validity import Validity
from bench.types import Cell

_SHARES = get_args(CoverageKind)


class Met(StrEnum):
    """What may be said of a target."""

    MET = "met"
    MISSED = "missed"
    NOT_SHOWN = "not shown"
    """The run is too small, or too close to the bound, to say."""
    NOT_MEASURED = "not measured"
    """There is no such number, or it must not be believed."""


_OF_OUTCOME = {
    Outcome.PASS: Met.MET,
    Outcome.REGRESSED: Met.MISSED,
    Outcome.INCONCLUSIVE: Met.NOT_SHOWN,
    Outcome.INVALID: Met.NOT_MEASURED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One target in one cell, judged."""

    metric: str
    bound: float
    """In the metric's unit; of a share of trials, the largest."""
    lower_is_better: bool
    cell: Cell
    verdict: Met
    value: float | None
    reason: str
    n: int


def parse_targets(content: Sequence[Any], *, where: str) -> tuple[Rule, ...]:
    """The rules of a config's `targets`; `wer: 12%` is short for `{metric: wer, ceiling: 12%}`.

    Raises:
        ConfigError: with every problem; a margin is one, since there is nothing to compare with.
    """
    if not content:
        return ()
    items = [_spelled_out(target) for target in content]
    margins = [
        Problem(f"{where}[{k}]", "a ceiling or a maximum", "a margin", "margins are for bench gate: it has a baseline")
        for k, target in enumerate(items)
        if isinstance(target, dict) and "margin" in target
    ]
    if margins:
        raise ConfigError(margins)
    return parse_rules({"rules": items}, where=where)


def _spelled_out(target: object) -> object:
    if not isinstance(target, dict):
        return target
    if len(target) == 1 and "metric" not in target:
        ((metric, bound),) = target.items()
        target = {"metric": metric, "maximum" if metric in _SHARES else "ceiling": bound}
    ceiling = target.get("ceiling")
    return {**target, "ceiling": _seconds(ceiling)} if isinstance(ceiling, str) else target


def _seconds(text: str) -> object:
    """`800ms` as 0.8; whatever is no time stays, for the rules to judge."""
    if not text.strip().endswith("s"):
        return text
    try:
        return parse_margin(text, "targets").absolute
    except ConfigError:
        return text


def judge_targets(rules: Sequence[Rule], sample: Sample, validity: Validity) -> tuple[Target, ...]:
    """Every target in every cell it speaks of."""
    if not rules or not sample.rows:
        return ()
    checks = evaluate(Sample(rows=()), sample, rules).checks
    return tuple(_target(check, validity) for check in checks if set(check.cell) == set(Cell._fields))


def _target(check: Check, validity: Validity) -> Target:
    rule, cell = check.rule, Cell(**check.cell)  # type: ignore[arg-type]
    verdict, reason, value = _OF_OUTCOME[check.outcome], check.reason, check.candidate
    if _is_timed(rule.metric) and cell.mode in validity.judged and not validity.valid:
        verdict, reason, value = Met.NOT_MEASURED, "INVALID: the harness was late", None
    bound = rule.maximum if rule.coverage is not None else rule.ceiling
    assert bound is not None, "parse_targets refuses margins"
    return Target(
        metric=rule.metric,
        bound=bound,
        lower_is_better=rule.lower_is_better,
        cell=cell,
        verdict=verdict,
        value=value,
        reason=reason,
        n=check.n,
    )


def _is_timed(metric: str) -> bool:
    known = METRICS.get(metric.rpartition(".")[0])
    return known is not None and known.unit == "s"


def to_json(targets: Sequence[Target]) -> list[dict[str, Any]]:
    """As targets.json holds them."""
    return [{**asdict(target), "cell": target.cell._asdict()} for target in targets]
