"""Numbers in words of a script without spaces, set apart so that they are read as words: ยี่สิบสี่บาท, `ยี่สิบ สี่ บาท`.

Their words are parts of other words as often. So only this is a number: words of which one is ten or more, three digits
or more in a row, decimals, and one or two digits before a declared counter or behind a declared word (ที่, the how
manieth).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import regex

from bench.scoring.text.normalize.number_words import NumberTable

_SAME_SYLLABLE = r"(?![\u0e30-\u0e3a\u0e45\u0e47-\u0e4e])"
"""No vowel or tone mark that would belong to the word's last letter."""
_FIRST_IN_SYLLABLE = r"(?<![\u0e40-\u0e44])"


def unspaced_step(rules: Mapping[str, Any], table: NumberTable) -> Callable[[str], str]:
    """A text step that sets numbers apart by spaces."""
    declared: Mapping[str, Any] = rules["unspaced"]
    reader = _Reader(table, declared, rules["counted"].split())
    return lambda text: reader.pattern.sub(reader.parted, text)


class _Reader:
    def __init__(self, table: NumberTable, declared: Mapping[str, Any], counters: Sequence[str]) -> None:
        followers: Mapping[str, str] = declared.get("followers", {})

        def one_of(words: Iterable[str]) -> str:
            known = sorted(words, key=len, reverse=True)
            guarded = (f"{word}(?![{followers[word]}])" if word in followers else word for word in known)
            return f"(?:{'|'.join(guarded)}){_SAME_SYLLABLE}"

        cardinal, word, point = map(one_of, (table.cardinals, {**table.cardinals, **table.multipliers}, table.points))
        self.table, self.word = table, regex.compile(f"{point}|{word}")
        self.pattern = regex.compile(
            f"{_FIRST_IN_SYLLABLE}{cardinal} ?(?:{word} ?)*(?:{point} ?{cardinal}(?: ?{cardinal})*)?"
        )
        self.counted = regex.compile(rf"\s*(?:{'|'.join(sorted(counters, key=len, reverse=True))})")
        self.after = tuple(declared.get("after", ()))

    def parted(self, match: regex.Match[str]) -> str:
        words = self.word.findall(match.group())
        if not self._is_number(words) and not self._is_counted(match):
            return match.group()
        return f" {' '.join(words)} "

    def _is_number(self, words: Sequence[str]) -> bool:
        values = [self.table.cardinals.get(word, 10) for word in words]
        high = [value for value in values if value >= 10]
        return len(words) > 2 or any(value > 10 for value in values) or (bool(high) and len(words) > 1)

    def _is_counted(self, match: regex.Match[str]) -> bool:
        before = match.string[: match.start()].rstrip()
        return before.endswith(self.after) or self.counted.match(match.string, match.end()) is not None
