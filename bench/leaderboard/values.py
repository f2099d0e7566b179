"""What a leaderboard says. These dataclasses are its JSON: names stay, fields are only added (docs/leaderboard.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from bench.stats.clusters import MIN_CLUSTERS
from bench.types import Interval

SCHEMA = "earwitness.leaderboard/2"
NAMELESS_ALLOWED = 0.05
"""Share of the utterances of a table that may name no speaker; with more, no place is given."""


def are_nameless(n_nameless: int, n_utterances: int) -> bool:
    """Whether so many utterances name no speaker that nothing can be tested over speakers."""
    return n_nameless > NAMELESS_ALLOWED * n_utterances


MetricName: TypeAlias = Literal["wer", "cer"]
Subset: TypeAlias = Literal["all", "code-switched"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupGap:
    """One engine on one group of speakers, and against everyone else who carries the same tag."""

    tag: str
    group: str
    n: int
    n_clusters: int
    suppressed: str | None
    """Why there is no number; `None`: there is one."""
    rate: Interval | None
    gap: Interval | None
    """Rate of the group minus the rate of the others; positive: worse for this group."""
    p_adjusted: float | None
    """Of the gap, over all gaps of the leaderboard (Benjamini-Hochberg); `None`: not tested."""
    worst: bool
    """Highest rate of the tag's groups that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One engine in one table, on the utterances that every engine of the table attempted."""

    engine: str
    run: str
    rank: int
    """By the point value; equal values share a rank."""
    rank_low: int
    """Best rank that the data do not rule out."""
    rank_high: int
    """Worst rank that the data do not rule out."""
    wer: Interval
    cer: Interval
    """Both count a failed trial as all deleted."""
    wer_answered: Interval
    """Of the answered trials alone."""
    latency_p50_s: Interval | None
    latency_p95_s: Interval | None
    """Batch: round trip. Stream: final after end of speech. `None`: not measured, or the run is INVALID."""
    latency_invalid: bool
    """Whether the harness was late, so that no latency is given."""
    attempted: int
    answered: int
    """With words."""
    empty: int
    """Answered without a word. `attempted` is `answered`, `empty` and `failed` together."""
    failed: int
    groups: tuple[GroupGap, ...]
    further: dict[str, Interval]
    """What engines say beyond words, by measure (`bench list metrics`), of the answered trials that have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One table."""

    language: str
    mode: str
    condition: str
    subset: Subset
    corpora: tuple[str, ...]
    n_utterances: int
    n_speakers: int
    hours: float
    left_out: int
    """Utterances that some engine of the table did not attempt."""
    rows: tuple[Row, ...]
    """Best first."""
    n_nameless: int = 0
    """Utterances that name no speaker: each counts as one of `n_speakers`."""

    @property
    def has_places(self) -> bool:
        """Whether a place may be given: ranks are tested over speakers, who must be enough, and known."""
        return self.n_speakers >= MIN_CLUSTERS and not self.is_nameless

    @property
    def is_nameless(self) -> bool:
        """Whether so many utterances name no speaker that nothing can be tested over speakers."""
        return are_nameless(self.n_nameless, self.n_utterances)


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroRow:
    """One engine over all languages of a mode and condition: the weighted mean of its rates."""

    engine: str
    mode: str
    condition: str
    mean: Interval
    weights: dict[str, float]
    """Language -> weight; they sum to 1."""
    missing: tuple[str, ...]
    """Languages the engine was not measured in; then there is no value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSource:
    """A run that went in."""

    run: str
    started_at: str
    engines: tuple[str, ...]
    cautions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaderboard:
    """The whole."""

    schema: str
    metric: MetricName
    """What ranks."""
    level: float
    normalizer: str
    min_utterances: int
    min_speakers: int
    n_comparisons: int
    """Paired differences between engines that were tested together (Holm)."""
    boards: tuple[Board, ...]
    macro: tuple[MacroRow, ...]
    sources: tuple[RunSource, ...]
    notes: tuple[str, ...]
