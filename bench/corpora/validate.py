"""`validate`: what is wrong or doubtful in a manifest, with line numbers, in one pass and little memory.

Errors make results wrong (missing audio, another length than stated); warnings are for a person to look at. Per line
only a few numbers are kept, so a million lines fit in memory; repeats are found by 64-bit hashes.
"""

from __future__ import annotations

import os
import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from bench.corpora.language_check import LanguageCheck
from bench.corpora.manifest import Header, iter_utterances, read_header, resolve_audio
from bench.corpora.recordings import check_recording
from bench.corpora.scripts import foreign_letters
from bench.errors import AudioError, StorageError
from bench.fetching import fetched
from bench.types import Utterance

AudioCheck: TypeAlias = Literal["none", "exists", "decode"]
Severity: TypeAlias = Literal["error", "warning"]

_MAX_LISTED = 200
_SUSPICIOUS = re.compile(
    r"(?P<replacement>\ufffd)"
    r"|(?P<control>[\x00-\x08\x0b-\x1f\x7f])"
    r"|(?P<markup><[^<>]{1,40}>|\[[^\[\]]{1,40}\]|&(?:amp|lt|gt|quot|nbsp|#\d+);)"
    r"|(?P<address>https?://)"
    r"|(?P<placeholder>\A\s*(?:nan|none|null|n/a|todo|tbd)\s*\Z)",
    re.IGNORECASE,
)
_TRIGGERS = frozenset("<[&/\ufffd\x7f" + "".join(map(chr, {*range(0x20)} - {0x09, 0x0A})))
"""Without any of these, only a placeholder can be suspicious: the pattern need not be tried."""
_LONGEST_PLACEHOLDER = 12
_VARIANTS = re.compile(r"\{[^{}]*\}")
_DIGITS = frozenset(chr(code) for code in range(0x20000) if unicodedata.category(chr(code)) == "Nd")
_FAST_CHARS_PER_S = {"zh": 14.0, "yue": 14.0, "ja": 18.0, "ko": 18.0}
_FASTEST = 35.0
_OUTLIER_MADS = 6.0
_MIN_FOR_OUTLIERS = 30


@dataclass(frozen=True, slots=True)
class ManifestFinding:
    """One thing wrong or doubtful."""

    severity: Severity
    code: str
    """Short name, the same in every release: `duplicate-text`."""
    line: int
    message: str


@dataclass(slots=True)
class Validation:
    """What a manifest was found to be."""

    path: Path
    header: Header
    count: int = 0
    counts: Counter[tuple[Severity, str]] = field(default_factory=Counter)
    """All findings, by severity and code."""
    findings: list[ManifestFinding] = field(default_factory=list)
    """The first 200 of each code."""
    unknown_speakers: int = 0
    """Utterances of which nothing says who speaks; no fault, but intervals then speak of these utterances only."""
    languages: tuple[str, ...] = ()
    """Those of its utterances, as they come."""

    @property
    def errors(self) -> int:
        return sum(number for (severity, _), number in self.counts.items() if severity == "error")

    @property
    def warnings(self) -> int:
        return sum(number for (severity, _), number in self.counts.items() if severity == "warning")

    def __str__(self) -> str:
        unknown = speakers_unknown(self.unknown_speakers, self.count)
        return "\n".join([self.listed(), *([f"{self.path}: {unknown}"] if unknown else [])])

    def listed(self, most_warnings: int = _MAX_LISTED) -> str:
        """The findings, of each kind of warning no more than so many, and how many there are."""
        left = Counter({code: most_warnings for severity, code in self.counts if severity == "warning"})
        lines = []
        for finding in self.findings:
            if finding.severity == "warning":
                left[finding.code] -= 1
            if left[finding.code] >= 0:
                lines.append(f"{self.path}:{finding.line}: {finding.severity}: {finding.message} [{finding.code}]")
        hidden = sum(self.counts.values()) - len(lines)
        more = f" ({hidden} not shown)" if hidden else ""
        summary = f"{self.path}: {self.count} utterances, {self.errors} errors, {self.warnings} warnings{more}"
        return "\n".join([*lines, summary])

    def add(self, severity: Severity, code: str, line: int, message: str) -> None:
        """Count a finding, and keep it unless there are many of its kind."""
        self.counts[severity, code] += 1
        if self.counts[severity, code] <= _MAX_LISTED:
            self.findings.append(ManifestFinding(severity, code, line, message))


class _Columns:
    """A few numbers per line, for what can only be seen over the whole corpus."""

    def __init__(self) -> None:
        self.line, self.id, self.text, self.audio = array("q"), array("q"), array("q"), array("q")
        self.rate, self.language = array("d"), array("i")
        self.languages: dict[str, int] = {}

    def add(self, line: int, utterance: Utterance) -> None:
        self.line.append(line)
        self.id.append(hash(utterance.id))
        self.text.append(hash((utterance.language, utterance.text.casefold())))
        self.audio.append(hash(utterance.sha256))
        self.language.append(self.languages.setdefault(utterance.language, len(self.languages)))
        self.rate.append(chars_per_s(utterance))


def speakers_unknown(unknown: int, count: int) -> str | None:
    """What must be said where nobody gave the speakers of so many utterances; `None`: nothing."""
    if not unknown:
        return None
    part = "" if unknown == count else f" of {unknown} of {count} utterances"
    advice = "give `cluster`, or bench init --speaker-from"
    return f"speakers unknown{part}: intervals speak of these utterances only; {advice}"


def chars_per_s(utterance: Utterance) -> float:
    """Characters of the reference per second of speech (of audio, where the bounds of speech are not known)."""
    start = utterance.speech_start_s or 0.0
    end = utterance.duration_s if utterance.speech_end_s is None else utterance.speech_end_s
    return len(utterance.text) / max(end - start, 0.05)


def validate(path: Path, audio: AudioCheck = "decode") -> Validation:
    """Look at every line, and as far as asked at every recording.

    Raises:
        ManifestError: if the file is missing or has no header, so that there is nothing to look at.
    """
    validation = Validation(path=path, header=read_header(path))
    _names_in.cache_clear()
    columns, languages = _Columns(), LanguageCheck()
    for line, utterance in iter_utterances(path):
        if not isinstance(utterance, Utterance):
            for problem in utterance:
                validation.add("error", "bad-line", line, str(problem))
            continue
        validation.count += 1
        validation.unknown_speakers += utterance.cluster is None
        columns.add(line, utterance)
        languages.add(line, utterance.language, utterance.text)
        for severity, code, message in _checks(utterance, path.parent, audio):
            validation.add(severity, code, line, message)
    validation.languages = tuple(columns.languages)
    _repeats(columns, validation)
    _rate_outliers(columns, validation)
    for line, message in languages.mismatches():
        validation.add("warning", "text-language", line, message)
    if validation.count == 0:
        validation.add("error", "no-utterances", 1, "expected at least one utterance, got none")
    validation.findings.sort(key=lambda finding: (finding.line, finding.code))
    return validation


def _checks(utterance: Utterance, folder: Path, audio: AudioCheck) -> Iterator[tuple[Severity, str, str]]:
    yield from _text_checks(utterance)
    yield from _time_checks(utterance)
    if audio == "exists" and _is_listed(f"{folder}/{utterance.audio}"):
        return
    if audio != "none":
        yield from _audio_checks(utterance, folder, audio)


def _is_listed(path: str) -> bool:
    """Whether a file is there, by listing each folder once: a million questions to the disk take too long."""
    parent, _, name = path.rpartition("/")
    return name in _names_in(parent)


@lru_cache(maxsize=64)
def _names_in(folder: str) -> frozenset[str]:
    try:
        return frozenset(os.listdir(folder))
    except OSError:
        return frozenset()


def _audio_checks(utterance: Utterance, folder: Path, audio: AudioCheck) -> Iterator[tuple[Severity, str, str]]:
    try:
        path = resolve_audio(folder, utterance.audio)
    except AudioError as error:
        yield "error", "audio-unreachable", str(error)
        return
    if not _is_there(path):
        yield "error", "audio-missing", f"expected audio at {path}, found none"
    elif audio == "decode":
        yield from check_recording(path, utterance)


def _is_there(path: Path) -> bool:
    try:
        return fetched(path).exists()
    except StorageError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return False
        raise


def _text_checks(utterance: Utterance) -> Iterator[tuple[Severity, str, str]]:
    text = utterance.text
    if not text or text.isspace():
        yield "warning", "empty-text", "the reference is empty: every word recognised counts as an insertion"
        return
    characters = set(text)
    match = None if characters.isdisjoint(_TRIGGERS) and len(text) > _LONGEST_PLACEHOLDER else _SUSPICIOUS.search(text)
    if match:
        severity: Severity = "error" if match.lastgroup == "replacement" else "warning"
        yield (
            severity,
            f"text-{match.lastgroup}",
            f"unlikely to have been spoken: {match[0].strip()!r} in {text[:60]!r}",
        )
    if not characters.isdisjoint("{}") and not set(_VARIANTS.sub("", text)).isdisjoint("{}"):
        message = f"expected braces in pairs, none inside another, as in {{colour|color}}, got {text[:60]!r}"
        yield "warning", "text-braces", f"{message}; every variant would be scored as spoken"
    if text[0].isspace() or text[-1].isspace():
        yield "warning", "text-spaces", "the reference begins or ends with white space"
    foreign = foreign_letters(characters, utterance.language)
    if foreign:
        yield "warning", "text-script", f"letters outside the script of {utterance.language}: {' '.join(foreign[:12])}"
    if not characters.isdisjoint(_DIGITS):
        yield "warning", "text-digits", "digits: how they were spoken is for the normaliser to guess"


def _time_checks(utterance: Utterance) -> Iterator[tuple[Severity, str, str]]:
    end, start, duration = utterance.speech_end_s, utterance.speech_start_s, utterance.duration_s
    if end is not None and (end > duration + 0.05 or end <= (start or 0.0)):
        yield "error", "speech-bounds", f"speech {start}..{end} s does not fit {duration:.2f} s of audio"
    fastest = _FAST_CHARS_PER_S.get(utterance.language.split("-")[0], _FASTEST)
    rate = chars_per_s(utterance)
    if rate > fastest:
        yield "warning", "too-fast", f"{rate:.0f} characters per second: the reference says more than the audio can"


def _repeats(columns: _Columns, validation: Validation) -> None:
    lines = np.frombuffer(columns.line, dtype=np.int64)
    texts = np.frombuffer(columns.text, dtype=np.int64)
    for later, first in _pairs(columns.id):
        validation.add("error", "duplicate-id", int(lines[later]), f"the id of line {lines[first]} again")
    for later, first in _pairs(columns.audio):
        if texts[later] == texts[first]:
            validation.add(
                "warning", "duplicate-audio", int(lines[later]), f"the recording of line {lines[first]} again"
            )
        else:
            message = f"the recording of line {lines[first]} with another text: one of them is wrong"
            validation.add("error", "duplicate-audio-other-text", int(lines[later]), message)
    repeats: Counter[int] = Counter()
    second: dict[int, int] = {}
    for later, first in _pairs(columns.text):
        repeats[first] += 1
        second.setdefault(first, later)
    for first, later in second.items():
        message = f"the text of line {lines[first]} again ({repeats[first] + 1} lines have it)"
        validation.add("warning", "duplicate-text", int(lines[later]), message)


def _pairs(hashes: array[int]) -> Iterator[tuple[int, int]]:
    """(index of a repeat, index of its first) in order of the repeat."""
    values = np.frombuffer(hashes, dtype=np.int64)
    if len(values) == 0:
        return
    _, first, inverse = np.unique(values, return_index=True, return_inverse=True)
    firsts = first[inverse]
    for index in np.flatnonzero(firsts != np.arange(len(values))):
        yield int(index), int(firsts[index])


def _rate_outliers(columns: _Columns, validation: Validation) -> None:
    """Speech rates far from the language's median, in median absolute deviations of the logarithm."""
    lines = np.frombuffer(columns.line, dtype=np.int64)
    rates, codes = np.frombuffer(columns.rate), np.frombuffer(columns.language, dtype=np.int32)
    for language, code in columns.languages.items():
        chosen = np.flatnonzero((codes == code) & (rates > 0))
        if len(chosen) < _MIN_FOR_OUTLIERS:
            continue
        logs = np.log(rates[chosen])
        median = np.median(logs)
        spread = max(float(np.median(np.abs(logs - median))) * 1.4826, 0.1)
        for index in chosen[np.abs(logs - median) > _OUTLIER_MADS * spread]:
            usual = f"{np.exp(median):.1f} is usual for {language} here"
            message = f"{rates[index]:.1f} characters per second, {usual}: a wrong or cut reference?"
            validation.add("warning", "rate-outlier", int(lines[index]), message)
