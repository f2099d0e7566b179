"""A run without what was said and by whom, so that its report can leave the company. Pure.

Numbers, counts and the names of engines, conditions and corpora stay; texts, sound, ids, speakers, tags, messages of
failures, terms, and settings that are texts (paths, addresses, prompts) go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from bench.report.run.data import RunData
from bench.scoring.cells import ScoredTrial
from bench.scoring.columns import Coded, Column, ScoredColumns
from bench.scoring.errors.analysis import Analysis, CellAnalysis
from bench.store.clips import Clips
from bench.store.texts import Calls, TrialTexts
from bench.types import Cluster, Condition, Estimate, Utterance

REMOVED = "redacted"


def redacted(data: RunData) -> RunData:
    """The same numbers; utterances and speakers are only numbered."""
    keys = {key: f"{u.corpus}/u{k:05}" for k, (key, u) in enumerate(sorted(data.utterances.items()), start=1)}
    names = sorted({*data.rows.texts("cluster").used()} | {u.cluster for u in data.utterances.values() if u.cluster})
    speakers = {name: f"s{k:04}" for k, name in enumerate(names, start=1)}
    return replace(
        data,
        redacted=True,
        description="",
        utterances={keys[key]: _utterance(u, keys[key], speakers) for key, u in data.utterances.items()},
        rows=_rows(data.rows, keys, speakers),
        texts=partial(_hidden, data),
        calls=Calls.unknown(len(data.rows)),
        estimates=tuple(_estimate(estimate, speakers) for estimate in data.estimates),
        analysis=Analysis(cells=tuple(map(_cell, data.analysis.cells)), suspects=()),
        sensitivity=tuple(replace(sensitivity, utterance_flips=()) for sensitivity in data.sensitivity),
        **_nodes(data),
        second_opinion=replace(data.second_opinion, differing=()),
        transcripts={},
        clips=Clips(),
        clip_files={},
        conditions={id: _condition(condition) for id, condition in data.conditions.items()},
        spec=replace(
            data.spec,
            terms={},
            manifests={},
            engines={
                id: replace(about, settings=_plain(about.settings), emulate=about.emulate and _plain(about.emulate))
                for id, about in data.spec.engines.items()
            },
        ),
    )


def _hidden(data: RunData, numbers: Sequence[str]) -> list[TrialTexts]:
    """Texts of the rows of these numbers, of words that are not told."""
    ids = data.rows.trial_ids[np.array(numbers, np.intp)]
    texts = data.texts([id.decode() for id in ids.tolist()])
    return [
        TrialTexts(_dots(own.reference), None if own.hypothesis is None else _dots(own.hypothesis), own.path, None)
        for own in texts
    ]


def _dots(text: str) -> str:
    """A word stands as `·`, so that the alignment can still be seen."""
    return " ".join("·" for _ in text.split())


def _nodes(data: RunData) -> dict[str, Any]:
    """Machines of a cluster are only numbered."""
    known = {*data.validity.nodes, *(node.name for node in data.nodes), *(own.node for own in data.node_latencies)}
    names = {name: f"node-{k:02}" for k, name in enumerate(sorted(known), start=1)}
    reasons = data.validity.reasons
    for name, number in names.items():
        reasons = tuple(reason.replace(f"node {name}:", f"{number}:") for reason in reasons)
    nodes = {names[name]: judged for name, judged in data.validity.nodes.items()}
    return {
        "validity": replace(data.validity, reasons=reasons, nodes=nodes),
        "nodes": tuple(replace(node, name=names[node.name]) for node in data.nodes),
        "node_latencies": tuple(replace(own, node=names[own.node]) for own in data.node_latencies),
    }


def _condition(condition: Condition) -> Condition:
    return replace(
        condition,
        steps=tuple(replace(step, params=_plain(step.params)) for step in condition.steps),
        request=replace(condition.request, keywords=_keywords(condition.request.keywords)),
    )


def _keywords(keywords: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
    """Whether any were sent, and not which."""
    return keywords if keywords in (None, "corpus", "utterance") else (REMOVED,)


_NAMES_OF_OURS = re.compile(r"[a-z0-9_-]{1,24}")
_SAID = frozenset(("language", "model", "recognizer", "encoding", "color", "codec", "kind"))
"""Parameters whose values are names that a vendor or we chose."""


def _plain(params: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers and switches, and of texts only those that cannot be a word, a path or an address of the user's."""
    return {
        key: value
        for key, value in params.items()
        if isinstance(value, bool | int | float)
        or (isinstance(value, str) and key in _SAID and _NAMES_OF_OURS.fullmatch(value.lower()))
    }


def _utterance(utterance: Utterance, key: str, speakers: dict[str, str]) -> Utterance:
    return replace(
        utterance,
        id=key.partition("/")[2],
        audio="",
        sha256="",
        text="",
        cluster=None if utterance.cluster is None else speakers[utterance.cluster],
        words=None,
        keywords=(),
        alternatives={},
        tags={},
    )


_NUMBERED = re.compile(r"[a-z_.]+:-?\d+(>-?\d+)?")


def _tells_no_label(tally: str) -> bool:
    """Whether its name is ours: what follows a colon is what a reference or an answer calls somebody, or a number."""
    return ":" not in tally or _NUMBERED.fullmatch(tally) is not None


def _rows(rows: ScoredColumns, keys: Mapping[str, str], speakers: Mapping[str, str]) -> ScoredColumns:
    """Under other keys, speakers and ids, by the rules of `redacted_trial`."""
    failures = rows.texts("failure")
    hidden: dict[str, Column] = {
        "trial_id": np.array([str(k) for k in range(len(rows))], dtype=np.bytes_),
        "utterance_id": _renamed(rows.texts("utterance_id"), keys),
        "cluster": _renamed(rows.texts("cluster"), speakers),
        "failure": Coded(failures.codes, tuple(REMOVED if name else "" for name in failures.names)),
    }
    shown = {
        name: column
        for name, column in rows.columns.items()
        if name != "node"
        and not name.startswith("tags.")
        and (not name.startswith("tallies.") or _tells_no_label(name.removeprefix("tallies.")))
    }
    return ScoredColumns({**shown, **hidden})


def _renamed(column: Coded, names: Mapping[str, str]) -> Coded:
    return Coded(column.codes, tuple(names[name] for name in column.names))


def redacted_trial(trial: ScoredTrial, key: str, speaker: str) -> ScoredTrial:
    """Under another key and speaker, of words that are not told."""
    return replace(
        trial,
        trial_id="",
        utterance_id=key,
        cluster=speaker,
        reference=_dots(trial.reference),
        hypothesis=None if trial.hypothesis is None else _dots(trial.hypothesis),
        failure=REMOVED if trial.failure else None,
        tags={},
        tallies={name: number for name, number in trial.tallies.items() if _tells_no_label(name)},
        node=None,
    )


def _estimate(estimate: Estimate, speakers: dict[str, str]) -> Estimate:
    scope = estimate.scope
    if isinstance(scope, Cluster):
        return replace(estimate, scope=replace(scope, cluster=speakers.get(scope.cluster, REMOVED)))
    return estimate


def _cell(cell: CellAnalysis) -> CellAnalysis:
    return replace(cell, substitutions=(), deletions=(), insertions=(), confusions=())
