"""The file of a baseline, to commit: counts and latencies per utterance, and all that makes them comparable.

    {"format": ..., "about": {...}, "facts": {...}, "metrics": {name: version}, "measures": {name: version},
     "cells": [...],
     "utterances": [[key, cluster, seconds, words, digest], ...],
     "trials": [[utterance, cell, repeat, words, chars, failure, values], ...]}

`utterance` and `cell` are positions in those lists; `words` and `chars` are [S, D, I, H]; `values` are in the order
of `metrics`; `measures` are what is made of the counts. One utterance or trial stands on a line, so that two baselines
can be compared line by line.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, ValidationError
from typing_extensions import TypedDict

from bench.comparison.evidence import Evidence
from bench.comparison.sample import Sample
from bench.config import SpecModel, validation_problems
from bench.errors import ConfigError, Problem
from bench.files import written_whole
from bench.machine import collecting_seldom
from bench.scoring.columns import Column, ScoredColumns, coded, column_of
from bench.store.strict import adapter, parsed
from bench.types import EDITS, Cell, FailureKind

_MOST = 1e100
"""No value of a trial is as large."""
_MOST_COUNTED = 2**62
_TOGETHER = 5_000
"""Trials that are written at a time."""
_READ_TOGETHER = 2**20
"""Bytes of trials that are read at a time, some 10,000 of them."""
_BEFORE_TRIALS, _BETWEEN_TRIALS, _AFTER_TRIALS = b'\n"trials": [\n', b"],\n[", b"\n]\n}\n"
"""Of a file as it is written."""
_STRING = rb'"[^"\\]*(?:\\(?s:.)[^"\\]*)*"'
_SPACE = re.compile(rb"(%b)|(?:(?<=[\[\]{},:])|\A)[ \t\r\n]+|[ \t\r\n]+(?=[\[\]{},:])" % _STRING)
"""A string, or what means nothing about brackets, commas and colons."""
_TRIALS = b'"trials":['
"""As `_SPACE` leaves it."""
_Counts: TypeAlias = tuple[int, int, int, int]
_Trial: TypeAlias = tuple[int, int, int, _Counts | None, _Counts | None, str | None, tuple[float | None, ...]]


class _AboutRun(TypedDict):
    """Of a run: what is shown of it; what else was written is kept."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]
    name: str
    run: str
    started_at: str
    commit: str | None
    dirty: bool | None


class _About(TypedDict):
    runs: list[_AboutRun]


class _File(SpecModel):
    format: Literal["earwitness-baseline-1"]
    about: _About
    facts: dict[str, str]
    metrics: dict[str, int]
    measures: dict[str, int] = Field(default_factory=dict)
    """Files of before 2026-11-29 have none."""
    cells: tuple[Cell, ...]
    utterances: tuple[tuple[str, str, float, int, str], ...]
    trials: tuple[_Trial, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbers:
    """Of some trials, in their order."""

    utterances: NDArray[np.int32]
    """Places in the file's list; `cells` likewise."""
    cells: NDArray[np.int32]
    repeats: NDArray[np.int64]
    words: NDArray[np.int64]
    """Shape (trials, 4): edits; -1 where a trial has none. `chars` likewise."""
    chars: NDArray[np.int64]
    failures: NDArray[np.object_]
    values: NDArray[np.float64]
    """Shape (trials, metrics)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    evidence: Evidence
    about: Mapping[str, Any]
    """Who made it: names of the runs, when, with which commit, versions and machine."""


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write the file whole or not at all."""
    sample = baseline.evidence.sample
    rows = ScoredColumns.of(sample.rows)
    head = {
        "format": "earwitness-baseline-1",
        "about": baseline.about,
        "facts": sample.facts,
        "metrics": baseline.evidence.metrics,
        "measures": baseline.evidence.measures,
        "cells": rows.cells,
    }
    lines = {
        "utterances": _utterance_lines(rows, baseline.evidence.digests),
        "trials": _trial_lines(rows, baseline.evidence.metrics),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as partial, partial.open("w", encoding="utf-8", newline="\n") as file:
        file.write("{\n" + "".join(f'"{name}": {_json(value)},\n' for name, value in head.items()))
        for number, (name, values) in enumerate(lines.items()):
            file.write((",\n" if number else "") + f'"{name}": [')
            file.writelines(f"{',' if k else ''}\n{_json(value)}" for k, value in enumerate(values))
            file.write("\n]")
        file.write("\n}\n")


def _utterance_lines(rows: ScoredColumns, digests: Mapping[str, str]) -> Iterator[list[Any]]:
    """By their keys."""
    keys, ranks = rows.texts("utterance_id").used(), rows.texts("utterance_id").ranks()
    last = np.zeros(len(keys), np.intp)
    np.maximum.at(last, ranks, np.arange(len(rows)))
    clusters = rows.texts("cluster").taken(last).texts().tolist()
    seconds, words = rows.numbers("duration_s")[last].tolist(), rows.counts("reference_words")[last].tolist()
    for key, cluster, duration_s, number in zip(keys, clusters, seconds, words, strict=True):
        yield [key, cluster, duration_s, number, digests[key]]


def _trial_lines(rows: ScoredColumns, metrics: Iterable[str]) -> Iterator[list[Any]]:
    """By utterance, cell and repeat."""
    utterances, repeats = rows.texts("utterance_id").ranks(), rows.counts("repeat")
    order = np.lexsort((repeats, rows.cell_numbers, utterances))
    for begin in range(0, len(order), _TOGETHER):
        some = order[begin : begin + _TOGETHER]
        own = rows.taken(some)
        values = [own.numbers(f"metrics.{name}").tolist() for name in metrics]
        columns = (
            utterances[some].tolist(),
            rows.cell_numbers[some].tolist(),
            repeats[some].tolist(),
            _fours(own, "words_"),
            _fours(own, "chars_"),
            own.texts("failure_kind").texts().tolist(),
            [[None if math.isnan(value) else value for value in each] for each in zip(*values, strict=True)]
            if values
            else [[] for _ in some],
        )
        yield from map(list, zip(*columns, strict=True))


def _fours(rows: ScoredColumns, prefix: str) -> list[list[int] | None]:
    """Edits of each trial; `None`: it failed."""
    columns = [column for name in EDITS if isinstance(column := rows.columns.get(f"{prefix}{name}"), np.ndarray)]
    if len(columns) < len(EDITS):
        return [None] * len(rows)
    counts = np.column_stack(columns)
    return [None if own[0] < 0 else own for own in counts.tolist()]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@collecting_seldom()
def read_baseline(path: Path) -> Baseline:
    """Read what `write_baseline` wrote, and what an editor made of it.

    Raises:
        ConfigError: if it cannot be read, or is no baseline of this version.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        advice = f"make one with bench baseline save RUN --out {path}"
        raise ConfigError([Problem(str(path), "a baseline file", str(error.strerror), advice)]) from error
    read = _as_written(content)
    del content  # of an indented file of a million trials it is half a gigabyte
    file, numbers = read or _of_an_editor(path)
    kept = Evidence(
        sample=Sample(rows=_rows(file, numbers), facts=file.facts),
        digests={key: digest for key, _, _, _, digest in file.utterances},
        metrics=file.metrics,
        measures=file.measures,
    )
    return Baseline(evidence=kept, about=file.about)


def _in_parts(content: bytes) -> tuple[_File, list[_Numbers]]:
    """A file without its trials, and their numbers: as values, the trials of a million take more than a gigabyte.

    Its parts are JSON if and only if the whole is.

    Raises:
        ValueError: if it is wrong, or not laid out as it is written.
        IndexError: likewise.
    """
    begin, end = content.find(_BEFORE_TRIALS) + len(_BEFORE_TRIALS), len(content) - len(_AFTER_TRIALS)
    if not len(_BEFORE_TRIALS) <= begin < end or not content.endswith(_AFTER_TRIALS):
        raise ValueError("laid out otherwise")
    head = content[:begin] + b"]}"
    parsed(head)
    file = _File.model_validate_json(head, strict=True)
    numbers = []
    while begin < end:
        between = content.find(_BETWEEN_TRIALS, begin + _READ_TOGETHER, end)
        stop = end if between < 0 else between + 1
        part = b"[%b]" % content[begin:stop]
        parsed(part)
        trials = adapter(tuple[_Trial, ...]).validate_json(part, strict=True)
        for trial in trials:
            _check_trial(file, trial)
        numbers.append(_numbers_of(file, trials))
        begin = stop + len(_BETWEEN_TRIALS) - 2
    return file, numbers


def _as_written(content: bytes) -> tuple[_File, list[_Numbers]] | None:
    """`None`: it is laid out otherwise, or wrong."""
    try:
        return _in_parts(content)
    except (ValueError, IndexError):
        return None


def _of_an_editor(path: Path) -> tuple[_File, list[_Numbers]]:
    """A file that is laid out otherwise, or wrong: what is wrong with it is said with its place in the whole."""
    try:
        laid_out = _laid_out(path.read_bytes())
    except ValueError:
        laid_out = b""
    return _as_written(laid_out) or _whole(path, path.read_bytes())


def _laid_out(content: bytes) -> bytes:
    """The same file as it would be written, its trials last; it is JSON if and only if what is given is.

    Raises:
        ValueError: if it does not have trials, once.
    """
    compact = b"".join(_compact(content))
    begin = compact.find(_TRIALS + b"[")
    end = compact.find(b"]]]", begin)
    before, trials, after = compact[:begin], compact[begin + len(_TRIALS) : end + 2], compact[end + 3 :]
    if min(begin, end) < 0 or compact.count(_TRIALS) != 1 or not _are_of_one_object(before, after):
        raise ValueError("no trials, or several")
    others = before + (after[1:-1] + b"," if len(after) > 1 else b"")
    return others + _BEFORE_TRIALS + trials.replace(b"]],[", b"]" + _BETWEEN_TRIALS) + _AFTER_TRIALS


def _are_of_one_object(before: bytes, after: bytes) -> bool:
    """Whether what stands before and after an entry is the rest of the outermost object."""
    brackets = re.sub(_STRING, b"", before)
    is_outermost = brackets.count(b"{") - brackets.count(b"}") == 1 and brackets.count(b"[") == brackets.count(b"]")
    return is_outermost and before[-1:] in (b"{", b",") and after[:1] in (b",", b"}") and after[-1:] == b"}"


def _compact(content: bytes) -> Iterator[bytes]:
    """Parts without what means nothing, each to a comma that no string holds."""
    begin = 0
    while begin < len(content):
        stop, quotes = begin, 0
        while stop == begin or (quotes % 2 and stop < len(content)):
            end = content.find(b",", stop + _READ_TOGETHER) + 1 or len(content)
            quotes += re.sub(rb"\\(?s:.)", b"", content[stop:end]).count(b'"')
            stop = end
        yield _SPACE.sub(rb"\1", content[begin:stop])
        begin = stop


def _whole(path: Path, content: bytes) -> tuple[_File, list[_Numbers]]:
    """A file, and the numbers of its trials.

    Raises:
        ConfigError: with each place where it is wrong.
    """
    try:
        parsed(content)
        file = _File.model_validate_json(content, strict=True)
    except ValidationError as error:
        raise ConfigError(validation_problems(error, str(path), _File)[:10]) from error
    except ValueError as error:
        raise _broken(path, "JSON", error) from error
    for number, trial in enumerate(file.trials):
        try:
            _check_trial(file, trial)
        except (ValueError, IndexError) as error:
            raise _broken(path, "a trial of its cells and utterances", error, f": trials[{number}]") from error
    return file, [_numbers_of(file, file.trials)]


def _broken(path: Path, expected: str, error: Exception, where: str = "") -> ConfigError:
    advice = f"restore it, or make one with bench baseline save RUN --out {path}"
    return ConfigError([Problem(f"{path}{where}", expected, str(error)[:200], advice)])


def _check_trial(file: _File, trial: _Trial) -> None:
    """Raises ValueError or IndexError where it cannot be."""
    utterance, cell, repeat, words, chars, failure, values = trial
    if min(utterance, cell, repeat) < 0 or any(value is not None and not abs(value) < _MOST for value in values):
        raise ValueError("a number that cannot be")
    _, _, duration_s, _, _ = file.utterances[utterance]
    if not 0 <= duration_s < _MOST:
        raise ValueError("a duration that cannot be")
    for counts in (words, chars):
        if counts is not None and not 0 <= min(counts) <= max(counts) < _MOST_COUNTED:
            raise ValueError(f"counts of edits that cannot be: {list(counts)}")
    if not max(repeat, file.utterances[utterance][3]) < _MOST_COUNTED:
        raise ValueError("a number that cannot be")
    file.cells[cell]
    if failure is not None:
        FailureKind(failure)
    if len(values) != len(file.metrics):
        raise ValueError(f"{len(values)} values, of {len(file.metrics)} metrics")


def _numbers_of(file: _File, trials: Sequence[_Trial]) -> _Numbers:
    """Of trials, each of which was checked."""
    return _Numbers(
        utterances=np.array([trial[0] for trial in trials], np.int32),
        cells=np.array([trial[1] for trial in trials], np.int32),
        repeats=np.array([trial[2] for trial in trials], np.int64),
        words=_edits([trial[3] for trial in trials]),
        chars=_edits([trial[4] for trial in trials]),
        failures=np.array([trial[5] for trial in trials], object),
        values=np.array([trial[6] for trial in trials], np.float64).reshape(len(trials), len(file.metrics)),
    )


def _edits(counts: Sequence[_Counts | None]) -> NDArray[np.int64]:
    """Shape (trials, 4); -1 where a trial has none."""
    return np.array([own or (-1, -1, -1, -1) for own in counts], np.int64).reshape(-1, 4)


def _rows(file: _File, parts: Sequence[_Numbers]) -> ScoredColumns:
    """All trials of all parts."""
    utterances, cells, words, chars = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("utterances", "cells", "words", "chars")
    )
    failures = [kind for part in parts for kind in part.failures.tolist()]
    columns: dict[str, Column] = {
        "trial_id": np.array([b""] * len(cells), dtype="S1"),
        "utterance_id": coded([key for key, *_ in file.utterances], utterances),
        "cluster": coded([cluster for _, cluster, *_ in file.utterances], utterances),
        "duration_s": np.array([each[2] for each in file.utterances], np.float64)[utterances],
        "reference_words": np.array([each[3] for each in file.utterances], np.int64)[utterances],
        "repeat": np.concatenate([part.repeats for part in parts]),
        **{name: coded([cell[at] for cell in file.cells], cells) for at, name in enumerate(Cell._fields)},
        **{f"words_{name}": words[:, at] for at, name in enumerate(EDITS)},
        **{f"chars_{name}": chars[:, at] for at, name in enumerate(EDITS)},
        "failure_kind": column_of("failure_kind", failures),
        "failure": coded([], np.full(len(cells), -1, np.int32)),
        "empty": ((words[:, 0] >= 0) & (words[:, [0, 2, 3]].sum(axis=1) == 0)).astype(np.int8),
        "wrong_script": np.zeros(len(cells), np.int8),
    }
    for at, name in enumerate(file.metrics):
        columns[f"metrics.{name}"] = np.concatenate([part.values[:, at] for part in parts])
    return ScoredColumns(columns)
