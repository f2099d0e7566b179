"""What a change of text rules moved: pairs of texts by kind, and sentences of each language, beside another checkout.

    python -m benchmarks.rules_moved --against other/checkout/.venv/bin/python [--profile earwitness] [--list]

Pairs are those of `tests/scoring/text/normalize/pairs/`, sentences those of its `cases/`. A pair is right where the
rules read both sides alike and it says `same` (or `charged`: should be the same), or unlike and it says `differ`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.normalize import ROUNDS
from tests.scoring.text.normalize.cases import LANGUAGES, load
from tests.scoring.text.normalize.pairs import Pair, load_pairs

Readings = Mapping[str, Mapping[str, str]]
"""By language, what each text is read as."""


def readings(python: Path | str, profile: str, texts: Mapping[str, Sequence[str]]) -> Readings:
    """What the rules of an interpreter's own `bench` make of texts, by language."""
    order = json.dumps({"profile": profile, "texts": {language: [list(each)] for language, each in texts.items()}})
    done = subprocess.run([python, ROUNDS, "--read"], input=order, stdout=subprocess.PIPE, text=True, check=True)
    read: dict[str, list[str]] = json.loads(done.stdout)
    return {language: dict(zip(texts[language], each, strict=True)) for language, each in read.items()}


def is_right(pair: Pair, read: Readings) -> bool:
    own = read[pair.language]
    return (own[pair.left] == own[pair.right]) == (pair.outcome != "differ")


def moved_pairs(pairs: Sequence[Pair], before: Readings, now: Readings) -> list[str]:
    """A table by kind, in Markdown."""
    lines = ["| kind | pairs | right before | right now |", "|---|---|---|---|"]
    for kind in sorted({pair.kind for pair in pairs}):
        own = [pair for pair in pairs if pair.kind == kind]
        right = [sum(is_right(pair, read) for pair in own) for read in (before, now)]
        if right[0] != right[1]:
            lines.append(f"| {kind} | {len(own)} | {right[0]} | {right[1]} |")
    right = [sum(is_right(pair, read) for pair in pairs) for read in (before, now)]
    return [*lines, f"| all, with those that did not move | {len(pairs)} | {right[0]} | {right[1]} |"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", required=True, help="the interpreter of another checkout's environment")
    parser.add_argument("--profile", default="earwitness")
    parser.add_argument("--list", action="store_true", help="each text that is read otherwise")
    options = parser.parse_args()
    pairs = [pair for pair in load_pairs() if pair.profile == options.profile]
    cases = {language: load(language) for language in LANGUAGES}
    texts = {language: [case.reference, case.disguised, case.wrong] for language, case in cases.items()}
    sentences = {language: list(each) for language, each in texts.items()}
    for pair in pairs:
        texts.setdefault(pair.language, []).extend([pair.left, pair.right])
    texts = {language: list(dict.fromkeys(each)) for language, each in texts.items()}
    before, now = (readings(python, options.profile, texts) for python in (options.against, sys.executable))
    print("\n".join(moved_pairs(pairs, before, now)))
    otherwise = [text for code, each in sentences.items() for text in each if before[code][text] != now[code][text]]
    print(f"\n{len(otherwise)} of {sum(map(len, sentences.values()))} sentences are read otherwise.")
    for code, each in texts.items() if options.list else ():
        for text in each:
            if before[code][text] != now[code][text]:
                print(f"* `{code}` `{text}`: `{before[code][text]}`, now `{now[code][text]}`")


if __name__ == "__main__":
    main()
