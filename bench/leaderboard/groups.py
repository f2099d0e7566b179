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
    return ratio_interval(*stratum(counts, sorted(counts), clusters))


def stratum(counts: Counts, keys: Sequence[str], clusters: Mapping[str, str]) -> Stratum:
    """Errors, lengths and clusters of these utterances."""
    return [counts[key][0] for key in keys], [counts[key][1] for key in keys], [clusters[key] for key in keys]


def group_gaps(counts: Counts, grouping: Grouping) -> list[GroupGap]:
    """Of each tag that divides these utterances, each group; its p-value not adjusted yet (`adjusted`)."""
    return [gap for tag in grouping.by for gap in _of_tag(tag, counts, grouping)]


def _of_tag(tag: str, counts: Counts, grouping: Grouping) -> list[GroupGap]:
    value_of = {key: value for key in sorted(counts) if (value := grouping.tags.get(key, {}).get(tag))}
    if len(set(value_of.values())) < 2:
        return []
    hidden = _hidden(value_of, grouping)
    gaps = [_gap(tag, group, value_of, hidden.get(group), counts, grouping) for group in sorted(set(value_of.values()))]
    rates = [gap.rate.value for gap in gaps if gap.rate is not None and gap.rate.value is not None]
    if len(rates) < 2:
        return gaps
    return [replace(gap, worst=gap.rate is not None and gap.rate.value == max(rates)) for gap in gaps]


def _hidden(value_of: Mapping[str, str], grouping: Grouping) -> dict[str, str]:
    """Group -> why it has no number: it is too small, or a smaller one could be worked out from it and the whole.

    What is not shown must together be as large as a group must be, and more than one group.
    """
    keys: dict[str, list[str]] = {}
    for key, group in value_of.items():
        keys.setdefault(group, []).append(key)
    small = {group: _too_small(own, grouping) for group, own in keys.items()}
    hidden = {group: reason for group, reason in small.items() if reason is not None}
    by_size = sorted(keys.keys() - hidden.keys(), key=lambda group: (len(keys[group]), group))
    for group in by_size:
        together = [key for name in hidden for key in keys[name]]
        if not hidden or (len(hidden) > 1 and _too_small(together, grouping) is None):
            break
        hidden[group] = "so that a smaller group cannot be worked out from it"
    return hidden


def _gap(
    tag: str, group: str, value_of: Mapping[str, str], hidden: str | None, counts: Counts, grouping: Grouping
) -> GroupGap:
    own = [key for key, value in value_of.items() if value == group]
    others = [key for key, value in value_of.items() if value != group]
    blank = GroupGap(
        tag=tag,
        group=group,
        n=len(own),
        n_clusters=len({grouping.clusters[key] for key in own}),
        suppressed=hidden,
        rate=None,
        gap=None,
        p_adjusted=None,
        worst=False,
    )
    if hidden is not None:
        return blank
    own_rate = ratio_interval(*stratum(counts, own, grouping.clusters))
    if _too_small(others, grouping) is not None:
        return replace(blank, rate=own_rate)
    members = [(key, value == group) for key, value in value_of.items()]
    difference = _against_the_others(members, counts, grouping.clusters)
    return replace(blank, rate=own_rate, gap=difference, p_adjusted=p_value(difference))


def _too_small(keys: Sequence[str], grouping: Grouping) -> str | None:
    """Why these utterances get no number; `None`: they are enough."""
    limits = grouping.limits
    if len(keys) < limits.min_utterances:
        return f"fewer than {limits.min_utterances} utterances"
    if len({grouping.clusters[key] for key in keys}) < limits.min_speakers:
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
    corrected = iter(benjamini_hochberg([p for p in p_values if p is not None]))
    return [None if p is None else next(corrected) for p in p_values]
