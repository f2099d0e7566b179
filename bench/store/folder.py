"""One run on disk, read and written file by file."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from types import GenericAlias
from typing import Any, ClassVar

from pydantic import ValidationError

from bench.corpora.manifest import Header, Manifest, load_manifest, write_manifest
from bench.errors import Problem, RunFolderError
from bench.files import one_at_a_time, written_whole
from bench.scoring.cells import ScoredTrial
from bench.scoring.columns import ScoredColumns
from bench.scoring.errors.analysis import Analysis
from bench.scoring.nodes import NodeLatency
from bench.scoring.records import (
    ESTIMATE_COLUMNS,
    TABLES_FORMAT,
    WantedColumns,
    estimate_of,
    estimate_row,
)
from bench.scoring.second_opinion import SecondOpinion
from bench.scoring.sensitivity import Sensitivity
from bench.scoring.timing.over_time import OverTime
from bench.scoring.timing.validity import Validity
from bench.store.clips import Clips, WriteClip
from bench.store.digests import DIGESTS_FILE, INPUTS, MADE, Digests, ScoredBy, digests_of
from bench.store.index import LinePlaces, places
from bench.store.lines import read_lines
from bench.store.lock import locked
from bench.store.recordings import RecordingWriter
from bench.store.scores import ScoreParts, read_columns, read_scores, read_texts, scores_made_by
from bench.store.sealed import seal, sealed_logs
from bench.store.shards import LookWriter, ResultWriter, looks
from bench.store.spec import FORMAT, Environment, Node, NormalizerIdentity, RunSpec, ScoredVersions
from bench.store.strict import adapter, decoder, not_as_written, read_json, read_value
from bench.store.tables import write_table
from bench.store.texts import ScoredTexts
from bench.types import Cell, Condition, Estimate, MachineLook, Result, Trial, Utterance

_FOREIGN = "open it with the earwitness that wrote it, or run its config.yaml again"
ESTIMATES_TABLE = "estimates.parquet"
SCORES_TABLE = "scores.parquet"
_TRIAL = re.compile(
    rb'\{"id": "[\w-]+", "utterance_id": "[^"\\\x00-\x1f\x80-\xff]+", "condition_id": "[\w.-]+", '
    rb'"engine_id": "[\w.-]+", "mode": "(batch|stream)", "repeat": \d{1,9}\}\n'
)
"""A trial as it is written, where its names are plain."""
SEALED_FROM = 1_000
"""Results below which a run's logs stay as they are: lines that can be read by eye."""


class RunFolder:
    """One run on disk. Opening an existing folder reads nothing until asked."""

    opened: ClassVar[set[Path]] = set()
    """Where those of this process are, for whoever has to say why one could not be read (`bench.store.changed`)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.opened.add(path)

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """A folder that holds a run.

        Raises:
            RunFolderError: if it does not.
        """
        if not cls(path).is_planned():
            raise RunFolderError(
                Problem(str(path), "a run folder (with trials.jsonl)", "none", "make one with bench run")
            )
        return cls(path)

    # -- what was planned ---------------------------------------------------------------------

    def create(
        self,
        *,
        config_text: str,
        spec: RunSpec,
        environment: Environment,
        trials: Iterable[Trial],
        manifests: Mapping[str, tuple[Header, list[Utterance]]],
    ) -> None:
        """Write everything known before the first call. `trials.jsonl` comes last and marks it complete."""
        (self.path / "results").mkdir(parents=True, exist_ok=True)
        (self.path / "config.yaml").write_text(config_text, encoding="utf-8")
        self.write_json("resolved.json", {"schema": FORMAT, **adapter(RunSpec).dump_python(spec, mode="json")})
        self.write_json("environment.json", asdict(environment))
        for stale in (self.path / "manifests").glob("*.jsonl"):
            if stale.stem not in manifests:
                stale.unlink()
        for name, (header, utterances) in manifests.items():
            write_manifest(self.path / "manifests" / f"{name}.jsonl", header, utterances)
        lines = (json.dumps(asdict(trial), ensure_ascii=False) + "\n" for trial in trials)
        self._replace_by("trials.jsonl", lines)

    def is_planned(self) -> bool:
        """Whether it holds a run."""
        return (self.path / "trials.jsonl").is_file()

    def spec(self) -> RunSpec:
        """The config as effective, with all it named.

        Raises:
            RunFolderError: if another format of the run folder wrote it, or it was changed by hand.
        """
        content = self.read_json("resolved.json")
        schema = content.get("schema") if isinstance(content, dict) else None
        if schema != FORMAT:
            raise RunFolderError(
                Problem(
                    str(self.path),
                    f"a run folder of format {FORMAT}",
                    str(schema),
                    "open it with the earwitness that wrote it, or run its config.yaml again",
                )
            )
        try:
            spec: RunSpec = adapter(RunSpec).validate_python(content)
        except ValidationError as error:
            raise not_as_written(self.path / "resolved.json", error, _FOREIGN) from error
        return spec

    def environment(self) -> Environment:
        """What the run was made with and on.

        Raises:
            RunFolderError: if it does not say when the run was started.
        """
        environment: Environment = read_value(self.path / "environment.json", Environment, _FOREIGN)
        return environment

    def trials(self) -> tuple[Trial, ...]:
        """The plan, in order.

        Raises:
            RunFolderError: if a line is not a trial.
        """
        names: dict[str, str] = {}
        decode = decoder(Trial)
        return tuple(_sharing(trial, names) for trial in read_lines(self.path / "trials.jsonl", "trial", decode))

    def n_planned(self) -> int:
        """How many trials the plan has; a line as `create` writes it is not decoded.

        Raises:
            RunFolderError: if a line is not a trial.
        """
        decode = decoder(Trial)
        known = read_lines(self.path / "trials.jsonl", "trial", lambda line: _TRIAL.fullmatch(line) or decode(line))
        return sum(1 for _ in known)

    def manifests(self) -> dict[str, Manifest]:
        """The utterances in use, by corpus."""
        paths = sorted((self.path / "manifests").glob("*.jsonl"))
        return {manifest.header.name: manifest for manifest in map(load_manifest, paths)}

    def conditions(self) -> dict[str, Condition]:
        """By id, in the config's order: the first is what others are compared with."""
        return {condition.id: condition for condition in self.spec().conditions}

    def utterances(self) -> dict[str, Utterance]:
        """By utterance key: `corpus/id`."""
        return {utterance.key: utterance for manifest in self.manifests().values() for utterance in manifest.utterances}

    def locked(self) -> AbstractContextManager[None]:
        """Hold the folder for this process alone, for as long as trials are planned and run.

        Raises:
            RunFolderError: on entering, if another process holds it.
        """
        return locked(self.path)

    # -- what was answered --------------------------------------------------------------------

    def writer(self) -> ResultWriter:
        """A new shard of this process's own."""
        return ResultWriter(self.path / "results")

    def results(self) -> dict[str, Result]:
        """By trial id, merged over all shards.

        Raises:
            RunFolderError: if a complete line is not a result.
        """
        return {result.trial_id: result for result in self.places().results()}

    def places(self) -> LinePlaces:
        """Where the result of each trial lies that has one; no answer is decoded.

        Raises:
            RunFolderError: if a complete line is not a result.
        """
        return places(self.path / "results")

    def answered(self) -> set[str]:
        """Ids of the trials that have an answer; no answer is decoded.

        Raises:
            RunFolderError: as of `places`.
        """
        known = self.places()
        return set(known[known.answered].trial_ids())

    def seal(self) -> None:
        """Make the logs of a run's results sealed parts, if it has many; the caller holds the lock.

        Raises:
            RunFolderError: if a complete line is not a result; the logs stay as they are.
        """
        known = places(self.path / "results", replaced=True)
        if len(known) >= SEALED_FROM and not all(name.endswith(".parquet") for name in known.files):
            try:
                seal(self.path / "results", known.lines())
            except (ValueError, KeyError, TypeError, AttributeError):
                for _ in known.results():
                    pass  # until the line that is none, which is named
                raise
        for log in sealed_logs(self.path / "results"):
            log.unlink(missing_ok=True)

    def every_attempt(self) -> Iterator[tuple[str, int]]:
        """Trial id and calls made of all results that were ever written; no answer is decoded."""
        return places(self.path / "results", replaced=True).attempts()

    def recording_writer(self) -> RecordingWriter:
        """A new file of this process's own for what comes over the socket."""
        return RecordingWriter(self.path)

    def watch_writer(self) -> LookWriter:
        """A new file of this process's own for what the machine did."""
        return LookWriter(self.path / "watch")

    def looks(self) -> list[MachineLook]:
        """All looks at the machine, file by file."""
        return looks(self.path / "watch")

    def write_node(self, node: Node) -> None:
        """Say with what a node of a cluster works on the run."""
        (self.path / "nodes").mkdir(exist_ok=True)
        self.write_json(f"nodes/{node.name}.json", asdict(node))

    def nodes(self) -> tuple[Node, ...]:
        """The nodes that worked on it, by name; empty: it was one machine."""
        names = sorted(path.name for path in (self.path / "nodes").glob("*.json") if not path.name.startswith("."))
        return tuple(read_value(self.path / "nodes" / name, Node, _FOREIGN) for name in names)

    # -- what was made of it ------------------------------------------------------------------

    def write_estimates(self, estimates: Iterable[Estimate]) -> None:
        """One Estimate a line within a JSON list, in the order given, so that two runs diff well; and as a table."""
        rows = [estimate_row(estimate) for estimate in estimates]
        said = ({name: value for name, value in row.items() if value is not None} for row in rows)
        lines = [json.dumps(row, ensure_ascii=False) for row in said]
        self._replace("estimates.json", "[\n" + ",\n".join(lines) + "\n]\n")
        write_table(self.path / ESTIMATES_TABLE, ESTIMATE_COLUMNS, rows)

    def estimates(self) -> tuple[Estimate, ...]:
        """What scoring left.

        Raises:
            RunFolderError: if the run is not scored, or was by an earlier version.
        """
        self.table("estimates.json")
        rows = self.read_json("estimates.json")
        if not isinstance(rows, list):
            raise self._not_of_this_version("estimates.json", "estimates", f"a {type(rows).__name__}")
        estimates = []
        for number, row in enumerate(rows):
            try:
                estimates.append(estimate_of(row))
            except (KeyError, TypeError, ValueError) as error:
                raise self._not_of_this_version(f"estimates.json: [{number}]", "estimates", str(error)) from error
        return tuple(estimates)

    def _not_of_this_version(self, name: str, what: str, got: str) -> RunFolderError:
        problem = Problem(str(self.path / name), f"{what} of this version", f"others ({got[:200]})", self._score_again)
        return RunFolderError(problem)

    @property
    def _score_again(self) -> str:
        return f"run: bench score {self.path}"

    def write_validity(self, validity: Validity) -> None:
        row = asdict(validity)
        if not validity.nodes:
            del row["nodes"]
        self.write_json("validity.json", row)

    def validity(self) -> Validity:
        """The verdict over the run's latency, as scoring left it.

        Raises:
            RunFolderError: if the run is not scored.
        """
        validity: Validity = self.read_value("validity.json", Validity)
        return validity

    def scoring(self) -> AbstractContextManager[None]:
        """Whoever scores the run meanwhile is waited for, so that scores and estimates are of one scoring."""
        return one_at_a_time(self.path / ".scoring")

    @contextmanager
    def staged(self) -> Iterator[RunFolder]:
        """Room for all that scoring writes; it takes the place of what was there as the block ends, and none of it
        does if the block fails. A kill in that short moment leaves scores without estimates, never those of two.
        """
        path = self.path / ".scored"
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        try:
            yield RunFolder(path)
            self._take_scored(path)
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def _take_scored(self, path: Path) -> None:
        self.drop_clips()
        estimates = (ESTIMATES_TABLE, "estimates.json")
        for name in (*estimates, DIGESTS_FILE):
            (self.path / name).unlink(missing_ok=True)
        for name in (*(name for name in MADE if name not in estimates), *estimates):
            if (path / name).exists():
                (path / name).replace(self.path / name)
            else:
                (self.path / name).unlink(missing_ok=True)

    def score_parts(self) -> ScoreParts:
        """Room for scores that are made part by part."""
        return ScoreParts(self.path / ".scores")

    def write_scores(self, parts: ScoreParts, made_by: Mapping[str, Any]) -> None:
        """Join the parts, one row a trial, and say in the file's metadata by which versions of the rules they are."""
        parts.join(self.path / SCORES_TABLE, made_by)

    def scores(self, *, texts: bool = True, mappings: Collection[str] | None = None) -> tuple[ScoredTrial, ...]:
        """Every scored trial, by trial id, with what of it is wanted (`bench.scoring.records.WantedColumns`).

        Raises:
            RunFolderError: if the run is not scored, or was by an earlier version.
        """
        self._check_scores()
        return tuple(read_scores(self.table(SCORES_TABLE), WantedColumns(texts=texts, mappings=mappings)))

    def columns(self, *, mappings: Collection[str] | None = None) -> ScoredColumns:
        """Every scored trial without its texts, by trial id, as columns.

        Raises:
            RunFolderError: as of `scores`.
        """
        self._check_scores()
        return read_columns(self.table(SCORES_TABLE), WantedColumns(texts=False, mappings=mappings))

    def scores_of(
        self,
        cells: Collection[Cell] | None = None,
        *,
        trial_ids: Collection[str] | None = None,
        mappings: Collection[str] | None = None,
    ) -> Iterator[ScoredTrial]:
        """Those of `scores` that are of these cells, or have these ids, or all, one by one, with their texts."""
        self._check_scores()
        wanted = WantedColumns(mappings=mappings)
        return read_scores(self.table(SCORES_TABLE), wanted, cells=cells, trial_ids=trial_ids)

    def texts(self) -> ScoredTexts:
        """Texts of the scored trials, as columns.

        Raises:
            RunFolderError: if the run is not scored, or was by an earlier version.
        """
        self._check_scores()
        return read_texts(self.table(SCORES_TABLE))

    def _check_scores(self) -> None:
        if self.scores_made_by().get("format") != TABLES_FORMAT:
            raise RunFolderError(
                Problem(
                    str(self.table(SCORES_TABLE)),
                    f"scores of format {TABLES_FORMAT}",
                    "those of another version",
                    f"run: bench score {self.path}",
                )
            )

    def scores_made_by(self) -> dict[str, Any]:
        """What the scores were made by: `normalizer`, `metrics` and `measures` with their versions, `corpora`.

        Raises:
            RunFolderError: if the run is not scored, or the scores do not say.
        """
        made_by = scores_made_by(self.table(SCORES_TABLE))
        if not made_by:
            raise RunFolderError(
                Problem(
                    str(self.table(SCORES_TABLE)),
                    "the versions it was made by",
                    "none",
                    f"run: bench score {self.path}",
                )
            )
        return made_by

    def scored_rules(self) -> NormalizerIdentity:
        """The text rules behind the scores.

        Raises:
            RunFolderError: if the run is not scored, or the scores do not say.
        """
        made_by = self.scores_made_by().get("normalizer")
        try:
            rules: NormalizerIdentity = adapter(NormalizerIdentity).validate_python(made_by)
        except ValidationError as error:
            raise not_as_written(self.table(SCORES_TABLE), error, self._score_again) from error
        return rules

    def scored_versions(self) -> ScoredVersions:
        """By which versions of their definitions its metrics were made.

        Raises:
            RunFolderError: if the run is not scored, or the scores do not say.
        """
        made_by = self.scores_made_by()
        try:
            versions: ScoredVersions = adapter(ScoredVersions).validate_python(
                {name: made_by[name] for name in ("metrics", "measures") if name in made_by}
            )
        except ValidationError as error:
            raise not_as_written(self.table(SCORES_TABLE), error, self._score_again) from error
        return versions

    def second_opinion(self) -> SecondOpinion:
        """What jiwer makes of the word errors.

        Raises:
            RunFolderError: if the run is not scored, or was by an earlier version.
        """
        opinion = self.scores_made_by().get("second_opinion")
        if opinion is None:
            raise RunFolderError(Problem(str(self.path), "a check of word errors", "none", self._score_again))
        try:
            checked: SecondOpinion = adapter(SecondOpinion).validate_python(opinion)
        except ValidationError as error:
            raise not_as_written(self.table(SCORES_TABLE), error, self._score_again) from error
        return checked

    def table(self, name: str) -> Path:
        """The file of a table that scoring writes.

        Raises:
            RunFolderError: if the run is not scored.
        """
        path = self.path / name
        if not path.is_file():
            raise RunFolderError(Problem(str(self.path), name, "none", f"run: bench score {self.path}"))
        return path

    def write_digests(self, scored_by: ScoredBy) -> None:
        """Say what the numbers were made from, and what they are; after everything else that scoring writes."""
        digests = Digests(scored_by=scored_by, inputs=digests_of(self.path, INPUTS), made=digests_of(self.path, MADE))
        self.write_json(DIGESTS_FILE, asdict(digests))

    def digests(self) -> Digests | None:
        """What scoring said of the files; `None`: it was by a version that did not.

        Raises:
            RunFolderError: if the file is no such thing.
        """
        if not (self.path / DIGESTS_FILE).is_file():
            return None
        digests: Digests = self.read_value(DIGESTS_FILE, Digests)
        return digests

    def write_analysis(self, analysis: Analysis) -> None:
        """One cell and one suspect a line."""
        cells, suspects = (
            ",\n".join(json.dumps(asdict(value), ensure_ascii=False, sort_keys=True) for value in values)
            for values in (analysis.cells, analysis.suspects)
        )
        self._replace("analysis.json", f'{{"cells": [\n{cells}\n],\n"suspects": [\n{suspects}\n]}}\n')

    def analysis(self) -> Analysis:
        """Which errors there were, and of which sentences.

        Raises:
            RunFolderError: if the run is not scored, or was by an earlier version.
        """
        analysis: Analysis = self.read_value("analysis.json", Analysis)
        return analysis

    def write_sensitivity(self, sensitivities: Sequence[Sensitivity]) -> None:
        """One mode, condition, corpus and language a line; without any, the file goes away."""
        self._write_lines("sensitivity.json", sensitivities)

    def sensitivity(self) -> tuple[Sensitivity, ...]:
        """What was found under several normalisers; empty: it was not asked."""
        return self._read_lines("sensitivity.json", Sensitivity)

    def write_over_time(self, curves: Sequence[OverTime]) -> None:
        """How streams fared while they went on, a group a line; without any, the file goes away."""
        self._write_lines("over_time.json", curves)

    def over_time(self) -> tuple[OverTime, ...]:
        """Empty: nothing was streamed in real time."""
        return self._read_lines("over_time.json", OverTime)

    def write_node_latencies(self, latencies: Sequence[NodeLatency]) -> None:
        """One node and cell a line; without any, the file goes away."""
        self._write_lines("node_latency.json", latencies)

    def node_latencies(self) -> tuple[NodeLatency, ...]:
        """Empty: fewer than two nodes were asked."""
        return self._read_lines("node_latency.json", NodeLatency)

    @contextmanager
    def new_clips(self) -> Iterator[WriteClip]:
        """Room for the audio that a report plays, in place of what was there; `write_clips` then says what it is."""
        self.drop_clips()
        (self.path / "clips").mkdir(parents=True)

        def write(name: str, content: bytes) -> str:
            (self.path / "clips" / name).write_bytes(content)
            return f"clips/{name}"

        yield write

    def drop_clips(self) -> None:
        """Those of earlier scores say nothing of new ones."""
        (self.path / "clips.json").unlink(missing_ok=True)
        shutil.rmtree(self.path / "clips", ignore_errors=True)

    def write_clips(self, clips: Clips) -> None:
        self.write_json("clips.json", asdict(clips))

    def clips(self) -> Clips | None:
        """What a report plays; `None`: not made since the run was scored."""
        if not (self.path / "clips.json").is_file():
            return None
        clips: Clips = read_value(self.path / "clips.json", Clips, f"run: bench report {self.path} --clips 3")
        return clips

    def clip(self, path: str) -> bytes | None:
        """A clip's file; `None`: it is gone, unreadable, or outside the run, as a run that somebody sent may say."""
        try:
            file = (self.path / path).resolve()
            return file.read_bytes() if file.is_relative_to(self.path.resolve()) and file.is_file() else None
        except (OSError, ValueError):  # no name of a file, or one that cannot be read
            return None

    def new_folder(self, name: str) -> Path:
        """An empty folder of that name, for a report of many files; what was there before is gone."""
        path = self.path / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return path

    def write_text(self, name: str, text: str) -> Path:
        """Write a report file whole or not at all; returns its path."""
        self._replace(name, text)
        return self.path / name

    # -- files --------------------------------------------------------------------------------

    def read_value(self, name: str, kind: Any) -> Any:
        """A value of a type that scoring wrote as JSON.

        Raises:
            RunFolderError: if it is missing, broken, or another.
        """
        return read_value(self.path / name, kind, self._score_again)

    def write_json(self, name: str, value: object) -> None:
        """Write a JSON file whole or not at all."""
        self._replace(name, json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True, default=str) + "\n")

    def read_json(self, name: str) -> Any:
        """A JSON file of the folder.

        Raises:
            RunFolderError: if it is missing or broken.
        """
        return read_json(self.path / name)

    def _write_lines(self, name: str, values: Sequence[Any]) -> None:
        """A JSON list of value types, one a line; without any, no file."""
        if not values:
            (self.path / name).unlink(missing_ok=True)
            return
        lines = ",\n".join(json.dumps(asdict(value), ensure_ascii=False) for value in values)
        self._replace(name, f"[\n{lines}\n]\n")

    def _read_lines(self, name: str, kind: type) -> tuple[Any, ...]:
        if not (self.path / name).is_file():
            return ()
        values: tuple[Any, ...] = self.read_value(name, GenericAlias(tuple, (kind, ...)))
        return values

    def _replace(self, name: str, text: str) -> None:
        self._replace_by(name, (text,))

    def _replace_by(self, name: str, texts: Iterable[str]) -> None:
        with written_whole(self.path / name) as partial, partial.open("w", encoding="utf-8") as file:
            file.writelines(texts)


def _sharing(trial: Trial, names: dict[str, str]) -> Trial:
    """With one string for each name that trials share."""

    def shared(name: str) -> str:
        return names.setdefault(name, name)

    return replace(
        trial,
        utterance_id=shared(trial.utterance_id),
        condition_id=shared(trial.condition_id),
        engine_id=shared(trial.engine_id),
    )
