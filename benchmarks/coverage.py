"""How often intervals hold the truth, how wide they are and how often none is given, on simulated speakers.

    python -m benchmarks.coverage [--quick] [--repeats 1000] [--only rates latency measures gate]

A cell fails where its coverage lies beyond 92 to 98 % by more than two of its standard errors, and where an interval is
withheld that must be given: of a rate at 8 effective speakers or more, of a median at 20 values or more, of a measure
beyond words (but `age_kappa`) from 40 speakers or sessions on. What can take few values may hold more often than 98 %,
and so may what allows for a session that fails whole though the sample holds none.
`~` is shown beside, and not asked: what value ± t SE would hold. Then the gate: false alarms and power through its
real code (`benchmarks.gate_errors`). Ends with 1 if anything failed.

--quick has so few repeats that some cell of many is beyond two standard errors by chance alone: there as many standard
errors are allowed as keep the chance of any false failure at 5 %, and each quantity is judged over all its cells, too.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np
from scipy.special import ndtri

from bench.stats.clusters import t_quantile
from bench.stats.intervals import degrees_of_freedom, paired_ratio_difference, ratio_interval
from bench.stats.percentiles import Trials, percentile_difference, percentile_interval
from bench.stats.strata import mean_of_rates
from bench.types import Interval
from benchmarks import simulated_measures
from benchmarks.gate_errors import gate_tables
from benchmarks.simulated_speech import SIZES, SPEAKERS, Sizes, Speech, speak, truth, utterances_of

REPEATS, QUICK = 1000, 60
LOWEST, HIGHEST = 0.92, 0.98
RATES = (0.02, 0.2)
PERCENTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
LANGUAGES = 4
ENOUGH = 40
"""Speakers or sessions from which on a measure beyond words must have an interval."""
ONE_BIN = "word_start_error_p50_s"
"""Within one bin of 10 ms nothing varies, and no interval is given."""
MAY_HOLD_MORE = (ONE_BIN, *simulated_measures.COUNTED, *simulated_measures.ALLOWING)
"""What takes few values, so that coverage moves in steps, and what allows for a session that fails whole."""
PLAIN = "as value ± t SE"


@dataclass(kw_only=True)
class Cell:
    """One quantity of one kind of corpus, over all repeats."""

    name: str
    sizes: Sizes
    speakers: int
    held: int = 0
    given: int = 0
    repeats: int = 0
    wrongly_withheld: int = 0
    widths: list[float] = field(default_factory=list)
    errors: float = 2.0
    """Standard errors by which it may lie beyond."""
    asked: bool = True
    """Whether coverage is asked of it; else it is shown only, marked `~`."""
    most: float = HIGHEST
    """How often it may hold."""

    def add(self, interval: Interval, true: float, *, must: bool) -> None:
        self.repeats += 1
        if interval.low is None or interval.high is None:
            self.wrongly_withheld += must
            return
        self.given += 1
        self.held += interval.low <= true <= interval.high
        self.widths.append(interval.high - interval.low)

    @property
    def coverage(self) -> float:
        return self.held / self.given

    @property
    def withheld(self) -> float:
        return 1 - self.given / self.repeats

    @property
    def failed(self) -> bool:
        if self.wrongly_withheld:
            return True
        if self.given < 30 or not self.asked:
            return False
        low, high = (self.errors * (edge * (1 - edge) / self.given) ** 0.5 for edge in (LOWEST, self.most))
        return not LOWEST - low <= self.coverage <= self.most + high

    def __str__(self) -> str:
        if not self.given:
            return "none given"
        mark = "!" if self.failed else "" if self.asked else "~"
        kept = f" ({self.withheld:.0%} none)" if self.withheld >= 0.005 else ""
        return f"{self.coverage:.1%}{mark} ±{np.mean(self.widths) / 2:.3g}{kept}"


def together(cells: Sequence[Cell]) -> list[Cell]:
    """Each quantity over all its cells."""
    pooled = []
    asked = [cell for cell in cells if cell.asked]
    for name in dict.fromkeys(cell.name for cell in asked):
        own = [cell for cell in asked if cell.name == name]
        made = Cell(name=f"{name}, over all cells", sizes="equal", speakers=0, most=own[0].most)
        made.held, made.given = sum(cell.held for cell in own), sum(cell.given for cell in own)
        made.repeats, made.widths = sum(cell.repeats for cell in own), [w for cell in own for w in cell.widths]
        pooled.append(made)
    return pooled


def allow_for_chance(cells: Sequence[Cell], share: float = 0.05) -> None:
    """Let all of them be within with probability 1 - `share`, where coverage is at an edge of what is allowed."""
    for cell in cells:
        cell.errors = float(-ndtri(share / len(cells)))


def rate_cells(repeats: int) -> Iterator[Cell]:
    for wer in RATES:
        for sizes in SIZES:
            for speakers in SPEAKERS:
                yield from _rates(wer, sizes, speakers, repeats)


def _rates(wer: float, sizes: Sizes, speakers: int, repeats: int) -> Iterator[Cell]:
    true, rng = truth(wer), np.random.default_rng([speakers, round(100 * wer), SIZES.index(sizes)])
    names = [f"{what} {wer:.0%}" for what in ("WER", "CER at WER", "difference at WER", "mean over languages, WER")]
    rate, cer, difference, mean = (Cell(name=name, sizes=sizes, speakers=speakers) for name in names)
    beside = Cell(name=f"{rate.name}, {PLAIN}", sizes=sizes, speakers=speakers, asked=False)
    for _ in range(repeats):
        s = speak(rng, utterances_of(sizes, speakers, rng), wer)
        must = s.effective >= 8
        interval = ratio_interval(s.errors_a, s.words, s.speakers)
        rate.add(interval, true.wer, must=must)
        beside.add(_plain(interval), true.wer, must=False)
        cer.add(ratio_interval(s.char_errors, s.chars, s.speakers), true.cer, must=must)
        paired = paired_ratio_difference(s.errors_b, s.words, s.errors_a, s.words, s.speakers)
        difference.add(paired, true.difference, must=must)
        mean.add(_over_languages(s), true.wer, must=False)
    yield from (rate, beside, cer, difference, mean)


def _plain(interval: Interval) -> Interval:
    """What it would be without the logarithm."""
    if interval.value is None or interval.low is None or not interval.standard_error:
        return interval
    half = t_quantile(interval.level, degrees_of_freedom(interval)) * interval.standard_error
    return replace(interval, low=max(0.0, interval.value - half), high=interval.value + half)


def _over_languages(s: Speech) -> Interval:
    """The speakers dealt to languages in turn."""
    language = np.array([int(speaker[1:]) % LANGUAGES for speaker in s.speakers])
    speakers = np.array(s.speakers)
    parts = {str(each): np.flatnonzero(language == each) for each in range(LANGUAGES)}
    return mean_of_rates({name: (s.errors_a[own], s.words[own], speakers[own].tolist()) for name, own in parts.items()})


def latency_cells(repeats: int) -> Iterator[Cell]:
    true = truth(RATES[0])
    for sizes in SIZES:
        for speakers in SPEAKERS:
            rng = np.random.default_rng([speakers, 7, SIZES.index(sizes)])
            single = {name: Cell(name=f"latency {name}", sizes=sizes, speakers=speakers) for name in PERCENTILES}
            paired = {name: Cell(name=f"{name} difference", sizes=sizes, speakers=speakers) for name in PERCENTILES}
            for _ in range(repeats):
                s = speak(rng, utterances_of(sizes, speakers, rng), RATES[0])
                a, b = (Trials(values=values, clusters=s.speakers) for values in (s.latency_a, s.latency_b))
                counts = np.unique(s.speakers, return_counts=True)[1]
                must = counts.sum() ** 2 / (counts**2).sum() >= 8
                for name, q in PERCENTILES.items():
                    interval = percentile_interval(s.latency_a, s.speakers, q)
                    single[name].add(interval, true.percentile(q), must=must and name == "p50")
                    paired[name].add(percentile_difference(b, a, q), 0.0, must=must and name == "p50")
            yield from (*single.values(), *paired.values())


def measure_cells(repeats: int) -> Iterator[Cell]:
    """What is judged beyond words, over speakers or sessions of equal size."""
    true = simulated_measures.truths()
    for speakers in SPEAKERS:
        rng, own = np.random.default_rng([speakers, 17]), {}
        for _ in range(repeats):
            for name, interval in simulated_measures.intervals(rng, speakers):
                most = 1.0 if name in MAY_HOLD_MORE else HIGHEST
                cell = own.setdefault(name, Cell(name=name, sizes="equal", speakers=speakers, most=most))
                cell.add(interval, true[name], must=speakers >= ENOUGH and name not in ("age_kappa", ONE_BIN))
        yield from own.values()


PARTS = {"rates": rate_cells, "latency": latency_cells, "measures": measure_cells}


def print_cells(cells: list[Cell]) -> None:
    """A Markdown table for each kind of sizes: quantities down, speakers across."""
    for sizes in SIZES:
        own = [cell for cell in cells if cell.sizes == sizes]
        if not own:
            continue
        print(f"\n| speakers: {sizes} | {' | '.join(map(str, SPEAKERS))} |\n|---|" + "---|" * len(SPEAKERS))
        for name in dict.fromkeys(cell.name for cell in own):
            row = {cell.speakers: cell for cell in own if cell.name == name}
            print(f"| {name} | {' | '.join(str(row[speakers]) for speakers in SPEAKERS)} |")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} repeats")
    parser.add_argument("--only", nargs="+", choices=(*PARTS, "gate"), default=(*PARTS, "gate"), help="these parts")
    options = parser.parse_args()
    repeats, began = QUICK if options.quick else options.repeats, time.process_time()
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.processor() or platform.machine()}, {repeats} repeats; ! fails")
    print("coverage of nominal 95 % intervals, ± half of their mean width, share of repeats without one")
    cells = [cell for part, cells_of in PARTS.items() if part in options.only for cell in cells_of(repeats)]
    judged = cells
    if options.quick and cells:
        judged = [*cells, *together(cells)]
        allow_for_chance(judged)
    print_cells(cells)
    failed = [f"{cell.name}, {cell.speakers} {cell.sizes}: {cell}" for cell in judged if cell.failed]
    if "gate" in options.only:
        failed += gate_tables(quick=options.quick)
    print(f"\n{time.process_time() - began:.0f} s of processor time; {len(failed)} failed", *failed, sep="\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
