"""One result against its reference: a scored trial. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bench.scoring.cells import ScoredTrial
from bench.scoring.features import tally
from bench.scoring.tally import Heard
from bench.scoring.text.normalize import Normalizer
from bench.scoring.text.score import SpokenText, TextScore, reference_words, score_text
from bench.scoring.timing.metrics import trial_metrics
from bench.scoring.timing.shared_words import written
from bench.types import Cell, Failure, Result, Transcript, Trial, Utterance


def score_trial(
    trial: Trial, utterance: Utterance, result: Result, normalizer: Normalizer, *, transliterating: bool = False
) -> ScoredTrial:
    """Score one result against its reference; its terms are counted by `term_estimates.with_terms`.

    Raises:
        MissingExtraError: transliteration is asked for, needed, and its package is not installed.
    """
    spoken, outcome = SpokenText.of(utterance), result.outcome
    plain = reference_words(spoken, normalizer)
    failure = outcome if isinstance(outcome, Failure) else None
    answer = None if isinstance(outcome, Failure) else outcome
    text = score_text(spoken, answer.text, normalizer, transliterating=transliterating) if answer else None
    metrics, reasons = trial_metrics(utterance, answer, trial.mode, result.dose) if answer else ({}, {})
    judged = tally(_heard(utterance, answer, normalizer, text, result.dose)) if answer and text else ({}, {}, {})
    tallies, missing, word_errors = judged
    return ScoredTrial(
        trial_id=trial.id,
        utterance_id=trial.utterance_id,
        cell=Cell(trial.engine_id, trial.mode, trial.condition_id, utterance.corpus, utterance.language),
        repeat=trial.repeat,
        cluster=utterance.cluster or utterance.id,
        duration_s=utterance.duration_s,
        reference_words=len(plain),
        words=text.best.counts if text else None,
        chars=text.chars if text else None,
        further=text.further if text else {},
        failure_kind=failure.kind if failure else None,
        failure=failure.message or None if failure else None,
        empty=text is not None and text.empty,
        wrong_script=text is not None and text.wrong_script,
        metrics=metrics,
        reasons={**reasons, **missing},
        tallies=tallies,
        word_errors=written(word_errors) if "word.matched" in tallies else None,
        dose=result.dose,
        tags=utterance.tags,
        node=result.node,
        reference=" ".join(text.best.reference if text else plain),
        hypothesis=" ".join(text.best.hypothesis) if text else None,
        path=text.best.path if text else "",
    )


def _heard(
    utterance: Utterance, answer: Transcript, normalizer: Normalizer, text: TextScore, dose: Mapping[str, float]
) -> Heard:
    return Heard(
        utterance=utterance,
        transcript=answer,
        normalizer=normalizer,
        reference=text.best.reference,
        hypothesis=text.best.hypothesis,
        path=text.best.path,
        offset_s=dose.get("speech_offset_s", 0.0),
        scale=dose.get("time_scale", 1.0),
    )
