"""The one manifest format: a header line, then one utterance a line (JSON Lines, UTF-8).

Line 1 is a `Header`, every later line an `Utterance` of `bench.types`, fields that have their default left
out. Audio paths are relative to the manifest's folder. Unknown keys are refused. Reads and writes manifests and
nothing else; whether the audio is there and the references make sense is for `validate`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import (
    Annotated,
    Any,
    Literal,
    Required,  # pydantic needs this one before Python 3.12
    cast,
)
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from bench.addresses import address_of, is_url, mirror
from bench.config.spec import expected_by
from bench.errors import AudioError, ManifestError, Problem, did_you_mean
from bench.files import written_whole
from bench.types import Passage, Segment, Utterance, Word

SCHEMA = "earwitness.manifest"
VERSION = 1
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_MOST_NAME_BYTES = 120
_MOST_PROBLEMS = 50
"""So many are listed; nobody reads the others."""
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NO_FILE_NAME = re.compile(r"[/\\\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
_STRICT = ConfigDict(extra="forbid", strict=True)
_Seconds = Annotated[float, Field(ge=0, le=1e7, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What is said of a corpus as a whole, and travels into every report."""

    name: str
    licence: str
    source: str
    """Where it came from: an address, a package with its version, a dataset with its revision."""
    synthetic: bool
    """No human spoke these words: for checking the pipeline, never for a headline."""
    citation: str = ""
    draft_engine: str | None = None
    """The engine that drafted the references, which makes them biased towards it; `None`: people wrote them."""
    vad: str | None = None
    """What set speech_start_s and speech_end_s; `None`: the source did, or nobody."""
    aligner: str | None = None
    """What set the word times where the source gave none; `None`: the source did, or nobody."""
    card_sha256: str | None = None
    """Digest of the card it was prepared from; `None`: imported."""
    sample: Mapping[str, Any] | None = None
    """How it was drawn from a larger manifest; `None`: it is whole."""
    excluded: Mapping[str, str] = field(default_factory=dict)
    """Utterances taken out by hand: id -> reason."""
    notes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A corpus in memory."""

    path: Path
    header: Header
    utterances: tuple[Utterance, ...]

    @property
    def minutes(self) -> float:
        """Of audio."""
        return sum(utterance.duration_s for utterance in self.utterances) / 60

    def audio_path(self, utterance: Utterance) -> Path:
        """Where an utterance's recording lies.

        Raises:
            AudioError: if it is at an address that is not a file.
        """
        return resolve_audio(self.path.parent, utterance.audio)


def _file_name(name: str) -> str:
    """A corpus's name: it names files of run folders, and stands in reports.

    Raises:
        ValueError: if it cannot.
    """
    if not 1 <= len(name.encode("utf-8", "replace")) <= _MOST_NAME_BYTES:
        raise ValueError(f"a name of 1 to {_MOST_NAME_BYTES} bytes")
    if name.startswith(".") or name.endswith(".") or name != name.strip() or _NO_FILE_NAME.search(name):
        said = "no / or \\, no control characters or marks of direction, no dot at its beginning or end"
        raise ValueError(f"a name that a file can have: {said}")
    if _DEVICE.fullmatch(name):
        raise ValueError("a name that a file can have: none that Windows keeps for a device")
    return name


def _one_line(text: str) -> str:
    """What is said of a corpus stands in every output, where a control character could do harm.

    Raises:
        ValueError: if there is one.
    """
    if _CONTROLS.search(text):
        raise ValueError("one line without control characters")
    return text


_Line = Annotated[str, AfterValidator(_one_line)]


class _WordLine(TypedDict, total=False):
    __pydantic_config__ = _STRICT  # type: ignore[misc]
    text: Required[str]
    start_s: _Seconds | None
    end_s: _Seconds | None
    confidence: float | None
    speaker: str | None


class _SegmentLine(TypedDict, total=False):
    __pydantic_config__ = _STRICT  # type: ignore[misc]
    text: Required[str]
    start_s: _Seconds | None
    end_s: _Seconds | None
    speaker: str | None


class _PassageLine(TypedDict, total=False):
    __pydantic_config__ = _STRICT  # type: ignore[misc]
    kind: Required[Annotated[str, Field(min_length=1)]]
    text: Required[Annotated[str, Field(min_length=1)]]
    forms: tuple[str, ...]
    start_s: _Seconds | None
    end_s: _Seconds | None


_Label = Literal["emotion", "age", "gender", "language"]


class _UtteranceLine(TypedDict, total=False):
    __pydantic_config__ = _STRICT  # type: ignore[misc]
    id: Required[Annotated[str, Field(min_length=1)]]
    corpus: Required[str]
    audio: Required[Annotated[str, Field(min_length=1)]]
    sha256: Required[Annotated[str, Field(pattern="^[0-9a-f]{64}$")]]
    sample_rate_hz: Required[Annotated[int, Field(gt=0, le=10_000_000)]]
    num_samples: Required[Annotated[int, Field(gt=0, le=10**12)]]
    text: Required[str]
    language: Required[Annotated[str, Field(pattern="^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")]]
    cluster: str | None
    words: tuple[_WordLine, ...] | None
    speech_start_s: _Seconds | None
    speech_end_s: _Seconds | None
    keywords: tuple[str, ...]
    alternatives: dict[str, tuple[str, ...]]
    tags: dict[str, str]
    segments: tuple[_SegmentLine, ...]
    scored_s: tuple[tuple[_Seconds, _Seconds], ...]
    labels: dict[_Label, str]
    speaker_labels: dict[str, dict[_Label, str]]
    votes: dict[Literal["emotion"], Annotated[dict[str, Annotated[int, Field(gt=0, le=10**6)]], Field(min_length=1)]]
    entities: tuple[_PassageLine, ...]
    private: tuple[_PassageLine, ...]
    languages: tuple[_PassageLine, ...]
    turn_end_s: _Seconds | None


class _HeaderLine(TypedDict, total=False):
    __pydantic_config__ = _STRICT  # type: ignore[misc]
    schema: Required[str]
    version: Required[int]
    name: Required[Annotated[str, AfterValidator(_file_name)]]
    licence: Required[_Line]
    source: Required[_Line]
    synthetic: Required[bool]
    citation: str
    draft_engine: _Line | None
    vad: _Line | None
    aligner: _Line | None
    card_sha256: _Line | None
    sample: dict[str, Any] | None
    excluded: dict[str, str]
    notes: str


@cache
def _adapter(line: type) -> TypeAdapter[Any]:
    return TypeAdapter(line)


def resolve_audio(folder: Path, audio: str) -> Path:
    """A manifest's audio entry as a path; `file://` addresses are understood, and those that fsspec fetches from.

    Raises:
        AudioError: for any other address.
    """
    if not _URI.match(audio):
        return folder / audio
    if is_url(audio):
        return mirror(audio)
    parts = urlsplit(audio)
    if parts.scheme != "file":
        raise AudioError(
            Problem(audio, "a file on this machine", "another address", "run: bench prepare, which fetches audio")
        )
    return Path(unquote(parts.path))


def relocated(utterance: Utterance, old: Path, new: Path) -> Utterance:
    """The same utterance in a manifest of another folder."""
    if _URI.match(utterance.audio) or old.resolve() == new.resolve():
        return utterance
    there, here = (address_of(Path(os.path.abspath(path))) for path in (old / utterance.audio, new))
    if there and (here or "").split("/")[:3] != there.split("/")[:3]:  # of another bucket, or of none
        return replace(utterance, audio=there)
    audio = os.path.relpath((old / utterance.audio).resolve(), new.resolve())
    return replace(utterance, audio=Path(audio).as_posix())


def load_manifest(path: Path) -> Manifest:
    """Read a whole manifest.

    Raises:
        ManifestError: with every problem and its line number.
    """
    problems: list[Problem] = []
    header = read_header(path)
    utterances = []
    for number, parsed in iter_utterances(path):
        where = f"{path}:{number}"
        if not isinstance(parsed, Utterance):
            problems += (problem.at(where) for problem in parsed)
        else:
            if parsed.corpus != header.name:
                expected = f"{header.name!r}, the name in the header"
                problems.append(Problem(f"{where}: corpus", expected, repr(parsed.corpus)[:80]))
            utterances.append(parsed)
        if len(problems) > _MOST_PROBLEMS:
            break
    if len(problems) > _MOST_PROBLEMS:
        del problems[_MOST_PROBLEMS:]
        problems.append(Problem(str(path), "a manifest", "more problems than these", "mend these, then see the others"))
    problems += _repeated_ids(path, utterances)
    if not utterances and not problems:
        problems.append(Problem(str(path), "at least one utterance", "only a header"))
    if problems:
        raise ManifestError(problems)
    return Manifest(path=path, header=header, utterances=tuple(utterances))


def _repeated_ids(path: Path, utterances: Sequence[Utterance]) -> list[Problem]:
    seen: set[str] = set()
    problems = []
    for utterance in utterances:
        if utterance.id in seen:
            problems.append(Problem(str(path), "an id on one line only", f"{utterance.id!r} again"))
        seen.add(utterance.id)
    return problems


def read_header(path: Path) -> Header:
    """The first line.

    Raises:
        ManifestError: if there is no such file, or it does not begin with a header of this version.
    """
    try:
        with path.open("rb") as file:
            line = file.readline()
    except OSError as error:
        got = "none" if not path.exists() else str(error)
        advice = "run: bench prepare CARD, or bench corpus import"
        raise ManifestError([Problem(str(path), "a manifest file", got, advice)]) from error
    where = f"{path}:1"
    _check_schema(where, line)
    found_line = _parse(where, line, _HeaderLine)
    if isinstance(found_line, list):
        raise ManifestError(found_line)
    return Header(**{key: value for key, value in found_line.items() if key not in ("schema", "version")})


def _check_schema(where: str, line: bytes) -> None:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        content = None
    schema, version = (content.get("schema"), content.get("version")) if isinstance(content, dict) else (None, None)
    if schema != SCHEMA:
        wanted = f'a header with "schema": "{SCHEMA}"'
        shown = line[:60].decode("utf-8", "replace").strip() or "an empty line"
        raise ManifestError([Problem(where, wanted, shown, "bring other formats in with: bench corpus import")])
    if version != VERSION:
        advice = "make it again with this version of earwitness, or install the one that made it"
        raise ManifestError([Problem(where, f'"version": {VERSION}', str(version), advice)])


def iter_utterances(path: Path) -> Iterator[tuple[int, Utterance | list[Problem]]]:
    """Utterances with their line numbers, one at a time; of a line that is wrong, its problems by the key."""
    with path.open("rb") as file:
        file.readline()
        for number, line in enumerate(file, start=2):
            yield number, parse_line("", line)


def parse_line(where: str, line: bytes) -> Utterance | list[Problem]:
    """One utterance, or what is wrong with its line."""
    fields = _parse(where, line, _UtteranceLine)
    if isinstance(fields, list):
        return fields
    for name, kind in _PARTS.items():
        if fields.get(name):
            fields[name] = tuple(kind(**part) for part in fields[name])
    utterance = Utterance(**fields)
    return [problem.at(where) for problem in _contradictions(utterance)] or utterance


_PARTS: Mapping[str, type[Word | Segment | Passage]] = {
    "words": Word,
    "segments": Segment,
    "entities": Passage,
    "private": Passage,
    "languages": Passage,
}
"""Keys of an utterance that hold lists of values of their own."""


def _contradictions(utterance: Utterance) -> Iterator[Problem]:
    """What of an utterance's own fields cannot be true together."""
    for number, segment in enumerate(utterance.segments):
        if segment.start_s is not None and segment.end_s is not None and segment.end_s < segment.start_s:
            got = f"{segment.start_s:g} to {segment.end_s:g}"
            yield Problem(f"segments.{number}", "an end at or after its start", got)
    for number, (start_s, end_s) in enumerate(utterance.scored_s):
        if end_s <= start_s:
            yield Problem(f"scored_s.{number}", "an end after its start", f"{start_s:g} to {end_s:g}")
    speakers = {segment.speaker for segment in utterance.segments}
    for name in utterance.speaker_labels:
        if name not in speakers:
            yield Problem("speaker_labels", "a speaker of `segments`", repr(name))
    joined = "".join("".join(passage.text.split()) for passage in utterance.languages)
    if joined and joined != "".join(utterance.text.split()):
        yield Problem("languages", "passages that make up `text`", repr(joined[:60]))


def _parse(where: str, line: bytes, kind: type) -> dict[str, Any] | list[Problem]:
    try:
        return cast(dict[str, Any], _adapter(kind).validate_json(line))
    except ValidationError as error:
        return [_problem(detail, kind).at(where) for detail in error.errors(include_url=False)]


def _problem(detail: Mapping[str, Any], kind: type) -> Problem:
    path = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "missing":
        return Problem(path, "a value", "no such key")
    if detail["type"] == "extra_forbidden":
        known = kind.__annotations__
        return Problem(path, "a known key", repr(path), did_you_mean(path, known))
    if detail["type"] == "json_invalid":
        return Problem("", "one JSON object", detail["ctx"]["error"])
    return Problem(path, expected_by(detail), json.dumps(detail["input"], ensure_ascii=False, default=str)[:80])


def write_manifest(path: Path, header: Header, utterances: Iterable[Utterance]) -> None:
    """Write a manifest whole or not at all; utterances may be a generator.

    Raises:
        ManifestError: if the header's name can be no file's name.
    """
    try:
        _file_name(header.name)
    except ValueError as error:
        raise ManifestError([Problem(f"{path}: name", str(error), repr(header.name)[:80])]) from error
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as partial, partial.open("w", encoding="utf-8", newline="\n") as file:
        file.write(header_line(header) + "\n")
        file.writelines(utterance_line(utterance) + "\n" for utterance in utterances)
        file.flush()
        os.fsync(file.fileno())


def header_line(header: Header) -> str:
    """The first line of a manifest, without its newline."""
    return _line({"schema": SCHEMA, "version": VERSION, **_without_defaults(header)})


def utterance_line(utterance: Utterance) -> str:
    """An utterance as one line, without its newline."""
    given = _without_defaults(utterance)
    values = {name: given[name] for name in _UtteranceLine.__annotations__ if name in given}
    for name in _PARTS:
        if values.get(name):
            values[name] = [_without_defaults(part) for part in values[name]]
    return _line(values)


def _line(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(", ", ": "), default=dict)


def _without_defaults(record: Header | Utterance | Word | Segment | Passage) -> dict[str, Any]:
    values = {}
    for spec in fields(record):
        value = getattr(record, spec.name)
        if spec.default_factory is not MISSING:
            default: Any = spec.default_factory()
        else:
            default = spec.default
        if value != default:
            values[spec.name] = value
    return values
