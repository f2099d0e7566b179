"""What a terminal shows of a run: sentences, a grid, what it cannot say; nothing wider than asked for. Formats."""

from __future__ import annotations

from collections.abc import Iterator

from bench.report.run.answers import answer
from bench.report.run.data import RunData
from bench.report.run.grid import grids
from bench.report.run.limits import limits
from bench.report.run.sections import built
from bench.report.run.tables.pivot import Json
from bench.report.run.tables.rules import text_rules
from bench.report.tables import Table
from bench.report.terminal import plain_table, wrapped

MOST_ROWS = 40
"""More rows than this are left to `--full`: the first condition alone is shown."""
_TONES = {"good": "+", "bad": "!", "unsure": "?", "plain": "-"}


def to_terminal(data: RunData, *, width: int = 80, full: bool = False) -> str:
    """Sentences, grid and limits as plain text. `full`: every table of the page too."""
    lines = [data.name, "", *_sentences(data, width), ""]
    every = full or sum(len(table.rows) for table in grids(data)) <= MOST_ROWS
    for table in grids(data, every_condition=every):
        lines += [*plain_table(table, width), ""]
    if not every:
        lines += wrapped(f"Only {data.base} is shown; --full shows every condition.", width)
    lines += _limits(data, width)
    if full:
        for table in detail_tables(data):
            lines += ["", *plain_table(table, width)]
    return "\n".join(lines).rstrip()


def _sentences(data: RunData, width: int) -> Iterator[str]:
    for sentence in answer(data):
        mark = _TONES[sentence.tone]
        yield from wrapped(f"{mark} {sentence.head}", width, rest="  ")
        if sentence.detail:
            yield from wrapped(sentence.detail, width, first="    ", rest="    ")


def _limits(data: RunData, width: int) -> Iterator[str]:
    kinds = limits(data)
    if kinds:
        yield "What this run cannot say:"
    for limit in kinds:
        more = f" (and {len(limit.texts) - 1} more in the report)" if len(limit.texts) > 1 else ""
        mark = "!" if limit.grave else "-"
        yield from wrapped(f"{mark} {limit.about}: {limit.texts[0]}{more}", width, rest="  ")


def detail_tables(data: RunData) -> Iterator[Table]:
    """Every table of the page, with the mode, condition and speech it is of in its title."""
    for section in built(data):
        for pivot in section.content.get("pivots", ()):
            yield _as_table(data, pivot)
    for pivot in text_rules(data):
        yield _as_table(data, pivot)


def _as_table(data: RunData, pivot: Json) -> Table:
    names: tuple[list[str], ...] = (
        list(data.modes),
        list(data.conditions),
        [f"{s.corpus} {s.language}" for s in data.speech],
    )
    names_of_pivot = [known[pivot[key]] for key, known in zip("mcs", names, strict=True) if key in pivot]
    columns = [str(pivot["corner"]), *(column["text"] for column in pivot["columns"])]
    rows = [(row["text"], *("–" if cell is None else cell["t"] for cell in row["cells"])) for row in pivot["rows"]]
    return Table(
        title=" · ".join([str(pivot["title"]), *names_of_pivot]),
        columns=tuple(columns),
        rows=tuple(rows),
        numeric=frozenset() if pivot["text"] else frozenset(columns[1:]),
        note=str(pivot["note"]),
        folded=True,
    )
