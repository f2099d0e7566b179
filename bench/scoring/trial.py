"""One trial with its score and all that grouping needs. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from bench.scoring.cells import ScoredRow
from bench.scoring.text.normalize import Normalizer
from bench.scoring.text.score import Spoken, TextScore, reference_words, score_text
from bench.scoring.timing.metrics import trial_metrics
from bench.types import Cell, ErrorCounts, Failure, Result, Score, Transcript, Trial, Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One trial with its score and all that grouping needs. Texts are normalised."""

    trial: Trial
    corpus: str
    language: str
    cluster: str
    duration_s: float
    tags: Mapping[str, str]
    dose: Mapping[str, float]
    reference: str
    """Of accepted variants, those that the answer was read by."""
    reference_words: int
    """Of the first variants, whatever the answer."""
    hypothesis: str | None
    """Without what was said where the reference is unintelligible. `None`: the trial failed."""
    empty: bool
    """Answered with no text."""
    score: Score
    message: str = ""
    """Of the failure."""

    @property
    def answered(self) -> bool:
        return self.score.failure_kind is None

    @property
    def cell(self) -> Cell:
        """The cell of the report it belongs to."""
        trial = self.trial
        return Cell(trial.engine_id, trial.mode, trial.condition_id, self.corpus, self.language)

    @property
    def row(self) -> ScoredRow:
        """What pairing and comparing need of it."""
        return ScoredRow(
            utterance_id=self.trial.utterance_id,
            cluster=self.cluster,
            engine=self.trial.engine_id,
            mode=self.trial.mode,
            condition=self.trial.condition_id,
            corpus=self.corpus,
            language=self.language,
            repeat=self.trial.repeat,
            duration_s=self.duration_s,
            reference_words=self.reference_words,
            words=self.score.words,
            chars=self.score.chars,
            failure_kind=self.score.failure_kind,
            metrics=self.score.metrics,
        )


def score_trial(
    trial: Trial, utterance: Utterance, result: Result, normalizer: Normalizer, *, transliterating: bool = False
) -> Scored:
    """Score one result against its reference.

    Raises:
        MissingExtraError: transliteration is asked for, needed, and its package is not installed.
    """
    spoken, outcome = Spoken.of(utterance), result.outcome
    plain = reference_words(spoken, normalizer)
    if isinstance(outcome, Failure):
        text = None
        score = Score(trial_id=trial.id, normalizer=normalizer.id, words=None, chars=None, failure_kind=outcome.kind)
    else:
        text = score_text(spoken, outcome.text, normalizer, transliterating=transliterating)
        score = _score(trial, utterance, outcome, result.dose, normalizer, text)
    return Scored(
        trial=trial,
        corpus=utterance.corpus,
        language=utterance.language,
        cluster=utterance.cluster or utterance.id,
        duration_s=utterance.duration_s,
        tags=utterance.tags,
        dose=result.dose,
        reference=" ".join(plain if text is None else text.path.reference),
        reference_words=len(plain),
        hypothesis=None if text is None else " ".join(text.path.hypothesis),
        empty=isinstance(outcome, Transcript) and not outcome.text.strip(),
        score=score,
        message=outcome.message if isinstance(outcome, Failure) else "",
    )


def _score(
    trial: Trial,
    utterance: Utterance,
    transcript: Transcript,
    dose: Mapping[str, float],
    normalizer: Normalizer,
    text: TextScore,
) -> Score:
    metrics, reasons = trial_metrics(utterance, transcript, trial.mode, dose)
    return Score(
        trial_id=trial.id,
        normalizer=normalizer.id,
        words=text.path.counts,
        chars=text.chars,
        further=text.further,
        wrong_script=text.wrong_script,
        metrics=metrics,
        reasons=reasons,
    )


Counter: TypeAlias = Callable[[Scored], ErrorCounts]
"""The counts of an answered trial."""


def words(item: Scored) -> ErrorCounts:
    assert item.score.words is not None
    return item.score.words


def chars(item: Scored) -> ErrorCounts:
    assert item.score.chars is not None
    return item.score.chars


def words_or_all_deleted(item: Scored) -> ErrorCounts:
    """Of a failed trial, every reference word deleted."""
    return item.score.words or ErrorCounts(deletions=item.reference_words)


def further(name: str) -> Counter:
    """The further counts of that name; where an answer has none of its own, its words."""
    return lambda item: item.score.further.get(name, words(item))
