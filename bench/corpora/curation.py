"""`exclude`: take utterances out of a manifest by hand, with the reason kept in its header. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bench.corpora.manifest import Header
from bench.errors import UsageError, did_you_mean
from bench.types import Utterance


def exclude(
    header: Header, utterances: Sequence[Utterance], ids: Sequence[str], reason: str
) -> tuple[Header, list[Utterance]]:
    """Header and utterances without `ids`.

    Raises:
        UsageError: without a reason, for an id that is not there, or if nothing would be left.
    """
    if not reason.strip():
        raise UsageError("exclude: expected a reason, got an empty one; say what is wrong, it is shown in reports")
    known = {utterance.id for utterance in utterances}
    for wanted in ids:
        if wanted not in known:
            hint = did_you_mean(wanted, known)
            raise UsageError(f"exclude: expected the id of an utterance, got {wanted!r}{hint}")
    if known == set(ids):
        raise UsageError("exclude: expected to keep at least one utterance, got all of them")
    excluded = {**header.excluded, **dict.fromkeys(ids, reason)}
    return replace(header, excluded=excluded), [item for item in utterances if item.id not in set(ids)]
