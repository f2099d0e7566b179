"""No claim about word times below the error of the aligner that set the reference's: estimates say so. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bench.scoring.timing.words import MEASURES, WITHIN_MS
from bench.types import Cell, Contrast, Estimate

NO_CLAIM = "no claim"
"""Begins what is said of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceError:
    """By how much the times of a corpus's words are wrong themselves, where an aligner set some of them."""

    aligner: str
    median_s: float | None = None
    """Median |error|, as measured. `None`: nobody measured this aligner."""
    p95_s: float | None = None

    def below(self, metric: str, value: float) -> str | None:
        """What must be said of a value of a measure, or of a difference of two; `None`: nothing.

        The 90th and 95th percentiles are held to the aligner's 95th, shares within a limit are where that limit is
        within it, all others to its median.
        """
        if self.median_s is None or self.p95_s is None:
            return f"{NO_CLAIM}: word times set by {self.aligner}, whose own error was never measured"
        limit = _LIMITS_S.get(metric)
        of_tail = limit is not None or metric.endswith(("_p90_s", "_p95_s"))
        error_s = self.p95_s if of_tail else self.median_s
        if (abs(value) if limit is None else limit) >= error_s:
            return None
        which = "95th percentile" if of_tail else "median"
        return f"{NO_CLAIM}: below the error of {self.aligner}, which set the word times ({error_s:g} s at its {which})"


_LIMITS_S = {f"words_within_{limit}_ms": limit / 1000 for limit in WITHIN_MS}
_JUDGED = {measure.name for measure in MEASURES if measure.of_shared_words}


def is_judged(metric: str) -> bool:
    """Whether a measure is held to the error of what set the word times."""
    return metric in _JUDGED


def held_to_reference(estimate: Estimate, errors: Mapping[str, ReferenceError]) -> Estimate:
    """An estimate of word times as it is, or with what must be said of it; `errors` by corpus."""
    metric, scope = estimate.metric.removesuffix(".difference"), estimate.scope
    if not is_judged(metric) or estimate.value is None or not isinstance(scope, Cell | Contrast):
        return estimate
    cells = (scope,) if isinstance(scope, Cell) else (scope.of, scope.minus)
    said = {errors[cell.corpus].below(metric, estimate.value): None for cell in cells if cell.corpus in errors}
    note = "; ".join(part for part in said if part)
    return replace(estimate, interval=estimate.interval.noting(note or None))
