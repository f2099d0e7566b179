"""Random sessions of several speakers: overlaps, swapped, merged and split labels, words lost and invented."""

from __future__ import annotations

import numpy as np

from bench.scoring.speakers.turns import Turn

WORDS = [f"w{number}" for number in range(30)]
STEP_S = 1 / 8
"""Times are multiples, so that no program rounds them."""


def session(seed: int) -> tuple[list[Turn], list[Turn]]:
    """A reference and an answer to it; each speaker's own turns do not overlap."""
    rng = np.random.default_rng(seed)
    speakers = int(rng.integers(2, 5))
    rate = float(rng.choice([0.0, 0.1, 0.3]))
    reference, hypothesis, clock = [], [], 0.0
    last_end = dict.fromkeys(range(speakers), 0.0)
    for _ in range(int(rng.integers(4, 14))):
        speaker, length = int(rng.integers(speakers)), float(rng.integers(2, 60)) * STEP_S
        start = max(last_end[speaker], clock + float(rng.integers(-8, 12)) * STEP_S, 0.0)
        words = tuple(str(word) for word in rng.choice(WORDS, int(rng.integers(1, 9))))
        reference.append(Turn(speaker=f"r{speaker}", start_s=start, end_s=start + length, words=words))
        last_end[speaker] = clock = start + length
        if rng.random() < rate / 2:
            continue
        heard = tuple(word if rng.random() > rate else "x" for word in words if rng.random() > rate / 2)
        label = speaker if rng.random() > rate else int(rng.integers(speakers + 1))
        shift, stretch = (float(rng.integers(-3, 4)) * STEP_S if rng.random() < rate else 0.0 for _ in range(2))
        begin = max(0.0, start + shift)
        end = max(begin + STEP_S, start + length + stretch)
        hypothesis.append(Turn(speaker=f"h{label}", start_s=begin, end_s=end, words=heard or ("x",)))
    return reference, hypothesis
