"""`import`: a source in any known format becomes a manifest. Refuses the whole import with every problem listed, unless
the caller chose to leave bad lines out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bench import audio
from bench.corpora.entry import Entry, Shelf
from bench.corpora.importers import IMPORTERS
from bench.corpora.importers.common import ImportOptions, Problems
from bench.corpora.manifest import Header, parse_line, utterance_line, write_manifest
from bench.errors import AudioError, ManifestError, Problem
from bench.types import Utterance

_SLACK_S = 0.1
"""A part may end so much after its recording: times are rounded, and lossy codecs move the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did."""

    manifest: Path
    count: int
    left_out: tuple[Problem, ...]
    """Only where bad lines were to be left out."""


def import_corpus(
    kind: str,
    source: Path,
    manifest: Path,
    header: Header,
    options: ImportOptions,
    *,
    copy: bool = False,
    find_speech: bool = True,
    skip_bad: bool = False,
) -> Imported:
    """Read `source` as format `kind` and write a manifest beside its cut or copied audio.

    Raises:
        UnknownNameError: for a format that does not exist.
        ManifestError: with every problem and its line, unless `skip_bad` and something good is left.
    """
    if not source.exists():
        raise ManifestError([Problem(str(source), "a file or folder", "none")])
    problems: Problems = []
    if find_speech:
        from bench.corpora.speech_bounds import VAD_ID

        header = replace(header, vad=VAD_ID)
    shelf = Shelf(folder=manifest.parent, corpus=header.name, copy=copy, find_speech=find_speech)
    entries = IMPORTERS.load(kind)(source, options, problems)
    utterances = list(put_all(shelf, entries, problems))
    if problems and not (skip_bad and utterances):
        raise ManifestError(shortened(problems))
    if not utterances:
        raise ManifestError([Problem(str(source), "at least one utterance", "none")])
    write_manifest(manifest, header, utterances)
    return Imported(manifest=manifest, count=len(utterances), left_out=tuple(problems))


def put_all(shelf: Shelf, entries: Iterator[Entry], problems: Problems) -> Iterator[Utterance]:
    """Entries as utterances; repeated ids, unreadable audio and parts past its end are problems, and are left out."""
    first: dict[str, str] = {}
    for entry in entries:
        if entry.id in first:
            found = f"{entry.id!r} again (first at {first[entry.id]})"
            problems.append(Problem(entry.where, "an id of its own", found))
            continue
        first[entry.id] = entry.where
        try:
            outside = _outside(entry)
            if outside:
                problems.append(outside)
                continue
            utterance = shelf.put(entry)
        except AudioError as error:
            problems.append(Problem(entry.where, "audio that can be read", str(error)))
            continue
        read_back = parse_line(entry.where, utterance_line(utterance).encode("utf-8", "surrogatepass"))
        if isinstance(read_back, Utterance):
            yield utterance
        else:
            problems.extend(read_back)  # a language that is none, for instance


def _outside(entry: Entry) -> Problem | None:
    """A part that its recording is too short for: it would be charged with words that cannot be heard.

    Raises:
        AudioError: if the recording cannot be read.
    """
    if isinstance(entry.audio, bytes) or (entry.start_s is None and entry.end_s is None):
        return None
    start, end = entry.start_s or 0.0, entry.end_s
    if end is not None and entry.words:
        end = start + (entry.words[-1].end_s or 0.0)  # what follows timed words is silence, and may be shorter
    duration = audio.probe(entry.audio).duration_s
    if start < duration and (end is None or end <= duration + _SLACK_S):
        return None
    part = f"{start:.2f} s to {'its end' if end is None else f'{end:.2f} s'}"
    advice = "correct the times, or name the recording they belong to"
    return Problem(entry.where, f"a part of the {duration:.2f} s of {entry.audio}", part, advice)


def shortened(problems: Problems, limit: int = 50) -> Problems:
    """The first `limit` problems, and a last one that says how many more there are."""
    if len(problems) <= limit:
        return problems
    more = Problem("the rest", "no problems", f"{len(problems) - limit} more like these")
    return [*problems[:limit], more]
