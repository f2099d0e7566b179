"""A run folder as evidence: its rows, what makes them comparable, and why they may not be believed.

What compare, baseline and gate start from, so that all three judge a run by the same facts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace

from bench.comparison.sample import Sample
from bench.scoring.timing.metrics import METRICS
from bench.store import RunFolder
from bench.types import Condition, Utterance

_DIGEST_CHARS = 12
RULES = "normaliser"
"""The fact that names the text rules by which a run was scored."""
_WORD_TIMES = "word times "
"""Begins facts of what set the times of a corpus's words, where the corpus did not say them itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a run, or a baseline made of runs, has to say."""

    sample: Sample
    digests: Mapping[str, str]
    """Utterance key (`corpus/id`) -> digest of its audio and text."""
    metrics: Mapping[str, int]
    """Name -> version of the definition."""
    doubts: tuple[str, ...] = ()
    """Why it may not be believed: INVALID, or incomplete."""


def evidence(folder: RunFolder) -> Evidence:
    """Read a scored run.

    Raises:
        RunFolderError: if it is not scored, or was scored by a version that did not say how.
    """
    made_by, spec = folder.scores_made_by(), folder.spec()
    utterances = folder.utterances()
    digests = {key: digest_of(utterance) for key, utterance in sorted(utterances.items())}
    rows = folder.scores()
    headers = [manifest.header for manifest in folder.manifests().values()]
    facts = {
        RULES: f"{made_by['normalizer']['id']} ({made_by['normalizer']['hash'][:_DIGEST_CHARS]})",
        **_corpus_facts(utterances, digests),
        **{f"condition {id}": _condition_digest(each) for id, each in folder.conditions().items()},
        "stream speed": str(spec.config.stream.speed),
        **{f"{_WORD_TIMES}{header.name}": header.aligner for header in headers if header.aligner},
    }
    doubts = tuple(_doubts(folder, len(rows)))
    return Evidence(sample=Sample(rows=rows, facts=facts), digests=digests, metrics=made_by["metrics"], doubts=doubts)


def comparable_metrics(a: Evidence, b: Evidence) -> tuple[Evidence, Evidence]:
    """Both without the metrics whose definitions or word times differ: such values are not the same quantity."""
    shared = {name for name, version in a.metrics.items() if b.metrics.get(name) == version}
    if _word_times(a) != _word_times(b):
        shared -= {name for name, metric in METRICS.items() if metric.needs_word_times}
    return _with_metrics(a, shared), _with_metrics(b, shared)


def _word_times(evidence: Evidence) -> dict[str, str]:
    return {key: value for key, value in evidence.sample.facts.items() if key.startswith(_WORD_TIMES)}


def _with_metrics(evidence: Evidence, names: set[str]) -> Evidence:
    """With these metrics only, so that what set the word times need no longer be the same."""
    rows = tuple(
        replace(row, metrics={name: value for name, value in row.metrics.items() if name in names})
        for row in evidence.sample.rows
    )
    facts = {key: value for key, value in evidence.sample.facts.items() if not key.startswith(_WORD_TIMES)}
    return replace(evidence, sample=replace(evidence.sample, rows=rows, facts=facts))


def digest_of(utterance: Utterance) -> str:
    """Of what was said and what was heard; the same in any folder."""
    return _digest([utterance.sha256, utterance.text, utterance.language, utterance.cluster])


def _corpus_facts(utterances: Mapping[str, Utterance], digests: Mapping[str, str]) -> dict[str, str]:
    corpora = sorted({utterance.corpus for utterance in utterances.values()})
    keys = {corpus: [key for key in digests if utterances[key].corpus == corpus] for corpus in corpora}
    return {
        f"corpus {corpus}": f"{len(own)} utterances {_digest([[key, digests[key]] for key in own])}"
        for corpus, own in keys.items()
    }


def _condition_digest(condition: Condition) -> str:
    return _digest(asdict(condition))


def _digest(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_CHARS]


def _doubts(folder: RunFolder, scored: int) -> Iterable[str]:
    planned = len(folder.trials())
    if scored < planned:
        yield f"incomplete: {planned - scored} of {planned} trials are not scored; go on with bench run --resume"
    yield from (f"the run is INVALID: {reason}" for reason in folder.validity().reasons)
