"""Speechmatics gives no text: it is put together from words, marks that attach to their neighbours, and a delimiter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench.engines.reading import number_of, objects_of, text_of
from bench.types import Word

_UNSPACED = frozenset({"cmn", "ja", "yue", "th"})


def joined(message: Any) -> str | None:
    """The text of `results`; `None` where a message has none."""
    return following(message, glued=True)


def following(message: Any, *, glued: bool = False) -> str | None:
    """The same with what stands between it and the text before it: a mark may attach to that. `glued`: nothing does."""
    if not isinstance(message, dict) or not isinstance(message.get("results"), list):
        return None
    delimiter = _delimiter(message)
    said = ""
    for entry in objects_of(message["results"]):
        content = _content(entry)
        attaches = entry.get("attaches_to")
        said += content if glued or attaches in {"previous", "both"} else delimiter + content
        glued = attaches in {"next", "both"}
    return said


def words(message: Any) -> list[Word]:
    """Words with their times; a mark goes to the word it follows."""
    return list(_words(message)) if isinstance(message, dict) else []


def _words(message: dict[str, Any]) -> Iterator[Word]:
    open_word: Word | None = None
    for entry in objects_of(message.get("results")):
        content = _content(entry)
        if entry.get("type") == "punctuation":
            if open_word is not None:
                open_word = _word(entry, open_word.text + content, open_word)
            continue
        if open_word is not None:
            yield open_word
        open_word = _word(entry, content, None)
    if open_word is not None:
        yield open_word


def _word(entry: dict[str, Any], text: str, before: Word | None) -> Word:
    if before is not None:
        return Word(
            text=text,
            start_s=before.start_s,
            end_s=before.end_s,
            confidence=before.confidence,
            speaker=before.speaker,
        )
    alternative = next(iter(objects_of(entry.get("alternatives"))), {})
    speaker = text_of(alternative.get("speaker"))
    return Word(
        text=text,
        start_s=number_of(entry.get("start_time")),
        end_s=number_of(entry.get("end_time")),
        confidence=number_of(alternative.get("confidence")),
        speaker=None if speaker == "UU" else speaker,  # "UU": it does not know
    )


def _content(entry: dict[str, Any]) -> str:
    alternative = next(iter(objects_of(entry.get("alternatives"))), {})
    return text_of(alternative.get("content")) or ""


def _delimiter(message: dict[str, Any]) -> str:
    """As the language pack says; else by the language of the words."""
    metadata = message.get("metadata")
    pack = metadata.get("language_pack_info") if isinstance(metadata, dict) else None
    if isinstance(pack, dict) and isinstance(pack.get("word_delimiter"), str):
        return str(pack["word_delimiter"])
    first = next(iter(objects_of(message.get("results"))), {})
    alternative = next(iter(objects_of(first.get("alternatives"))), {})
    return "" if alternative.get("language") in _UNSPACED else " "
