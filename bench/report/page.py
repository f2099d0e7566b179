"""Pages of one file: style and figures inside, opened from disk, no network. Formats; computes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from bench.report.tables import Table

if TYPE_CHECKING:
    from markupsafe import Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading with figures and tables; `folded` tables are closed until asked for."""

    title: str
    about: str = ""
    figures: tuple[tuple[str, str], ...] = ()
    """(what it shows, SVG of our own making)."""
    tables: tuple[Table, ...] = ()
    folded: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page made of tables."""

    title: str
    about: str
    warnings: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()


def page_html(page: Page) -> str:
    return render("page.html.jinja", page=page)


def page_markdown(page: Page) -> str:
    """The same without figures, as GitHub-flavoured Markdown."""
    from bench.report.markdown import table_to_markdown

    parts = [f"# {page.title}", page.about, *(f"> **Note:** {warning}" for warning in page.warnings)]
    for section in page.sections:
        parts += [f"## {section.title}", section.about]
        parts += [f"#{table_to_markdown(table)}" for table in (*section.tables, *section.folded)]
    return "\n\n".join(part for part in parts if part) + "\n"


def render(template: str, **values: object) -> Markup:
    """A template of this package with the style of all pages."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("bench", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = files("bench.report").joinpath("style.css").read_text(encoding="utf-8")
    return Markup(environment.get_template(template).render(style=Markup(style), **values))
