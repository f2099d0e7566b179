"""This checkout's code beside another's: the same measurement, by each one's own interpreter, in turn.

Other work on the machine hits neighbours in time alike, so a ratio is taken of each pair of runs, and of those the
median. A ratio is of this one to the other: below 1 is less time.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Checkout:
    """Code, and the interpreter in which it is installed."""

    python: str
    root: Path

    @classmethod
    def of(cls, python: str) -> Checkout:
        """The one that an interpreter has installed in place."""
        command = [python, "-c", "import bench; print(bench.__file__)"]
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd="/")
        return cls(python, Path(said.stdout.strip()).parent.parent)

    def run(self, arguments: Sequence[str]) -> dict[str, float]:
        """What its own benchmark prints as JSON."""
        said = subprocess.run([self.python, *arguments], check=True, stdout=subprocess.PIPE, text=True, cwd=self.root)
        measured: dict[str, float] = json.loads(said.stdout)
        return measured


def pairs(python: str, rounds: int, arguments: Sequence[str]) -> list[tuple[dict[str, float], dict[str, float]]]:
    """This one's and the other's, neighbours in time; who begins alternates."""
    here, other = Checkout.of(sys.executable), Checkout.of(python)
    measured = []
    for number in range(rounds):
        if number % 2 == 0:
            mine = here.run(arguments)
            measured.append((mine, other.run(arguments)))
        else:
            theirs = other.run(arguments)
            measured.append((here.run(arguments), theirs))
    return measured


def table(
    measured: Sequence[tuple[Mapping[str, float], Mapping[str, float]]], names: Mapping[str, Callable[[float], str]]
) -> str:
    """A Markdown table: a line for each quantity, with medians and the ratio pair by pair."""
    lines = ["| quantity | this | other | ratio: median (least to most) of pairs |", "| --- | ---: | ---: | ---: |"]
    for name, shown in names.items():
        ratios = [mine[name] / theirs[name] for mine, theirs in measured]
        medians = (statistics.median(pair[index][name] for pair in measured) for index in (0, 1))
        mine, theirs = map(shown, medians)
        ratio = f"{statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})"
        lines.append(f"| {name} | {mine} | {theirs} | {ratio} |")
    return "\n".join(lines)
