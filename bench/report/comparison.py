"""A comparison of two runs as terminal text, Markdown, a page and JSON. Formats; computes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from importlib.resources import files

from bench.comparison.changes import Change, Comparison, Delta, by_cause
from bench.report.diff import Piece, diff
from bench.report.markdown import table_to_markdown
from bench.report.metric_numbers import difference_format, value_format
from bench.report.tables import NONE, Table, count
from bench.report.terminal import table_to_text
from bench.scoring.cells import CELL_KEYS, ScoredTrial
from bench.scoring.errors.causes import Cause

SHOWN = 5
"""Utterances listed per cause; the JSON has them all."""
_WORTH_SAYING = 0.05


def delta_table(deltas: Sequence[Delta]) -> Table:
    """Metrics of both runs and the paired difference."""
    columns = (*CELL_KEYS, "metric", "first", "second", "second - first", "p", "n", "speakers")
    rows = tuple(
        (
            *(delta.cell[key] for key in CELL_KEYS),
            delta.metric,
            value_format(delta.metric)(delta.a),
            value_format(delta.metric)(delta.b),
            _interval(delta),
            NONE if delta.p is None else f"{delta.p:.2g}" + (" *" if delta.p < _WORTH_SAYING else ""),
            count(delta.difference.n),
            count(delta.difference.n_clusters),
        )
        for delta in deltas
    )
    notes = sorted({delta.difference.note for delta in deltas if delta.difference.note})
    note = "; ".join(["* p < 0.05, adjusted over this table (Benjamini-Hochberg)", *notes])
    numeric = frozenset(columns) - {*CELL_KEYS, "metric"}
    table = Table(title="Differences", columns=columns, rows=rows, numeric=numeric, note=note)
    return table.without_constant(CELL_KEYS)


def _interval(delta: Delta) -> str:
    number, difference = difference_format(delta.metric), delta.difference
    if difference.low is None or difference.high is None:
        return number(difference.value)
    low, high = (number(bound).removesuffix(" pp") for bound in (difference.low, difference.high))
    return f"{number(difference.value)} [{low}, {high}]"


def cause_table(found: Comparison) -> Table:
    """How many utterances broke and were fixed, by cause, with the word errors that makes."""
    broken, fixed = by_cause(found.broken), by_cause(found.fixed)
    rows = tuple(
        (cause.value, *_counts(broken.get(cause, [])), *_counts(fixed.get(cause, [])))
        for cause in Cause
        if cause in broken or cause in fixed
    )
    totals = ("all", *_counts(found.broken), *_counts(found.fixed))
    columns = ("cause", "newly broken", "words worse", "newly fixed", "words better")
    note = "The gravest cause of the worse side; names are guessed from capitals."
    title = "Utterances that changed"
    return Table(title=title, columns=columns, rows=(*rows, totals), numeric=frozenset(columns[1:]), note=note)


def _counts(changes: Sequence[Change]) -> tuple[str, str]:
    return count(len(changes)), f"{sum(abs(change.delta) for change in changes):g}"


def listed(changes: Sequence[Change]) -> Iterator[tuple[Cause, int, list[Change]]]:
    """(cause, how many there are, the first few) in order of gravity."""
    for cause, own in by_cause(changes).items():
        yield cause, len(own), own[:SHOWN]


def pieces(trial: ScoredTrial) -> tuple[Piece, ...]:
    """The word diff; of a failed trial, all deleted."""
    return diff(trial) if trial.answered else (Piece(op="delete", reference=trial.reference, hypothesis=""),)


def _plain(trial: ScoredTrial) -> str:
    """`the cat [sat -> sad] on {+a} mat`; a failed trial by its message."""
    if not trial.answered:
        return f"failed: {trial.failure or 'no message'}"
    return " ".join(map(_piece, pieces(trial))) or "(no words)"


def _piece(piece: Piece) -> str:
    if piece.op == "equal":
        return piece.reference
    if piece.op == "insert":
        return f"{{+{piece.hypothesis}}}"
    return f"[-{piece.reference}]" if piece.op == "delete" else f"[{piece.reference} -> {piece.hypothesis}]"


def where(change: Change) -> str:
    """Utterance and cell, with the change in word errors."""
    cell = ", ".join(change.cell[key] for key in ("engine", "mode", "condition"))
    return f"{change.utterance_id} ({cell}; {change.delta:+g} words)"


def to_terminal(found: Comparison, *, width: int) -> str:
    """Tables, then the utterances that changed most."""
    parts = [f"! {note}" for note in found.notes]
    parts.append(table_to_text(delta_table(found.deltas), width))
    if not found.broken and not found.fixed:
        return "\n".join([*parts, "No utterance changed."])
    parts.append(table_to_text(cause_table(found), width))
    for title, changes in (("Newly broken", found.broken), ("Newly fixed", found.fixed)):
        for cause, number, shown in listed(changes):
            parts.append(f"{title}, {cause.value}: {number}")
            parts += [f"  {where(c)}\n    was {_plain(c.before)}\n    now {_plain(c.after)}" for c in shown]
    return "\n".join(parts)


def to_markdown(found: Comparison, *, title: str) -> str:
    """The same for a pull request."""
    parts = [f"# {title}", *(f"> **Note:** {note}" for note in found.notes)]
    parts += [table_to_markdown(delta_table(found.deltas)), table_to_markdown(cause_table(found))]
    for heading, changes in (("Newly broken", found.broken), ("Newly fixed", found.fixed)):
        for cause, number, shown in listed(changes):
            lines = [f"- {where(c)}\n  - was `{_plain(c.before)}`\n  - now `{_plain(c.after)}`" for c in shown]
            parts.append(f"### {heading}, {cause.value}: {number}\n\n" + "\n".join(lines))
    return "\n\n".join(parts) + "\n"


def to_html(found: Comparison, *, title: str) -> str:
    """One page that opens from disk."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    source = files("bench.report").joinpath("comparison.html.jinja").read_text(encoding="utf-8")
    return environment.from_string(source).render(
        title=title,
        notes=found.notes,
        tables=[delta_table(found.deltas), cause_table(found)],
        lists=[("Newly broken", list(listed(found.broken))), ("Newly fixed", list(listed(found.fixed)))],
        where=where,
        pieces=pieces,
    )


def to_json(found: Comparison, *, about: Mapping[str, str]) -> str:
    """Everything, with every utterance that changed."""
    changes = {name: [_change(change) for change in getattr(found, name)] for name in ("broken", "fixed")}
    content = {**about, "deltas": [asdict(delta) for delta in found.deltas], **changes, "notes": found.notes}
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _change(change: Change) -> dict[str, object]:
    texts = ("reference", "hypothesis", "failure")
    sides = {
        side: {name: getattr(trial, name) for name in texts}
        for side, trial in (("before", change.before), ("after", change.after))
    }
    about = ("utterance_id", "cell", "delta", "causes")
    return {**{name: getattr(change, name) for name in about}, **sides}
