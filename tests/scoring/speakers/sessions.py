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


LABELS = ["1", "01", "1.0", "nan", "None", "", "é", "a b", "-1", "1e3", "true", "0"]
"""Names of speakers that something could take for numbers, or for none."""


def ugly_session(seed: int) -> tuple[list[Turn], list[Turn], list[tuple[float, float]]]:
    """A reference, an answer and the parts that are scored (a UEM, with holes in six of ten).

    Up to six true speakers against up to seven labels; turns without words, without length, that overlap others of
    their own speaker, out of order, invented; times on no grid.
    """
    rng = np.random.default_rng(seed)
    speakers, labels = int(rng.integers(1, 7)), int(rng.integers(0, 8))
    names, said_names = rng.permutation(LABELS)[:speakers], rng.permutation(LABELS)[:labels]
    reference: list[Turn] = []
    hypothesis: list[Turn] = []
    for _ in range(int(rng.integers(1, 18))):
        speaker, before = int(rng.integers(speakers)), reference[-1] if reference else None
        start = max(0.0, (before.end_s if before else 0.0) + float(rng.uniform(-3, 3)))
        if before is not None and rng.random() < 0.1:
            start = before.start_s
        words = _some_words(rng, 0 if rng.random() < 0.15 else int(rng.integers(1, 9)))
        length = 0.0 if rng.random() < 0.15 else float(rng.uniform(0.1, 9))
        reference.append(_turn(str(names[speaker]), start, start + length, words))
        for _ in range(int(rng.choice([0, 1, 2], p=[0.15, 0.7, 0.15])) if labels else 0):
            label = speaker % labels if rng.random() < 0.75 else int(rng.integers(labels))
            heard = tuple(word if rng.random() < 0.8 else "x" for word in words if rng.random() < 0.9)
            begin = max(0.0, start + float(rng.uniform(-2, 2)))
            end = begin if rng.random() < 0.1 else start + length + float(rng.uniform(-1, 2))
            hypothesis.append(_turn(str(said_names[label]), begin, end, heard))
    last = max(turn.end_s for turn in [*reference, *hypothesis]) + 1
    for _ in range(int(rng.integers(0, 3)) if labels else 0):
        begin, words = float(rng.uniform(0, last)), _some_words(rng, int(rng.integers(0, 4)))
        hypothesis.append(_turn(str(rng.choice(said_names)), begin, begin + float(rng.uniform(0, 4)), words))
    for turns in (reference, hypothesis):
        if rng.random() < 0.3:
            rng.shuffle(turns)  # type: ignore[arg-type]
    cuts = [0.0, last] if rng.random() < 0.4 else sorted(rng.uniform(0, last, 2 * int(rng.integers(1, 4))).round(3))
    return reference, hypothesis, [(float(a), float(b)) for a, b in zip(cuts[::2], cuts[1::2], strict=True) if b > a]


def _turn(speaker: str, start_s: float, end_s: float, words: tuple[str, ...]) -> Turn:
    start_s = round(start_s, 3)
    return Turn(speaker=speaker, start_s=start_s, end_s=max(start_s, round(end_s, 3)), words=words)


def _some_words(rng: np.random.Generator, number: int) -> tuple[str, ...]:
    return tuple(str(word) for word in rng.choice(WORDS, number))
