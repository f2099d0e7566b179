"""Files in folders as people have them: names in any case and Unicode form, hidden and foreign files passed over."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator
from pathlib import Path

AUDIO_SUFFIXES = (
    ".wav", ".flac", ".mp3", ".ogg", ".opus", ".sph", ".aiff", ".aif", ".aifc", ".au", ".snd", ".caf", ".w64", ".rf64",
    ".m4a", ".m4b", ".aac", ".amr", ".awb", ".3gp", ".wma", ".webm", ".mp4", ".mov", ".mkv", ".avi", ".oga", ".mp2",
)  # fmt: skip
"""Of recordings, in order of preference where several have one name; those from `.m4a` on need PyAV."""

_FOREIGN = ("__MACOSX",)


def is_hidden(path: Path, folder: Path) -> bool:
    """Whether a file below `folder` is none of its own: a dot file, `._x` of macOS, anything in a hidden folder."""
    return any(part[0] == "." or part in _FOREIGN for part in path.relative_to(folder).parts)


def files_in(folder: Path, suffixes: Collection[str]) -> list[Path]:
    """Files of the folder and below whose names end so, in any case, in order of path.

    Args:
        folder: where to look.
        suffixes: ends of names in lower case; one that begins with `/` is a whole name.
    """
    endings = tuple(suffixes)
    return sorted(
        path
        for path in folder.rglob("*")
        if f"/{path.name.lower()}".endswith(endings) and not is_hidden(path, folder) and path.is_file()
    )


def folded(name: str) -> str:
    """A name as file systems compare it that ignore case; macOS decomposes accents besides."""
    return unicodedata.normalize("NFC", name).casefold()


def existing(path: Path) -> Path:
    """The path, or the only file of the same name in another case or Unicode form, where that is the one there is."""
    if path.exists() or not path.parent.is_dir():
        return path
    wanted = folded(path.name)
    found = [item for item in path.parent.iterdir() if folded(item.name) == wanted]
    return found[0] if len(found) == 1 else path


def find_audio(folder: Path, stem: str) -> Path | None:
    """The recording called `stem` with any audio suffix, or with the one it already has, in any case."""
    return next(_candidates(folder, stem), None)


def _candidates(folder: Path, stem: str) -> Iterator[Path]:
    path = folder / stem
    if path.suffix.lower() in AUDIO_SUFFIXES and path.is_file():
        yield path
    for suffix in AUDIO_SUFFIXES:
        if (candidate := folder / (stem + suffix)).is_file():
            yield candidate
    if path.parent.is_dir():
        wanted = folded(path.name)
        names = {wanted, *(wanted + suffix for suffix in AUDIO_SUFFIXES)}
        for item in sorted(path.parent.iterdir()):
            if folded(item.name) in names and item.suffix.lower() in AUDIO_SUFFIXES and item.is_file():
                yield item


def beside(path: Path, suffixes: Collection[str]) -> Path | None:
    """The file of the same name with one of `suffixes` (lower case), the first that there is, in any case."""
    stem = folded(path.stem)
    here = [
        item for item in sorted(path.parent.iterdir()) if folded(item.stem) == stem and not item.name.startswith(".")
    ]
    return next(
        (item for suffix in suffixes for item in here if item.suffix.lower() == suffix and item.is_file()), None
    )
