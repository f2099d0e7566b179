"""`exclude`: take utterances out of a manifest by hand, with the reason kept in its header. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bench.corpora.manifest import Header
from bench.errors import Problem, UsageError, did_you_mean
from bench.types import Utterance


def exclude(
    header: Header, utterances: Sequence[Utterance], ids: Sequence[str], reason: str
) -> tuple[Header, list[Utterance]]:
    """Header and utterances without `ids`.

    Raises:
        UsageError: without a reason, for an id that is not there, or if nothing would be left.
    """
    if not reason.strip():
        raise UsageError(Problem("exclude", "a reason", "an empty one", "say what is wrong, it is shown in reports"))
    known = {utterance.id for utterance in utterances}
    for wanted in ids:
        if wanted not in known:
            raise UsageError(Problem("exclude", "the id of an utterance", repr(wanted), did_you_mean(wanted, known)))
    if known == set(ids):
        raise UsageError(Problem("exclude", "to keep at least one utterance", "all of them"))
    excluded = {**header.excluded, **dict.fromkeys(ids, reason)}
    return replace(header, excluded=excluded), [utterance for utterance in utterances if utterance.id not in set(ids)]
