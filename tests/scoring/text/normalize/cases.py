"""Reads `cases/<language>.yaml`: pairs of lines that must, or must not, become the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent / "cases"
LANGUAGES = tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


@dataclass(frozen=True)
class Cases:
    equal: list[tuple[str, str]]
    differ: list[tuple[str, str]]
    reference: str
    disguised: str
    wrong: str


def load(language: str) -> Cases:
    found = yaml.safe_load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    table = {key: _decoded(text) for key, text in found["table"].items()}
    return Cases(equal=_pairs(found["equal"]), differ=_pairs(found["differ"]), **table)


def _pairs(block: str) -> list[tuple[str, str]]:
    pairs = []
    for line in block.splitlines():
        left, _, right = line.rpartition(" = ")
        pairs.append((_decoded(left), _decoded(right)))
    return pairs


def _decoded(text: str) -> str:
    return re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), text)
