"""Pairs of texts for tests that need no trial."""

from __future__ import annotations

from collections.abc import Sequence

from bench.scoring.errors.confusions import WordPair
from bench.scoring.text.align import align


def aligned(utterance_id: str, reference: Sequence[str], hypothesis: Sequence[str]) -> WordPair:
    """The words of one utterance along the edit path that counting takes."""
    edits = align(reference, hypothesis)
    return WordPair(utterance_id=utterance_id, reference=tuple(reference), hypothesis=tuple(hypothesis), edits=edits)
