"""What a condition draws on besides the recording itself: noise, responses, other talkers, term lists.

It belongs to a trial's identity: other noise in the same folder is another trial. Pure: what looks at files is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.conditions.vocabulary import request_terms
from bench.types import Condition, Utterance


def _unseen(name: str) -> str:
    return ""


def _no_lines(name: str) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """How to look at what a config names."""

    fingerprint: Callable[[str], str] = _unseen
    """Digest of the recordings that a path names; empty: not looked at, or none there."""
    read_lines: Callable[[str], Sequence[str]] = _no_lines
    """Lines of a term file."""


UNSEEN = Sources()
"""Nothing is looked at: for configs whose conditions name no files."""


@dataclass(slots=True)
class ConditionInputs:
    """Of every condition with every corpus, made once."""

    sources: Sources
    corpora: Mapping[str, Sequence[Utterance]]
    """The utterances in use, by the corpus's name."""
    _shared: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def of(self, condition: Condition, utterance: Utterance) -> dict[str, Any]:
        """What decides the answer besides recording and condition; empty for most conditions.

        Raises:
            UsageError: if a term file has a line that is no term.
        """
        key = (condition.id, utterance.corpus)
        if key not in self._shared:
            self._shared[key] = self._recordings(condition, utterance.corpus)
            if condition.request.keywords != "utterance":
                self._shared[key] |= self._terms(condition, utterance)
        own = self._terms(condition, utterance) if condition.request.keywords == "utterance" else {}
        return {**self._shared[key], **own}

    def _recordings(self, condition: Condition, corpus: str) -> dict[str, Any]:
        paths = sorted({str(step.params["path"]) for step in condition.steps if "path" in step.params})
        seen = {path: print for path in paths if (print := self.sources.fingerprint(path))}
        digests: dict[str, Any] = {"recordings": seen} if seen else {}
        if any(step.name == "babble" for step in condition.steps):
            digests["talkers"] = [
                [utterance.id, utterance.sha256, utterance.cluster] for utterance in self.corpora[corpus]
            ]
        return digests

    def _terms(self, condition: Condition, utterance: Utterance) -> dict[str, Any]:
        terms = request_terms(condition.request, utterance, self.corpora[utterance.corpus], self.sources.read_lines)
        return {"terms": terms} if terms else {}


def by_corpus(utterances: Iterable[Utterance]) -> dict[str, list[Utterance]]:
    """Utterances of each corpus, in order."""
    grouped: dict[str, list[Utterance]] = {}
    for utterance in utterances:
        grouped.setdefault(utterance.corpus, []).append(utterance)
    return grouped


def vocabulary(conditions: Iterable[Condition], utterances: Sequence[Utterance], sources: Sources) -> tuple[str, ...]:
    """Every term of one corpus that is said or may be sent, sorted: what all its trials are searched for, so that the
    control is searched for the same terms, and what is not said in an utterance is a decoy there.
    """
    terms = {term for utterance in utterances for term in utterance.keywords}
    for condition in conditions:
        if condition.request.keywords not in (None, "utterance", "corpus") and utterances:
            sent = request_terms(condition.request, utterances[0], utterances, sources.read_lines)
            terms |= {term for term, _ in sent}
    return tuple(sorted(terms))
