"""What a single spoken word is worth: the tables of a language, and numbers that it writes as one word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

NOTHING = range(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberTable:
    """Spoken forms of one language, as they stand after the text steps."""

    cardinals: Mapping[str, int] = field(default_factory=dict)
    ordinals: Mapping[str, int] = field(default_factory=dict)
    multipliers: Mapping[str, int] = field(default_factory=dict)
    ordinal_multipliers: Mapping[str, int] = field(default_factory=dict)
    """Ordinals that multiply what stands before them: two hundredth."""
    glue: Mapping[str, int] = field(default_factory=dict)
    """Multipliers found inside a word: zwei-tausend-vier."""
    joints: Mapping[str, int] = field(default_factory=dict)
    """Tens and hundreds as they begin a word that goes on: நூற்று-எட்டு, നൂറ്റ-മ്പത്."""
    starts: Mapping[str, str] = field(default_factory=dict)
    """How a part begins inside a word, and how alone: (நூற்று + ஐம்பது) நூற்ற-ைம்பது, `ை` is `ஐ`."""
    ends: tuple[str, ...] = ()
    """What a part may have lost in front of a glued multiplier: எட்ட(ு)-ாயிரம்."""
    continued: tuple[str, ...] = ()
    """Beginnings of words that go on with the number before them: kolmet sadat, three hundreds."""
    trailers: Mapping[str, range] = field(default_factory=dict)
    """Words said after a number that ends in such values, adding nothing: ħdax-il, eleven."""
    dependent: frozenset[str] = frozenset()
    """Multipliers that are other words too: a number only after one (sataa, it rains)."""
    doubtful: frozenset[str] = frozenset()
    """Multipliers that are other words too: a number beside one, or before what is counted (Uzbek yuz, a face)."""
    homonyms: Mapping[str, str] = field(default_factory=dict)
    """Cardinals that are other words too, and where they are: `alone`, with no number before or after (Russian
    семью, a family); `after_number`, with none after (Bengali পাঁচ নয়, not five); `before_article` (Italian sei un)."""
    words: frozenset[str] = frozenset()
    """Words that only look like numbers: ನೂರಾರು, hundreds of."""
    linkers: frozenset[str] = frozenset()
    """Words said inside a number that add nothing: and, y, og."""
    prefixed: str = ""
    """A linker that is written as one word with what follows it: خمسة وعشرون, 25."""
    linker_room: int = 10
    """A linker is dropped only where at least this much room is left (English: 100)."""
    linker_most: int = 0
    """And at most this much, where it joins ones to tens alone (10: `doscientos y tres` are two). 0: no limit."""
    linked_to: frozenset[int] = frozenset()
    """What a linker may join, where not everything (French: 1 and 11; `vingt et deux` are two)."""
    closed: frozenset[str] = frozenset()
    """Cardinals that go on with a scale alone: cem mil, but cento e dois."""
    articles: frozenset[str] = frozenset()
    """Forms of one that are articles too: a number only within a larger one."""
    implicit_ones: frozenset[str] = frozenset()
    """Dropped in front of a multiplier: `a` hundred."""
    points: tuple[str, ...] = ()
    """Words for the decimal mark; the first of them is written."""
    zeros: frozenset[str] = frozenset()
    """Words for zero that are other words too: only between numbers."""
    fractions: Mapping[str, Fraction] = field(default_factory=dict)
    """Values only before a multiplier, what is counted, or an hour's word: ढाई हज़ार = 2500, anderthalb Stunden."""
    and_half: frozenset[tuple[str, ...]] = frozenset()
    """Said behind a number or a scale for a half of it: two `and a half` million."""
    counted_half: frozenset[tuple[str, ...]] = frozenset()
    """The same before a scale or what is counted only; elsewhere it is half past: las tres y media."""
    hours: frozenset[str] = frozenset()
    """Behind an hour, where fractions of it are minutes: साढ़े तीन बजे, 3:30."""
    modifiers: Mapping[str, Fraction] = field(default_factory=dict)
    """Said before a number, added to it in units of its multiplier: साढ़े तीन सौ = 350, साढ़े तीन = 3.5."""
    modified: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """A modifier and its number in one word, with both: साडेतीन."""
    pairs: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Two words that are one value: quatre vingt."""
    rooms: Mapping[int, range] = field(default_factory=dict)
    """Values that may follow, where not the usual ones: soixante takes 1-19."""
    linked: str = ""
    """Where a number goes on behind a linker alone: `tens` to their ones (treinta y dos, but ciento dos), anything to
    `ones` (cento e dois, but cento vinte), or `all`. Without it two numbers stand side by side: vinte, três."""
    units_first: bool = False
    """`two and forty` is 42."""
    units: frozenset[str] = frozenset()
    """Words for what is counted (currencies, measures, declared ones): a homonym or an article is a number there."""
    compound_ordinals: bool = False
    """`twenty first` is the 21st; where not, an ordinal behind a number is a word of its own: veinte segundos."""
    seconds: frozenset[str] = frozenset()
    """Ordinals that are units too: after a number they are ordinals only beside `dates`, or behind `definite`."""
    dates: frozenset[str] = frozenset()
    definite: frozenset[str] = frozenset()
    ordered: frozenset[str] = frozenset()
    """What may follow such an ordinal behind a definite article: the twenty second century."""
    repeats: Mapping[str, int] = field(default_factory=dict)
    """Words for two or three equal digits: double seven."""
    approximate: bool = False
    """`two three four people` are about three: three digits that count up are three numbers."""
    leading_zero: bool = False
    """`zero six` is 06, as telephone numbers begin."""
    labels: frozenset[str] = frozenset()
    """What carries a number as its name, said in two: flight one twelve."""
    scale_linkers: frozenset[str] = frozenset()
    """Said between a number and its scale: douăzeci de mii."""
    suffixes: tuple[str, ...] = ()
    """Classifiers and endings in one word with a number: চারটি, beşte."""
    suffixed: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Such words, with the number's word and the suffix."""
    halves: tuple[int, int] | None = None
    """First halves of numbers said in two (nineteen eighty): lowest and highest; `None`: never said so."""

    starting: frozenset[str] = field(init=False)
    """Words that are no numbers and may begin one said digit by digit."""
    halves_said: tuple[tuple[str, ...], ...] = field(init=False)
    """All of `and_half` and `counted_half`."""
    halves_begin: frozenset[str] = field(init=False)
    """Their first words."""

    def __post_init__(self) -> None:
        halves = tuple(sorted(self.and_half | self.counted_half))
        object.__setattr__(self, "starting", self.zeros.union(self.repeats))
        object.__setattr__(self, "halves_said", halves)
        object.__setattr__(self, "halves_begin", frozenset(phrase[0] for phrase in halves))

    def small_words(self) -> frozenset[str]:
        """Words that mean something beside a number only."""
        pairs = (first for first, _ in self.pairs)
        halves = (word for phrase in self.halves_said for word in phrase)
        return self.linkers.union(
            self.implicit_ones, self.points, self.zeros, self.fractions, self.modifiers, pairs, halves
        )

    def triggers(self) -> frozenset[str]:
        """Words without which (and without digits and glued words) there is nothing to do."""
        seconds = (second for _, second in self.pairs)
        halves = (phrase[-1] for phrase in self.halves_said)
        return frozenset().union(
            *(self.cardinals, self.ordinals, self.multipliers, self.ordinal_multipliers, self.suffixed),
            *(seconds, self.fractions, self.modified, halves),
        )


def room_after(value: int) -> range:
    """The values that may follow `value` within one number: 40 -> 1..9, 200 -> 1..99, 42 -> none."""
    for scale in (1_000_000, 1_000, 100):
        if value and value % scale == 0:
            return range(1, scale)
    return range(1, 10) if value % 10 == 0 and value % 100 > 10 else NOTHING


def glued_value(word: str, table: NumberTable) -> int | None:
    """The value of a number written as one word, `None` if it is none: neunzehnhundertvierundachtzig -> 1984."""
    if word in table.cardinals:
        return table.cardinals[word]
    for glue, scale in table.glue.items():
        position = word.find(glue)
        while position >= 0:
            left = _before_glue(word[:position], table)
            right = _glued_rest(word[position + len(glue) :], table)
            if left is not None and right is not None and 0 < left < 1000 and right < scale:
                return left * scale + right
            position = word.find(glue, position + 1)
    return _joint_value(word, table) if table.joints else None


def _before_glue(left: str, table: NumberTable) -> int | None:
    if not left:
        return 1
    values = (glued_value(left + end, table) for end in ("", *table.ends))
    return next((value for value in values if value is not None), None)


def _joint_value(word: str, table: NumberTable) -> int | None:
    """Tens or hundreds and what follows them: இருபத்தைந்து -> 25."""
    for end in range(len(word) - 1, 0, -1):
        value = table.joints.get(word[:end])
        rest = _glued_rest(word[end:], table) if value is not None else None
        if value is None or rest is None:
            continue
        if rest in room_after(value):
            return value + rest
        if rest % 1000 == 0 and rest // 1000 in room_after(value):  # இருபத்தையாயிரம், twenty five-thousand
            return value * 1000 + rest
    return None


def _glued_rest(rest: str, table: NumberTable) -> int | None:
    if not rest:
        return 0
    for linker in table.linkers:
        if rest.startswith(linker) and rest[len(linker) :] in table.cardinals:
            return table.cardinals[rest[len(linker) :]]
    alone = (start + rest[len(inside) :] for inside, start in table.starts.items() if rest.startswith(inside))
    values = (glued_value(part, table) for part in (rest, *alone))
    return next((value for value in values if value is not None), None)


def spoken_value(token: str, table: NumberTable) -> int | None:
    """The value of a spoken word that is a number by itself; a bare multiplier is none."""
    if token in table.cardinals:
        return table.cardinals[token]
    if token in table.multipliers or token in table.words:
        return None
    return glued_value(token, table) if table.glue or table.joints else None
