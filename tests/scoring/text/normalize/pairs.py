"""Reads `pairs/<language>.yaml`: by kind, pairs of texts that must, or must not, become the same.

A line is `one text = the other`; the kind `lenient` is read with that profile, all others with `earwitness`. Under
`charged` stand perfect answers that the rules are known to charge: mended ones are moved to `same`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
FOLDER = Path(__file__).parent / "pairs"


@dataclass(frozen=True)
class Pair:
    language: str
    kind: str
    outcome: str
    """`same`, `differ` or `charged`: should be the same, and is not."""
    left: str
    right: str

    @property
    def same(self) -> bool:
        """Whether the rules make the two texts one."""
        return self.outcome == "same"

    @property
    def profile(self) -> str:
        return "lenient" if self.kind == "lenient" else "earwitness"


def load_pairs(folder: Path = FOLDER) -> list[Pair]:
    """All pairs, by language and kind."""
    return [pair for path in sorted(folder.glob("*.yaml")) for pair in _of(path)]


def _of(path: Path) -> list[Pair]:
    kinds = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    return [
        Pair(path.stem, kind, outcome, *_sides(line))
        for kind, blocks in kinds.items()
        for outcome, block in blocks.items()
        for line in block.splitlines()
    ]


def _sides(line: str) -> tuple[str, str]:
    left, _, right = line.partition(" =")
    return left, right.removeprefix(" ")
