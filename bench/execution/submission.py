"""A run that somebody sent: scored again from its stored answers, it must give the rows and estimates it came with.

Works on a copy, so that a check changes nothing. It finds what was changed after scoring, and numbers that the answers
do not give. It cannot tell whether the answers are an engine's.
"""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from bench.errors import BenchError, Problem, RunFolderError, UnknownNameError
from bench.execution.environment import scoring_versions
from bench.execution.score import score
from bench.scoring.cells import ScoredTrial
from bench.scoring.text.normalize import get_normalizer
from bench.store import RunFolder
from bench.store.digests import INPUTS, MADE, Digests, ScoredBy, digests_of, matching
from bench.store.folder import ESTIMATES_TABLE, SCORES_TABLE
from bench.store.frames import estimates as estimates_frame
from bench.store.redacted import is_redacted
from bench.store.spec import NormalizerIdentity

_SHORT = 12
_RELATIVE = 1e-9
"""Numbers may differ by so much, where other versions of libraries made them."""
_COMPARED = ("estimates.json", "validity.json", "targets.json", "analysis.json", "over_time.json", "sensitivity.json")
_UNREADABLE = (BenchError, ValueError, KeyError, TypeError, AttributeError, OSError)
"""What reading a file that was changed by hand may raise; pyarrow's errors are ValueErrors and OSErrors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionCheck:
    """What became of it."""

    name: str
    num_trials: int
    """Scored again."""
    digest: str
    """Of the rows as scored again: the same wherever they are, and whatever the version of pyarrow."""
    problems: tuple[Problem, ...]
    """What is not as it was stated; empty: the run is what it says."""
    notes: tuple[str, ...]
    """What is no fault: other versions of libraries, trials without a result, INVALID latency."""

    @property
    def equal(self) -> bool:
        return not self.problems


def check_submission(path: Path) -> SubmissionCheck:
    """Score a run folder again, on a copy, and hold the result against what it holds.

    Raises:
        RunFolderError: if it cannot be checked: it is no run, redacted, not scored, or by a version that did not say
            what it scored; or it holds links.
    """
    folder, stated = _opened(path)
    problems = [*_changed_files(folder, stated, INPUTS), *_changed_files(folder, stated, MADE)]
    rows: list[ScoredTrial] = []
    with tempfile.TemporaryDirectory(prefix="earwitness-") as scratch:
        try:
            again = _scored_again(folder, stated, Path(scratch) / "run")
            rows = list(again.scores())
            problems += [*_other_rows(folder, rows), *_other_numbers(folder, again)]
        except _UNREADABLE as error:
            problems.append(Problem(str(path), "answers that can be scored", f"{type(error).__name__}: {error}"))
    return SubmissionCheck(
        name=path.resolve().name,
        num_trials=len(rows),
        digest=_digest_of(rows),
        problems=tuple(problems),
        notes=tuple(_notes(folder, stated, len(rows))),
    )


def _opened(path: Path) -> tuple[RunFolder, Digests]:
    if is_redacted(path):
        raise RunFolderError(
            Problem(
                str(path),
                "a run with its answers",
                "one that was redacted: without texts nothing can be scored again",
                "send the run folder itself, without its audio, or publish this one unchecked",
            )
        )
    folder = RunFolder.open(path)
    link = next((each for each in path.rglob("*") if each.is_symlink()), None)
    if link is not None:
        raise RunFolderError(Problem(str(link), "a file of the run itself", "a link", "put the file in its place"))
    folder.table(SCORES_TABLE)
    stated = folder.digests()
    if stated is None:
        raise RunFolderError(
            Problem(str(path), "digests.json, which says what was scored", "none", f"run: bench score {path}")
        )
    return folder, stated


def _changed_files(folder: RunFolder, stated: Digests, patterns: Sequence[str]) -> Iterator[Problem]:
    """Files that are not those that scoring read or wrote."""
    before = stated.inputs if patterns is INPUTS else stated.made
    now = digests_of(folder.path, patterns)
    did = "was scored" if patterns is INPUTS else "scoring wrote"
    for name in sorted(before.keys() | now.keys()):
        if before.get(name) != now.get(name):
            expected = f"the file that {did} ({before[name][:_SHORT]})" if name in before else "no file of this name"
            got = f"another ({now[name][:_SHORT]})" if name in now else "none"
            yield Problem(str(folder.path / name), expected, got)


def _scored_again(folder: RunFolder, stated: Digests, copy: Path) -> RunFolder:
    for source in matching(folder.path, INPUTS):
        target = copy / source.relative_to(folder.path)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    again, how = RunFolder(copy), stated.scored_by
    score(
        again,
        normalizer=how.rules.name,
        profiles=how.profiles,
        transliterate=how.transliterate,
        workers=1,
    )
    return again


# -- rows and numbers -------------------------------------------------------------------------


def _other_rows(folder: RunFolder, again: Sequence[ScoredTrial]) -> Iterator[Problem]:
    """Trials whose stored row is not what their answer gives."""
    where = str(folder.path / SCORES_TABLE)
    try:
        stored = {row.trial_id: row for row in folder.scores()}
    except _UNREADABLE as error:
        yield Problem(where, "scores that can be read", f"{type(error).__name__}: {error}")
        return
    for row in again:
        kept = stored.pop(row.trial_id, None)
        named = f"{where}: trial {row.trial_id[:_SHORT]} ({row.utterance_id}, {', '.join(row.cell[:3])})"
        if kept is None:
            yield Problem(named, "a row, since it has an answer", "none")
            continue
        for field in fields(row):
            own, other = getattr(kept, field.name), getattr(row, field.name)
            if not _alike(_plain(own), _plain(other)):
                yield Problem(f"{named}: {field.name}", f"{_told(other)} of its answer", _told(own))
    for row in stored.values():
        yield Problem(f"{where}: trial {row.trial_id[:_SHORT]} ({row.utterance_id})", "no row without an answer", "one")


def _other_numbers(folder: RunFolder, again: RunFolder) -> Iterator[Problem]:
    """Files of numbers that do not say what scoring them again says."""
    for path in _differing(_made_by(folder), _made_by(again)):
        where = f"{folder.path / SCORES_TABLE}: made by: {path}"
        yield Problem(where, "what scoring it here says", "another value")
    for name in _COMPARED:
        own, other = _content(folder, name), _content(again, name)
        for path in _differing(own, other):
            yield Problem(str(folder.path / name), f"what the answers give ({path})", "another value")
            break
    try:
        same = _alike(_records(folder), _records(again))
    except _UNREADABLE:
        same = False
    if not same:
        yield Problem(str(folder.path / ESTIMATES_TABLE), "what the answers give", "another table")


def _made_by(folder: RunFolder) -> Any:
    try:
        return folder.scores_made_by()
    except _UNREADABLE:
        return None


def _records(folder: RunFolder) -> list[Any]:
    frame = estimates_frame(folder)
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def _content(folder: RunFolder, name: str) -> Any:
    if not (folder.path / name).is_file():
        return None
    try:
        return folder.read_json(name)
    except (RunFolderError, ValueError) as error:
        return str(error)


def _differing(own: Any, other: Any, path: str = "") -> Iterator[str]:
    """Where two JSON values differ, the first place first."""
    if isinstance(own, Mapping) and isinstance(other, Mapping) and own.keys() == other.keys():
        for key in own:
            yield from _differing(own[key], other[key], f"{path}.{key}".lstrip("."))
    elif isinstance(own, list) and isinstance(other, list) and len(own) == len(other):
        for number, (a, b) in enumerate(zip(own, other, strict=True)):
            yield from _differing(a, b, f"{path}[{number}]")
    elif not _alike(own, other):
        yield path or "the whole"


def _alike(own: Any, other: Any) -> bool:
    """Equal, numbers to nine digits: libraries of other versions may round the last one otherwise."""
    if isinstance(own, float) and isinstance(other, int | float) and not isinstance(other, bool):
        return (math.isnan(own) and math.isnan(other)) or math.isclose(own, other, rel_tol=_RELATIVE, abs_tol=1e-12)
    if isinstance(own, Mapping) and isinstance(other, Mapping):
        return own.keys() == other.keys() and all(_alike(own[key], other[key]) for key in own)
    if isinstance(own, list | tuple) and isinstance(other, list | tuple):
        return len(own) == len(other) and all(map(_alike, own, other))
    return bool(type(own) is type(other) and own == other)


def _plain(value: Any) -> Any:
    """Value types as mappings."""
    if hasattr(value, "__dataclass_fields__"):
        return asdict(value)
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return value


def _told(value: Any) -> str:
    text = json.dumps(_plain(value), ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _digest_of(rows: Sequence[ScoredTrial]) -> str:
    sha = hashlib.sha256()
    for row in rows:
        sha.update(json.dumps(asdict(row), ensure_ascii=False, sort_keys=True, default=str).encode())
    return sha.hexdigest()[:32]


# -- what is no fault -------------------------------------------------------------------------


def _notes(folder: RunFolder, stated: Digests, scored: int) -> Iterator[str]:
    how, here = stated.scored_by, scoring_versions()
    yield from _other_rules(how)
    for name in here.keys() | how.versions.keys():
        then, now = how.versions.get(name), here.get(name)
        if then != now:
            yield f"{name} {then or 'not installed'} when it was scored, {now or 'not installed'} here"
    try:
        planned, validity = len(folder.trials()), folder.validity()
    except _UNREADABLE:
        return
    if scored < planned:
        yield f"{planned - scored} of {planned} trials have no result"
    if not validity.valid:
        yield f"its latency is INVALID: {'; '.join(validity.reasons)}"


def _other_rules(how: ScoredBy) -> Iterator[str]:
    try:
        rules = get_normalizer(how.rules.name)
    except UnknownNameError:
        return
    here = NormalizerIdentity(id=rules.id, hash=rules.content_hash)
    if here != how.rules:
        yield f"text rules {how.rules} when it was scored, {here} here: rows may differ for this reason alone"
