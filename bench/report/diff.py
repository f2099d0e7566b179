"""An answer against its reference, word by word, along the path that scoring left. Aligns nothing. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bench.scoring.cells import ScoredTrial
from bench.scoring.text.align import edits_of


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffPiece:
    """A stretch of the diff: `equal`, `substitute`, `delete` or `insert`."""

    op: str
    reference: str
    hypothesis: str


def diff(trial: ScoredTrial) -> tuple[DiffPiece, ...]:
    """Word-level diff of an answered trial."""
    a, b = trial.reference.split(), (trial.hypothesis or "").split()
    return tuple(
        DiffPiece(
            op=edit.op,
            reference=" ".join(a[edit.ref_start : edit.ref_end]),
            hypothesis=" ".join(b[edit.hyp_start : edit.hyp_end]),
        )
        for edit in edits_of(trial.path)
    )
