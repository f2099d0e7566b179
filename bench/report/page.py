"""Pages of one file that open from disk: what all of them hold, and how one becomes HTML or Markdown. Computes nothing.

Sentences and numbers come from Python; the script in the page draws figures and the list of utterances. What an
engine, a corpus or a config says is never markup: it reaches the page as escaped text, or as packed JSON that the
script puts in as text. The content security policy lets nothing run or load but what is named by its hash.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from bench.report.phrases import unbroken
from bench.report.sentences import Limit, Sentence
from bench.report.tables import Table

if TYPE_CHECKING:
    from jinja2 import Environment, Template
    from markupsafe import Markup

SCRIPTS = ("shell.js", "figures.js", "charts.js", "trials.js", "explorer.js", "streams.js", "page.js")
NO_TRIALS: Mapping[str, Any] = {
    "engines": [],
    "conditions": [],
    "modes": [],
    "speech": [],
    "failures": [],
    "clips": {},
    "shards": [],
}
"""Data of a page without utterances."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """The answer for one corpus and language, or for all of them."""

    speech: str = "all"
    """Number of the speech, or `all`."""
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of a page: tables that stand in it as they are, and what the script draws."""

    id: str
    title: str
    short: str
    """In the bar on top."""
    lead: str = ""
    """One or two sentences: how to read it."""
    draw: str = ""
    """What draws it (static/page.js); none: it has tables only."""
    content: Mapping[str, Any] = field(default_factory=dict)
    """What is drawn."""
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything that a page says."""

    title: str
    description: str = ""
    badge: tuple[bool, str] | None = None
    """Whether all is well, and in a few words what is or is not."""
    facts: tuple[str, ...] = ()
    boxes: tuple[Box, ...]
    cannot: str = "What this run cannot say"
    limits: tuple[Limit, ...] = ()
    no_limits: str = "Nothing stands out: enough speakers and utterances, no failures, the harness in time."
    sections: tuple[Section, ...]
    measured: tuple[tuple[str, str], ...] = ()
    """How it was measured: names and values."""
    rules: Mapping[str, Any] | None = None
    """Tables that stand below it."""
    glossary: tuple[tuple[str, str], ...] = ()
    commands: tuple[str, ...] = ()
    downloads: tuple[tuple[str, str], ...] = ()
    beside: str = ""
    """What leads from the page to the files that it names."""
    data: Mapping[str, Any] = field(default_factory=lambda: NO_TRIALS)
    """What the sections draw from."""
    shards: tuple[str, ...] = ()
    """Packed trials inside the page."""
    clips: Mapping[str, str] = field(default_factory=dict)
    """Base64 of sound inside the page, by name."""

    @property
    def packed_data(self) -> str:
        drawn = [{"id": part.id, "draw": part.draw, **part.content} for part in self.sections if part.draw]
        rules = [] if self.rules is None else [{"id": "rules", "draw": "pivots", **self.rules}]
        return packed({**self.data, "sections": [*drawn, *rules]})


def page_html(page: Page) -> str:
    """The page as one file."""
    from markupsafe import Markup

    script, style = "\n".join(map(static, SCRIPTS)), static("style.css")
    return _template().render(page=page, policy=policy(script, style), script=Markup(script), style=Markup(style))


@cache
def environment(folder: str = "") -> Environment:
    """Of the templates in a folder of this package: what is put into them is escaped, and nothing may be missing."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("bench", f"report/{folder}".rstrip("/")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _template() -> Template:
    of_pages = environment()
    of_pages.filters["unbroken"] = unbroken
    of_pages.filters["whole_names"] = whole_names
    return of_pages.get_template("page.html.jinja")


_HYPHENED = re.compile(r"[\w.]+(?:-[\w.]+)+")
_LONGEST_WHOLE = 24
"""Letters of a name that fit on any line."""


def whole_names(text: str) -> Markup:
    """Escaped text with numbers held to their units, and names such as `moonshine-tiny` on one line."""
    from markupsafe import Markup, escape

    def whole(name: re.Match[str]) -> str:
        return f'<span class="whole">{name[0]}</span>' if len(name[0]) <= _LONGEST_WHOLE else name[0]

    return Markup(_HYPHENED.sub(whole, str(escape(unbroken(text)))))


def static(name: str) -> str:
    """A script or a style sheet of the pages."""
    return files("bench.report").joinpath("static", name).read_text(encoding="utf-8")


def source_hash(text: str) -> str:
    """How a content security policy names an inline script or style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"


def policy(script: str, style: str) -> str:
    """Nothing from anywhere; this script and this style; shards and clips that lie beside the page."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {source_hash(script)} 'strict-dynamic'",
            f"style-src {source_hash(style)}",
            "media-src blob: 'self' file:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types earwitness",
        )
    )


def packed(value: Any) -> str:
    """Base64 of gzipped JSON; the same value gives the same text."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode(), compresslevel=6, mtime=0)).decode("ascii")


# -- Markdown ---------------------------------------------------------------------------------


def page_markdown(page: Page) -> str:
    """The answer, what cannot be said, and every table, as GitHub-flavoured Markdown; long tables fold."""
    from bench.report.markdown import table_to_markdown

    parts = [f"# {_escaped(page.title)}", _escaped(page.description)]
    parts += [answer_markdown(page.boxes[0].sentences), limits_markdown(page.cannot, page.limits)]
    for section in page.sections:
        if section.tables:
            parts += [f"## {_escaped(section.title)}", _escaped(section.lead)]
            parts += [table_to_markdown(table, level=3) for table in section.tables]
    return "\n\n".join(part for part in parts if part) + "\n"


def answer_markdown(sentences: tuple[Sentence, ...]) -> str:
    """One item a sentence."""
    lines = [
        f"- **{_escaped(sentence.head)}**" + (f"  \n  {_escaped(sentence.detail)}" if sentence.detail else "")
        for sentence in sentences
    ]
    return "\n".join(lines)


def limits_markdown(title: str, limits: tuple[Limit, ...]) -> str:
    """One item a kind of limit; beyond the first text, how many more."""
    lines = [
        f"- {_escaped(limit.about)}: {_escaped(limit.texts[0])}"
        + (f" (and {len(limit.texts) - 1} more)" if len(limit.texts) > 1 else "")
        for limit in limits
    ]
    return f"**{title}**\n\n" + "\n".join(lines) if lines else ""


def _escaped(text: str) -> str:
    from bench.report import escape

    return escape.markdown(text) if text else ""
