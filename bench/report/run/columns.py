"""Every trial of a run as columns for the page's explorer: texts, counts, the alignment that scoring left, latency.

A shard is a stretch of utterances with their trials, so that a page can be read before all of them have come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.report.run.data import RunData, Speech, complete, latencies
from bench.report.run.numbers import Places
from bench.report.run.replies import tails_lost
from bench.scoring.columns import ScoredColumns
from bench.store.texts import TrialTexts

FLAG_EMPTY, FLAG_SCRIPT = 1, 2
_ROUNDED = 4


def failure_list(data: RunData) -> list[dict[str, str]]:
    """Every kind and message of failure once; trials name them by number."""
    return [{"kind": kind, "message": message} for kind, message in _failures(data)[0]]


def _failures(data: RunData) -> tuple[list[tuple[str, str]], NDArray[np.int64]]:
    """Kinds and messages in the order in which they first come, and the number of each trial's; -1: it was answered."""
    rows = data.rows
    failed = np.flatnonzero(rows.failed)
    numbers = np.full(len(rows), -1)
    known: dict[tuple[str, str], int] = {}
    kinds, messages = (rows.texts(name) for name in ("failure_kind", "failure"))
    for row in failed.tolist():
        message = messages.codes[row]
        pair = (kinds.names[kinds.codes[row]], messages.names[message] if message >= 0 else "")
        numbers[row] = known.setdefault(pair, len(known))
    return list(known), numbers


def shards(data: RunData, trials_each: int) -> Iterator[dict[str, Any]]:
    """The run's utterances in order of their key, in stretches of about so many trials."""
    if not len(data.rows):
        return
    ranks = data.rows.texts("utterance_id").ranks()
    order = np.argsort(ranks, kind="stable")
    begins = np.flatnonzero(np.diff(ranks[order], prepend=-1))
    places, failed = Places(data), _failures(data)[1]
    each = max(1, trials_each * len(begins) // len(order))
    ends = [*begins[each::each].tolist(), len(order)]
    for begin, end in zip([0, *ends], ends, strict=False):
        yield _shard(data, places, order[begin:end], failed)


def _shard(data: RunData, places: Places, numbers: NDArray[np.intp], failed: NDArray[np.int64]) -> dict[str, Any]:
    """The trials of these numbers, those of an utterance one after the other."""
    rows = data.rows.taken(numbers)
    texts = data.texts([id.decode() for id in rows.trial_ids.tolist()])
    utterances: dict[str, list[Any]] = {name: [] for name in ("key", "raw", "norm", "speaker", "seconds", "s", "tags")}
    references: dict[int, str] = {}
    keys = rows.texts("utterance_id")
    begins = np.flatnonzero(np.diff(keys.codes, prepend=-2))
    for begin, end in pairwise([*begins.tolist(), len(rows)]):
        own = [said.reference for said in texts[begin:end]]
        norm = Counter(own).most_common(1)[0][0]
        _add_utterance(data, utterances, keys.names[keys.codes[begin]], norm, places)
        references.update({begin + k: reference for k, reference in enumerate(own) if reference != norm})
    columns = {
        "u": np.repeat(np.arange(len(begins)), np.diff([*begins, len(rows)])).tolist(),
        **_numbers(places, rows),
        **_texts(texts),
        "failed": failed[numbers].tolist(),
    }
    return {"U": utterances, "T": {name: columns[name] for name in _COLUMNS}, "references": references}


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


def _numbers(places: Places, rows: ScoredColumns) -> dict[str, list[Any]]:
    cells = [places.of(cell) for cell in rows.cells]
    timed = complete(rows)
    return {
        **{name: np.array([cell[name] for cell in cells])[rows.cell_numbers].tolist() for name in ("e", "c", "m")},
        "r": rows.counts("repeat").tolist(),
        "sub": rows.counts("words_substitutions").tolist(),
        "del": rows.counts("words_deletions").tolist(),
        "ins": rows.counts("words_insertions").tolist(),
        "latency": [
            round(latency, _ROUNDED) if known else None
            for latency, known in zip(latencies(rows).tolist(), timed.tolist(), strict=True)
        ],
        "lost": tails_lost(rows).tolist(),
        "flags": (FLAG_EMPTY * rows.counts("empty") + FLAG_SCRIPT * rows.counts("wrong_script")).tolist(),
    }


def _texts(texts: Sequence[TrialTexts]) -> dict[str, list[Any]]:
    return {
        "words": [len(own.reference.split()) for own in texts],
        "path": [own.path for own in texts],
        "heard": [own.hypothesis for own in texts],
        "raw": [None if own.reply == own.hypothesis else own.reply for own in texts],
    }
