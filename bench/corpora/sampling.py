"""Seeded, stratified samples and speaker-disjoint splits. Pure: depends on ids, not on the order of lines.

Source: the highest-averages rule of Sainte-Laguë, which keeps every stratum within one item of its share.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypeAlias

from bench.errors import Problem, UsageError, did_you_mean
from bench.types import Utterance

Allocation: TypeAlias = Literal["proportional", "equal"]

_ROUNDING = 1e-6
_DURATIONS_S = (2.0, 5.0, 10.0, 20.0)


def stratum_value(utterance: Utterance, key: str) -> str:
    """What an utterance is under a key: language, cluster, corpus, duration (binned), or a tag."""
    if key == "duration":
        below = sum(utterance.duration_s >= bound for bound in _DURATIONS_S)
        return ("<2 s", "2-5 s", "5-10 s", "10-20 s", ">=20 s")[below]
    if key in ("language", "cluster", "corpus"):
        return str(getattr(utterance, key) or "unknown")
    return utterance.tags.get(key, "unknown")


def check_keys(utterances: Iterable[Utterance], keys: Sequence[str]) -> None:
    """Refuse a stratum key that no utterance has.

    Raises:
        UsageError: with the near name.
    """
    known = {"language", "cluster", "corpus", "duration"}.union(*(utterance.tags for utterance in utterances))
    for key in keys:
        if key not in known:
            raise UsageError(
                Problem(f"--by {key}", f"one of {', '.join(sorted(known))}", repr(key), did_you_mean(key, known))
            )


def sample(
    utterances: Sequence[Utterance],
    *,
    seed: int,
    count: int | None = None,
    minutes: float | None = None,
    by: Sequence[str] = (),
    allocation: Allocation = "proportional",
) -> list[Utterance]:
    """About `count` utterances or `minutes` of audio, in the order they came in.

    Strata are the combinations of `by`. `proportional` keeps their shares, `equal` gives each the same until it is
    used up. With `minutes`, the last utterance taken is the one that reaches them.

    Raises:
        UsageError: unless exactly one of count and minutes is given, above 0.
    """
    if (count is None) == (minutes is None) or (count or minutes or 0) <= 0:
        raise UsageError(
            Problem("sample", "a count or minutes, above 0", "neither or both", "give --count N or --minutes M")
        )
    check_keys(utterances, by)
    strata: dict[tuple[str, ...], list[Utterance]] = {}
    for utterance in sorted(utterances, key=lambda utterance: _rank(seed, utterance.id)):
        strata.setdefault(tuple(stratum_value(utterance, key) for key in by), []).append(utterance)
    chosen: set[str] = set()
    amount, wanted = 0.0, float(count) if count is not None else 60 * (minutes or 0.0)
    for utterance in _in_turns(strata, by_time=count is None, allocation=allocation):
        if amount >= wanted:
            break
        chosen.add(utterance.id)
        amount += 1 if count is not None else utterance.duration_s
    return [utterance for utterance in utterances if utterance.id in chosen]


def _in_turns(
    strata: Mapping[tuple[str, ...], list[Utterance]], *, by_time: bool, allocation: Allocation
) -> Iterable[Utterance]:
    """All utterances, so that after any number of them the strata are as near their shares as can be."""

    def size(utterance: Utterance) -> float:
        return utterance.duration_s if by_time else 1.0

    weights = {key: sum(map(size, items)) if allocation == "proportional" else 1.0 for key, items in strata.items()}
    taken = dict.fromkeys(strata, 0.0)
    queue = [(-weights[key] / (0.5 * size(items[0])), key, 0) for key, items in strata.items()]
    heapq.heapify(queue)
    while queue:
        _, key, index = heapq.heappop(queue)
        items = strata[key]
        yield items[index]
        taken[key] += size(items[index])
        if index + 1 < len(items):
            priority = -weights[key] / (taken[key] + 0.5 * size(items[index + 1]))
            heapq.heappush(queue, (priority, key, index + 1))


def split(
    utterances: Sequence[Utterance], parts: Mapping[str, float], *, seed: int, by: str = "cluster"
) -> dict[str, list[Utterance]]:
    """Parts with shares of the audio time, no value of `by` (a speaker) in two of them.

    Every utterance is in one part: shares that add up to less than 1 are scaled.

    Raises:
        UsageError: if shares are not above 0 or add up to more than 1, or there are fewer groups than parts.
    """
    total = sum(parts.values())
    if not parts or not all(share > 0 for share in parts.values()) or not total <= 1 + _ROUNDING:
        given = ", ".join(f"{name}={share:g}" for name, share in parts.items())
        raise UsageError(
            Problem(
                "split",
                "shares above 0 that add up to 1",
                f"{given or 'none'} (together {total:g})",
                "for instance --part dev=0.2 --part test=0.8",
            )
        )
    groups: dict[str, list[Utterance]] = {}
    for utterance in utterances:
        # An utterance without a speaker stands alone, as it does when resampled.
        alone = by == "cluster" and utterance.cluster is None
        groups.setdefault(utterance.id if alone else stratum_value(utterance, by), []).append(utterance)
    if len(groups) < len(parts):
        raise UsageError(Problem("split", f"at least {len(parts)} values of {by}", str(len(groups)), "use fewer parts"))
    part_of = _assign(groups, parts, seed)
    result: dict[str, list[Utterance]] = {name: [] for name in parts}
    for key, items in groups.items():
        result[part_of[key]] += items
    order = {utterance.id: position for position, utterance in enumerate(utterances)}
    return {name: sorted(items, key=lambda utterance: order[utterance.id]) for name, items in result.items()}


def _assign(groups: Mapping[str, list[Utterance]], parts: Mapping[str, float], seed: int) -> dict[str, str]:
    """Each group, in seeded order, to the part that lacks most of its share."""
    length = {key: sum(utterance.duration_s for utterance in items) for key, items in groups.items()}
    total, shares = sum(length.values()), sum(parts.values())
    lack = {name: share / shares * total for name, share in parts.items()}
    part_of, empty = {}, set(parts)
    keys = sorted(groups, key=lambda key: _rank(seed, key))
    for position, key in enumerate(keys):
        must_fill = len(keys) - position <= len(empty)
        name = max(empty if must_fill else lack, key=lambda name: (lack[name], name))
        part_of[key] = name
        lack[name] -= length[key]
        empty.discard(name)
    return part_of


def _rank(seed: int, name: str) -> bytes:
    return hashlib.sha256(f"{seed}\0{name}".encode()).digest()
