"""What a metric is: a name, a unit, a zero point and a pure function of the event log.

A metric that cannot be had raises `Unavailable` and becomes `None` with the reason; it is never made up.
Must not touch files, sockets or the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from bench.scoring.timing.log import Log, Unavailable
from bench.types import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A definition. A change of what is computed is a new `version`, and old scores are not compared with new."""

    name: str
    unit: str
    zero: str
    """The moment the value counts from."""
    source: str
    """Paper, standard or project that defines it; `ours` where there is none."""
    compute: Callable[[Log], float]
    """May raise Unavailable."""
    lower_is_better: bool = True
    version: int = 1
    modes: tuple[Mode, ...] = ("stream",)
    """Where it exists at all; elsewhere it is `None` by nature, which is no news."""
    headline: bool = False
    """Whether a report gives its percentiles; of the others it gives one number."""
    needs_word_times: bool = False
    """Whether it is read against the times of the reference's words: those of two aligners give two quantities."""

    @property
    def statistics(self) -> tuple[str, ...]:
        """What is said of it over many trials: percentiles of a headline, a median of times, a mean of the rest."""
        if self.headline:
            return ("p50", "p90", "p95", "p99")
        return ("p50",) if self.unit == "s" else ("mean",)

    @property
    def definition(self) -> str:
        """What it is, in words."""
        return (self.compute.__doc__ or "").strip()


Values: TypeAlias = tuple[dict[str, float | None], dict[str, str]]
"""Values by name, and for each that is `None` the reason."""


class MetricTable(dict[str, Metric]):
    """Metrics by name, filled by a decorator."""

    def add(
        self,
        name: str,
        *,
        unit: str,
        zero: str,
        source: str = "ours",
        lower_is_better: bool = True,
        version: int = 1,
        modes: tuple[Mode, ...] = ("stream",),
        headline: bool = False,
        needs_word_times: bool = False,
    ) -> Callable[[Callable[[Log], float]], Callable[[Log], float]]:
        """Register a function under `name`; the function is returned unchanged."""

        def register(compute: Callable[[Log], float]) -> Callable[[Log], float]:
            self[name] = Metric(
                name=name,
                unit=unit,
                zero=zero,
                source=source,
                compute=compute,
                lower_is_better=lower_is_better,
                version=version,
                modes=modes,
                headline=headline,
                needs_word_times=needs_word_times,
            )
            return compute

        return register


def evaluate(metrics: Mapping[str, Metric], log: Log) -> Values:
    """Every metric of the table for one trial."""
    values: dict[str, float | None] = {}
    reasons: dict[str, str] = {}
    elsewhere = log.why_not_in_this_mode
    for name, metric in metrics.items():
        if log.mode not in metric.modes:
            values[name], reasons[name] = None, elsewhere
            continue
        try:
            values[name] = metric.compute(log)
        except Unavailable as why:
            values[name], reasons[name] = None, str(why)
    return values, reasons
