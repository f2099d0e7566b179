"""Every trial of a run as columns for the page's explorer: texts, counts, the alignment that scoring left, latency.

A shard is a stretch of utterances with their trials, so that a page can be read before all of them have come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from bench.report.run.data import RunData, Speech, is_complete, latency_of
from bench.report.run.numbers import Places
from bench.report.run.replies import tail_lost
from bench.scoring.cells import ScoredTrial
from bench.store.texts import TrialTexts
from bench.types import ErrorCounts

FLAG_EMPTY, FLAG_SCRIPT = 1, 2
_ROUNDED = 4


def failure_list(data: RunData) -> list[dict[str, str]]:
    """Every kind and message of failure once; trials name them by number."""
    return [{"kind": kind, "message": message} for kind, message in _failures(data)]


def _failures(data: RunData) -> dict[tuple[str, str], int]:
    messages = Counter((row.failure_kind.value, row.failure or "") for row in data.rows if row.failure_kind is not None)
    return {pair: k for k, pair in enumerate(messages)}


def shards(data: RunData, trials_each: int) -> Iterator[dict[str, Any]]:
    """The run's utterances in order of their key, in stretches of about so many trials."""
    by_utterance: dict[str, list[ScoredTrial]] = {}
    for row in sorted(data.rows, key=lambda row: row.utterance_id):
        by_utterance.setdefault(row.utterance_id, []).append(row)
    places, failures = Places(data), _failures(data)
    each = max(1, trials_each * len(by_utterance) // max(1, len(data.rows)))
    keys = iter(by_utterance)
    while stretch := list(islice(keys, each)):
        yield _shard(data, places, failures, {key: by_utterance[key] for key in stretch})


def _shard(
    data: RunData,
    places: Places,
    failures: Mapping[tuple[str, str], int],
    trials: Mapping[str, Sequence[ScoredTrial]],
) -> dict[str, Any]:
    utterances: dict[str, list[Any]] = {name: [] for name in ("key", "raw", "norm", "speaker", "seconds", "s", "tags")}
    columns: dict[str, list[Any]] = {name: [] for name in _COLUMNS}
    references: dict[int, str] = {}
    all_texts = iter(data.texts([row.trial_id for rows in trials.values() for row in rows]))
    for number, (key, rows) in enumerate(trials.items()):
        texts = list(islice(all_texts, len(rows)))
        norm = Counter(said.reference for said in texts).most_common(1)[0][0]
        _add_utterance(data, utterances, key, norm, places)
        for row, own in zip(rows, texts, strict=True):
            if own.reference != norm:
                references[len(columns["u"])] = own.reference
            for name, value in _trial(places, failures, row, own, number).items():
                columns[name].append(value)
    return {"U": utterances, "T": columns, "references": references}


def _add_utterance(data: RunData, columns: dict[str, list[Any]], key: str, norm: str, places: Places) -> None:
    utterance = data.utterances[key]
    values = {
        "key": key,
        "raw": utterance.text,
        "norm": norm,
        "speaker": utterance.cluster,
        "seconds": round(utterance.duration_s, 2),
        "s": places.speech[Speech.of(utterance)],
        "tags": dict(utterance.tags),
    }
    for name, value in values.items():
        columns[name].append(value)


_COLUMNS = (
    *(
        "u",
        "e",
        "c",
        "m",
        "r",
        "sub",
        "del",
        "ins",
        "words",
        "path",
        "heard",
        "raw",
        "latency",
        "lost",
        "failed",
        "flags",
    ),
)


def _trial(
    places: Places, failures: Mapping[tuple[str, str], int], row: ScoredTrial, texts: TrialTexts, number: int
) -> dict[str, Any]:
    cell_index = places.of(row.cell)
    words = row.words or ErrorCounts()
    return {
        "u": number,
        "e": cell_index["e"],
        "c": cell_index["c"],
        "m": cell_index["m"],
        "r": row.repeat,
        "sub": words.substitutions,
        "del": words.deletions,
        "ins": words.insertions,
        "words": len(texts.reference.split()),
        "path": texts.path,
        "heard": texts.hypothesis,
        "raw": None if texts.reply == texts.hypothesis else texts.reply,
        "latency": _rounded(latency_of(row)) if is_complete(row) else None,
        "lost": tail_lost(row),
        "failed": -1 if row.failure_kind is None else failures[row.failure_kind.value, row.failure or ""],
        "flags": FLAG_EMPTY * row.empty + FLAG_SCRIPT * row.wrong_script,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _ROUNDED)
