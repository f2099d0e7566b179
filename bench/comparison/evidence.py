"""A run folder as evidence: its rows, what makes them comparable, and why they may not be believed.

What compare, baseline and gate start from, so that all three judge a run by the same facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace

from bench.aligners.accuracy import reference_errors
from bench.comparison.sample import Sample
from bench.corpora.identity import corpus_digests, digest, utterance_digest
from bench.machine import collecting_seldom
from bench.scoring.columns import ScoredColumns
from bench.scoring.definitions import defined_otherwise
from bench.scoring.records import MAPPINGS
from bench.scoring.timing import words
from bench.scoring.timing.metrics import METRICS
from bench.store import RunFolder
from bench.types import Condition

RULES = "normaliser"
"""The fact that names the text rules by which a run was scored."""
_WORD_TIMES = "word times "
"""Begins facts of what set the times of a corpus's words, where the corpus did not say them itself."""
_COMPARED = tuple(name for name in MAPPINGS if name != "reasons")
"""Why a number cannot be had takes more columns than the numbers, and is nobody's difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a run, or a baseline made of runs, has to say."""

    sample: Sample
    digests: Mapping[str, str]
    """Utterance key (`corpus/id`) -> digest of its audio and text."""
    metrics: Mapping[str, int]
    """Of single trials: name -> version of the definition."""
    measures: Mapping[str, int] = field(default_factory=dict)
    """Of all else: name -> version of the definition. Scores of before 2026-11-29 do not say."""
    doubts: tuple[str, ...] = ()
    """Why it may not be believed: INVALID, or incomplete."""


@collecting_seldom()
def evidence(folder: RunFolder) -> Evidence:
    """Read a scored run; its rows have no references, answers and reasons.

    Raises:
        RunFolderError: if it is not scored, or was scored by a version that did not say how.
    """
    versions, spec = folder.scored_versions(), folder.spec()
    manifests = folder.manifests().values()
    utterances = {utterance.key: utterance for manifest in manifests for utterance in manifest.utterances}
    digests = {key: utterance_digest(utterance) for key, utterance in sorted(utterances.items())}
    rows = folder.columns(mappings=_COMPARED)
    headers = [manifest.header for manifest in manifests]
    facts = {
        RULES: str(folder.scored_rules()),
        **{f"corpus {corpus}": digest for corpus, digest in corpus_digests(utterances).items()},
        **{f"condition {id}": _condition_digest(each) for id, each in folder.conditions().items()},
        "stream speed": str(spec.config.stream.speed),
        **{f"{_WORD_TIMES}{header.name}": header.aligner for header in headers if header.aligner},
    }
    doubts = tuple(_doubts(folder, len(rows)))
    sample = Sample(rows=rows, facts=facts, reference_errors=reference_errors(manifests))
    return Evidence(sample=sample, digests=digests, metrics=versions.metrics, measures=versions.measures, doubts=doubts)


def comparable_metrics(a: Evidence, b: Evidence) -> tuple[Evidence, Evidence]:
    """Both without the metrics whose definitions or word times differ: such values are not the same quantity.

    Why each was left out stands in the sample.
    """
    left_out = {
        name: f"{name} is defined otherwise in the two ({versions}): score both by one version of earwitness "
        "(bench score), or save the baseline again"
        for name, versions in otherwise_defined(a, b)
    }
    if _word_times(a) != _word_times(b):
        timed = {name for name, metric in METRICS.items() if metric.needs_word_times} | {m.name for m in words.MEASURES}
        left_out |= {name: f"{name} was read against word times that another aligner set" for name in timed}
    shared = (a.metrics.keys() & b.metrics.keys()) - left_out.keys()
    return _with_metrics(a, shared, left_out), _with_metrics(b, shared, left_out)


def otherwise_defined(a: Evidence, b: Evidence) -> Iterator[tuple[str, str]]:
    """Metrics that are defined otherwise in the two, and how."""
    for name in sorted(a.metrics.keys() & b.metrics.keys()):
        if a.metrics[name] != b.metrics[name]:
            yield name, f"version {a.metrics[name]} and {b.metrics[name]}"
    yield from defined_otherwise(a.measures, b.measures)


def _word_times(evidence: Evidence) -> dict[str, str]:
    return {key: value for key, value in evidence.sample.facts.items() if key.startswith(_WORD_TIMES)}


def _with_metrics(evidence: Evidence, names: Set[str], left_out: Mapping[str, str]) -> Evidence:
    """With these metrics only, so that what set the word times need no longer be the same."""
    rows = evidence.sample.rows
    if not names >= evidence.metrics.keys():
        rows = ScoredColumns.of(rows).only_metrics(names)
    facts = {key: value for key, value in evidence.sample.facts.items() if not key.startswith(_WORD_TIMES)}
    return replace(evidence, sample=replace(evidence.sample, rows=rows, facts=facts, left_out=left_out))


def _condition_digest(condition: Condition) -> str:
    """With the versions of its steps, so that a refusal says which of them does something else by now."""
    versions = [f"{step.name} version {step.version}" for step in condition.steps if step.version != 1]
    return digest(condition.identity()) + (f" ({', '.join(versions)})" if versions else "")


def _doubts(folder: RunFolder, scored: int) -> Iterable[str]:
    planned = folder.n_planned()
    if scored < planned:
        yield f"incomplete: {planned - scored} of {planned} trials are not scored; go on with bench run --resume"
    yield from invalidity(folder)


def invalidity(folder: RunFolder) -> list[str]:
    """Why the run's latency may not be believed; empty: it may."""
    return [f"the run is INVALID: {reason}" for reason in folder.validity().reasons]
