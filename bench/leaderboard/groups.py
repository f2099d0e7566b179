"""For whom an engine works less well: gaps between groups of speakers, with small groups kept out of sight. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bench.leaderboard.ranks import Counts
from bench.leaderboard.values import GroupGap
from bench.stats.intervals import p_value, paired_ratio_difference, ratio_interval
from bench.stats.multiple import benjamini_hochberg
from bench.stats.strata import Stratum
from bench.types import Interval

TAGS = ("dialect", "accent", "gender", "age", "l1", "device")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Groups below either get no number."""

    min_utterances: int = 20
    min_speakers: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """What is known of the utterances of a table, by key."""

    tags: Mapping[str, Mapping[str, str]]
    clusters: Mapping[str, str]
    by: Sequence[str] = TAGS
    limits: Limits = Limits()


def rate(counts: Counts, clusters: Mapping[str, str]) -> Interval:
    """The pooled rate over the utterances of `counts`."""
    return ratio_interval(*stratum(counts, sorted(counts), clusters))


def stratum(counts: Counts, keys: Sequence[str], clusters: Mapping[str, str]) -> Stratum:
    """Errors, lengths and clusters of these utterances."""
    return [counts[key][0] for key in keys], [counts[key][1] for key in keys], [clusters[key] for key in keys]


def group_gaps(counts: Counts, grouping: Grouping) -> list[GroupGap]:
    """Of each tag that divides these utterances, each group; its p-value not adjusted yet (`adjusted`)."""
    return [found for tag in grouping.by for found in _of_tag(tag, counts, grouping)]


def _of_tag(tag: str, counts: Counts, grouping: Grouping) -> list[GroupGap]:
    value_of = {key: grouping.tags.get(key, {}).get(tag) for key in sorted(counts)}
    tagged = [key for key, value in value_of.items() if value]
    values = sorted({value for value in value_of.values() if value})
    if len(values) < 2:
        return []
    found = [_gap(tag, value, [(key, value_of[key] == value) for key in tagged], counts, grouping) for value in values]
    rates = [gap.rate.value for gap in found if gap.rate is not None and gap.rate.value is not None]
    if len(rates) < 2:
        return found
    return [replace(gap, worst=gap.rate is not None and gap.rate.value == max(rates)) for gap in found]


def _gap(tag: str, group: str, members: Sequence[tuple[str, bool]], counts: Counts, grouping: Grouping) -> GroupGap:
    own = [key for key, inside in members if inside]
    n_clusters = len({grouping.clusters[key] for key in own})
    blank = GroupGap(
        tag=tag,
        group=group,
        n=len(own),
        n_clusters=n_clusters,
        suppressed=_too_small(len(own), n_clusters, grouping.limits),
        rate=None,
        gap=None,
        p_adjusted=None,
        worst=False,
    )
    if blank.suppressed:
        return blank
    difference = _against_the_others(members, counts, grouping.clusters)
    own_rate = ratio_interval(*stratum(counts, own, grouping.clusters))
    return replace(blank, rate=own_rate, gap=difference, p_adjusted=p_value(difference))


def _too_small(n: int, n_clusters: int, limits: Limits) -> str | None:
    if n < limits.min_utterances:
        return f"fewer than {limits.min_utterances} utterances"
    if n_clusters < limits.min_speakers:
        return f"fewer than {limits.min_speakers} speakers"
    return None


def _against_the_others(members: Sequence[tuple[str, bool]], counts: Counts, clusters: Mapping[str, str]) -> Interval:
    """Rate inside minus rate outside; a speaker on both sides is one cluster, so what they share cancels."""
    inside = [counts[key] if own else (0, 0) for key, own in members]
    outside = [(0, 0) if own else counts[key] for key, own in members]
    return paired_ratio_difference(
        [errors for errors, _ in inside],
        [length for _, length in inside],
        [errors for errors, _ in outside],
        [length for _, length in outside],
        [clusters[key] for key, _ in members],
    )


def adjusted(p_values: Sequence[float | None]) -> list[float | None]:
    """Benjamini-Hochberg over those that were tested, in the order given."""
    found = iter(benjamini_hochberg([p for p in p_values if p is not None]))
    return [None if p is None else next(found) for p in p_values]
