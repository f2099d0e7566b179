"""A comparison of two runs as terminal text, Markdown and JSON. Formats; computes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from io import StringIO

from bench.comparison.changes import Change, Comparison, by_cause
from bench.report.comparison.answer import CAUSES, answer, limits
from bench.report.comparison.tables import cause_table, delta_tables, short_tables
from bench.report.diff import DiffPiece, diff
from bench.report.markdown import table_to_markdown
from bench.report.page import answer_markdown, limits_markdown
from bench.report.terminal import plain_table, wrapped
from bench.scoring.cells import ScoredTrial
from bench.scoring.errors.causes import Cause

SHOWN = 5
"""Utterances listed per cause; the JSON has them all."""


def listed(changes: Sequence[Change]) -> Iterator[tuple[Cause, int, list[Change]]]:
    """(cause, how many there are, the first few) in order of gravity."""
    for cause, own in by_cause(changes).items():
        yield cause, len(own), own[:SHOWN]


def pieces(trial: ScoredTrial) -> tuple[DiffPiece, ...]:
    """The word diff; of a failed trial, all deleted."""
    return diff(trial) if trial.answered else (DiffPiece(op="delete", reference=trial.reference, hypothesis=""),)


def _plain(trial: ScoredTrial) -> str:
    """`the cat [sat -> sad] on {+a} mat`; a failed trial by its message."""
    if not trial.answered:
        return f"failed: {trial.failure or 'no message'}"
    return " ".join(map(_piece, pieces(trial))) or "(no words)"


def _piece(piece: DiffPiece) -> str:
    if piece.op == "equal":
        return piece.reference
    if piece.op == "insert":
        return f"{{+{piece.hypothesis}}}"
    return f"[-{piece.reference}]" if piece.op == "delete" else f"[{piece.reference} -> {piece.hypothesis}]"


def where(change: Change) -> str:
    """Utterance and cell, with the change in word errors."""
    cell = ", ".join(change.cell[key] for key in ("engine", "mode", "condition"))
    return f"{change.utterance_id} ({cell}; {change.delta:+g} words)"


def to_terminal(comparison: Comparison, *, width: int) -> str:
    """Sentences, what cannot be said, tables, then the answers that changed most."""
    parts = []
    for sentence in answer(comparison):
        parts += wrapped(f"{_TONES[sentence.tone]} {sentence.head}", width, rest="  ")
        parts += wrapped(sentence.detail, width, first="    ", rest="    ")
    for kind in limits(comparison):
        parts += [each for text in kind.texts for each in wrapped(f"! {text}", width, rest="  ")]
    for table in (
        *short_tables(comparison),
        *([cause_table(comparison)] if comparison.broken or comparison.fixed else []),
    ):
        parts += ["", *plain_table(table, width)]
    for title, changes in (("Newly broken", comparison.broken), ("Newly fixed", comparison.fixed)):
        for cause, number, shown in listed(changes):
            parts += ["", f"{title}, {CAUSES[cause]}: {number}"]
            parts += [f"  {where(c)}\n    was {_plain(c.before)}\n    now {_plain(c.after)}" for c in shown]
    return "\n".join(parts)


_TONES = {"good": "+", "bad": "!", "unsure": "?", "plain": "-"}


def to_markdown(comparison: Comparison, *, title: str) -> str:
    """The same for a pull request; tables beside the word error rate fold."""
    parts = [f"# {title}", answer_markdown(tuple(answer(comparison)))]
    parts.append(limits_markdown("What this comparison cannot say", tuple(limits(comparison))))
    parts += [table_to_markdown(table) for table in delta_tables(comparison)]
    if comparison.broken or comparison.fixed:
        parts.append(table_to_markdown(cause_table(comparison)))
    for heading, changes in (("Newly broken", comparison.broken), ("Newly fixed", comparison.fixed)):
        for cause, number, shown in listed(changes):
            lines = [f"- {where(c)}\n  - was `{_plain(c.before)}`\n  - now `{_plain(c.after)}`" for c in shown]
            parts.append(f"### {heading}, {CAUSES[cause]}: {number}\n\n" + "\n".join(lines))
    return "\n\n".join(part for part in parts if part) + "\n"


def to_json(comparison: Comparison, *, about: Mapping[str, str]) -> str:
    """Everything, with every utterance that changed."""
    changes = {name: [_change(change) for change in getattr(comparison, name)] for name in ("broken", "fixed")}
    content = {**about, "deltas": [asdict(delta) for delta in comparison.deltas], **changes, "notes": comparison.notes}
    text = StringIO()
    json.dump(content, text, ensure_ascii=False, indent=2)  # `dumps` holds millions of pieces of it first
    text.write("\n")
    return text.getvalue()


def _change(change: Change) -> dict[str, object]:
    texts = ("reference", "hypothesis", "failure")
    sides = {
        side: {name: getattr(trial, name) for name in texts}
        for side, trial in (("before", change.before), ("after", change.after))
    }
    about = ("utterance_id", "cell", "delta", "causes")
    return {**{name: getattr(change, name) for name in about}, **sides}
