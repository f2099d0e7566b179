"""References that are probably wrong: several engines hear the same thing, and it is not what is written. Pure.

A suspicion is a list to read, never a correction. Engines of one family err alike, so give one of each family, and
hold the list against the audio before `corpus exclude` records anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import nsmallest
from typing import TypeAlias

from bench.scoring.errors.confusions import WordPair, regions


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """At `reference[ref_start:ref_end]`, which reads `written`, `engines` of `n_engines` agree on `heard`."""

    utterance_id: str
    ref_start: int
    ref_end: int
    written: str
    heard: str
    engines: tuple[str, ...]
    n_engines: int

    @property
    def agreement(self) -> float:
        return len(self.engines) / self.n_engines


def suspects(
    pairs: Mapping[str, Iterable[WordPair]], *, min_engines: int = 2, limit: int | None = None
) -> tuple[Suspect, ...]:
    """Places where at least `min_engines` engines agree against the reference.

    Args:
        pairs: engine -> its answers to the same references, one pair an utterance.
        min_engines: agreeing engines that make a suspicion, 2 or more.
        limit: so many at most; `None`: all.

    Returns:
        The most agreed first, then the longest, then by utterance.
    """
    if len(pairs) < min_engines:
        return ()
    # Most regions are of one engine: of these 64 bits are all that is kept. Of two million two share theirs once in ten
    # million runs.
    first_heard: dict[int, str] = {}
    agreed: dict[_Claim, list[str]] = {}
    written: dict[tuple[str, int, int], str] = {}
    answered: dict[str, int] = defaultdict(int)
    for engine in sorted(pairs):
        for pair in pairs[engine]:
            answered[pair.utterance_id] += 1
            for region in regions(pair.edits):
                span = (pair.utterance_id, region.ref_start, region.ref_end)
                claim = (*span, " ".join(pair.hypothesis[region.hyp_start : region.hyp_end]))
                first = first_heard.setdefault(hash(claim), engine)
                if claim in agreed:
                    agreed[claim].append(engine)
                elif first != engine:
                    agreed[claim] = [first, engine]
                    written[span] = " ".join(pair.reference[region.ref_start : region.ref_end])
    accused = (
        Suspect(
            utterance_id=utterance_id,
            ref_start=start,
            ref_end=end,
            written=written[utterance_id, start, end],
            heard=heard,
            engines=tuple(engines),
            n_engines=answered[utterance_id],
        )
        for (utterance_id, start, end, heard), engines in agreed.items()
        if len(engines) >= min_engines
    )
    return tuple(sorted(accused, key=_rank) if limit is None else nsmallest(limit, accused, key=_rank))


_Claim: TypeAlias = tuple[str, int, int, str]


def _rank(suspect: Suspect) -> tuple[float, int, int, str, int]:
    extent = len(suspect.written.split()) + len(suspect.heard.split())
    return -suspect.agreement, -len(suspect.engines), -extent, suspect.utterance_id, suspect.ref_start
