"""Corpora whose labels stand in names of files and folders: CREMA-D, RAVDESS, and a folder a language (VoxLingua107).

Sources: https://github.com/CheyneyComputerScience/CREMA-D and https://zenodo.org/records/1188976 (what the parts of
names mean).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from bench import audio
from bench.corpora.entry import Entry
from bench.corpora.importers.common import ImportOptions, Problems
from bench.corpora.importers.folders import existing, files_in
from bench.corpora.importers.references import gender_of
from bench.corpora.importers.table import read_rows
from bench.errors import ManifestError, Problem

_CREMA_TEXTS = {
    "IEO": "It's eleven o'clock.",
    "TIE": "That is exactly what happened.",
    "IOM": "I'm on my way to the meeting.",
    "IWW": "I wonder what this is about.",
    "TAI": "The airplane is almost full.",
    "MTI": "Maybe tomorrow it will be cold.",
    "IWL": "I would like a new alarm clock.",
    "ITH": "I think I have a doctor's appointment.",
    "DFA": "Don't forget a jacket.",
    "ITS": "I think I've seen this before.",
    "TSI": "The surface is slick.",
    "WSI": "We'll stop in a couple of minutes.",
}
_CREMA_EMOTIONS = {
    "ANG": "angry",
    "DIS": "disgusted",
    "FEA": "fearful",
    "HAP": "happy",
    "NEU": "neutral",
    "SAD": "sad",
}
_RAVDESS_TEXTS = {"01": "Kids are talking by the door.", "02": "Dogs are sitting by the door."}
_RAVDESS_EMOTIONS = {
    "01": "neutral",
    "02": "calm",
    "03": "happy",
    "04": "sad",
    "05": "angry",
    "06": "fearful",
    "07": "disgusted",
    "08": "surprised",
}
_LANGUAGES = {"iw": "he", "jw": "jv"}
"""Codes of VoxLingua107 that BCP-47 has otherwise."""


def read_crema_d(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """Recordings called `1001_DFA_ANG_XX.wav`; gender and age from VideoDemographics.csv, where it is."""
    table = existing(path / "VideoDemographics.csv")
    actors = {row.get("ActorID", ""): row for _, row in read_rows(table, problems)} if table.exists() else {}
    for file in _recordings(path):
        actor, text, emotion, *_ = [*file.stem.split("_"), "", ""]
        if text not in _CREMA_TEXTS or emotion not in _CREMA_EMOTIONS:
            problems.append(Problem(str(file), "a name such as 1001_DFA_ANG_XX", repr(file.stem)))
            continue
        known: Mapping[str, str] = actors.get(actor, {})
        said = {
            "emotion": _CREMA_EMOTIONS[emotion],
            "gender": gender_of(known.get("Sex", "")),
            "age": known.get("Age"),
        }
        yield _entry(file, _CREMA_TEXTS[text], options.language or "en", f"actor-{actor}", said)


def read_ravdess(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """Recordings of speech called `03-01-06-01-02-01-12.wav`; actors of odd numbers are male. Songs are left out."""
    for file in _recordings(path):
        parts = file.stem.split("-")
        if (
            len(parts) != 7
            or parts[2] not in _RAVDESS_EMOTIONS
            or parts[4] not in _RAVDESS_TEXTS
            or not parts[6].isdecimal()
        ):
            problems.append(Problem(str(file), "a name such as 03-01-06-01-02-01-12", repr(file.stem)))
        elif parts[1] == "01":
            said = {"emotion": _RAVDESS_EMOTIONS[parts[2]], "gender": "male" if int(parts[6]) % 2 else "female"}
            yield _entry(file, _RAVDESS_TEXTS[parts[4]], options.language or "en", f"actor-{parts[6]}", said)


def read_language_folders(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """A folder a language, called by its code; the recordings in it have no words, and their language as a label."""
    folders = sorted(file for file in path.glob("*/") if not file.name.startswith("."))
    if not folders:
        raise ManifestError([Problem(str(path), "folders called by the code of a language", "none in it")])
    for folder in folders:
        language = _LANGUAGES.get(folder.name, folder.name)
        for file in _recordings(folder):
            yield Entry(
                id=f"{folder.name}-{file.stem}",
                text="",
                language=language,
                audio=file,
                where=str(file),
                labels={"language": language},
            )


def _recordings(path: Path) -> list[Path]:
    files = files_in(path, audio.AUDIO_SUFFIXES)
    if not files:
        raise ManifestError([Problem(str(path), "recordings", "none in it or below")])
    return files


def _entry(file: Path, text: str, language: str, cluster: str, said: Mapping[str, str | None]) -> Entry:
    tags = {name: value for name, value in said.items() if value}
    return Entry(id=file.stem, text=text, language=language, audio=file, where=str(file), cluster=cluster, tags=tags)
