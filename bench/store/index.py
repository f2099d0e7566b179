"""Where each trial's result lies, found from bytes: no answer is decoded to know that it is there.

A run of any size can so be gone on with, and read in ranges of trial ids. An answer beats a failure, else the later
line wins; what is sealed comes before every log.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.errors import Problem, RunFolderError
from bench.store.lines import decode_result, result_of
from bench.store.sealed import SealedPart, sealed_logs, sealed_parts
from bench.store.strict import parsed
from bench.types import Result, Transcript

_ID = re.compile(rb'\{"trial_id":\s?"([^"\\]+)"')
_ATTEMPTS = b'"attempts":'
_KIND = re.compile(rb'"type":\s?"(transcript|failure)"\},\s?$')
"""What stands before the attempts: the end of the outcome. No text can hold it, since its quotes would be escaped."""
_BEFORE = 40
_REPLY = ("answered", "text", "attempts", "cost", "engine_version")
_TOGETHER = 2_000
"""Entries that are held at a time."""


class StoredReply(NamedTuple):
    """An answer without its times and messages, and its call."""

    text: str | None
    """As it came; `None`: it failed."""
    attempts: int
    cost: float | None
    version: str | None
    """Of the engine, where it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePlaces:
    """Where some results lie, in the order of their trial ids. Arrays of one length; it can be sent to a process."""

    folder: Path
    files: tuple[str, ...]
    """Names in the folder: logs, and sealed parts."""
    ids: NDArray[np.bytes_]
    answered: NDArray[np.bool_]
    file: NDArray[np.int32]
    offset: NDArray[np.int64]
    """Of a log, in bytes; of a sealed part, the row."""
    length: NDArray[np.int64]
    """Of a log, in bytes; of a sealed part, 0."""

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, chosen: slice | NDArray[np.bool_]) -> LinePlaces:
        return LinePlaces(
            folder=self.folder,
            files=self.files,
            ids=self.ids[chosen],
            answered=self.answered[chosen],
            file=self.file[chosen],
            offset=self.offset[chosen],
            length=self.length[chosen],
        )

    def trial_ids(self) -> list[str]:
        """Sorted."""
        return [id.decode() for id in self.ids.tolist()]

    def results(self) -> Iterator[Result]:
        """In the order of trial ids, one by one.

        Raises:
            RunFolderError: if a line is not a result.
        """
        return map(self._decoded, range(len(self)), self.lines())

    def _decoded(self, index: int, content: bytes | dict[str, Any]) -> Result:
        return _result(self.folder / self.files[self.file[index]], f"at {self.offset[index]}", content)

    def lines(self) -> Iterator[bytes | dict[str, Any]]:
        """Each result as its log's line, or as the row of a sealed part, in the order of trial ids."""
        for begin in range(0, len(self), _TOGETHER):
            some = self[begin : begin + _TOGETHER]
            contents = dict(some._contents())
            yield from (contents[index] for index in range(len(some)))

    def engine_versions(self) -> set[str]:
        """As the engines say."""
        return {version for _, version in self._of_calls("engine_version") if version}

    def attempts(self) -> Iterator[tuple[str, int]]:
        """Trial id and calls made of each, in no order."""
        ids = self.trial_ids()
        return ((ids[index], attempts) for index, attempts in self._of_calls("attempts"))

    def answer_keys(self) -> Iterator[tuple[int, str]]:
        """Number of each entry that was asked, and the key of its question, in the order of trial ids."""
        return iter(sorted((index, key) for index, key in self._of_calls("answer_key") if key))

    def replies(self) -> Iterator[tuple[int, StoredReply]]:
        """Number of each entry and its reply, file by file; times and messages are not decoded.

        Raises:
            RunFolderError: if a line is not a result.
        """
        for index, content in self._contents(only=_REPLY):
            reply = _reply_of(content)
            yield index, self._reply(index) if reply is None else reply

    def _reply(self, index: int) -> StoredReply:
        """Of an entry that does not say in few words what it is: decoded whole."""
        result = next(self[index : index + 1].results())
        text = result.outcome.text if isinstance(result.outcome, Transcript) else None
        return StoredReply(text, result.attempts, result.cost, result.engine_version)

    def answer(self, index: int) -> Result:
        """One of the answers, without its times and messages where it is sealed.

        Raises:
            RunFolderError: if its line is not a result.
        """
        path = self.folder / self.files[self.file[index]]
        if path.suffix == ".parquet":
            return self._decoded(index, SealedPart(path).answer(int(self.offset[index])))
        return next(self[index : index + 1].results())

    def _of_calls(self, name: str) -> Iterator[tuple[int, Any]]:
        """Number of each entry, and what it says of its call; no answer is decoded for it."""
        for index, content in self._contents(only=(name,)):
            tail = content if isinstance(content, dict) else _tail(content)
            said = tail.get(name) if tail else None
            is_known = (
                type(said) is int if name == "attempts" else isinstance(said, str) or (bool(tail) and said is None)
            )
            yield index, said if is_known else getattr(self._decoded(index, content), name)

    def _contents(self, only: tuple[str, ...] = ()) -> Iterator[tuple[int, bytes | dict[str, Any]]]:
        """Number of the entry, and the line of a log or the row of a sealed part (`only` these columns)."""
        order = np.lexsort((self.offset, self.file))
        for number, group in groupby(order.tolist(), key=lambda index: int(self.file[index])):
            path, indices = self.folder / self.files[number], list(group)
            if path.suffix == ".parquet":
                yield from zip(indices, SealedPart(path).rows(self.offset[indices], only=only), strict=True)
                continue
            with path.open("rb") as file:
                for index in indices:
                    file.seek(self.offset[index])
                    yield index, file.read(int(self.length[index]))


def places(folder: Path, *, replaced: bool = False) -> LinePlaces:
    """Of every trial that has a result, in the logs and sealed parts of a folder.

    `replaced`: also of results that a later one replaced, those of a trial in the order in which they were written.

    Raises:
        RunFolderError: if a complete line is not a result, or a sealed part is broken.
    """
    seen = _Seen()
    files: list[str] = []
    for part in sealed_parts(folder):
        seen.add_part(len(files), part)
        files.append(part.path.name)
    for log in sorted({*folder.glob("*.jsonl")} - sealed_logs(folder)):
        seen.add_log(len(files), log)
        files.append(log.name)
    return seen.ordered(folder, tuple(files), replaced=replaced)


class _Seen:
    """Every line and row, in the order in which they count."""

    def __init__(self) -> None:
        self._ids: list[NDArray[np.bytes_]] = []
        self._answered, self._file = array("b"), array("i")
        self._offset, self._length = array("q"), array("q")

    def add_part(self, number: int, part: SealedPart) -> None:
        ids, answered = part.ids()
        self._ids.append(ids)
        self._answered.extend(answered.tolist())
        self._file.extend([number] * len(ids))
        self._offset.extend(range(len(ids)))
        self._length.extend([0] * len(ids))

    def add_log(self, number: int, log: Path) -> None:
        offset, ids = 0, []
        with log.open("rb") as file:
            for line_number, line in enumerate(file, start=1):
                if not line.endswith(b"\n"):
                    break
                id, answered = _heading(log, line_number, line)
                ids.append(id)
                self._answered.append(answered)
                self._file.append(number)
                self._offset.append(offset)
                self._length.append(len(line))
                offset += len(line)
        self._ids.append(np.array(ids, dtype=np.bytes_))

    def ordered(self, folder: Path, files: tuple[str, ...], *, replaced: bool) -> LinePlaces:
        ids = np.concatenate([np.array([], dtype="S1"), *self._ids])
        answered = np.array(self._answered, dtype=np.bool_)
        written = np.arange(len(ids))
        if replaced:
            chosen = np.lexsort((written, ids))
        else:
            order = np.lexsort((written, answered, ids))
            ordered = ids[order]
            chosen = order[np.append(ordered[1:] != ordered[:-1], True)[: len(ids)]]
        return LinePlaces(
            folder=folder,
            files=files,
            ids=ids[chosen],
            answered=answered[chosen],
            file=np.array(self._file, dtype=np.int32)[chosen],
            offset=np.array(self._offset, dtype=np.int64)[chosen],
            length=np.array(self._length, dtype=np.int64)[chosen],
        )


def _heading(log: Path, number: int, line: bytes) -> tuple[bytes, bool]:
    """The trial's id, and whether it was answered; a line of another shape is decoded."""
    cut = line.rfind(_ATTEMPTS)
    id, kind = _ID.match(line), _KIND.search(line, max(0, cut - _BEFORE), max(0, cut))
    if id and kind:
        return id[1], kind[1] == b"transcript"
    result = _result(log, number, line)
    return result.trial_id.encode(), isinstance(result.outcome, Transcript)


def _result(path: Path, where: int | str, content: bytes | dict[str, Any]) -> Result:
    try:
        return result_of(content) if isinstance(content, dict) else decode_result(content)
    except (ValueError, KeyError, TypeError) as error:
        got, advice = "another", "restore the file"
        if isinstance(content, bytes):
            got, advice = repr(content[:60]), "remove the line"
        problem = Problem(f"{path}:{where}", "one result as JSON", f"{got} ({str(error)[:200]})", advice)
        raise RunFolderError(problem) from error


def _reply_of(content: bytes | dict[str, Any]) -> StoredReply | None:
    """What a line or these columns of a row say; `None`: not what they should."""
    try:
        row = parsed(content) if isinstance(content, bytes) else content
        if isinstance(content, bytes):
            outcome = row["outcome"]
            row["answered"] = {"transcript": True, "failure": False}[outcome["type"]]
            row["text"] = outcome["recognised"]["text"] if row["answered"] else None
        text, cost, version = row["text"], row.get("cost"), row.get("engine_version")
        if (
            isinstance(text, str) == row["answered"]
            and type(row["attempts"]) is int
            and (cost is None or type(cost) in (int, float))
            and (version is None or isinstance(version, str))
        ):
            return StoredReply(text, row["attempts"], cost, version)
    except (ValueError, KeyError, TypeError):
        pass
    return None


def _tail(line: bytes) -> dict[str, Any] | None:
    """What a line says after its outcome; `None`: it must be decoded to know."""
    cut = line.rfind(_ATTEMPTS)
    if not _KIND.search(line, max(0, cut - _BEFORE), max(0, cut)):
        return None
    try:
        tail: dict[str, Any] = parsed(b"{" + line[cut:])
    except ValueError:
        return None
    return tail
