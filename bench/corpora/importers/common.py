"""What importers share: their options, rows with named columns, finding audio by its stem, fields of lines."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from bench.corpora.entry import Entry
from bench.corpora.importers.folders import find_audio, recording_at, stem_of
from bench.corpora.importers.reading import parse_seconds
from bench.corpora.importers.references import references_of
from bench.errors import ManifestError, Problem, did_you_mean

Problems: TypeAlias = list[Problem]

_CHANNELS = {"a": 0, "b": 1, "left": 0, "right": 1}

FIELDS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "utt_id", "utterance_id", "utt", "ID"),
    "audio": (
        "audio",
        "audio_filepath",
        "audio_path",
        "file_name",
        "filename",
        "path",
        "file",
        "wav",
        "audio_file",
        "file_path",
        "filepath",
        "recording",
        "wav_filename",
        "wav_path",
    ),
    "text": ("text", "sentence", "transcript", "transcription", "raw_transcription"),
    "language": ("language", "lang", "locale"),
    "cluster": ("cluster", "speaker", "speaker_id", "client_id", "spk", "conversation_id"),
    "start_s": ("start_s", "start", "offset", "start_time"),
    "end_s": ("end_s", "end", "end_time"),
    "duration_s": ("duration_s", "duration", "dur"),
    "channel": ("channel",),
}
"""Our name -> the names it is found under, first match wins; `ImportOptions.columns` goes before all of them."""

ANSWERS = ("hypothesis", "hyp", "answer", "prediction", "pred_text")
"""Columns of what a system made of a recording."""

TAGS = (
    "accent",
    "accents",
    "age",
    "device",
    "dialect",
    "domain",
    "emotion",
    "gender",
    "l1",
    "noise",
    "region",
    "variant",
)
"""Columns kept as tags when they are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What a format does not say by itself."""

    language: str | None = None
    """BCP-47 of everything that does not name its own."""
    audio_root: Path | None = None
    """Where relative audio paths start; `None`: the folder of the file that names them."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Field -> column; fields are those of `FIELDS`."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tag -> column, beside the usual ones."""
    split: str = "test"
    """Of formats that have splits."""
    gap_s: float = 0.8
    """Word-timed formats are cut in silences at least this long."""
    needs_audio: bool = True
    """Whether a missing recording is a problem; not where text alone is read."""
    cluster_by_folder: bool = False
    """The folder a file lies in is its speaker or conversation."""
    whole: bool = False
    """Recordings stay whole, and their parts become segments of one utterance."""
    uem: Path | None = None
    """Which parts of each recording are scored."""


def check_columns(options: ImportOptions) -> None:
    """Refuse a column map for fields that do not exist.

    Raises:
        ManifestError: with the near name.
    """
    wrong = [name for name in options.columns if name not in FIELDS]
    if wrong:
        known = ", ".join(FIELDS)
        raise ManifestError(
            [Problem("column map", f"one of {known}", f"{name!r}{did_you_mean(name, FIELDS)}") for name in wrong]
        )


_SPACE = " \t\r\n\f\v"
_SPACES = re.compile(f"[{_SPACE}]+")


def fields_of(line: str, limit: int = 0) -> list[str]:
    """A line at its white space, as Kaldi and sclite part it: a no-break space is part of a word.

    With a `limit`, at most so many fields; the last one has the rest of the line.
    """
    stripped = line.strip(_SPACE)
    return _SPACES.split(stripped, maxsplit=max(0, limit - 1)) if stripped else []


def squeezed(text: str) -> str:
    """Text with its line ends and runs of white space as one blank each; a no-break space stays one."""
    return _SPACES.sub(" ", text).strip(_SPACE)


def require_audio(folder: Path, stem: str, where: str, problems: Problems) -> Path | None:
    """As `find_audio`; a recording that is missing is a problem."""
    path = find_audio(folder, stem)
    if path is None:
        problems.append(Problem(where, f"a recording {stem!r} in {folder}", "none", "say where with --audio-root"))
    return path


def require_language(options: ImportOptions, where: str, problems: Problems) -> str | None:
    """The language given for everything; none is a problem."""
    if options.language is None:
        problems.append(Problem(where, "a language", "none", "give it with --language hi (BCP-47)"))
    return options.language


def parse_channel(value: Any, where: str, problems: Problems) -> int | None:
    """`0`, `1` ..., `A` or `B`, `left` or `right`; nothing is the whole recording, anything else a problem."""
    text = "" if value is None else str(value).strip()
    if text.lower() in _CHANNELS:
        return _CHANNELS[text.lower()]
    if text.isascii() and text.isdigit():
        return int(text)
    if text:
        problems.append(Problem(where, "a channel 0, 1 ..., A or B", repr(text)))
    return None


def channels_of(named: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """The names of all channels of each recording, from pairs of recording and channel."""
    channels: dict[str, set[str]] = {}
    for recording, channel in named:
        channels.setdefault(recording, set()).add(channel)
    return channels


_COMMENT = re.compile(r"(?:^|[ \t]);;.*")


def without_comment(line: str) -> str:
    """A line of NIST's formats without what stands behind a ` ;;`, which is no word of anybody."""
    return _COMMENT.sub("", line)


def nist_channel(name: str, among: Collection[str]) -> int | None:
    """The channel that STM and CTM call so; `None`: the whole recording.

    Letters are channels. Numbers are where one recording has several of them; `1` alone means all of it.

    Args:
        name: of the channel.
        among: the names of all channels of the recording.
    """
    if name.lower() in _CHANNELS:
        return _CHANNELS[name.lower()]
    numbers = {int(other) for other in among if other.isascii() and other.isdigit()}
    if not (name.isascii() and name.isdigit()) or (max(numbers) < 2 and len(numbers) < 2):
        return None
    return int(name) - (0 if 0 in numbers else 1)


_WEB_ADDRESS = re.compile(r"(?:https?|ftp)://", re.IGNORECASE)


def row_entry(
    row: Mapping[str, Any], where: str, folder: Path, options: ImportOptions, problems: Problems
) -> Entry | None:
    """A row with named columns as an Entry, or `None` with its problems noted."""
    row = usual_row(row)
    values = {name: _value(row, name, options) for name in FIELDS}
    language = values["language"] or require_language(options, where, problems)
    name, text = values["audio"], values["text"]
    for field_name in ("audio", "text"):
        if values[field_name] is None:
            null = next((name for name in candidates(field_name, options) if name in row), None)
            if null:
                problems.append(Problem(where, f"a value in {null}", "null"))
                continue
            tried = options.columns.get(field_name) or " or ".join(FIELDS[field_name])
            advice = f"map it with --column {field_name}=NAME"
            problems.append(Problem(where, f"a column {tried}", f"columns {', '.join(row)}", advice))
    if name is None or text is None or language is None:
        return None
    before = len(problems)
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        problems.append(Problem(where, "a text", type(text).__name__))
    if isinstance(name, str) and _WEB_ADDRESS.match(name.strip()):
        advice = "download it, and name the file"
        problems.append(Problem(where, "a recording on this machine", repr(name[:80]), advice))
    start, end = _span(values, where, problems)
    further = references_of(row, where, problems)
    channel = parse_channel(values["channel"], where, problems)
    if len(problems) > before:
        return None
    return Entry(
        id=str(values["id"] or _id(str(name), start, channel)),
        is_id_made=values["id"] is None,
        text=str(text),
        language=str(language).replace("_", "-"),
        audio=recording_at(options.audio_root or folder, str(name)),
        where=where,
        start_s=start,
        end_s=end,
        channel=channel,
        cluster=None if values["cluster"] in (None, "") else str(values["cluster"]),
        tags=_tags(row, options),
        **further,
    )


def candidates(name: str, options: ImportOptions) -> tuple[str, ...]:
    """Columns that may hold a field, the first that is there counts."""
    return (usual_name(options.columns[name]),) if name in options.columns else FIELDS[name]


def usual_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row under the usual spelling of its columns, where no other column has that."""
    return {key if (name := usual_name(key)) != key and name in row else name: value for key, value in row.items()}


@lru_cache(maxsize=1024)
def usual_name(column: str) -> str:
    """The name of a known column, if this is one in another case or between blanks."""
    return name if (name := column.strip().lower().replace(" ", "_")) in _KNOWN else column


def is_known(column: str) -> bool:
    """Whether that column means something here, however it is spelt."""
    return usual_name(column) in _KNOWN


_KNOWN = {*TAGS, *ANSWERS, *(column for columns in FIELDS.values() for column in columns)}


def _value(row: Mapping[str, Any], name: str, options: ImportOptions) -> Any:
    for column in candidates(name, options):
        value = row.get(column)
        if value is not None and (value != "" or name == "text"):
            return value
    return None


def _span(values: Mapping[str, Any], where: str, problems: Problems) -> tuple[float | None, float | None]:
    """Part of the file. A duration alone is counted from its begin."""
    start, end = (
        None if values[name] is None else parse_seconds(values[name], name, where, problems)
        for name in ("start_s", "end_s")
    )
    length = None if values["duration_s"] is None else parse_seconds(values["duration_s"], "duration", where, problems)
    if end is None and length is not None:
        end = (start or 0.0) + length
    if start is not None and end is not None and end <= start:
        problems.append(Problem(where, "an end after the start", f"{start}..{end} s"))
    return start, end


def _id(name: str, start_s: float | None, channel: int | None) -> str:
    stem = stem_of(name) + ("" if channel is None else f"-channel{channel}")
    return stem if start_s is None else f"{stem}-{round(start_s * 1000):08d}"


def _tags(row: Mapping[str, Any], options: ImportOptions) -> dict[str, str]:
    columns = {**{name: name for name in TAGS}, **{tag: usual_name(name) for tag, name in options.tags.items()}}
    tags = {tag: row.get(column) for tag, column in columns.items()}
    return {tag: str(value) for tag, value in tags.items() if value not in (None, "")}
