"""What can be added up of one answer beyond its words, and how such sums are declared as measures. Pure.

A trial's tallies are numbers by name (`cp.errors`, `emotion:angry>sad`) that add up over trials, parts and runs. A
measure is declared once, beside the function that tallies for it, by the names of the sums it is made of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bench.types import Transcript, Utterance

Tallies: TypeAlias = dict[str, float]
Statistic: TypeAlias = Callable[[Sequence[str], NDArray[np.float64]], NDArray[np.float64]]
"""From names of tallies, shape (k,), and sums, shape (..., k), to values, shape (...)."""

Collapse: TypeAlias = Callable[[Sequence[str], NDArray[np.float64]], tuple[list[str], NDArray[np.float64]]]
"""From names, shape (k,), and sums of each cluster, shape (clusters, k), to other names and sums."""

EACH = ":*"
"""Ends the name of a rate that there is one of a kind, which stands for `*` in its tallies."""
_FINE_S, _FINE_UNTIL_S, _COARSE_S, _MOST_S = 0.01, 1.0, 0.1, 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tallied:
    """A measure that is made of tallies. Exactly one of `top` (a rate), `statistic` and `q` is set."""

    name: str
    definition: str
    family: str
    """What it is about: speakers, emotion, writing ... Measures of a family stand together."""
    top: tuple[str, ...] = ()
    bottom: tuple[str, ...] = ()
    prefix: str = ""
    """Of the tallies that `statistic` or `q` reads; their names are not known beforehand."""
    statistic: Statistic | None = None
    q: float | None = None
    """Percentile as a share, of the durations whose histogram stands under `prefix`."""
    of_cluster: Collapse | None = None
    """What `statistic` is then asked of: one row a cluster, from the sums of its answers."""
    fewest: int = 0
    """Answers below which it has no value."""
    unit: str = "ratio"
    source: str = "ours"
    lower_is_better: bool = True
    best: float | None = None
    """The value to come near to from either side, as 0 of a bias; `None`: there is only a better way."""
    is_share: bool = False
    """There is no more than all: its interval ends at 1."""
    fails_whole: bool = False
    """A rate of which a few sessions may be far worse than all others: its upper limit allows for one more of them."""
    of_shared_words: bool = False
    """Of recognised words: two sides are compared on the words that both recognised."""
    version: int = 1

    @property
    def is_each(self) -> bool:
        """Whether it stands for one measure a kind: `entity_recall:*` for `entity_recall:person`."""
        return self.name.endswith(EACH)

    def of(self, kind: str) -> Tallied:
        """The measure of one kind."""
        return replace(
            self,
            name=self.name.replace("*", kind),
            definition=self.definition.replace("*", kind),
            top=tuple(name.replace("*", kind) for name in self.top),
            bottom=tuple(name.replace("*", kind) for name in self.bottom),
        )

    def kinds(self, names: Iterable[str]) -> list[str]:
        """The kinds that there are tallies of."""
        before, _, after = self.bottom[0].partition("*")
        return sorted(
            name[len(before) : len(name) - len(after)]
            for name in names
            if name.startswith(before) and name.endswith(after) and len(name) > len(before) + len(after)
        )


def better(lower_is_better: bool, best: float | None = None) -> str:
    """What of a measure is better, in a word or two: `lower`, `higher`, `nearest 0`."""
    if best is not None:
        return f"nearest {best:g}"
    return "lower" if lower_is_better else "higher"


def rate(
    name: str,
    family: str,
    definition: str,
    top: str | tuple[str, ...],
    bottom: str,
    *,
    unit: str = "ratio",
    source: str = "ours",
    version: int = 1,
    lower_is_better: bool = True,
    fails_whole: bool = False,
) -> Tallied:
    """What `top` counts per one of `bottom`; it may exceed 1."""
    return Tallied(
        name=name,
        family=family,
        definition=definition,
        top=(top,) if isinstance(top, str) else top,
        bottom=(bottom,),
        unit=unit,
        source=source,
        version=version,
        lower_is_better=lower_is_better,
        fails_whole=fails_whole,
    )


def share(
    name: str,
    family: str,
    definition: str,
    top: str,
    bottom: str,
    *,
    source: str = "ours",
    version: int = 1,
    lower_is_better: bool = False,
    fails_whole: bool = False,
) -> Tallied:
    """The part of `bottom` that `top` counts: 1 is all. More is better unless it says otherwise."""
    part = rate(
        name,
        family,
        definition,
        top,
        bottom,
        source=source,
        version=version,
        lower_is_better=lower_is_better,
        fails_whole=fails_whole,
    )
    return replace(part, is_share=True)


def percentiles(
    stem: str, family: str, what: str, prefix: str, *, shares: Sequence[float] = (0.5, 0.9, 0.95)
) -> tuple[Tallied, ...]:
    """Percentiles of the durations under `prefix`, one measure each: `STEM_p50_s`."""
    return tuple(
        Tallied(
            name=f"{stem}_p{round(100 * q)}_s",
            family=family,
            definition=f"{round(100 * q)}th percentile of {what}, to 10 ms",
            unit="s",
            prefix=prefix,
            q=q,
        )
        for q in shares
    )


class Rules(Protocol):
    """What of a normaliser is asked here (`bench.scoring.text.normalize.Normalizer`)."""

    def words(self, text: str, language: str) -> list[str]: ...

    def unit(self, language: str) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """An answer with its reference, as tallies read them.

    A condition may stretch the audio and add silence before it: a moment at_s of the clean audio is heard at
    at_s * scale + offset_s, and the engine's times are of the audio as sent.
    """

    utterance: Utterance
    transcript: Transcript
    normalizer: Rules
    reference: Sequence[str] = ()
    """Normalised words of the reference, as the answer was read."""
    hypothesis: Sequence[str] = ()
    path: str = ""
    """How `reference` became `hypothesis` (bench.scoring.text.align)."""
    offset_s: float = 0.0
    scale: float = 1.0

    def heard_s(self, at_s: float) -> float:
        """When a moment of the clean audio is heard."""
        return at_s * self.scale + self.offset_s

    def words(self, text: str) -> list[str]:
        """A text's words by the normaliser."""
        return self.normalizer.words(text, self.utterance.language)


Reasons: TypeAlias = dict[str, str]
"""Family -> why an answer has no tallies of it although its reference holds what it takes."""


def bin_of(seconds: float) -> str:
    """The bin of a duration: to 10 ms below a second, to 100 ms above, all from 10 s on in one. Named by its middle."""
    if seconds >= _MOST_S:
        return f"{_MOST_S:g}"
    step = _FINE_S if seconds < _FINE_UNTIL_S else _COARSE_S
    return f"{(int(seconds / step + 1e-9) + 0.5) * step:.3f}"


def durations(tallies: Mapping[str, float], prefix: str) -> list[float]:
    """The durations of a histogram, each as the middle of its bin."""
    return [
        float(name.removeprefix(prefix))
        for name, count in tallies.items()
        if name.startswith(prefix)
        for _ in range(int(count))
    ]


def mean_of_values(names: Sequence[str], sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of numbers that were counted by their value, which ends the tally's name: `speaker_count.signed:-1`."""
    values = np.array([float(name.rpartition(":")[2]) for name in names])
    return quotient(sums @ values, sums.sum(axis=-1))


def quotient(top: NDArray[np.float64], bottom: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ratios of two arrays of one shape, 0 where nothing was counted."""
    divided: NDArray[np.float64] = np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)
    return divided


def add(tallies: Tallies, name: str, by: float = 1.0) -> None:
    """Count one more under a name."""
    tallies[name] = tallies.get(name, 0.0) + by
