"""The totals of word errors held against jiwer's, on the two texts as the alignment resolved them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from importlib import metadata
from itertools import islice

from bench.scoring.cells import ScoredTrial

PAIRS = 20_000
"""About as many pairs of texts of a run are checked."""
_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondOpinion:
    """Of `checked` distinct pairs of texts, jiwer counts as many word errors as we do in `equal`."""

    tool: str
    """`jiwer` and its version."""
    checked: int
    equal: int
    differing: tuple[str, ...] = ()
    """Trials of pairs that differ, the first few."""

    @property
    def agrees(self) -> bool:
        return self.checked == self.equal

    def __str__(self) -> str:
        said = f"checked against {self.tool}: {self.equal:,} of {self.checked:,} pairs of texts equal"
        return f"{said}; not in trials {', '.join(self.differing)}" if self.differing else said


def second_opinion(trials: Iterable[ScoredTrial], *, share: float = 1.0) -> SecondOpinion:
    """Checks that share of the distinct texts of the answered trials, drawn by a digest of the texts.

    Left out: an empty reference, of which jiwer makes no rate.
    """
    import jiwer

    distinct: dict[tuple[str, str], tuple[str, int]] = {}
    for trial in trials:
        if trial.words is not None and trial.reference and trial.hypothesis is not None:
            distinct.setdefault((trial.reference, trial.hypothesis), (trial.trial_id, trial.words.errors))
    drawn = list(_drawn(distinct, share))
    differing: list[str] = []
    if drawn:
        alignments = jiwer.process_words([said for said, _ in drawn], [heard for _, heard in drawn]).alignments
        for pair, chunks in zip(drawn, alignments, strict=True):
            trial_id, ours = distinct[pair]
            theirs = sum(
                max(chunk.ref_end_idx - chunk.ref_start_idx, chunk.hyp_end_idx - chunk.hyp_start_idx)
                for chunk in chunks
                if chunk.type != "equal"
            )
            if theirs != ours:
                differing.append(trial_id)
    return SecondOpinion(
        tool=_tool(),
        checked=len(drawn),
        equal=len(drawn) - len(differing),
        differing=tuple(differing[:_SHOWN]),
    )


def joined_opinions(parts: Sequence[SecondOpinion]) -> SecondOpinion:
    """Of all parts of a run together: a pair of texts that is in two of them counts twice."""
    return SecondOpinion(
        tool=_tool(),
        checked=sum(part.checked for part in parts),
        equal=sum(part.equal for part in parts),
        differing=tuple(islice((trial for part in parts for trial in part.differing), _SHOWN)),
    )


def _tool() -> str:
    return f"jiwer {metadata.version('jiwer')}"


def _drawn(pairs: Iterable[tuple[str, str]], share: float) -> Iterator[tuple[str, str]]:
    """The same ones in whatever part of a run they are met."""
    for pair in pairs:
        digest = blake2b("\x00".join(pair).encode("utf-8", "surrogatepass"), digest_size=8).digest()
        if int.from_bytes(digest) < share * 2**64:
            yield pair
