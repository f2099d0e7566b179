"""How often the gate accuses an unchanged system, and finds a worse one, through its real code on simulated runs.

False alarms: every preset, baselines of one to five runs, without drift and with the system drifting from run to run
(one standard deviation): by half of the preset's margins (0.25 points of WER, 5 % of latency), by a whole point, as the
presets state, and by twice that, more than they state: shown with `~`, and not asked of fewer runs than show a drift.
Power: what `bench power` says of two runs of a system, tried on further runs of it, over several kinds of corpora.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.comparison.gate import Outcome, evaluate
from bench.comparison.power import TARGET, corpus_power
from bench.comparison.rules import Margin, Rule
from bench.comparison.rules_file import load_rules
from bench.comparison.sample import Sample
from bench.scoring.cells import ScoredTrial
from bench.types import Cell, ErrorCounts
from benchmarks.simulated_speech import Sizes, utterances_of

PRESETS = ("configs/gate.yaml", "configs/ci-gate.yaml")
RUNS = (1, 2, 3, 4, 5)
SPEAKERS, UTTERANCES = 20, 15
ALPHA = 0.05
RUNS_THAT_SHOW_DRIFT = 3
_OFF = 0.05
"""How far the power may be from what is said."""
_CELL = Cell("engine", "batch", "clean", "corpus", "en")
_REPEATS, _QUICK = 400, 24
_MARGINLESS = Rule(metric="wer")
MEDIAN = Rule(metric="batch_latency_s.p50", margin=Margin(relative=0.1))


@dataclass(frozen=True, kw_only=True)
class Drift:
    """What a system moves by from run to run, one standard deviation."""

    name: str
    wer: float = 0.0
    latency: float = 0.0
    stated: bool = True
    """Whether the presets' rules allow for as much where the runs are too few to show it."""

    def asked(self, runs: int) -> bool:
        """Whether alpha is asked of baselines of so many runs; else the share is shown only, marked `~`."""
        return self.stated or runs >= RUNS_THAT_SHOW_DRIFT


DRIFTS = (
    Drift(name="without drift"),
    Drift(name="drift of 0.25 points, 5 %", wer=0.0025, latency=0.05),
    Drift(name="drift of 1 point, 5 %", wer=0.01, latency=0.05),
    Drift(name="drift of 2 points, 10 %", wer=0.02, latency=0.1, stated=False),
)


@dataclass(frozen=True, kw_only=True)
class Design:
    """A kind of corpus."""

    sizes: Sizes = "equal"
    speakers: int = SPEAKERS
    utterances: int = UTTERANCES
    """Of each speaker, where all have as many."""
    wer: float = 0.05

    def __str__(self) -> str:
        size = f"x {self.utterances}" if self.sizes == "equal" else f"of {self.sizes} sizes"
        return f"{self.speakers} speakers {size}, WER {self.wer:.0%}"

    def of_each(self, rng: np.random.Generator) -> NDArray[np.int64]:
        if self.sizes == "equal":
            return np.full(self.speakers, self.utterances)
        return utterances_of(self.sizes, self.speakers, rng)


DESIGNS = (
    Design(),
    Design(speakers=60, utterances=10),
    Design(speakers=12, utterances=30, wer=0.2),
    Design(sizes="pareto", speakers=40),
    Design(sizes="pareto", speakers=60, wer=0.2),
)


class System:
    """One corpus and how hard each utterance of it is for a system, which may be run again and again."""

    def __init__(self, rng: np.random.Generator, design: Design = DESIGNS[0]) -> None:
        of_each = design.of_each(rng)
        self._rng, n = rng, int(of_each.sum())
        self._of = np.repeat(np.arange(design.speakers), of_each)
        self._words = rng.integers(4, 21, n)
        mean = (design.wer * np.exp(rng.normal(0, 0.6, design.speakers) - 0.18)).clip(0.001, 0.9)[self._of]
        self._rates: NDArray[np.float64] = rng.beta(10 * mean, 10 * (1 - mean))
        self._pace = rng.normal(0, 0.15, design.speakers)[self._of] + rng.normal(0, 0.3, n)

    def run(self, repeat: int = 0, *, drift: Drift = DRIFTS[0], worse_by: float = 0.0) -> list[ScoredTrial]:
        """One run of it, as another day makes it."""
        rng = self._rng
        shift, slow = rng.normal(0, drift.wer), np.exp(rng.normal(0, drift.latency))
        errors = rng.binomial(self._words, (self._rates + shift + worse_by).clip(0, 1))
        latency = slow * 0.4 * np.exp(self._pace + rng.normal(0, 0.15, errors.size))
        return [
            ScoredTrial(
                utterance_id=f"corpus/{place}",
                cell=_CELL,
                repeat=repeat,
                cluster=f"s{self._of[place]}",
                duration_s=4.0,
                reference_words=words,
                words=ErrorCounts(substitutions=wrong, hits=words - wrong),
                chars=ErrorCounts(substitutions=wrong, hits=5 * words - wrong),
                metrics={"batch_latency_s": float(latency[place])},
            )
            for place, (words, wrong) in enumerate(zip(self._words.tolist(), errors.tolist(), strict=True))
        ]


def shares_with(
    outcome: Outcome, rules: Sequence[Rule], runs: Sequence[int], drift: Drift, repeats: int
) -> list[float]:
    """Share of gates that find `outcome` of a run of the same system, for baselines of so many runs each."""
    rng, having = np.random.default_rng(3), np.zeros(len(runs))
    for _ in range(repeats):
        system = System(rng)
        candidate = Sample(rows=system.run(drift=drift))
        history = [system.run(repeat, drift=drift) for repeat in range(max(runs))]
        for place, count in enumerate(runs):
            baseline = Sample(rows=[trial for run in history[:count] for trial in run])
            having[place] += evaluate(baseline, candidate, rules).outcome == outcome
    return [float(share) for share in having / repeats]


def power_reached(design: Design, repeats: int) -> tuple[float, float]:
    """Where `bench power` says `TARGET`: shares of gates that find what it finds, and pass what it passes."""
    rng = np.random.default_rng(4)
    caught = passed = judged = 0
    while judged < repeats:
        system = System(rng, design)
        (cell,) = corpus_power(system.run(), system.run(), rule=_MARGINLESS)
        if cell.detectable is None or cell.passable is None:
            continue  # sizes so unequal that there is no interval
        judged += 1
        before = Sample(rows=system.run())
        worse = evaluate(before, Sample(rows=system.run(worse_by=cell.detectable)), [_MARGINLESS])
        margin = Rule(metric="wer", margin=Margin(absolute=cell.passable))
        caught += worse.outcome == Outcome.REGRESSED
        passed += evaluate(before, Sample(rows=system.run()), [margin]).outcome == Outcome.PASS
    return caught / repeats, passed / repeats


def gate_tables(*, quick: bool) -> list[str]:
    """Prints the tables. Returns what failed, in words: alarms beyond alpha, power off by more than 5 points."""
    repeats = _QUICK if quick else _REPEATS
    runs = (1, 3) if quick else RUNS
    failed = _alarm_table(runs, DRIFTS[:2] if quick else DRIFTS, repeats)
    if not quick:
        _passing_table(runs, repeats)
    return [*failed, *_power_table(repeats, quick)]


def _alarm_table(runs: Sequence[int], drifts: Sequence[Drift], repeats: int) -> list[str]:
    most = ALPHA + 2 * (ALPHA * (1 - ALPHA) / repeats) ** 0.5
    columns = " | ".join(f"{n} run{'s' if n > 1 else ''}" for n in runs)
    print(f"\n{repeats} systems a cell, {DESIGNS[0]}; at most {most:.1%}\n")
    print(f"| false alarms of the gate | {columns} |\n|---|" + "---|" * len(runs))
    failed = []
    for preset in PRESETS:
        rules = load_rules(Path(preset))
        for drift in drifts:
            alarms = shares_with(Outcome.REGRESSED, rules, runs, drift, repeats)
            shares = dict(zip(runs, alarms, strict=True))
            row = [f"{share:.1%}{'' if drift.asked(count) else '~'}" for count, share in shares.items()]
            print(f"| {preset}, {drift.name} | {' | '.join(row)} |", flush=True)
            failed += [
                f"{preset}, {count} runs, {drift.name}: {share:.1%} false alarms"
                for count, share in shares.items()
                if share > most and drift.asked(count)
            ]
    return failed


def _passing_table(runs: Sequence[int], repeats: int) -> None:
    """How much room a margin leaves an unchanged system, by how much it drifts; nothing is asked of it."""
    columns = " | ".join(str(n) for n in runs)
    print(f"\n| an unchanged system passes `{MEDIAN.metric}: +10%`, by runs | {columns} |\n|---|" + "---|" * len(runs))
    for drift in (DRIFTS[0], DRIFTS[2]):
        passed = shares_with(Outcome.PASS, [MEDIAN], runs, drift, repeats)
        print(f"| {drift.name} | {' | '.join(f'{share:.1%}' for share in passed)} |", flush=True)


def _power_table(repeats: int, quick: bool) -> list[str]:
    off = _OFF + 2 * (TARGET * (1 - TARGET) / repeats) ** 0.5
    print(f"\n| where `bench power` says {TARGET:.0%} | finds the worse | passes the unchanged |\n|---|---|---|")
    failed = []
    for design in DESIGNS[:2] if quick else DESIGNS:
        reached = power_reached(design, repeats)
        print(f"| {design} | {' | '.join(f'{share:.1%}' for share in reached)} |", flush=True)
        failed += [f"power {share:.1%} for {TARGET:.0%}: {design}" for share in reached if abs(share - TARGET) > off]
    return failed
