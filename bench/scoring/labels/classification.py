"""Claimed classes against true ones: counts that pool, and what is made of them at the end. Pure.

No claim is an answer of its own, `ABSENT`: it is counted as wrong and never dropped, and the share of answers that
made a claim stands beside every score. Classes have no natural share: headlines weigh every class alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

ABSENT = "(none)"
"""The class of an answer that claims none."""
MIN_CALIBRATION = 500
"""Answers with a score below which calibration is not given: ECE is biased upwards for few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """How often each true class was claimed to be each class; `+` pools. Claims outside the true classes are kept."""

    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """(true, claimed) -> answers; claimed may be `ABSENT`."""

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str | None]]) -> Confusion:
        """From (true, claimed); `None`: no claim."""
        return cls(counts=dict(Counter((true, ABSENT if claimed is None else claimed) for true, claimed in pairs)))

    def __add__(self, other: Confusion) -> Confusion:
        return Confusion(counts=dict(Counter(self.counts) + Counter(other.counts)))

    @property
    def n(self) -> int:
        return sum(self.counts.values())

    @property
    def classes(self) -> tuple[str, ...]:
        """Those that are true of something, sorted: the ones that headlines average over."""
        return tuple(sorted({true for true, _ in self.counts}))

    @property
    def claimed_share(self) -> float | None:
        """Answers that claim anything; `None`: there are no answers."""
        return 1 - sum(count for (_, said), count in self.counts.items() if said == ABSENT) / self.n if self.n else None

    @property
    def accuracy(self) -> float | None:
        return sum(self._right(name) for name in self.classes) / self.n if self.n else None

    def recall(self, name: str) -> float | None:
        """Right claims among what is truly `name`; `None`: nothing is."""
        true = sum(count for (actual, _), count in self.counts.items() if actual == name)
        return self._right(name) / true if true else None

    def precision(self, name: str) -> float | None:
        """Right claims among claims of `name`; `None`: it is never claimed."""
        claimed = sum(count for (_, said), count in self.counts.items() if said == name)
        return self._right(name) / claimed if claimed else None

    def f1(self, name: str) -> float:
        """2 TP / (2 TP + FP + FN); 0 where it is never claimed and never true."""
        true = sum(count for (actual, _), count in self.counts.items() if actual == name)
        claimed = sum(count for (_, said), count in self.counts.items() if said == name)
        return 2 * self._right(name) / (true + claimed) if true + claimed else 0.0

    @property
    def unweighted_average_recall(self) -> float | None:
        """UAR: the mean of the classes' recalls. Source: Schuller et al., INTERSPEECH 2009 Emotion Challenge."""
        recalls = [self.recall(name) or 0.0 for name in self.classes]
        return sum(recalls) / len(recalls) if recalls else None

    @property
    def macro_f1(self) -> float | None:
        """The mean of the true classes' F1."""
        return sum(map(self.f1, self.classes)) / len(self.classes) if self.classes else None

    def _right(self, name: str) -> int:
        return self.counts.get((name, name), 0)


def majority(claims: Iterable[str | None]) -> str | None:
    """What most answers about one speaker claim; `None`: most claim nothing, or two claims tie."""
    ranked = Counter(claims).most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]


# -- classes in an order: ages ----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdinalErrors:
    """Claimed against true places in an ordered list of classes; answers without a claim are counted, not guessed."""

    exact: float
    """Share of claims that are right."""
    within_one: float
    mean_absolute: float
    """Classes between claim and truth, on average."""
    mean_signed: float
    """Above 0: claims are too high."""
    quadratic_kappa: float | None
    """Agreement beyond chance, errors weighted by their square; `None`: truth and claims are one class.
    Source: Cohen 1968, Weighted kappa."""
    n: int
    absent: int


def ordinal_errors(pairs: Sequence[tuple[str, str | None]], order: Sequence[str]) -> OrdinalErrors | None:
    """Of (true, claimed) classes that stand in `order`; `None`: nothing was claimed.

    Raises:
        ValueError: for a class that is not in the order.
    """
    places = {name: index for index, name in enumerate(order)}
    unknown = sorted({name for pair in pairs for name in pair if name is not None} - places.keys())
    if unknown:
        raise ValueError(f"expected classes of {', '.join(order)}, got {', '.join(unknown)}")
    claims = np.array([(places[true], places[said]) for true, said in pairs if said is not None]).reshape(-1, 2)
    if not len(claims):
        return None
    difference = claims[:, 1] - claims[:, 0]
    expected = float(np.mean((claims[:, 1][:, None] - claims[:, 0][None, :]) ** 2))
    return OrdinalErrors(
        exact=float(np.mean(difference == 0)),
        within_one=float(np.mean(np.abs(difference) <= 1)),
        mean_absolute=float(np.mean(np.abs(difference))),
        mean_signed=float(np.mean(difference)),
        quadratic_kappa=1 - float(np.mean(difference**2)) / expected if expected else None,
        n=len(claims),
        absent=len(pairs) - len(claims),
    )


# -- scores -----------------------------------------------------------------------------------


def calibration_error(scores: Sequence[float], right: Sequence[bool], *, bins: int = 10) -> float | None:
    """Expected calibration error over bins of equal mass; `None` below `MIN_CALIBRATION` answers.

    Args:
        scores: what the engine says of its claim, 0 to 1; shape (n,).
        right: whether the claim was right; shape (n,).
        bins: number of bins.

    Source: Nguyen & O'Connor 2015 (equal-mass bins); Guo et al. 2017 (ECE).
    """
    if len(scores) < MIN_CALIBRATION:
        return None
    order = np.argsort(np.asarray(scores, dtype=np.float64), kind="stable")
    said, was = np.asarray(scores, dtype=np.float64)[order], np.asarray(right, dtype=np.float64)[order]
    parts = zip(np.array_split(said, bins), np.array_split(was, bins), strict=True)
    return float(sum(len(a) * abs(a.mean() - b.mean()) for a, b in parts) / len(said))


def brier_score(scores: Sequence[float], right: Sequence[bool]) -> float | None:
    """Mean squared difference of score and outcome; `None`: no scores. Source: Brier 1950, the binary form."""
    if not len(scores):
        return None
    return float(np.mean((np.asarray(scores, dtype=np.float64) - np.asarray(right, dtype=np.float64)) ** 2))
