"""Small runs with known error rates, made in memory."""

import numpy as np

from bench.leaderboard.merge import Contribution
from bench.scoring.cells import ScoredTrial
from bench.types import Cell, ErrorCounts, FailureKind

WORDS = 12


def rows(
    engine, rates, *, language="en", mode="batch", condition="clean", seed=0, per_speaker=5, failed=(), named=True
):
    """`rates[s]` is speaker s's probability of a word error; one row per utterance, `per_speaker` of each.

    `named`: whether the recordings say who speaks; where not, each is a voice of its own.
    """
    rng = np.random.default_rng([seed, *map(ord, engine)])
    found = []
    for speaker, rate in enumerate(rates):
        for number in range(per_speaker):
            key = f"{language}/s{speaker}-{number}"
            wrong = int(rng.binomial(WORDS, rate))
            answered = key not in failed
            found.append(
                ScoredTrial(
                    utterance_id=key,
                    cluster=f"s{speaker}" if named else key,
                    cell=Cell(engine, mode, condition, language, language),
                    duration_s=4.0,
                    reference_words=WORDS,
                    words=ErrorCounts(substitutions=wrong, hits=WORDS - wrong) if answered else None,
                    chars=ErrorCounts(substitutions=wrong, hits=5 * WORDS - wrong) if answered else None,
                    failure_kind=None if answered else FailureKind.TIMEOUT,
                    metrics={"batch_latency_s": 0.5, "final_latency_s": 0.25} if answered else {},
                )
            )
    return found


def run(name, *groups_of_rows, **changes):
    """A contribution with facts that agree with every other's, unless `changes` says otherwise."""
    every = [row for group in groups_of_rows for row in group]
    keys = {row.utterance_id for row in every}
    known = {
        "facts": {"normaliser": "earwitness@1 (abc)", "stream speed": "1.0", "condition clean": "c1"},
        "digests": {key: f"d{key}" for key in keys},
        "engines": {row.cell.engine: f"parameters of {row.cell.engine}" for row in every},
        "metrics": {"batch_latency_s": 1, "final_latency_s": 1},
        "measures": {"wer": 1, "cpwer": 1},
        "references": dict.fromkeys(keys, "all in one script"),
        "tags": {key: {} for key in keys},
        "started_at": "2026-11-23T00:00:00+00:00",
    }
    return Contribution(name=name, rows=every, **{**known, **changes})
