"""Holds the profile `open-asr-leaderboard` to the leaderboard's own code, in a clone that you have.

`python tools/compare_with_leaderboard.py CHECKOUT [--strings 100000] [--seed 1]` runs both over invented strings and
prints how many come out differently, and the first of them. Exit code 0: none; 1: some. Of CHECKOUT only
`normalizer/normalizer.py` and what it imports from its folder is loaded.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np

from bench.scoring.text.normalize.ports import open_asr_leaderboard

_NUMBERS = """
    one two three four five six seven eight nine ten eleven twelve fifteen nineteen
    o oh zero twenty thirty forty fifty ninety hundred thousand million billion
    ones sixes tens twenties hundreds thousands zeroth first second third fifth twelfth twentieth
    hundredth millionth half twenty-one thirty-five nineteen-eighty four-oh-one
    minus negative plus positive pound pounds euro euros dollar dollars cent cents per percent
    and double triple point a an 0 1 2 5 12 20 1.5 0.5 3.25 007 100 1,000 1,234.5 2000 1960s 3rd 22nd
    $5 $0.07 €2.50 £3 ¢7 $1,000 -5 +7 5% 50% % $ . .5 5. 1.2.3 5km km5 ٣٤ ½ ² 10:30 9:00 09:05 24:00 1:5
"""
_CLOCK = """
    half quarter a minute minutes past past to to after before o'clock o’clock o clock minutes past to past
    zero one two nine ten twelve thirteen twenty twenty-three four fifty-nine sixty 0 3 12 13 24 61 100 9:00 9:75 23:59.
"""
_WORDS = """
    don't won't can't let's ain't y'all wanna kinda sorta dunno cause gonna i'ma ma'am woulda it's he's
    John's dogs' that's who's there's I'd been gone done he's got they're we'll 've I'm n't 's d’oh don’t
    mr Mrs. St. dr prof. col gen. lt esq jr
    colour centre grey organise travelled mm mmm mhm archaeology archeological cancellation cancelation
    flyer pummelled snowploughs travelog travelogue ok kay etcetera programme
    uh uhh um umm uhm ah aha ahm ah-ha eh ehm er erm err hm hmm huh hah heh hum mhum mmkay tsk ugh uhuh
    ahem hmmph ehehe um-hmm uh-huh ooh oooh ohhh oo ooo umbrella hummus haeh
    Stephen Alan Kathryn Muhammad Jon MacDonald Geoffrey Steven wi-fi wi fi e-mail e mail t-shirt x ray
    all right al right how ever et cetera a.m. p.m. a m p m o k o.k. b b c B.B.C. U.S.A. i a b 5 g
    [noise] (laughs) <unk> [ ] ( ) < > café naïve L'homme œuvre straße łódź the was of in
    ... … . , ; : ! ? - – — ' ’ " / & @ #
"""
NUMBERS = (*_NUMBERS.split(), "and a half", "and\xa0a\xa0half")
CLOCK, WORDS = tuple(_CLOCK.split()), tuple(_WORDS.split())
SPELLED = tuple(
    "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789 .,:;'’!?()[]<>{}-–—/\\$€£¢%&*+=_~`|½²º"
    "éèüöäßøåñçœæłđþðİışžőґїяनमस्तेहिंதமிழ்বাংমലയാളംకಕਪଓ中日한"
    "\u00a0\u00ad\u200b\u200c\u200d\u0301\u0308\u2003\ufeff\n\t٣४৫"
)
SHOWN = 10


def strings(count: int, seed: int, listed: Sequence[str] = WORDS) -> Iterator[str]:
    """Sentences of numbers, of clock times, of both among other words, of listed words, and of characters in a row."""
    rng = np.random.default_rng(seed)
    pools = ((NUMBERS, " "), (CLOCK, " "), (NUMBERS + CLOCK + WORDS, " "), (listed, " "), (SPELLED, ""))
    for _ in range(count):
        pool, glue = pools[rng.integers(len(pools))]
        yield glue.join(pool[i] for i in rng.integers(len(pool), size=rng.integers(12)))


def leaderboard(checkout: Path) -> Callable[[str], str]:
    """The leaderboard's own normaliser, its package left out (which imports more than the rules need)."""
    name = "open_asr_leaderboard_checkout"
    package = ModuleType(name)
    package.__path__ = [str(checkout / "normalizer")]
    sys.modules[name] = package
    found: Callable[[str], str] = import_module(f"{name}.normalizer").EnglishTextNormalizer()
    return found


def listed_words(normalize: Callable[[str], str]) -> list[str]:
    """Every word and phrase in a table of the leaderboard's: keys of the dictionaries its module has or imports."""
    names = vars(sys.modules[normalize.__class__.__module__])
    keys = {key for name, table in names.items() if name[0] != "_" and isinstance(table, dict) for key in table}
    return sorted(key.replace(r"\b", "").replace(r"\s+", " ") for key in keys if isinstance(key, str)) or list(WORDS)


def outcome(normalize: Callable[[str], str], text: str) -> str:
    """The text that comes out, or the error's type: both stumble over the same strings."""
    try:
        return normalize(text)
    except (ValueError, TypeError, IndexError) as error:
        return type(error).__name__


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("checkout", type=Path, help="clone of huggingface/open_asr_leaderboard")
    parser.add_argument("--strings", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    if not (options.checkout / "normalizer" / "normalizer.py").is_file():
        parser.error(
            f"{options.checkout}: expected normalizer/normalizer.py in it; clone huggingface/open_asr_leaderboard"
        )
    theirs, ours = leaderboard(options.checkout), open_asr_leaderboard()[0]
    differing, changed = [], 0
    for text in strings(options.strings, options.seed, listed_words(theirs)):
        expected = outcome(theirs, text)
        changed += expected != text
        if outcome(ours, text) != expected:
            differing.append(text)
    for text in differing[:SHOWN]:
        sys.stdout.write(f"{text!r}\n  leaderboard {outcome(theirs, text)!r}\n  earwitness  {outcome(ours, text)!r}\n")
    sys.stdout.write(f"{options.strings} strings, {changed} changed by the rules, {len(differing)} different\n")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
