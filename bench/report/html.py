"""report.html: one file that opens from disk, with figures, diffs and audio inside, and no network."""

from __future__ import annotations

from importlib.resources import files

from bench.report.document import Document
from bench.report.figures import latency_figure, wer_figure


def to_html(content: Document) -> str:
    """The whole report as one page."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(files("bench.report").joinpath("report.html.jinja").read_text(encoding="utf-8"))
    # The SVG is ours, made of numbers and of names that matplotlib escapes.
    figures = [
        ("Word error rate", Markup(wer_figure(content.cells))),
        ("Latency", Markup(latency_figure(content.cells))),
    ]
    return template.render(doc=content, figures=figures)
