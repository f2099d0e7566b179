"""The four ways in which a transcript arrives, as pure accumulators: every dialect is a mapping onto one of them.

Replace: the newest partial rewrites the open segment, a final closes it. Keyed replace: a message overwrites whatever
its key stood for. Delta: a message adds to its key, and the closing message wins over the sum. Token stream: final
tokens come once, the others are sent anew with each message. None of them raises for anything a server can send.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, TypeAlias

from bench.engines.reading import join_finals
from bench.types import Word

Joining: TypeAlias = Literal["space", "empty"]
"""space: pieces are stripped, and a space goes between them where the script has any; empty: they bring their own."""
Order: TypeAlias = Literal["arrival", "key", "chain"]

DUPLICATE_S = 0.2
"""Two finals of the same text within this time are one, unless where they lie in the audio says otherwise: a flush can
race the server's own end of an utterance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What one final, turn or item says."""

    text: str
    words: tuple[Word, ...] | None = None
    start_s: float | None = None
    end_s: float | None = None
    is_final: bool = True
    t_s: float = 0.0
    """When it came."""


class Accumulator(Protocol):
    """What all four can be asked."""

    def pieces(self) -> tuple[Piece, ...]:
        """What is settled, in order, and then what is not."""


def joined(pieces: Sequence[Piece], joining: Joining, *, with_tail: bool = False) -> str:
    """The text of the settled pieces; `with_tail`: and of those that were never confirmed."""
    texts = [piece.text for piece in pieces if piece.is_final or with_tail]
    return "".join(texts).strip() if joining == "empty" else join_finals(text for text in texts if text.strip())


class Replace:
    """The newest partial stands for the open segment; a final closes it, once."""

    def __init__(self) -> None:
        self._finals: list[Piece] = []
        self._partial: Piece | None = None
        self.duplicates = 0
        """Finals that said again what the one before them had said."""

    def partial(self, piece: Piece) -> None:
        self._partial = replace(piece, is_final=False)

    def final(self, piece: Piece) -> bool:
        """Take a final; false where it repeats the one before it."""
        self._partial = None
        if self._finals and _repeats(piece, self._finals[-1]):
            self.duplicates += 1
            return False
        self._finals.append(replace(piece, is_final=True))
        return True

    def pieces(self) -> tuple[Piece, ...]:
        return (*self._finals, *(() if self._partial is None else (self._partial,)))


def _repeats(piece: Piece, last: Piece) -> bool:
    if not piece.text.strip() or piece.text.strip() != last.text.strip():
        return False
    if piece.words and last.words:
        return piece.words == last.words
    if piece.start_s is not None and last.start_s is not None:
        return (piece.start_s, piece.end_s) == (last.start_s, last.end_s)
    return 0 <= piece.t_s - last.t_s <= DUPLICATE_S


class Keyed:
    """The last message of a key is what it says. Once final, a key stays so, whatever is said of it later."""

    def __init__(self, order: Order = "arrival") -> None:
        self._pieces: dict[Hashable, Piece] = {}
        self._order = order

    def update(self, key: Hashable, piece: Piece) -> None:
        before = self._pieces.get(key)
        was_final = before is not None and before.is_final
        if was_final and not piece.is_final:
            return  # an update that was overtaken by its own final
        self._pieces[key] = piece

    def pieces(self) -> tuple[Piece, ...]:
        keys = sorted(self._pieces, key=_rank) if self._order == "key" else list(self._pieces)
        return tuple(self._pieces[key] for key in keys)


def _rank(key: Hashable) -> tuple[int, float, str]:
    """Numbers by value, also where they are written as text, before all else."""
    try:
        return 0, float(str(key)), ""
    except ValueError:
        return 1, 0.0, str(key)


class Delta:
    """Text added key by key; the closing message carries a key's whole text, and wins.

    Keys may be announced before they have any text, each with the key it follows: then they are put in that order, and
    `is_settled` tells whether every announced one has been closed.
    """

    def __init__(self, order: Order = "arrival") -> None:
        self._pieces: dict[Hashable, Piece] = {}
        self._previous: dict[Hashable, Hashable | None] = {}
        self._order = order

    def announce(self, key: Hashable, previous: Hashable | None) -> None:
        self._previous.setdefault(key, previous)

    def delta(self, key: Hashable, piece: Piece) -> str:
        """Add to a key; returns its text so far."""
        before = self._pieces.get(key)
        if before is not None and before.is_final:
            return before.text  # a delta that was overtaken by the closing message
        text = (before.text if before else "") + piece.text
        self._pieces[key] = replace(piece, text=text, is_final=False)
        return text

    def close(self, key: Hashable, piece: Piece, *, has_text: bool = True) -> str:
        """End a key; returns its text. `has_text` false: the closing message has none, and the sum stands."""
        before = self._pieces.get(key)
        text = piece.text if has_text or before is None else before.text
        self._pieces[key] = replace(piece, text=text, is_final=True)
        return text

    @property
    def is_settled(self) -> bool:
        """Whether nothing that was announced or begun is still open."""
        return all(key in self._pieces and self._pieces[key].is_final for key in self._previous) and all(
            piece.is_final for piece in self._pieces.values()
        )

    def pieces(self) -> tuple[Piece, ...]:
        keys = self._chained() if self._order == "chain" else list(self._pieces)
        return tuple(self._pieces[key] for key in keys)

    def _chained(self) -> list[Hashable]:
        """Each key after the one it follows; what follows nothing known keeps the order in which it came."""
        after: dict[Hashable | None, list[Hashable]] = {}
        known = dict.fromkeys([*self._previous, *self._pieces])
        for key in known:
            previous = self._previous.get(key)
            after.setdefault(previous if previous in known and previous != key else None, []).append(key)
        ordered: dict[Hashable, None] = {}
        waiting = list(reversed(after.get(None, [])))
        while waiting:
            key = waiting.pop()
            if key not in ordered:
                ordered[key] = None
                waiting += reversed(after.get(key, []))
        ordered.update(dict.fromkeys(known))  # keys that follow each other in a circle are not lost
        return [key for key in ordered if key in self._pieces]


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A part of a word, with its own leading blank where it begins one."""

    text: str
    is_final: bool
    start_s: float | None = None
    end_s: float | None = None
    confidence: float | None = None
    speaker: str | None = None


class Tokens:
    """Final tokens are sent once, and appended; a message's other tokens replace those of the message before it."""

    def __init__(self, control: Sequence[str] = ()) -> None:
        self._control = frozenset(control)
        self._final: list[Token] = []
        self._tail: list[Token] = []
        self._seen: set[tuple[str, float, float | None]] = set()
        self._is_apart = False

    def take(self, tokens: Sequence[Token]) -> tuple[str, str]:
        """The text that this message settled, and the tail it leaves open. Control tokens are in neither."""
        told = list(self._told(tokens))
        settled = [token for token in told if token.is_final and self._is_new(token)]
        self._final += settled
        self._tail = [token for token in told if not token.is_final]
        return _text(settled), _text(self._tail)

    def _told(self, tokens: Sequence[Token]) -> Iterator[Token]:
        """All but the signs; what follows one begins a word, also where its blank is missing."""
        is_apart, last = self._is_apart, self._final[-1].text if self._final else ""
        for token in tokens:
            if token.text in self._control:
                is_apart = self._is_apart = True
                continue
            yield replace(token, text=_apart(last, token.text)) if is_apart and last else token
            if token.text.strip():
                is_apart, last = False, token.text
                self._is_apart = self._is_apart and not token.is_final

    def _is_new(self, token: Token) -> bool:
        if token.start_s is None:
            return True
        identity = (token.text.strip(), token.start_s, token.end_s)
        is_new = identity not in self._seen
        self._seen.add(identity)
        return is_new

    def pieces(self) -> tuple[Piece, ...]:
        settled = Piece(text=_text(self._final), words=words_of_tokens(self._final) or None)
        tail = Piece(text=_text(self._tail), words=words_of_tokens(self._tail) or None, is_final=False)
        return tuple(piece for piece in (settled, tail) if piece.text)


def _apart(last: str, text: str) -> str:
    """A text with the blank that is missing between it and the one before, where their scripts have any."""
    is_one = join_finals((last.strip(), text.strip())) == last.strip() + text.strip()
    return text if is_one or last[-1:].isspace() or text[:1].isspace() else f" {text}"


def _text(tokens: Sequence[Token]) -> str:
    return "".join(token.text for token in tokens)


def words_of_tokens(tokens: Sequence[Token]) -> tuple[Word, ...]:
    """Tokens put together to words: one that begins with white space, or follows some, begins a word.

    A word's confidence is that of its least certain token; its speaker, that of its first.
    """
    groups: list[list[Token]] = []
    begins = True
    for token in tokens:
        begins = begins or token.text[:1].isspace()
        if token.text.strip():
            if begins:
                groups.append([])
            groups[-1].append(token)
            begins = False
        begins = begins or token.text[-1:].isspace()
    return tuple(
        Word(
            text=_text(group).strip(),
            start_s=group[0].start_s,
            end_s=group[-1].end_s,
            confidence=min((token.confidence for token in group if token.confidence is not None), default=None),
            speaker=group[0].speaker,
        )
        for group in groups
    )
