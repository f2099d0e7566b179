"""Transcripts that somebody has already become a run like any other, without latency.

Read are tables (CSV, TSV, JSON Lines), time marks with their times and speakers (CTM, STM, SegLST), and folders or
files of one answer each: text, SRT, WebVTT, or a vendor's JSON by the reader of that vendor's own engine. An answer
belongs to the utterance of its id, its key (`corpus/id`), or the name of its recording, in any case.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.corpora.importers import IMPORTERS
from bench.corpora.importers.common import (
    ANSWERS,
    FIELDS,
    ImportOptions,
    Problems,
    fields_of,
    squeezed,
    usual_row,
    without_comment,
)
from bench.corpora.importers.conversations import is_seglst, segments_of
from bench.corpora.importers.folders import files_in, folded
from bench.corpora.importers.reading import read_lines, read_objects
from bench.corpora.importers.stm import labels_and_text
from bench.corpora.importers.table import read_rows
from bench.engines import ENGINES
from bench.engines.base import BatchAdapter, HttpResponse, RemoteEngine
from bench.engines.secrets import Secret
from bench.errors import ConfigError, ManifestError, Problem, UsageError
from bench.execution.plan import Plan
from bench.execution.planning import load_plan
from bench.execution.stages import create
from bench.store import RunFolder
from bench.types import Failure, FailureKind, Recognised, Result, Segment, Timing, Transcript, Utterance, Word

Answer = Recognised | Failure
_TEXT = (*ANSWERS, *FIELDS["text"])
_ONE_EACH = (".txt", ".json", ".srt", ".vtt")
_TABLES = (".csv", ".tsv", ".tab", ".jsonl")
_MARKS = (".ctm", ".stm")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedAnswers:
    """What an import did."""

    path: Path
    """The run folder."""
    answered: int
    missing: int
    """Utterances without an answer: failures of the run."""
    unused: tuple[str, ...]
    """Answers that belong to no utterance of the corpus."""


def import_answers(
    source: Path, manifest: Path, *, engine: str, out: Path, reader: str | None = None, name: str | None = None
) -> ImportedAnswers:
    """Write a run folder of answers that are there already; score it as any other.

    Args:
        source: a file or folder.
        manifest: of the corpus whose utterances they are of, or a card's name.
        engine: what to call the system that gave them.
        out: the run folder, which must be new.
        reader: the engine whose JSON the answers are; `None`: `text` or the like is looked for.
        name: of the run; `None`: the engine's.

    Raises:
        ConfigError: with every problem of the answers, or of the corpus.
        UsageError: if the folder holds a run.
    """
    if (out / "trials.jsonl").exists():
        raise UsageError(Problem(str(out), "a new folder", "a run", "choose another --out"))
    problems: Problems = []
    answers = dict(_answers(source, reader, problems))
    if problems or not answers:
        raise ConfigError(problems or [Problem(str(source), "at least one answer", "none")])
    plan = load_plan(
        {
            "name": name or engine,
            "corpora": [str(manifest)],
            "engines": [
                {"id": engine, "engine": "imported", "settings": {"source": source.name, "sha256": _digest(answers)}}
            ],
            "conditions": ["clean"],
            "modes": ["batch"],
        }
    )
    by_utterance, unused = _matched(plan, answers)
    folder = RunFolder(out)
    create(plan, folder)
    writer = folder.writer()
    for trial in plan.trials:
        answer = by_utterance.get(trial.utterance_id)
        writer.append(
            Result(
                trial_id=trial.id,
                outcome=_outcome(answer, source),
                attempts=1,
                started_at=datetime.now(UTC).isoformat(),
            )
        )
    writer.close()
    return ImportedAnswers(
        path=out, answered=len(by_utterance), missing=len(plan.trials) - len(by_utterance), unused=tuple(unused)
    )


def _outcome(answer: Answer | None, source: Path) -> Transcript | Failure:
    if answer is None:
        return Failure(kind=FailureKind.ENGINE, message=f"no answer to it in {source.name}")
    return answer if isinstance(answer, Failure) else Transcript(recognised=answer, timing=Timing())


def _digest(answers: Mapping[str, Answer]) -> str:
    said = {key: _told(answer) for key, answer in answers.items()}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _told(answer: Answer) -> object:
    if isinstance(answer, Failure):
        return answer.message
    return answer.text if not (answer.segments or answer.words) else asdict(answer)


def _matched(plan: Plan, answers: Mapping[str, Answer]) -> tuple[dict[str, Answer], list[str]]:
    """Answers by utterance key, and the names of those that belong to none."""
    names: dict[str, str] = {}
    for key, utterance in plan.utterances.items():
        for known in _names(key, utterance):
            names.setdefault(known, key)
    matched, unused = dict[str, Answer](), list[str]()
    for name, answer in answers.items():
        belongs = names.get(folded(name)) or names.get(folded(Path(name).with_suffix("").as_posix()))
        if belongs is None:
            unused.append(name)
        else:
            matched[belongs] = answer
    if not matched:
        known = ", ".join(list(plan.utterances)[:3])
        raise ConfigError([Problem("answers", f"ids of the corpus, such as {known}", ", ".join(unused[:3]))])
    return matched, unused


def _names(key: str, utterance: Utterance) -> tuple[str, ...]:
    recording = Path(utterance.audio)
    return tuple(map(folded, (key, utterance.id, utterance.audio, recording.name, recording.stem)))


# -- reading ----------------------------------------------------------------------------------


def _answers(source: Path, reader: str | None, problems: Problems) -> Iterator[tuple[str, Answer]]:
    """Answers by the name they go under."""
    if not source.exists():
        raise ConfigError([Problem(str(source), "a file or folder of answers", "none")])
    suffix = source.suffix.lower()
    if source.is_dir():
        for path in files_in(source, _ONE_EACH):
            yield from _of_one(path, path.relative_to(source).with_suffix("").as_posix(), reader, problems)
    elif suffix in _TABLES:
        yield from _of_table(source, problems)
    elif suffix in _MARKS:
        yield from _of_marks(source, problems)
    elif suffix == ".json" and reader is None and is_seglst(source):
        yield from _of_segments(segments_of(source, problems))
    elif suffix in _ONE_EACH:
        yield from _of_one(source, source.stem, reader, problems)
    else:
        known = ", ".join((*_TABLES, *_MARKS, *_ONE_EACH))
        problems.append(Problem(str(source), f"a folder, or a file that ends in {known}", suffix or "no suffix"))


def _of_table(source: Path, problems: Problems) -> Iterator[tuple[str, Answer]]:
    seen: dict[str, str] = {}
    for where, row in _rows(source, problems):
        name = next((str(row[column]) for column in (*FIELDS["id"], *FIELDS["audio"]) if row.get(column)), None)
        text = next((row[column] for column in _TEXT if column in row), None)
        if name is None or not isinstance(text, str):
            problems.append(Problem(where, f"an id (or audio) and {' or '.join(_TEXT[:4])}", ", ".join(row)))
        elif name in seen:
            problems.append(Problem(where, "one answer an utterance", f"{name!r} again (first at {seen[name]})"))
        else:
            seen[name] = where
            yield name, Recognised(text=text)


def _rows(source: Path, problems: Problems) -> Iterator[tuple[str, Mapping[str, object]]]:
    rows = read_objects(source, problems) if source.suffix.lower() == ".jsonl" else read_rows(source, problems)
    for where, row in rows:
        yield where, usual_row(row)


def _of_marks(source: Path, problems: Problems) -> Iterator[tuple[str, Answer]]:
    """CTM and STM: words and segments of one name in order of time."""
    is_segment = source.suffix.lower() == ".stm"
    said: list[tuple[str, Segment]] = []
    for where, line in read_lines(source):
        if line.lstrip().startswith(";;"):
            continue
        fields = fields_of(without_comment(line), 6 if is_segment else 0)
        at = 3 if is_segment else 2
        try:
            start_s, second_s = map(float, fields[at : at + 2])
        except ValueError:
            start_s = second_s = math.nan
        if not (math.isfinite(start_s) and math.isfinite(second_s)):
            problems.append(Problem(where, "a line of time marks", repr(line[:80])))
        elif is_segment:
            text = labels_and_text(" ".join(fields[5:]))[1]
            said.append((fields[0], Segment(text=text, start_s=start_s, end_s=second_s, speaker=fields[2])))
        else:
            said.append((fields[0], Segment(text="".join(fields[4:5]), start_s=start_s, end_s=start_s + second_s)))
    yield from _of_segments(said) if is_segment else _of_words(said)


def _of_segments(said: Iterable[tuple[str, Segment]]) -> Iterator[tuple[str, Answer]]:
    for name, parts in _in_time(said):
        yield name, Recognised(text=squeezed(" ".join(part.text for part in parts)), segments=tuple(parts))


def _of_words(said: Iterable[tuple[str, Segment]]) -> Iterator[tuple[str, Answer]]:
    for name, parts in _in_time(said):
        words = tuple(Word(text=part.text, start_s=part.start_s, end_s=part.end_s) for part in parts if part.text)
        yield name, Recognised(text=squeezed(" ".join(part.text for part in parts)), words=words)


def _in_time(said: Iterable[tuple[str, Segment]]) -> Iterator[tuple[str, list[Segment]]]:
    """What was said under each name, in order of time; names in the order in which they first come."""
    parts: dict[str, list[Segment]] = {}
    for name, segment in said:
        parts.setdefault(name, []).append(segment)
    for name, own in parts.items():
        yield name, sorted(own, key=lambda segment: segment.start_s or 0.0)


def _of_one(path: Path, name: str, reader: str | None, problems: Problems) -> Iterator[tuple[str, Answer]]:
    suffix = path.suffix.lower()
    try:
        if suffix == ".json":
            answer = _of_json(path, reader, problems)
            if answer is not None:
                yield name, answer
        elif suffix == ".txt":
            yield name, Recognised(text=squeezed(" ".join(line for _, line in read_lines(path))))
        else:
            yield name, _of_subtitles(path, problems)
    except ManifestError as error:
        problems.extend(error.problems)


def _of_subtitles(path: Path, problems: Problems) -> Recognised:
    read = IMPORTERS.load(path.suffix.lower().removeprefix("."))
    cues = [*read(path, ImportOptions(language="und", needs_audio=False), problems)]
    return Recognised(text=" ".join(cue.text for cue in cues))


def _of_json(path: Path, reader: str | None, problems: Problems) -> Answer | None:
    if reader is not None:
        return _adapter(reader).parse(HttpResponse(status=200, headers={}, content=path.read_bytes()))
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        problems.append(Problem(str(path), "JSON", str(error)))
        return None
    text = next(
        (content[key] for key in _TEXT if isinstance(content, dict) and isinstance(content.get(key), str)), None
    )
    if text is None:
        advice = "name the vendor: --reader pulse"
        problems.append(Problem(str(path), f"a text under {' or '.join(_TEXT[:6])}", "none", advice))
        return None
    return Recognised(text=text)


def _adapter(reader: str) -> BatchAdapter:
    """What reads a vendor's batch answers.

    Raises:
        UsageError: if the engine's answers are no single response.
    """
    factory = ENGINES.load(reader)
    try:
        settings = factory.Settings()
        keys = {name: Secret("not-needed-to-read") for name in factory.secret_names(settings)}
        made = factory.create(settings, keys)
    except (ConfigError, ValueError) as error:
        raise UsageError(Problem(f"--reader {reader}", "an engine that needs no settings", str(error))) from error
    if isinstance(made, RemoteEngine) and isinstance(made.batch, BatchAdapter):
        return made.batch
    raise UsageError(Problem(f"--reader {reader}", "an engine whose batch answer is one JSON body", "another kind"))
