"""report.md: the report without audio and figures, for pull requests and terminals."""

from __future__ import annotations

from bench.report.run.document import Document
from bench.report.run.examples import Example, Piece
from bench.report.tables import Table


def to_markdown(content: Document) -> str:
    """The whole report as GitHub-flavoured Markdown."""
    parts = [f"# {content.title}", content.description]
    parts += [f"> **Note:** {warning}" for warning in content.warnings]
    parts += ["\n".join(f"- {name}: {value}" for name, value in content.facts)]
    parts += [table_to_markdown(table) for table in content.tables]
    if content.analysis is not None:
        parts += [table_to_markdown(table) for table in (content.analysis.coverage, content.analysis.suspects) if table]
    if content.failures:
        lines = "\n".join(f"- {number} x `{message}`" for message, number in content.failures)
        parts.append(f"## Failure messages\n\n{lines}")
    if content.examples:
        parts.append("## Worst utterances\n\n" + "\n".join(_example(example) for example in content.examples))
    return "\n\n".join(part for part in parts if part) + "\n"


def table_to_markdown(table: Table) -> str:
    """A heading, the table, its note."""
    rule = ["---:" if column in table.numeric else "---" for column in table.columns]
    lines = [_line(table.columns), _line(rule), *(_line(row) for row in table.rows)]
    note = f"\n\n{table.note}" if table.note else ""
    content = "\n".join(lines) + note
    if table.folded:
        return f"<details>\n<summary>{table.title}</summary>\n\n{content}\n\n</details>"
    return f"## {table.title}\n\n{content}"


def _line(cells: tuple[str, ...] | list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _example(example: Example) -> str:
    where = f"{example.engine}, {example.mode}, {example.condition}, {example.utterance}"
    return f"- {where} ({example.errors} errors in {example.words} words): {' '.join(map(_piece, example.diff))}"


def _piece(piece: Piece) -> str:
    if piece.op == "equal":
        return piece.reference
    removed = f"~~{piece.reference}~~" if piece.reference else ""
    added = f"**{piece.hypothesis}**" if piece.hypothesis else ""
    return " ".join(part for part in (removed, added) if part)
