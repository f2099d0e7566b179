"""Scores and estimates of a run, from what its folder holds: no network, no audio."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import TypeAlias

from bench.aligners.accuracy import reference_errors
from bench.comparison.sample import Sample
from bench.comparison.targets import judge_targets, parse_targets, to_json
from bench.corpora.identity import corpus_digests
from bench.execution.environment import scoring_versions
from bench.execution.score_parts import (
    TRIALS,
    PartScorer,
    ScoredPart,
    ScoringRules,
    over_processes,
    parts,
    score_parts,
)
from bench.machine import collecting_seldom
from bench.scoring.cells import Order, ScoredTrial
from bench.scoring.definitions import MEASURES
from bench.scoring.errors.analysis import AT_A_TIME, READ, analyse
from bench.scoring.estimates import dose_estimates, estimates
from bench.scoring.languages import language_estimates
from bench.scoring.nodes import node_latencies
from bench.scoring.second_opinion import PAIRS, joined_opinions
from bench.scoring.sensitivity import Sensitivity, sensitivities
from bench.scoring.term_estimates import term_estimates
from bench.scoring.text.normalize import Normalizer, get_normalizer
from bench.scoring.timing.frontier import sweep_estimates, sweeps
from bench.scoring.timing.metrics import METRICS
from bench.scoring.timing.over_time import over_time
from bench.scoring.timing.reference_error import held_to_reference
from bench.scoring.timing.validity import Validity, added_by_node, judge_paces, mark_invalid
from bench.store import RunFolder
from bench.store.digests import ScoredBy
from bench.types import Estimate, Transcript, Utterance

Tell: TypeAlias = Callable[[str, int, int], None]
"""Is told a stage of the work, and how many of how many trials are done; of 0, nothing is counted."""


@collecting_seldom()
def score(
    folder: RunFolder,
    *,
    normalizer: str | None = None,
    profiles: Sequence[str] | None = None,
    transliterate: bool | None = None,
    workers: int | None = None,
    score_parts: PartScorer = score_parts,
    tell: Tell = lambda stage, done, total: None,
) -> list[Estimate]:
    """Scores and estimates from what the folder holds: no network, no audio. Writes both; same inputs, same bytes.

    Args:
        folder: of a run.
        normalizer: a text profile.
        profiles: score by these too.
        transliterate: also count answers in another script transliterated.
        workers: processes; whatever their number, the bytes are the same. `None`: one for each processor, if the run
            is large enough.
        score_parts: by whom parts of the run are scored; whoever does, the bytes are the same.
        tell: is told how far it is.

    `None` of the others: as the run's config says.
    """
    with folder.scoring():
        config = folder.spec().config
        rules = get_normalizer(normalizer or config.normalizer)
        transliterating = config.transliterate if transliterate is None else transliterate
        chosen = config.profiles if profiles is None else profiles
        over = partial(score_parts, workers=workers)
        with folder.staged() as staged:
            validity = _write_scores(folder, staged, rules, transliterating, over, tell)
            made = _write_estimates(folder, staged, rules, validity, chosen, workers, tell)
        folder.write_digests(
            ScoredBy(
                normalizer=rules.id,
                normalizer_hash=rules.content_hash,
                profiles=tuple(chosen),
                transliterate=transliterating,
                versions=scoring_versions(),
            )
        )
    return made


def _write_estimates(
    folder: RunFolder,
    staged: RunFolder,
    rules: Normalizer,
    validity: Validity,
    profiles: Sequence[str],
    workers: int | None,
    tell: Tell,
) -> list[Estimate]:
    """Make of the scores whatever takes all of them."""
    config = folder.spec().config
    order = Order(engines=[engine.id for engine in config.engines], conditions=list(folder.conditions()))
    tell("estimates", 0, 0)
    trials = staged.scores(texts=False)
    made = [
        *estimates(trials, config.contrasts or (), order=order),
        *language_estimates(trials, order=order, unit=rules.unit),
        *term_estimates(trials, order=order),
        *dose_estimates(trials, order=order),
        *sweep_estimates(trials, sweeps(folder.spec().told)),
    ]
    errors = reference_errors(folder.manifests().values())
    made = [held_to_reference(estimate, errors) for estimate in made]
    if not validity.valid:
        made = [mark_invalid(estimate, validity.judged) for estimate in made]
    staged.write_node_latencies(node_latencies(trials, order=order))
    rules_of_targets = parse_targets(config.targets, where=f"{folder.path}: targets")
    targets = judge_targets(rules_of_targets, Sample(rows=trials, reference_errors=errors), validity)
    staged.write_json("targets.json", to_json(targets))
    utterances = folder.utterances()
    staged.write_sensitivity(_sensitivities(folder, trials, utterances, profiles, order) if profiles else ())
    tell("analysis of errors", 0, 0)
    processes = (workers or os.cpu_count() or 1) if len(trials) > AT_A_TIME else 1
    each = partial(over_processes, processes=processes)
    with_texts = partial(staged.scores_of, mappings=READ)
    staged.write_analysis(analyse(trials, utterances, rules, order=order, with_texts=with_texts, each=each))
    staged.write_estimates(made)
    return made


def _write_scores(
    folder: RunFolder,
    staged: RunFolder,
    rules: Normalizer,
    transliterating: bool,
    over: Callable[..., Iterator[ScoredPart]],
    tell: Tell,
) -> Validity:
    """Score part by part; write the scores, and what adds up over parts."""
    spec, places = folder.spec(), len(folder.places())
    how = ScoringRules(
        normalizer=rules.id.partition("@")[0],
        transliterating=transliterating,
        terms=spec.terms,
        checked_share=min(1.0, PAIRS / max(1, places)),
    )
    with staged.score_parts() as target:
        utterances = folder.utterances()
        facts: list[ScoredPart] = []
        for each in over(parts(folder, utterances, how), number=-(-places // TRIALS)):
            target.write(each.number, each.table)
            facts.append(replace(each, table=b""))
            tell("scoring", min(places, TRIALS * len(facts)), places)
        made_by = {
            "normalizer": {"id": rules.id, "hash": rules.content_hash},
            "metrics": {name: metric.version for name, metric in METRICS.items()},
            "measures": dict(MEASURES),
            "corpora": corpus_digests(utterances),
            "second_opinion": asdict(joined_opinions([each.opinion for each in facts])),
        }
        staged.write_scores(target, made_by)
    order = Order(engines=[engine.id for engine in spec.config.engines], conditions=list(folder.conditions()))
    staged.write_over_time(over_time([each.marks for each in facts], order=order))
    validity = judge_paces(spec.config.validity, added_by_node(each.paces for each in facts), folder.looks())
    staged.write_validity(validity)
    return validity


def _sensitivities(
    folder: RunFolder,
    trials: Sequence[ScoredTrial],
    utterances: Mapping[str, Utterance],
    profiles: Sequence[str],
    order: Order,
) -> tuple[Sensitivity, ...]:
    heard = {
        result.trial_id: result.outcome.text
        for result in folder.places().results()
        if isinstance(result.outcome, Transcript)
    }
    return sensitivities(trials, utterances, heard, profiles, order=order)
