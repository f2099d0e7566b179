"""Files in folders as people have them: names in any case and Unicode form, hidden and foreign files passed over."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from bench.audio import AUDIO_SUFFIXES

_FOREIGN = frozenset({"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "@eadir", "$recycle.bin", "icon\r"})
"""What systems put into folders by themselves, beside what begins with a dot: macOS, Windows, Synology."""


def is_hidden(path: Path, folder: Path) -> bool:
    """Whether a file below `folder` is none of its own: a dot file, `._x` of macOS, the lock of an open document,
    anything in a hidden folder.
    """
    return any(part.startswith((".", "~$")) or part.casefold() in _FOREIGN for part in path.relative_to(folder).parts)


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
    """The path, or the only one of the same names in another case or Unicode form, where that is the one there is."""
    if path.parent == path or _is_there(path):
        return path
    parent = existing(path.parent)
    if not parent.is_dir():
        return path
    alike = _siblings(parent).get(folded(path.name), ())
    return alike[0] if len(alike) == 1 else path


def _siblings(folder: Path) -> Mapping[str, Sequence[Path]]:
    """What is in a folder by its folded name, in order."""
    return _listed(folder, folder.stat().st_mtime_ns)


@lru_cache(64)
def _listed(folder: Path, changed_at_ns: int) -> Mapping[str, Sequence[Path]]:
    """As it was then: a table asks for each of its rows, and the folder may hold as many recordings."""
    by_name: dict[str, list[Path]] = {}
    for sibling in sorted(folder.iterdir()):
        by_name.setdefault(folded(sibling.name), []).append(sibling)
    return by_name


def _is_there(path: Path) -> bool:
    """Whether it exists; what is no name at all, too long or with a null in it, does not."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def recording_at(folder: Path, name: str) -> Path:
    """The recording that a table names: by a path or a `file:` address, in another case too, with the strokes of
    Windows, without its suffix, or by the end of a path of another machine.

    Where there is none: the path as it is named.
    """
    spelt = name.strip()
    if address := _FILE_ADDRESS.fullmatch(spelt):
        spelt = unquote(address["path"])
    for path in _places(folder, spelt):
        recording = existing(path)
        if _is_file(recording):
            return recording
        if beside := find_audio(recording.parent if recording.parent.is_dir() else existing(path.parent), path.name):
            return beside
    return folder / spelt


_FILE_ADDRESS = re.compile(r"file:(?://(?:localhost)?)?/*(?P<path>/.*|[A-Za-z]:.*)", re.DOTALL)
_ROOT = re.compile(r"/+|[A-Za-z]:/*")


def _places(folder: Path, name: str) -> Iterator[Path]:
    """Where a recording may be, likeliest first."""
    yield folder / name
    slashed = name.replace("\\", "/")
    if slashed != name:
        yield folder / slashed
    if root := _ROOT.match(slashed):
        parts = PurePosixPath(slashed[root.end() :]).parts
        yield from (folder.joinpath(*parts[begin:]) for begin in range(len(parts)))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # as `_is_there`
        return False


def find_audio(folder: Path, stem: str) -> Path | None:
    """The recording called `stem` with any audio suffix, or with the one it already has, in any case."""
    return next(_candidates(folder, stem), None)


def _candidates(folder: Path, stem: str) -> Iterator[Path]:
    path = folder / stem
    if not path.parent.is_dir():
        return
    if path.suffix.lower() in AUDIO_SUFFIXES and _is_file(path):
        yield path
    for suffix in AUDIO_SUFFIXES:
        if _is_file(candidate := folder / (stem + suffix)):
            yield candidate
    wanted, siblings = folded(path.name), _siblings(path.parent)
    names = {wanted, *(wanted + suffix for suffix in AUDIO_SUFFIXES)}
    for sibling in sorted(chain.from_iterable(siblings.get(name, ()) for name in names)):
        if sibling.suffix.lower() in AUDIO_SUFFIXES and sibling.is_file():
            yield sibling


def beside(path: Path, suffixes: Collection[str]) -> Path | None:
    """The file beside a recording with one of `suffixes` (lower case), the first that there is, in any case.

    It has the recording's name, with its suffix (`a.wav.txt`) or without.
    """
    here = [
        sibling for sibling in sorted(path.parent.iterdir()) if not sibling.name.startswith(".") and sibling != path
    ]
    for stem in (folded(path.stem), folded(path.name)):
        named = [sibling for sibling in here if folded(sibling.stem) == stem and sibling.is_file()]
        for suffix in suffixes:
            for sibling in named:
                if sibling.suffix.lower() == suffix:
                    return sibling
    return None


def names_beside(recordings: Iterable[Path]) -> set[str]:
    """Paths, without a suffix and folded, under which what lies beside these recordings may be."""
    return {folded(str(name)) for path in recordings for name in (path.with_suffix(""), path)}


def stem_of(name: str) -> str:
    """The name of a recording without its suffix; what names no file, such as `.`, has none."""
    path = Path(name)
    return (path.with_suffix("") if path.name else path).as_posix()


def name_of(path: Path) -> str:
    """The one of them that a file has."""
    return folded(str(path.with_suffix("")))
