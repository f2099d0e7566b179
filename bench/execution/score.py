"""Scores and estimates of a run, from what its folder holds: no network, no audio."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from bench.comparison.targets import judge_targets, parse_targets, to_json
from bench.corpora.identity import corpus_digests
from bench.scoring.cells import Order, ScoredTrial
from bench.scoring.errors.analysis import analyse
from bench.scoring.estimates import dose_estimates, estimates
from bench.scoring.languages import language_estimates
from bench.scoring.second_opinion import second_opinion
from bench.scoring.sensitivity import sensitivities
from bench.scoring.term_estimates import term_estimates, with_terms
from bench.scoring.text.lattice import WILDCARD
from bench.scoring.text.normalize import Normalizer, get_normalizer
from bench.scoring.timing.log import Log
from bench.scoring.timing.metrics import METRICS, trial_log
from bench.scoring.timing.over_time import Group, over_time
from bench.scoring.timing.validity import judge, mark_invalid
from bench.scoring.trial import score_trial
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
    config = folder.spec().config
    rules = get_normalizer(normalizer or config.normalizer)
    utterances, results = folder.utterances(), folder.results()
    trials = _scored(
        folder, rules, utterances, results, config.transliterate if transliterate is None else transliterate
    )
    validity = judge(config.validity, results.values(), folder.looks())
    folder.write_validity(validity)
    made_by = {
        "normalizer": {"id": rules.id, "hash": rules.content_hash},
        "metrics": {name: metric.version for name, metric in METRICS.items()},
        "corpora": corpus_digests(utterances),
        "second_opinion": asdict(second_opinion(trial for trial in trials if not _has_wildcard(trial, utterances))),
    }
    folder.drop_clips()
    folder.write_scores(sorted(trials, key=lambda trial: trial.trial_id), made_by)
    order = Order(engines=[engine.id for engine in config.engines], conditions=list(folder.conditions()))
    made = [
        *estimates(trials, config.contrasts or (), order=order),
        *language_estimates(trials, order=order),
        *term_estimates(trials, order=order),
        *dose_estimates(trials, order=order),
    ]
    if not validity.valid:
        made = [mark_invalid(estimate, validity.judged) for estimate in made]
    folder.write_estimates(made)
    targets = judge_targets(parse_targets(config.targets, where=f"{folder.path}: targets"), trials, validity)
    folder.write_json("targets.json", to_json(targets))
    chosen = config.profiles if profiles is None else profiles
    heard = {id: outcome.text for id, result in results.items() if isinstance(outcome := result.outcome, Transcript)}
    folder.write_sensitivity(sensitivities(trials, utterances, heard, chosen, order=order) if chosen else ())
    logs = _logs(trials, utterances, results)
    folder.write_over_time(over_time(logs, engines=order.engines, conditions=order.conditions))
    folder.write_analysis(analyse(trials, utterances, rules, order=order))
    return made


def _has_wildcard(trial: ScoredTrial, utterances: Mapping[str, Utterance]) -> bool:
    """What a wildcard took is cut out of the answer, so the texts left over no longer say where it was."""
    return WILDCARD in utterances[trial.utterance_id].text


def _scored(
    folder: RunFolder,
    rules: Normalizer,
    utterances: Mapping[str, Utterance],
    results: Mapping[str, Result],
    transliterating: bool,
) -> list[ScoredTrial]:
    """Every trial that has a result, with its terms counted, in the order of the plan."""
    scored = (
        score_trial(trial, utterances[trial.utterance_id], results[trial.id], rules, transliterating=transliterating)
        for trial in folder.trials()
        if trial.id in results
    )
    return list(with_terms(scored, folder.spec().terms, rules))


def _logs(
    trials: Sequence[ScoredTrial], utterances: Mapping[str, Utterance], results: Mapping[str, Result]
) -> Iterator[tuple[Group, Log]]:
    """The log of every answered stream, with its group."""
    for trial in trials:
        result, cell = results[trial.trial_id], trial.cell
        if cell.mode == "stream" and isinstance(result.outcome, Transcript):
            group = (cell.engine, cell.condition, cell.corpus, cell.language)
            yield group, trial_log(utterances[trial.utterance_id], result.outcome, cell.mode, result.dose)
