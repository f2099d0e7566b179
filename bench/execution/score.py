"""Scores and estimates of a run, from what its folder holds: no network, no audio."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bench.scoring.dose import dose_estimates
from bench.scoring.errors.analysis import analyse_records
from bench.scoring.estimates import estimates
from bench.scoring.languages import language_estimates
from bench.scoring.sensitivity import sensitivities
from bench.scoring.term_estimates import count_trials, term_estimates
from bench.scoring.text.normalize import get_normalizer
from bench.scoring.text.terms import TermCounts
from bench.scoring.timing.log import Log
from bench.scoring.timing.metrics import METRICS, trial_log
from bench.scoring.timing.over_time import Group, over_time
from bench.scoring.timing.validity import judge, mark_invalid
from bench.scoring.trial import Scored, score_trial
from bench.store import RunFolder
from bench.types import Estimate, Result, Transcript, Utterance


def score(
    folder: RunFolder,
    *,
    normalizer: str | None = None,
    profiles: Sequence[str] | None = None,
    transliterate: bool | None = None,
) -> list[Estimate]:
    """Scores and estimates from what the folder holds: no network, no audio. Writes both; same inputs, same bytes.

    `None`: as the run's config says.
    """
    spec = folder.spec()
    config = spec.config
    rules = get_normalizer(normalizer or config.normalizer)
    transliterating = config.transliterate if transliterate is None else transliterate
    utterances, results = folder.utterances(), folder.results()
    scored = [
        score_trial(trial, utterances[trial.utterance_id], results[trial.id], rules, transliterating=transliterating)
        for trial in folder.trials()
        if trial.id in results
    ]
    validity = judge(config.validity, results.values(), folder.looks())
    folder.write_validity(validity)
    made_by = {
        "normalizer": {"id": rules.id, "hash": rules.content_hash},
        "metrics": {name: metric.version for name, metric in METRICS.items()},
    }
    terms = count_trials(scored, spec.terms, rules)
    rows = [_row(item, terms.get(item.trial.id)) for item in sorted(scored, key=lambda item: item.trial.id)]
    folder.drop_clips()
    folder.write_scores(rows, made_by)
    order = ([engine.id for engine in config.engines], list(folder.conditions()))
    found = [
        *estimates(scored, config.contrasts or (), engines=order[0], conditions=order[1]),
        *language_estimates(scored, engines=order[0], conditions=order[1]),
        *term_estimates(scored, terms, engines=order[0], conditions=order[1]),
        *dose_estimates(scored, engines=order[0], conditions=order[1]),
    ]
    if not validity.valid:
        found = [mark_invalid(estimate, validity.judged) for estimate in found]
    folder.write_estimates(found)
    chosen = config.profiles if profiles is None else profiles
    heard = {id: outcome.text for id, result in results.items() if isinstance(outcome := result.outcome, Transcript)}
    folder.write_sensitivity(
        sensitivities(scored, utterances, heard, chosen, engines=order[0], conditions=order[1]) if chosen else ()
    )
    logs = _logs(scored, utterances, results)
    folder.write_over_time(over_time(logs, engines=order[0], conditions=order[1]))
    folder.write_analysis(analyse_records(rows, utterances, rules, engines=order[0], conditions=order[1]))
    return found


def _logs(
    scored: Sequence[Scored], utterances: Mapping[str, Utterance], results: Mapping[str, Result]
) -> Iterator[tuple[Group, Log]]:
    """The log of every answered stream, with its group."""
    for item in scored:
        trial, result = item.trial, results[item.trial.id]
        if trial.mode == "stream" and isinstance(result.outcome, Transcript):
            group = (trial.engine_id, trial.condition_id, item.corpus, item.language)
            yield group, trial_log(utterances[trial.utterance_id], result.outcome, trial.mode, result.dose)


def _row(item: Scored, terms: TermCounts | None) -> dict[str, Any]:
    """One line of scores.parquet: plain columns, mappings as JSON text."""
    trial, score = item.trial, item.score
    counts = {
        f"{prefix}_{name}": None if edits is None else getattr(edits, name)
        for prefix, edits in (("words", score.words), ("chars", score.chars))
        for name in ("substitutions", "deletions", "insertions", "hits")
    }
    return {
        "trial_id": trial.id,
        "utterance_id": trial.utterance_id,
        "engine": trial.engine_id,
        "mode": trial.mode,
        "condition": trial.condition_id,
        "repeat": trial.repeat,
        "corpus": item.corpus,
        "language": item.language,
        "cluster": item.cluster,
        "duration_s": item.duration_s,
        "reference_words": item.reference_words,
        "normalizer": score.normalizer,
        "failure_kind": None if score.failure_kind is None else score.failure_kind.value,
        "failure": item.message or None,
        "empty": item.empty,
        "wrong_script": score.wrong_script,
        "reference": item.reference,
        "hypothesis": item.hypothesis,
        **counts,
        "further": _json({name: asdict(edits) for name, edits in score.further.items()}),
        "metrics": _json(score.metrics),
        "reasons": _json(score.reasons),
        "dose": _json(item.dose),
        "terms": None if terms is None else _json(asdict(terms)),
        "tags": _json(item.tags),
    }


def _json(mapping: Mapping[str, Any]) -> str:
    return json.dumps(dict(mapping), ensure_ascii=False, sort_keys=True)
