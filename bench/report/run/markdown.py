"""report.md: at most two screens (sentences, what the run cannot say, one grid), and every other table folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bench.report import escape
from bench.report.markdown import table_to_markdown
from bench.report.phrases import plural
from bench.report.run import how
from bench.report.run.answers import answer
from bench.report.run.data import RunData
from bench.report.run.grid import grids
from bench.report.run.limits import limits
from bench.report.run.terminal import MOST_ROWS, detail_tables
from bench.report.tables import Table

_TONES = {"good": "✅", "bad": "❗", "unsure": "❔", "plain": "▫️"}


def to_markdown(data: RunData) -> str:
    """The whole report as GitHub-flavoured Markdown."""
    parts = [f"# {escape.markdown(data.name)}", escape.markdown(data.description)]
    if not data.validity.valid:
        parts.append("> **INVALID**: the harness was late, so latency of this run must not be believed.")
    parts.append("\n".join(_sentences(data)))
    parts.append("\n".join(_limits(data)))
    every = sum(len(table.rows) for table in grids(data)) <= MOST_ROWS
    parts += [table_to_markdown(table, level=3) for table in grids(data, every_condition=every)]
    parts.append(_every_table([table_to_markdown(table) for table in _folded(data, every)]))
    parts.append(_measured(data))
    return "\n\n".join(part for part in parts if part) + "\n"


def _sentences(data: RunData) -> Iterator[str]:
    for sentence in answer(data):
        detail = f" {escape.markdown(sentence.detail)}" if sentence.detail else ""
        yield f"- {_TONES[sentence.tone]} **{escape.markdown(sentence.head)}**{detail and '<br>' + detail.strip()}"


def _limits(data: RunData) -> Iterator[str]:
    kinds = limits(data)
    if kinds:
        yield "### What this run cannot say\n"
    for limit in kinds:
        more = f" ({len(limit.texts) - 1} more in report.html)" if len(limit.texts) > 1 else ""
        yield f"- **{escape.markdown(limit.about)}**: {escape.markdown(limit.texts[0])}{more}"


def _folded(data: RunData, every: bool) -> Iterator[Table]:
    if not every:
        yield from (_fold(table) for table in grids(data))
    yield from detail_tables(data)


def _every_table(tables: Sequence[str]) -> str:
    """All of them below one line, each below its own."""
    if not tables:
        return ""
    content = "\n\n".join(tables)
    return f"<details>\n<summary>{plural(len(tables), 'more table')}</summary>\n\n{content}\n\n</details>"


def _fold(table: Table) -> Table:
    return replace(table, title=f"{table.title} · every condition", folded=True)


def _measured(data: RunData) -> str:
    lines = "\n".join(f"- {escape.markdown(name)}: {escape.markdown(value)}" for name, value in how.facts(data))
    return f"<details>\n<summary>How it was measured</summary>\n\n{lines}\n\n</details>"
