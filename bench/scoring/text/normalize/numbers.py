"""Spoken numbers to digits, by tables and one small grammar. Both sides of a score go through it.

A number is a span of words that holds one value. It is read from left to right: values add up while each fits into the
room the one before left ("forty" leaves room for 1-9, "two hundred" for 1-99); multipliers ("thousand", "lakh") close a
section. Nothing else joins: not what punctuation parts (`BARRIER`), not digits with digits, not an article with digits.
What languages say in several numbers and write as one (years, telephone digits, decimals) is put together afterwards,
by `spans`. Ordinals end in `º`. Values are compared, never inflections.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import lru_cache, partial

from bench.scoring.text.normalize.number_words import NOTHING, NumberTable, room_after, spoken_value
from bench.scoring.text.normalize.spans import ORDINAL, Kind, Said, TokenSpan, joined
from bench.scoring.text.normalize.written_marks import BARRIER, KEPT, POINT

_DIGIT, _DECIMAL = re.compile("[0-9]"), re.compile(f"[0-9]+{POINT}[0-9]+")


class Lookup:
    """What words mean in one table; remembers its answers, since few words and numbers make up most of speech."""

    def __init__(self, table: NumberTable) -> None:
        self.table = table
        self.spoken = lru_cache(maxsize=1 << 16)(partial(spoken_value, table=table))
        self.is_number = lru_cache(maxsize=1 << 16)(self._is_number)
        self.matters = lru_cache(maxsize=1 << 16)(self._matters)
        self.read = lru_cache(maxsize=1 << 16)(self._read)
        self.plain = lru_cache(maxsize=1 << 16)(self._plain)
        self._several = table.homonyms.keys() | table.modifiers.keys() | {first for first, _ in table.pairs}
        self.continuing = table.halves_begin.union(
            table.points, table.trailers, table.scale_linkers, table.multipliers, table.ordinal_multipliers
        )
        """Words that may change the value of a cardinal in front of them."""
        small = table.small_words().union(table.zeros, table.repeats, table.trailers, table.scale_linkers)
        numbers = table.triggers() - table.articles
        self._known = numbers | table.articles | small
        self.weak = (small | table.articles) - numbers - table.units - table.zeros - table.repeats.keys()
        """Words of numbers that are none by themselves: and, a, point."""
        self._telling = table.units.union(table.suffixes, table.ordered, table.dates, table.hours, [BARRIER])
        self._suffixes = frozenset(table.suffixes)
        self._contexts = table.dates | table.definite | table.labels

    def _matters(self, token: str) -> bool:
        """Whether a token can be part of a number at all."""
        return token in self._known or token.isdecimal() or POINT in token or self.spoken(token) is not None

    def _is_number(self, token: str) -> bool:
        """Whether a token is one by itself, or its part without which there is none: no article, no `and`."""
        return _DIGIT.search(token) is not None or (token not in self.weak and self._matters(token))

    def _plain(self, token: str) -> int | None:
        """The value of a token that is a cardinal and nothing else, whatever stands beside it."""
        if token in self._several or KEPT in token or POINT in token:
            return None
        if token.isascii() and token.isdecimal():
            return int(token) if len(token) <= 15 else -1
        return self.spoken(token)

    def context(self, before: str) -> str:
        """The word in front of a number where it says what kind of number it is, else nothing."""
        return before if before in self._contexts else ""

    def tells(self, behind: str) -> bool:
        """Whether a word behind a number says what that is."""
        return behind in self._telling or KEPT in behind

    def ends(self, behind: str) -> bool:
        """Whether a word behind a number becomes one word with it."""
        return behind[:1] == KEPT or behind in self._suffixes

    def _read(self, before: str, tokens: tuple[str, ...]) -> tuple[str, ...]:
        """What `tokens` are with their numbers in digits; `before` is no part of them."""
        spans = number_spans(tokens, self, before)
        ends = [*(span.first for span in spans), len(tokens)][1:]
        return tuple(
            Said.of(span.text, tokens[span.first : end]) if span.kind in _SAID and 0 <= span.first < end else span.text
            for span, end in zip(spans, ends, strict=True)
        )


_SAID = (Kind.SPOKEN, Kind.ORDINAL)
_ANY_WORD = "\ue00f"
"""Stands for a word behind a number that says nothing of it."""


def spoken_to_digits(tokens: Sequence[str], lookup: Lookup) -> list[str]:
    """The tokens with every number in digits; a number said in words is `Said`.

    Numbers are looked for in stretches of words that may be part of one, each by itself.
    """
    if lookup.table.continued:
        tokens = _continued(tokens, lookup)
    if lookup.table.prefixed:
        tokens = _without_prefixes(tokens, lookup)
    if not lookup.table.modified.keys().isdisjoint(tokens):
        tokens = [part for token in tokens for part in lookup.table.modified.get(token, (token,))]
    if not lookup.table.suffixed.keys().isdisjoint(tokens):
        tokens = _without_suffixes(tokens, lookup.table)
    out: list[str] = []
    taken = 0
    for first, end in _stretches(tokens, lookup):
        out += tokens[taken:first]
        behind = tokens[end : end + 1]
        if end - first == 1 and tokens[first].isdecimal() and not (behind and lookup.ends(behind[0])):
            out.append(tokens[first])  # digits by themselves are what they are
            taken = end
            continue
        before = lookup.context(tokens[first - 1]) if first else ""
        if behind and not lookup.tells(behind[0]):
            out += lookup.read(before, (*tokens[first:end], _ANY_WORD))[:-1]
            taken = end
        else:
            out += lookup.read(before, (*tokens[first:end], *behind))
            taken = end + len(behind)
    out += tokens[taken:]
    return out


def _stretches(tokens: Sequence[str], lookup: Lookup) -> Iterator[tuple[int, int]]:
    """Where numbers are, if any: the first token and the one behind the last."""
    position, count, matters, weak = 0, len(tokens), lookup.matters, lookup.weak
    while position < count:
        if not matters(tokens[position]):
            position += 1
            continue
        first, numbers = position, False
        while position < count and matters(tokens[position]):
            numbers = numbers or tokens[position] not in weak
            position += 1
        article = tokens[position - 1] in lookup.table.articles
        if numbers or (article and position < count and tokens[position] in lookup.table.units):
            yield first, position


def number_spans(tokens: Sequence[str], lookup: Lookup, before: str = "") -> list[TokenSpan]:
    """Words and numbers in order; `before` is the word in front of them."""
    reader = _Reader(lookup, tokens, before)
    position, last = 0, len(tokens) - 1
    while position <= last:
        token = tokens[position]
        value = lookup.plain(token)
        if value is not None and (position == last or tokens[position + 1] not in lookup.continuing):
            position += reader.plain(position, token, value)
        else:
            position += reader.read(position) if lookup.matters(token) else reader.pass_by(position, token)
    reader.flush()
    return joined(reader.out, lookup.table, before)


def _without_suffixes(tokens: Sequence[str], table: NumberTable) -> list[str]:
    """`চারটি` as a number and what is said with it."""
    out: list[str] = []
    for token in tokens:
        base, suffix = table.suffixed.get(token, (token, ""))
        out += [base, KEPT + suffix] if suffix else [token]
    return out


def _without_prefixes(tokens: Sequence[str], lookup: Lookup) -> list[str]:
    """`وعشرون` as the linker and the number."""
    prefix = lookup.table.prefixed
    out: list[str] = []
    for token in tokens:
        rest = token.removeprefix(prefix) if not lookup.matters(token) else token
        out += [prefix, rest] if rest != token and rest and lookup.matters(rest) else [token]
    return out


def _continued(tokens: Sequence[str], lookup: Lookup) -> list[str]:
    """`kolmet sadat viidet kymmenet` as the one word it is."""
    out: list[str] = []
    for token in tokens:
        goes_on = out and token.startswith(lookup.table.continued) and lookup.spoken(out[-1]) is not None
        if goes_on and lookup.spoken(out[-1] + token) is not None:
            out[-1] += token
        else:
            out.append(token)
    return out


class _Reader:
    """Reads one sentence; holds the number being read: `total` of closed sections of size `scale`, and a `group`."""

    def __init__(self, lookup: Lookup, tokens: Sequence[str], before: str) -> None:
        self.table, self.spoken, self.tokens, self.before = lookup.table, lookup.spoken, tokens, before
        self.out: list[TokenSpan] = []
        self.joinable = False
        self.total, self.room = 0, NOTHING
        self.scale: int | None = None
        self.group: int | Fraction | None = None
        self.article: str | None = None
        self.begin = self.position = 0

    def pass_by(self, position: int, token: str) -> int:
        """Takes a word that can be part of no number."""
        self.position = position
        self.word(token)
        return 1

    def plain(self, position: int, token: str, value: int) -> int:
        """As `read`, for a cardinal that is nothing else, before a word that has no part in the same number's value."""
        self.position = position
        if not self._open:
            self.begin = position
        elif self.group is None and self._repeats(position):
            self.flush()
        self._value(token, value, scaled=False)
        return 1

    def read(self, position: int) -> int:
        """Takes the token at `position`, and says how many were taken."""
        token, table = self.tokens[position], self.table
        following = self._at(position + 1)
        self.position = position
        if not self._open:
            self.begin = position
        pair = table.pairs.get((token, following))
        if KEPT in token or (pair is None and token in table.homonyms and self._is_word(position)):
            self.word(token)
            return 1
        if POINT in token:
            return self._decimal(token, following) if _DECIMAL.fullmatch(token) else self.pass_by(position, token)
        self._part_from_equal(position)
        if pair is not None:
            self._value("", pair, scaled=False)
            return 2
        if token in table.modifiers and (taken := self._modified(position)):
            return taken
        value = self.value(token)
        return self._cardinal(position, value) if value is not None else self._other(position)

    def _other(self, position: int) -> int:
        """Takes what is no cardinal: a scale, an ordinal, a word between numbers, or any other word."""
        token, table, following = self.tokens[position], self.table, self._at(position + 1)
        if token in table.multipliers and self._multiplies(position):
            self._multiply(table.multipliers[token])
            return 1 + self._half_of_scale(position + 1)
        elif token in table.ordinal_multipliers:
            self._multiply(table.ordinal_multipliers[token])
            self.flush(ORDINAL)
        elif token in table.ordinals and not self._is_unit(token, following):
            return self._ordinal(table.ordinals[token], table.ordinals.get(following))
        elif token in table.fractions and self._stands_alone(following):
            self.flush()
            self._write_fraction(table.fractions[token], following)
        elif token in table.ordinals or not self._small_word(position):
            self.word(token)
        return 1

    def _half(self, position: int) -> tuple[str, ...]:
        """The words for a half that stand at `position`, if any."""
        if self._at(position) not in self.table.halves_begin:
            return ()
        for phrase in self.table.halves_said:
            if tuple(self.tokens[position : position + len(phrase)]) == phrase:
                return phrase
        return ()

    def _half_of_scale(self, position: int) -> int:
        """`a million and a half`: how many tokens it took behind the scale."""
        phrase, scale = self._half(position), self.scale or 0
        if not phrase or scale < 1000 or self._at(position + len(phrase)) in self.table.multipliers:
            return 0
        self.total += scale // 2
        return len(phrase)

    def _and_half(self, position: int, value: int) -> int:
        """`two and a half million`, `two and a half hours`. How many tokens were taken; 0: it is none."""
        phrase, token = self._half(position + 1), self.tokens[position]
        if not phrase:
            return 0
        following = self._at(position + 1 + len(phrase))
        scaled = following in self.table.multipliers
        meant = scaled or phrase in self.table.and_half or following in self.table.units
        if not meant or value < 0 or value % 100 == 0:
            return 0
        if not self._fits(value) or token.isdecimal():
            self.flush()
        self.group, self.room, self.article = (self.group or 0) + value + Fraction(1, 2), NOTHING, None
        if not scaled:
            self.flush()
        return 1 + len(phrase)

    def _stands_alone(self, following: str) -> bool:
        """Whether `डेढ़`, one and a half, is a number before such a word."""
        counted = following in self.table.units and following not in self.table.multipliers
        return counted or following.lstrip(KEPT) in self.table.hours

    def _write_fraction(self, value: Fraction, following: str) -> None:
        """A value with a half or quarters: as a decimal, or as hour and minutes."""
        if following.lstrip(KEPT) in self.table.hours:
            self._write(str(int(value)), Kind.WRITTEN)
            self._write(str(int(value % 1 * 60)), Kind.WRITTEN)
        else:
            self._write(_decimal_text(value), Kind.WRITTEN)

    def _multiplies(self, position: int) -> bool:
        """Whether a multiplier that is another word too is one here."""
        token, table = self.tokens[position], self.table
        if self._open or self.joinable:
            return True
        if token in table.doubtful:
            return self._begins(position + 1) or self._at(position + 1) in table.units
        return token not in table.dependent

    def _is_unit(self, token: str, following: str) -> bool:
        """`a twenty second delay`: an ordinal's word that counts time behind a number."""
        return token in self.table.seconds and (self._open or self.joinable) and not self._dated(following)

    def _cardinal(self, position: int, value: int) -> int:
        """Takes a value, with the decimals of its scale or the words that add nothing. How many tokens were taken."""
        if self._decimal_of_scale(position, value):
            return 4
        if taken := self._and_half(position, value):
            return taken
        taken, trailers = 1, self.table.trailers
        while (following := self._at(position + taken)) in trailers and (value % 100 or 100) in trailers[following]:
            if self._scale(self._at(position + taken + 1)) is not None and following in self.table.scale_linkers:
                break
            taken += 1
        if following in self.table.scale_linkers:
            following = self._at(position + taken + 1)
        self._value(self.tokens[position], value, scaled=self._scale(following) is not None)
        return taken

    def _decimal(self, token: str, following: str) -> int:
        """A written decimal: `3.5 million` is 3500000, by itself it stays what it is."""
        scale = self.table.multipliers.get(following, 0)
        value = Fraction(token.replace(POINT, ".")) * scale if len(token) <= 15 else Fraction(0)
        if scale and value and value.denominator == 1:
            self._start(value / scale)
        else:
            self.flush()
            self._write(token, Kind.WRITTEN)
        return 1

    def value(self, token: str) -> int | None:
        """The value of a token that is a number by itself."""
        if token.isascii() and token.isdecimal():
            return int(token) if len(token) <= 15 else -1
        return self.spoken(token)

    def _at(self, position: int) -> str:
        return self.tokens[position] if position < len(self.tokens) else ""

    @property
    def _open(self) -> bool:
        return self.group is not None or self.scale is not None

    def _is_number(self, token: str) -> bool:
        return token in self.table.zeros or token in self.table.multipliers or self.value(token) is not None

    def _is_word(self, position: int) -> bool:
        """Whether it has its other sense here; never between two numbers, where digits are read out."""
        homonym = self.tokens[position]
        if self.out and self.out[-1].kind is Kind.POINT and not self._open:  # tre virgola sei
            return False
        ahead = self._begins(position + 1 + (self._at(position + 1) in self.table.points))  # sei virgola cinque
        neighbours = self.table.homonyms[homonym]
        if neighbours == "before_article":
            return self._at(position + 1) in self.table.articles and not ahead
        before = (self._open and self.article is None) or self.joinable
        if neighbours in {"alone", "before"} and (self._at(position + 1) in self.table.units or ahead):
            return False
        if neighbours == "before":
            return not (self._open and self._fits(self.spoken(homonym) or 0))
        if (
            neighbours == "after_number"
            and self._open
            and len(self.room) != 9
            and self._fits(self.spoken(homonym) or 0)
        ):
            return False  # one hundred nine, but not twenty nine: languages that have such words write that as one
        return before == (neighbours == "after_number") and not ahead

    def _begins(self, position: int) -> bool:
        """Whether a number begins at `position`; an article does only next to one."""
        token, following, table = self._at(position), self._at(position + 1), self.table
        if token in table.articles:
            return self._is_number(following) or following in table.points
        if token in table.fractions or token in table.implicit_ones:
            return following in table.multipliers
        return self._begins(position + 1) if token in table.modifiers else self._is_number(token)

    def _decimal_of_scale(self, position: int, whole: int) -> bool:
        """`2 point 5 million` is 2500000."""
        scale = self.table.multipliers.get(self._at(position + 3), 0)
        if scale < 1000 or self._at(position + 1) not in self.table.points:
            return False
        if self.group is not None or self.scale not in {None, scale}:
            return False
        token = self._at(position + 2)
        part = token if token.isdecimal() else self.spoken(token)
        if part is None or whole < 0 or (value := Fraction(f"{whole}.{part}") * scale).denominator != 1:
            return False
        self.flush()
        self._write(str(value), Kind.SPOKEN)
        return True

    def _modified(self, position: int) -> int:
        """`साढ़े तीन सौ` is 350, `सवा लाख` 125000. How many tokens were taken; 0: it is no number."""
        following, modifier = self._at(position + 1), self.table.modifiers[self.tokens[position]]
        value = self.value(following)
        if value is not None and value < 0:  # too long to count with
            return 0
        if following in self.table.multipliers:
            self._start(1 + modifier)
            return 1
        if value is not None and self._at(position + 2) in self.table.multipliers:
            self._start(value + modifier)
            return 2
        if value is not None and value in range(100, 1000, 100):  # दोनशे is one word
            self._start(value + modifier * 100)
            return 2
        if value is not None and 1 <= value < 100:
            self.flush()
            self._write_fraction(value + modifier, self._at(position + 2))
            return 2
        return 0

    def _part_from_equal(self, position: int) -> None:
        """Ends the number being read if an equal one begins here: `one thousand` `two thousand`."""
        if self._open and self._repeats(position):
            self.flush()

    def _repeats(self, position: int) -> bool:
        """Whether the value that begins at `position` belongs to a multiplier that the number being read has already.

        `one hundred two hundred` and `twenty thousand twenty one thousand` are two numbers each, but
        `one hundred two thousand` is one, and so is `one thousand two hundred million`.
        """
        token = self._at(position)
        if token in self.table.multipliers:
            return False
        if self.group is not None:
            return self.group >= 100 and self._scale(self._at(position + 1)) == 100 and self._is_number(token)
        if any(token in words for words in (self.table.fractions, self.table.modifiers, self.table.implicit_ones)):
            position += 1
            token = self._at(position)
        room, first = range(1000), position
        while (scale := self._scale(token)) in {None, 100}:
            value = self.value(token) if scale is None else None
            if scale == 100:
                room = range(1, 100)
            elif value is not None and value in room:
                room = self.table.rooms.get(value, room_after(value))
            elif position == first or token not in self.table.linkers:
                return False
            position += 1
            token = self._at(position)
        return scale == self.scale

    def _scale(self, token: str) -> int | None:
        return self.table.multipliers.get(token, self.table.ordinal_multipliers.get(token))

    def _small_word(self, position: int) -> bool:
        """Words that belong to a number only in their place. Whether this one did."""
        table, token, following = self.table, self.tokens[position], self._at(position + 1)
        if token in table.linkers and not self._repeats(position + 1) and self._linked(following):
            return True
        if token in table.implicit_ones and following in table.multipliers:
            if self.group is not None:
                self.flush()
            return True
        if token in table.fractions and following in table.multipliers:
            self._start(table.fractions[token])
            return True
        begins = self._is_number(following) or self._begins(position + 1)
        if not (self._open or self.joinable) or not (begins or (token in table.points and self._one(position + 1))):
            return False
        if token in table.zeros:
            self.flush()
            self._write("0", Kind.SPOKEN)
            return True
        if token in table.points:
            self.flush()
            self.out.append(TokenSpan(table.points[0], Kind.POINT, self.position))
            self.joinable = False
            return True
        return False

    def _one(self, position: int) -> bool:
        """Whether an article behind a decimal mark is the digit one: with nothing but what is counted behind it."""
        after = self._at(position + 1)
        return self._at(position) in self.table.articles and (after in {"", BARRIER} or after in self.table.units)

    def _linked(self, following: str) -> bool:
        if not self._open:
            return False
        pair = self.table.pairs.get((following, self._at(self.position + 2)))
        spoken = self.table.ordinals.get(following, self.spoken(following)) if pair is None else pair
        if following in self.table.multipliers and self.tokens[self.position] in self.table.scale_linkers:
            return self.group is not None
        if following in self.table.multipliers:
            return self.group is None and self.scale is not None
        if spoken is None or (self.table.linked_to and spoken not in self.table.linked_to):
            return False
        if self.group is None:
            return self.scale is not None and spoken < self.scale and not self.table.linker_most
        if self.table.units_first and self.group % 100 in range(1, 10) and spoken in range(20, 100, 10):
            self.room = range(20, 100, 10)
            return True
        if self.table.units_first and spoken < 10 and self.group % 100 >= 20:
            return False  # ones stand in front of their tens alone
        room = len(self.room) + 1
        return self.table.linker_room <= room <= (self.table.linker_most or room) and self._fits(spoken)

    def _fits(self, value: int | Fraction) -> bool:
        if self.group is None:
            return self.scale is None or value < self.scale
        return value in self.room

    def _value(self, token: str, value: int, *, scaled: bool) -> None:
        written = token.isascii() and token.isdecimal()
        if written and (not scaled or value < 0) and not self._ends_thousands(token, value):
            self.flush()
            self._write(token, Kind.WRITTEN)
            return
        if not written and value >= 1000 and value % 1000 == 0:
            self._thousands(value // 1000)
            return
        if not self._fits(value) or (written and self.group is not None) or self._lacks_linker(value, scaled=scaled):
            self.flush()
        self.article = token if token in self.table.articles and not self._open else None
        self.group = (self.group or 0) + value
        self.room = NOTHING if written or token in self.table.closed else self.table.rooms.get(value, room_after(value))

    def _lacks_linker(self, value: int, *, scaled: bool) -> bool:
        """Whether a value does not go on with the number being read, because no linker says so: `vinte` `três`."""
        linked = self.table.linked
        if not linked or not self._open or self._at(self.position - 1) in self.table.linkers - self.table.scale_linkers:
            return False
        if self.group is None:
            return linked != "tens" and value < (100 if linked == "all" else 10) and not scaled
        return linked == "all" or (value < 10 and (linked == "ones" or self.group % 100 >= 20))

    def _ends_thousands(self, token: str, value: int) -> bool:
        """`2 thousand 500`, as `2 thousand five hundred`."""
        return len(token) == 3 and value >= 100 and self.scale == 1000 and self.group is None

    def _thousands(self, count: int) -> None:
        """A word for whole thousands: `tvåtusen tre hundra`, and இருபத்து இரண்டாயிரம், `twenty two-thousand`."""
        if (self.scale is not None and self.scale <= 1000) or (self.group is not None and not self._fits(count)):
            self.flush()
        self.group = (self.group or 0) + count
        self._multiply(1000)

    def _start(self, value: Fraction) -> None:
        if not self._fits(value):
            self.flush()
        if self.group is not None:
            self.flush()
        self.group, self.room, self.article = value, NOTHING, None

    def _dated(self, following: str) -> bool:
        """Whether `twenty second` is the 22nd here: `may twenty second`, `the twenty second floor`."""
        before = self.tokens[self.begin - 1] if self.begin else self.before
        return (
            before in self.table.dates
            or following in self.table.dates
            or (before in self.table.definite and (following in self.table.ordered or following in {"", BARRIER}))
        )

    def _ordinal(self, value: int, following: int | None) -> int:
        """Writes it; `vigésimo primeiro`, two ordinals, are one. How many tokens were taken."""
        taken = 1
        if following is not None and value in range(10, 100, 10) and following in range(1, 10):
            value, taken = value + following, 2
        goes_on = self._open and self._fits(value) and self.table.compound_ordinals
        if not goes_on or self._lacks_linker(value, scaled=False):
            self.flush()
        self.group, self.article = (self.group or 0) + value, None
        self.flush(ORDINAL)
        return taken

    def _multiply(self, scale: int) -> None:
        self.article = None
        if scale == 100:
            if self.group is not None and not 0 < self.group < 100:
                self.flush()
            self.group, self.room = int((1 if self.group is None else self.group) * 100), range(1, 100)
            return
        if self.scale is None or scale < self.scale:
            self.total += int((1 if self.group is None else self.group) * scale)
        else:  # `two thousand million`: all that was read so far is multiplied
            self.total = int((self.total + (self.group or 0)) * scale)
        self.group, self.scale, self.room = None, scale, NOTHING

    def word(self, token: str) -> None:
        """Writes a word that is no number, unless it adds nothing to the one before."""
        self.flush()
        whole = self.joinable and POINT not in self.out[-1].text
        trailing, last = self.table.trailers.get(token, NOTHING), self.out[-1].text[-2:] if whole else ""
        if last.isdecimal() and (int(last) or 100) in trailing:
            return
        self.out.append(TokenSpan(token, Kind.WORD, self.position))
        self.joinable = False

    def flush(self, suffix: str = "") -> None:
        """Writes the number being read, if any; an article alone is kept as the word it is."""
        if not self._open:
            return
        value, article = self.total + (self.group or 0), self.article
        self.total, self.scale, self.group, self.room, self.article = 0, None, None, NOTHING, None
        if article is not None:
            self.out.append(TokenSpan(article, Kind.ARTICLE, self.begin))
            self.joinable = False
        else:
            self._write(f"{_decimal_text(value)}{suffix}", Kind.ORDINAL if suffix else Kind.SPOKEN)
        self.begin = self.position

    def _write(self, digits: str, kind: Kind) -> None:
        self.out.append(TokenSpan(digits, kind, self.begin))
        self.joinable = kind is not Kind.ORDINAL


def _decimal_text(value: int | Fraction) -> str:
    """`2`, or `2.5` with the private mark; values have halves and quarters at most."""
    whole, part = divmod(value, 1)
    return f"{whole}{POINT}{str(float(part))[2:]}" if part else str(whole)


def _sign_of_number(table: NumberTable) -> Callable[[str], bool]:
    """Whether a word says that there may be a number, where numbers are said in parts of words and in several."""
    triggers, parts = table.triggers(), (*table.glue, *table.joints)

    def is_sign(token: str) -> bool:
        return token in triggers or _DIGIT.search(token) is not None or any(map(token.__contains__, parts))

    return lru_cache(maxsize=1 << 16)(is_sign)


NumberStep = Callable[[list[str]], list[str]]


def number_step(table: NumberTable) -> NumberStep:
    """A token step that leaves sentences without numbers untouched, at the cost of one look-up per word."""
    lookup = Lookup(table)
    is_sign = lookup.is_number if not (table.prefixed or table.continued) else _sign_of_number(table)
    articles, units = table.articles, table.units

    def step(tokens: list[str]) -> list[str]:
        if not any(map(is_sign, tokens)) and (articles.isdisjoint(tokens) or units.isdisjoint(tokens)):
            return tokens
        return spoken_to_digits(tokens, lookup)

    return step
