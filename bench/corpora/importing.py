"""`import`: a source in any known format becomes a manifest. Refuses the whole import with every problem listed, unless
the caller chose to leave bad lines out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bench import audio
from bench.corpora.entry import Entry, Shelf
from bench.corpora.importers import IMPORTERS
from bench.corpora.importers.common import ImportOptions, Problems
from bench.corpora.importers.conversations import joined, scored_parts, with_scored_parts
from bench.corpora.manifest import Header, parse_line, utterance_line, write_manifest
from bench.errors import AudioError, ManifestError, Problem
from bench.types import Utterance

_SLACK_S = 0.1
"""A part may end so much after its recording: times are rounded, and lossy codecs move the end."""
_ROUNDED_S = 1.0
"""So much where it begins well within, as times in whole seconds make it; that is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did."""

    manifest: Path
    count: int
    left_out: tuple[Problem, ...]
    """Only where bad lines were to be left out."""
    doubts: tuple[str, ...] = ()
    """What was taken, but not as it was stated: a place, and what is odd about it."""


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
    entries = shaped(IMPORTERS.load(kind)(source, options, problems), options, problems)
    doubts: list[str] = []
    utterances = list(put_all(shelf, entries, problems, doubts))
    if problems and not (skip_bad and utterances):
        raise ManifestError(shortened(problems))
    if not utterances:
        raise ManifestError([Problem(str(source), "at least one utterance", "none")])
    write_manifest(manifest, header, utterances)
    return Imported(manifest=manifest, count=len(utterances), left_out=tuple(problems), doubts=tuple(doubts))


def shaped(entries: Iterable[Entry], options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """What an importer reads, put together again and held to what is scored, where that is asked for."""
    made: Iterable[Entry] = joined(entries) if options.whole else entries
    if options.uem is not None:
        made = with_scored_parts(made, scored_parts(options.uem, problems))
    yield from made


def put_all(
    shelf: Shelf, entries: Iterable[Entry], problems: Problems, doubts: list[str] | None = None
) -> Iterator[Utterance]:
    """Entries as utterances; repeated ids, unreadable audio and parts past its end are problems, and are left out.

    `doubts` gets what was taken, but not as it was stated.
    """
    ids, said = _Ids(problems), _Doubts(doubts if doubts is not None else [])
    with audio.Unpacked() as unpacked:
        for given in entries:
            try:
                entry = _fitted(given, problems, said)
                named = ids.named(entry) if entry else None
                if named is None:
                    continue
                utterance = shelf.put(named, unpacked)
            except AudioError as error:
                problems.append(Problem(given.where, "audio that can be read", str(error)))
                continue
            read_back = parse_line(given.where, utterance_line(utterance).encode("utf-8", "surrogatepass"))
            if isinstance(read_back, Utterance):
                yield utterance
            else:
                problems.extend(read_back)  # a language that is none, for instance


class _Ids:
    """Gives every entry an id of its own; the source's own ids are kept, and are problems where they repeat."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._first: dict[str, Entry] = {}

    def named(self, entry: Entry) -> Entry | None:
        """The entry under its id; `None`: a problem was noted."""
        first = self._first.get(entry.id)
        if first is not None and not (entry.is_id_made and first.is_id_made and _are_different(first, entry)):
            got = f"{entry.id!r} again (first at {first.where})"
            self._problems.append(Problem(entry.where, "an id of its own", got))
            return None
        number, name = 1, entry.id
        while name in self._first:
            number += 1
            name = f"{entry.id}-{number}"
        self._first[name] = entry
        return entry if name == entry.id else replace(entry, id=name)


def _are_different(first: Entry, second: Entry) -> bool:
    """Whether two entries with one made id can both be meant: other parts, or two who speak at one time."""
    if first.audio != second.audio:
        return True
    if second.start_s is None and second.end_s is None and second.channel is None:
        return False  # one recording with two texts
    keys = ("start_s", "end_s", "channel", "cluster", "text")
    return any(getattr(first, key) != getattr(second, key) for key in keys)


class _Doubts:
    """Each doubt once a recording."""

    def __init__(self, doubts: list[str]) -> None:
        self._doubts = doubts
        self._known: set[tuple[Path, str]] = set()

    def add(self, path: Path, doubt: str, where: str) -> None:
        if doubt and (path, doubt) not in self._known:
            self._known.add((path, doubt))
            self._doubts.append(f"{where}: {path.name}: {doubt}")


def _fitted(entry: Entry, problems: Problems, doubts: _Doubts) -> Entry | None:
    """The entry with its part as its recording has it; `None`: its recording is too short for it.

    A part that is the whole recording is the recording itself.

    Raises:
        AudioError: if the recording cannot be read.
    """
    if isinstance(entry.audio, bytes):
        return entry
    info = audio.probe(entry.audio)
    doubts.add(entry.audio, info.doubt, entry.where)
    doubts.add(entry.audio, entry.doubt, entry.where)
    if entry.start_s is None and entry.end_s is None:
        return entry
    start, end = entry.start_s or 0.0, entry.end_s
    if end is not None and entry.words:
        end = start + (entry.words[-1].end_s or 0.0)  # what follows timed words is silence, and may be shorter
    duration = info.duration_s
    late_s = 0.0 if end is None else end - duration
    if _SLACK_S < late_s <= _ROUNDED_S and entry.start_s is not None and start < duration - _SLACK_S:
        doubts.add(entry.audio, f"a part that ends {late_s:.2f} s after it is taken to its end", entry.where)
    elif start >= duration or late_s > _SLACK_S:
        part = f"{start:.2f} s to {'its end' if end is None else f'{end:.2f} s'}"
        advice = "correct the times, or name the recording they belong to"
        problems.append(Problem(entry.where, f"a part of the {duration:.2f} s of {entry.audio}", part, advice))
        return None
    if entry.start_s is not None or entry.end_s is None:
        return entry
    if entry.end_s >= duration - _SLACK_S and not entry.words:
        return replace(entry, end_s=None)
    doubts.add(
        entry.audio, f"the first {entry.end_s:.2f} s of {duration:.2f} s are taken, as `duration` says", entry.where
    )
    return entry


def shortened(problems: Problems, limit: int = 50) -> Problems:
    """The first `limit` problems, and a last one that says how many more there are."""
    if len(problems) <= limit:
        return problems
    more = Problem("the rest", "no problems", f"{len(problems) - limit} more like these")
    return [*problems[:limit], more]
