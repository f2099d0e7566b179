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

    def render(template: str, **values: object) -> Markup:
        text = files("bench.report").joinpath(template).read_text(encoding="utf-8")
        return Markup(environment.from_string(text).render(**values))

    analysis = render("analysis.html.jinja", view=content.analysis) if content.analysis else ""
    # The SVG is ours, made of numbers and of names that matplotlib escapes.
    figures = [
        ("Word error rate", Markup(wer_figure(content.cells))),
        ("Latency", Markup(latency_figure(content.cells))),
    ]
    return render("report.html.jinja", doc=content, figures=figures, analysis=analysis)
