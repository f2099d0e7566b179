"""The pages of a site as HTML, and its index as Markdown. What others wrote is text there, never markup."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from bench.report import escape
from bench.report.glossary import words
from bench.report.markdown import table_to_markdown
from bench.report.page import environment, policy, static
from bench.report.phrases import plural, unbroken_bounds
from bench.report.run.how import GLOSSARY
from bench.report.site.gather import SiteData
from bench.report.site.sentences import limits_of
from bench.report.site.tables import TABLES
from bench.report.site.views import (
    Matrix,
    dashes,
    engine_cells,
    engine_link,
    engine_rows,
    identity,
    index_sentences,
    language_link,
    language_view,
    macro,
    macro_cells,
    matrices,
)
from bench.report.tables import NONE, Table

if TYPE_CHECKING:
    from jinja2 import Environment

_SCRIPTS = ("shell.js", "site.js")
_STYLES = ("style.css", "site.css")
_KINDS = {str: "text", float: "number", int: "whole number", bool: "yes or no"}
_FILES = (
    ("site.json", "everything, with the columns explained"),
    ("results.csv", "one row an engine in a table"),
    ("results.parquet", "the same"),
    ("groups.csv", "one row an engine and a group of speakers"),
    ("groups.parquet", "the same"),
)


def html_pages(data: SiteData) -> dict[str, str]:
    """Every page by its path in the site; reports of runs are not among them."""
    pages = {
        "index.html": _page("index", data, "", **_index(data)),
        "about.html": _page("about", data, "", **_about(data)),
    }
    for language in data.languages:
        table = data.tables[data.units[language]]
        pages[language_link(language)] = _page(
            "language",
            data,
            "../",
            view=language_view(data, language),
            min_utterances=table.min_utterances,
            min_speakers=table.min_speakers,
        )
    for engine in data.engines:
        pages[engine_link(engine)] = _page("engine", data, "../", **_engine(data, engine))
    return pages


def _index(data: SiteData) -> dict[str, Any]:
    return {
        "facts": _facts(data),
        "sentences": index_sentences(data),
        "limits": limits_of(data),
        "matrices": matrices(data),
        "engines": [
            {"id": engine, "link": engine_link(engine), "identity": identity(data, engine, settings=False)}
            for engine in data.engines
        ],
        "means": [macro_cells(unit, row) for unit, row in macro(data)],
        "runs": [
            {
                "name": run.name,
                "link": f"runs/{run.slug}/report.html",
                "started": run.started_at[:16].replace("T", " "),
                "invalid": bool(run.invalid),
                "engines": ", ".join(engine.id for engine in run.engines),
                "corpora": ", ".join(f"{name} ({licence})" for name, licence in run.corpora.items()),
                "made_by": run.made_by,
            }
            for run in data.runs
        ],
    }


def _facts(data: SiteData) -> list[str]:
    return [
        plural(len(data.languages), "language"),
        plural(len(data.engines), "engine"),
        plural(len(data.runs), "run"),
        f"text rules {data.normalizer.id}",
        f"newest run {max(run.started_at for run in data.runs)[:10]}",
    ]


def _engine(data: SiteData, engine: str) -> dict[str, Any]:
    rows = [engine_cells(data, board, row) for board, row in engine_rows(data, engine)]
    return {
        "id": engine,
        "rows": rows,
        "dashes": dashes(row["shown"] for row in rows),
        "identity": identity(data, engine),
        "facts": [
            plural(len({row["language"] for row in rows}), "language"),
            plural(len(data.measured(engine)), "run"),
        ],
    }


def _about(data: SiteData) -> dict[str, Any]:
    return {
        "method": list(_method(data)),
        "files": _FILES,
        "tables": [
            (name, [(column, _KINDS[kind], about) for column, (kind, about) in columns.items()])
            for name, columns in TABLES.items()
        ],
        "glossary": (*GLOSSARY, *words("possible places", "Holm, Benjamini-Hochberg")),
    }


def _method(data: SiteData) -> Iterator[str]:
    yield f"Text rules: {data.normalizer}, the same for every engine; each language's page says them."
    yield "Engines of one table are judged on the utterances that all of them attempted; what is left out is counted."
    yield "A failed trial counts as all lost. What an engine answered, alone, stands beside it."
    yield "Languages without spaces between words are counted in characters, others in words, never in one ranking."
    for unit, table in data.tables.items():
        yield (
            f"Places, {unit}: {plural(table.n_comparisons, 'paired difference')} between engines, over whole speakers, "
            f"tested together (Holm, {(1 - table.level) * 100:.2g} %). A place holds every rank that is not ruled out. "
            "Source: Mogstad, Romano, Shaikh and Wilhelm, Inference for Ranks, 2024."
        )
    yield "With fewer than 8 speakers there is no interval and no place."
    yield "Latency is shown where the harness kept its pace; an INVALID run's is not, and it says so."
    yield "Every number can be made again from the run folders: bench submission check scores them anew."


# -- HTML -------------------------------------------------------------------------------------


@cache
def _environment() -> Environment:
    of_sites = environment("site")
    of_sites.filters["whole"] = unbroken_bounds
    return of_sites


def _page(name: str, data: SiteData, root: str, **values: Any) -> str:
    from markupsafe import Markup

    script, style = "\n".join(map(static, _SCRIPTS)), "\n".join(map(static, _STYLES))
    html: str = (
        _environment()
        .get_template(f"{name}.html.jinja")
        .render(
            policy=policy(script, style),
            script=Markup(script),
            style=Markup(style),
            root=root,
            redacted=data.redacted,
            **values,
        )
    )
    return html


# -- Markdown ---------------------------------------------------------------------------------


def markdown(data: SiteData) -> str:
    """The index as GitHub-flavoured Markdown: sentences, limits, a grid for each mode and condition."""
    parts = ["# Speech to text, by language", " · ".join(map(escape.markdown, _facts(data)))]
    parts += [
        f"- **{escape.markdown(each.head)}** {escape.markdown(each.detail)}".rstrip() for each in index_sentences(data)
    ]
    kinds = limits_of(data)
    if kinds:
        parts.append("## What this site cannot say")
        parts.append("\n".join(_item(kind.about, f"{kind.texts[0]}{_others(len(kind.texts) - 1)}") for kind in kinds))
    parts += [table_to_markdown(_grid(data, matrix)) for matrix in matrices(data)]
    return "\n\n".join(parts) + "\n"


def _item(head: str, text: str) -> str:
    return f"- **{escape.markdown(head)}** {escape.markdown(text)}".rstrip()


def _others(number: int) -> str:
    return f" ({number} more in index.html)" if number else ""


def _grid(data: SiteData, matrix: Matrix) -> Table:
    columns = ("language", "counted in", *data.engines)
    rows = tuple(
        (
            row.name,
            row.unit,
            *(
                NONE if cell is None else _joined(cell.value, cell.interval, cell.place, cell.trouble)
                for cell in row.cells
            ),
        )
        for row in matrix.rows
    )
    return Table(title=matrix.title, columns=columns, rows=rows, numeric=frozenset(data.engines))


def _joined(value: str, interval: str, rank: str, trouble: str) -> str:
    return "; ".join(part for part in (f"{value} [{interval}]" if interval else value, rank, trouble) if part)
