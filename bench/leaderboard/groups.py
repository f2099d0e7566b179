"""For whom an engine works less well: gaps between groups of speakers, with small groups kept out of sight. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bench.leaderboard.counts import Counts
from bench.leaderboard.values import GroupGap
from bench.stats.intervals import p_value, paired_ratio_difference, ratio_interval
from bench.stats.multiple import benjamini_hochberg
from bench.types import Interval

TAGS = ("dialect", "accent", "gender", "age", "l1", "device")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLimits:
    """Groups below either get no number."""

    min_utterances: int = 20
    min_speakers: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """What is known of the utterances of a table, by key."""

    tags: Mapping[str, Mapping[str, str]]
    clusters: Mapping[str, str]
    by: Sequence[str] = TAGS
    limits: GroupLimits = GroupLimits()


def rate(counts: Counts, clusters: Mapping[str, str]) -> Interval:
    """The pooled rate over the utterances of `counts`."""
    return ratio_interval(*counts.stratum(clusters))


def group_gaps(counts: Counts, grouping: Grouping) -> list[GroupGap]:
    """Of each tag that divides these utterances, each group; its p-value not adjusted yet (`adjusted`)."""
    return [gap for tag in grouping.by for gap in _of_tag(tag, counts, grouping)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tagged:
    """The utterances that carry a tag."""

    tag: str
    counts: Counts
    clusters: Mapping[str, str]
    limits: GroupLimits
    names: Sequence[str]
    """Of the groups, sorted."""
    groups: NDArray[np.intp]
    """The group of each utterance, by its place in `names`."""

    def too_small(self, chosen: NDArray[np.bool_]) -> str | None:
        """Why these utterances get no number; `None`: they are enough."""
        if chosen.sum() < self.limits.min_utterances:
            return f"fewer than {self.limits.min_utterances} utterances"
        if self.n_clusters(chosen) < self.limits.min_speakers:
            return f"fewer than {self.limits.min_speakers} speakers"
        return None

    def n_clusters(self, chosen: NDArray[np.bool_]) -> int:
        return len(set(self.counts.taken(chosen).labels(self.clusters)))


def _tagged(tag: str, counts: Counts, grouping: Grouping) -> _Tagged | None:
    """`None`: no tag, or one group, divides nothing."""
    values = np.array([grouping.tags.get(key, {}).get(tag) or "" for key in counts.keys], object)
    carry = values != ""
    names = sorted(set(values[carry].tolist()))
    if len(names) < 2:
        return None
    place = {name: index for index, name in enumerate(names)}
    return _Tagged(
        tag=tag,
        counts=counts.taken(carry),
        clusters=grouping.clusters,
        limits=grouping.limits,
        names=names,
        groups=np.array([place[value] for value in values[carry]], np.intp),
    )


def _of_tag(tag: str, counts: Counts, grouping: Grouping) -> list[GroupGap]:
    tagged = _tagged(tag, counts, grouping)
    if tagged is None:
        return []
    hidden = _hidden(tagged)
    gaps = [_gap(group, hidden.get(group), tagged) for group in range(len(tagged.names))]
    rates = [gap.rate.value for gap in gaps if gap.rate is not None and gap.rate.value is not None]
    if len(rates) < 2:
        return gaps
    return [replace(gap, worst=gap.rate is not None and gap.rate.value == max(rates)) for gap in gaps]


def _hidden(tagged: _Tagged) -> dict[int, str]:
    """Group -> why it has no number: it is too small, or a smaller one could be worked out from it and the whole.

    What is not shown must together be as large as a group must be, and more than one group.
    """
    sizes = np.bincount(tagged.groups).tolist()
    small = {group: tagged.too_small(tagged.groups == group) for group in range(len(sizes))}
    hidden = {group: reason for group, reason in small.items() if reason is not None}
    for group in sorted(small.keys() - hidden.keys(), key=lambda group: (sizes[group], group)):
        together = np.isin(tagged.groups, list(hidden))
        if not hidden or (len(hidden) > 1 and tagged.too_small(together) is None):
            break
        hidden[group] = "so that a smaller group cannot be worked out from it"
    return hidden


def _gap(group: int, hidden: str | None, tagged: _Tagged) -> GroupGap:
    own = tagged.groups == group
    blank = GroupGap(
        tag=tagged.tag,
        group=tagged.names[group],
        n=int(own.sum()),
        n_clusters=tagged.n_clusters(own),
        suppressed=hidden,
        rate=None,
        gap=None,
        p_adjusted=None,
        worst=False,
    )
    if hidden is not None:
        return blank
    own_rate = rate(tagged.counts.taken(own), tagged.clusters)
    if tagged.too_small(~own) is not None:
        return replace(blank, rate=own_rate)
    difference = _against_the_others(own, tagged.counts, tagged.clusters)
    return replace(blank, rate=own_rate, gap=difference, p_adjusted=p_value(difference))


def _against_the_others(own: NDArray[np.bool_], counts: Counts, clusters: Mapping[str, str]) -> Interval:
    """Rate inside minus rate outside; a speaker on both sides is one cluster, so what they share cancels."""
    return paired_ratio_difference(
        counts.errors * own, counts.lengths * own, counts.errors * ~own, counts.lengths * ~own, counts.labels(clusters)
    )


def adjusted(p_values: Sequence[float | None]) -> list[float | None]:
    """Benjamini-Hochberg over those that were tested, in the order given."""
    corrected = iter(benjamini_hochberg([p for p in p_values if p is not None]))
    return [None if p is None else next(corrected) for p in p_values]
