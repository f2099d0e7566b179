"""The run folder: the only reader and writer of its files.

    config.yaml        as given                    results/*.jsonl   append-only shards, one per writer
    resolved.json      as effective                scores.parquet    one row a trial
    environment.json   commit, versions, machine   estimates.json    a list of Estimates; estimates.parquet the same
    trials.jsonl       the plan, in order          report.html, report.md, summary.csv
    manifests/         the utterances in use       validity.json     whether its latency may be believed
    watch/*.jsonl      the machine, each second    analysis.json     errors by kind, place and speech
                                                   over_time.json    lag and errors while streams went on

A line of a shard is one Result, flushed. A kill can tear only the last line of a shard; a torn line is
not read, and no later writer appends to that shard. Results are merged by trial id: an answer beats a
failure, else the later line wins.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError

from bench.corpora.manifest import Header, Manifest, load_manifest, write_manifest
from bench.errors import RunFolderError
from bench.scoring.analysis import Analysis
from bench.scoring.over_time import OverTime
from bench.scoring.sensitivity import Sensitivity
from bench.scoring.validity import Validity
from bench.types import Condition, Estimate, Failure, MachineLook, Result, Transcript, Trial, Utterance

SCHEMA_VERSION = 1
ESTIMATES_TABLE = "estimates.parquet"
_MADE_BY = b"earwitness.made_by"


@cache
def _adapter(kind: type) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


class RunFolder:
    """One run on disk. Opening an existing folder reads nothing until asked."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """A folder that holds a run.

        Raises:
            RunFolderError: if it does not.
        """
        if not (path / "trials.jsonl").is_file():
            raise RunFolderError(
                f"{path}: expected a run folder (with trials.jsonl), found none; make one with bench run"
            )
        return cls(path)

    # -- what was planned ---------------------------------------------------------------------

    def create(
        self,
        *,
        config_text: str,
        resolved: Mapping[str, Any],
        environment: Mapping[str, Any],
        trials: Iterable[Trial],
        manifests: Mapping[str, tuple[Header, list[Utterance]]],
    ) -> None:
        """Write everything known before the first call. `trials.jsonl` comes last and marks it complete."""
        (self.path / "results").mkdir(parents=True, exist_ok=True)
        (self.path / "config.yaml").write_text(config_text, encoding="utf-8")
        self.write_json("resolved.json", {"schema": SCHEMA_VERSION, **resolved})
        self.write_json("environment.json", environment)
        for name, (header, utterances) in manifests.items():
            write_manifest(self.path / "manifests" / f"{name}.jsonl", header, utterances)
        lines = (json.dumps(asdict(trial), ensure_ascii=False) + "\n" for trial in trials)
        self._replace("trials.jsonl", "".join(lines))

    def resolved(self) -> dict[str, Any]:
        """The config as effective.

        Raises:
            RunFolderError: if another version of the run folder's schema wrote it.
        """
        resolved: dict[str, Any] = self.read_json("resolved.json")
        if resolved.get("schema") != SCHEMA_VERSION:
            found = resolved.get("schema")
            raise RunFolderError(f"{self.path}: expected run folder schema {SCHEMA_VERSION}, got {found}; run it again")
        return resolved

    def environment(self) -> dict[str, Any]:
        environment: dict[str, Any] = self.read_json("environment.json")
        return environment

    def trials(self) -> tuple[Trial, ...]:
        lines = (self.path / "trials.jsonl").read_text(encoding="utf-8").splitlines()
        return tuple(_adapter(Trial).validate_json(line) for line in lines)

    def manifests(self) -> dict[str, Manifest]:
        """The utterances in use, by corpus."""
        found = sorted((self.path / "manifests").glob("*.jsonl"))
        return {manifest.header.name: manifest for manifest in map(load_manifest, found)}

    def conditions(self) -> dict[str, Condition]:
        """By id, in the config's order: the first is what others are compared with."""
        found = (_adapter(Condition).validate_python(row) for row in self.resolved()["conditions"])
        return {condition.id: condition for condition in found}

    def utterances(self) -> dict[str, Utterance]:
        """By utterance key: `corpus/id`."""
        return {
            f"{utterance.corpus}/{utterance.id}": utterance
            for manifest in self.manifests().values()
            for utterance in manifest.utterances
        }

    # -- what was answered --------------------------------------------------------------------

    def writer(self) -> ResultWriter:
        """A new shard of this process's own."""
        return ResultWriter(self.path / "results")

    def results(self) -> dict[str, Result]:
        """By trial id, merged over all shards.

        Raises:
            RunFolderError: if a complete line is not a result.
        """
        merged: dict[str, Result] = {}
        for shard in sorted((self.path / "results").glob("*.jsonl")):
            for result in _read_shard(shard):
                known = merged.get(result.trial_id)
                if known is None or not _is_answer(known) or _is_answer(result):
                    merged[result.trial_id] = result
        return merged

    def watch_writer(self) -> LookWriter:
        """A new file of this process's own for what the machine did."""
        return LookWriter(self.path / "watch")

    def looks(self) -> list[MachineLook]:
        """All looks at the machine, file by file."""
        return [
            _adapter(MachineLook).validate_json(line)
            for shard in sorted((self.path / "watch").glob("*.jsonl"))
            for line in shard.read_bytes().splitlines(keepends=True)
            if line.endswith(b"\n")
        ]

    # -- what was made of it ------------------------------------------------------------------

    def write_estimates(self, estimates: Iterable[Estimate]) -> None:
        """One Estimate a line within a JSON list, in the order given, so that two runs diff well; and as a table."""
        found = [asdict(estimate) for estimate in estimates]
        rows = [json.dumps(row, ensure_ascii=False, sort_keys=True) for row in found]
        self._replace("estimates.json", "[\n" + ",\n".join(rows) + "\n]\n")
        self._write_estimates_table(found)

    def _write_estimates_table(self, rows: list[dict[str, Any]]) -> None:
        """estimates.parquet: the same with a column for each name of a group, so that many runs can be read at once."""
        import pyarrow
        import pyarrow.parquet

        groups = ("engine", "mode", "condition", "corpus", "language", "contrast", "cluster")
        numbers = {name: pyarrow.float64() for name in ("value", "low", "high", "level")}
        counts = {name: pyarrow.int64() for name in ("n", "n_clusters", "n_failed")}
        texts = dict.fromkeys((*groups, "metric", "unit", "note"), pyarrow.string())
        schema = pyarrow.schema({**texts, **numbers, **counts, "lower_is_better": pyarrow.bool_()})
        flat = [{**row["group"], **{name: row[name] for name in schema.names if name not in groups}} for row in rows]
        temporary = self.path / ".estimates.parquet.tmp"
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(flat, schema=schema), temporary)
        temporary.replace(self.path / ESTIMATES_TABLE)

    def estimates(self) -> tuple[Estimate, ...]:
        return tuple(_adapter(Estimate).validate_python(row) for row in self.read_json("estimates.json"))

    def write_validity(self, validity: Validity) -> None:
        self.write_json("validity.json", asdict(validity))

    def validity(self) -> Validity:
        """The verdict over the run's latency, as scoring left it.

        Raises:
            RunFolderError: if the run is not scored.
        """
        found: Validity = _adapter(Validity).validate_python(self.read_json("validity.json"))
        return found

    def write_scores(self, rows: list[dict[str, Any]], made_by: Mapping[str, Any]) -> None:
        """One row a trial, and in the file's metadata which versions of the rules they were made by."""
        import pyarrow
        import pyarrow.parquet

        path = self.path / "scores.parquet"
        temporary = path.with_suffix(".tmp")
        about = {_MADE_BY: json.dumps(made_by, sort_keys=True)}
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows).replace_schema_metadata(about), temporary)
        temporary.replace(path)

    def scores(self) -> list[dict[str, Any]]:
        import pyarrow.parquet

        rows: list[dict[str, Any]] = pyarrow.parquet.read_table(self._scores_path()).to_pylist()
        return rows

    def scores_made_by(self) -> dict[str, Any]:
        """Versions of the rules behind the scores: `normalizer` (id, hash) and `metrics` (name -> version)."""
        import pyarrow.parquet

        path = self._scores_path()
        made_by: dict[str, Any] = json.loads((pyarrow.parquet.read_schema(path).metadata or {}).get(_MADE_BY, b"{}"))
        if not made_by:
            raise RunFolderError(
                f"{path}: expected the versions it was made by, found none; run: bench score {self.path}"
            )
        return made_by

    def _scores_path(self) -> Path:
        path = self.path / "scores.parquet"
        if not path.is_file():
            raise RunFolderError(f"{self.path}: expected scores.parquet, found none; run: bench score {self.path}")
        return path

    def write_analysis(self, analysis: Analysis) -> None:
        """One cell and one suspect a line."""
        cells, suspects = (
            ",\n".join(json.dumps(asdict(one), ensure_ascii=False, sort_keys=True) for one in found)
            for found in (analysis.cells, analysis.suspects)
        )
        self._replace("analysis.json", f'{{"cells": [\n{cells}\n],\n"suspects": [\n{suspects}\n]}}\n')

    def analysis(self) -> Analysis:
        return cast(Analysis, _adapter(Analysis).validate_python(self.read_json("analysis.json")))

    def write_sensitivity(self, found: Sequence[Sensitivity]) -> None:
        """One mode, condition, corpus and language a line; without any, the file goes away."""
        self._write_lines("sensitivity.json", found)

    def sensitivity(self) -> tuple[Sensitivity, ...]:
        """What was found under several normalisers; empty: it was not asked."""
        return self._read_lines("sensitivity.json", Sensitivity)

    def write_over_time(self, found: Sequence[OverTime]) -> None:
        """How streams fared while they went on, a group a line; without any, the file goes away."""
        self._write_lines("over_time.json", found)

    def over_time(self) -> tuple[OverTime, ...]:
        """Empty: nothing was streamed in real time."""
        return self._read_lines("over_time.json", OverTime)

    def write_text(self, name: str, text: str) -> Path:
        """Write a report file whole or not at all; returns its path."""
        self._replace(name, text)
        return self.path / name

    # -- files --------------------------------------------------------------------------------

    def write_json(self, name: str, value: object) -> None:
        """Write a JSON file whole or not at all."""
        self._replace(name, json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True, default=str) + "\n")

    def read_json(self, name: str) -> Any:
        """A JSON file of the folder.

        Raises:
            RunFolderError: if it is missing or broken.
        """
        try:
            return json.loads((self.path / name).read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise RunFolderError(f"{self.path}: expected {name}, found none; run the stage that writes it") from error
        except json.JSONDecodeError as error:
            raise RunFolderError(f"{self.path / name}: expected JSON, got {error}; run the stage again") from error

    def _write_lines(self, name: str, found: Sequence[Any]) -> None:
        """A JSON list of value types, one a line; without any, no file."""
        if not found:
            (self.path / name).unlink(missing_ok=True)
            return
        lines = ",\n".join(json.dumps(asdict(one), ensure_ascii=False) for one in found)
        self._replace(name, f"[\n{lines}\n]\n")

    def _read_lines(self, name: str, kind: type) -> tuple[Any, ...]:
        if not (self.path / name).is_file():
            return ()
        return tuple(_adapter(kind).validate_python(each) for each in self.read_json(name))

    def _replace(self, name: str, text: str) -> None:
        path = self.path / name
        temporary = path.with_name(f".{path.name}.tmp")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)


class ResultWriter:
    """Appends results to one new shard. Not for sharing between threads."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = _new_shard(folder)

    def append(self, result: Result) -> None:
        """One line, in one write, flushed to the operating system: it survives a kill of this process."""
        self._file.write(encode_result(result))
        self._file.flush()

    def close(self) -> None:
        self._file.close()


class LookWriter:
    """Appends looks at the machine to one new file."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = _new_shard(folder)

    def append(self, look: MachineLook) -> None:
        """One line, flushed."""
        self._file.write(_adapter(MachineLook).dump_json(look) + b"\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def _new_shard(folder: Path) -> Any:
    number = len(list(folder.glob("*.jsonl")))
    while True:
        path = folder / f"{number:04d}-{os.getpid()}.jsonl"
        try:
            return path.open("xb")
        except FileExistsError:
            number += 1


def encode_result(result: Result) -> bytes:
    """A Result as one line of JSON. The outcome carries its `type`."""
    row = _adapter(Result).dump_python(result, mode="json", exclude_defaults=True)
    row["outcome"]["type"] = "failure" if isinstance(result.outcome, Failure) else "transcript"
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def decode_result(line: bytes) -> Result:
    """Inverse of `encode_result`.

    Raises:
        ValueError: if the line is not a result.
    """
    row = json.loads(line)
    kind = {"failure": Failure, "transcript": Transcript}[row["outcome"].pop("type")]
    row["outcome"] = _adapter(kind).validate_python(row["outcome"])
    return Result(**row)


def _read_shard(path: Path) -> Iterator[Result]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                return  # torn by a kill: the trial was not recorded, and is asked again on resume
            try:
                yield decode_result(line)
            except (ValueError, KeyError, TypeError, ValidationError) as error:
                message = f"{path}:{number}: expected one result as JSON, got {line[:60]!r} ({error}); remove the line"
                raise RunFolderError(message) from error


def _is_answer(result: Result) -> bool:
    return isinstance(result.outcome, Transcript)
