"""How often the gate accuses an unchanged system, and finds a worse one, through its real code on simulated runs.

Every preset, baselines of one to five runs, without drift and with the system drifting from run to run by half of the
preset's margins (one standard deviation: 0.25 points of WER, 5 % of latency). Power: what `bench power` calls
detectable from a pair of runs, tried on others.
"""

from __future__ import annotations

from collections.abc import Sequence
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

PRESETS = ("configs/gate.yaml", "configs/ci-gate.yaml")
RUNS = (1, 2, 3, 5)
SPEAKERS, UTTERANCES = 20, 15
ALPHA = 0.05
_CELL = Cell("engine", "batch", "clean", "corpus", "en")
_WER, _WER_DRIFT, _LATENCY_DRIFT = 0.05, 0.0025, 0.05
_REPEATS, _QUICK = 200, 20


class System:
    """One corpus and how hard each utterance of it is for a system, which may be run again and again."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng, n = rng, SPEAKERS * UTTERANCES
        self._of = np.repeat(np.arange(SPEAKERS), UTTERANCES)
        self._words = rng.integers(4, 21, n)
        mean = (_WER * np.exp(rng.normal(0, 0.6, SPEAKERS) - 0.18)).clip(0.001, 0.9)[self._of]
        self._rates: NDArray[np.float64] = rng.beta(10 * mean, 10 * (1 - mean))
        self._pace = rng.normal(0, 0.15, SPEAKERS)[self._of] + rng.normal(0, 0.3, n)

    def run(self, repeat: int = 0, *, drift: bool = False, worse_by: float = 0.0) -> list[ScoredTrial]:
        """One run of it, as another day makes it."""
        rng = self._rng
        shift = rng.normal(0, _WER_DRIFT) if drift else 0.0
        slow = np.exp(rng.normal(0, _LATENCY_DRIFT)) if drift else 1.0
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


def false_alarms(rules: Sequence[Rule], runs: int, drift: bool, repeats: int) -> float:
    """Share of gates that call a run of the same system regressed."""
    rng, accused = np.random.default_rng([runs, drift, 3]), 0
    for _ in range(repeats):
        system = System(rng)
        baseline = [trial for repeat in range(runs) for trial in system.run(repeat, drift=drift)]
        found = evaluate(Sample(rows=baseline), Sample(rows=system.run(drift=drift)), rules)
        accused += found.outcome == Outcome.REGRESSED
    return accused / repeats


def power_reached(repeats: int) -> float:
    """Share of gates that find what `bench power` says they find with probability `TARGET`."""
    rng, rule = np.random.default_rng(4), Rule(metric="wer")
    detectable = []
    for _ in range(30):
        system = System(rng)
        (cell,) = corpus_power(system.run(), system.run(), metric="wer", margin=Margin())
        detectable.append(cell.detectable or 0.0)
    effect = float(np.sqrt(np.mean(np.square(detectable))))
    caught = 0
    for _ in range(repeats):
        system = System(rng)
        found = evaluate(Sample(rows=system.run()), Sample(rows=system.run(worse_by=effect)), [rule])
        caught += found.outcome == Outcome.REGRESSED
    return caught / repeats


def gate_tables(*, quick: bool) -> list[str]:
    """Prints both tables. Returns what failed, in words: alarms beyond alpha, power off by more than 5 points."""
    repeats = _QUICK if quick else _REPEATS
    most = ALPHA + 2 * (ALPHA * (1 - ALPHA) / repeats) ** 0.5
    print(
        f"\n| false alarms of the gate, {SPEAKERS} speakers x {UTTERANCES} | {' | '.join(f'{n} runs' for n in RUNS)} |"
    )
    print("|---|" + "---|" * len(RUNS))
    failed = []
    for preset in PRESETS:
        rules = load_rules(Path(preset))
        for drift in (False, True):
            shares = [false_alarms(rules, runs, drift, repeats) for runs in RUNS]
            print(f"| {preset}{', drifting' if drift else ''} | {' | '.join(f'{share:.1%}' for share in shares)} |")
            failed += [
                f"{preset}, {runs} runs{', drifting' if drift else ''}: {share:.1%} false alarms"
                for runs, share in zip(RUNS, shares, strict=True)
                if share > most
            ]
    reached, off = power_reached(3 * repeats), 2 * (TARGET * (1 - TARGET) / (3 * repeats)) ** 0.5
    print(f"\nfound where `bench power` says {TARGET:.0%}: {reached:.1%}")
    return [*failed, *([f"power {reached:.1%} for {TARGET:.0%}"] if abs(reached - TARGET) > 0.05 + off else [])]
