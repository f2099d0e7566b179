"""report.html: one file that opens from disk, with figures, diffs and audio inside, and no network."""

from __future__ import annotations

from bench.report.figures import latency_figure, wer_figure
from bench.report.page import render
from bench.report.run.document import Document
from bench.report.run.dose_response import dose_figure
from bench.report.run.over_time import over_time_figure


def figures(content: Document) -> list[tuple[str, str]]:
    """Title and SVG of each figure that there is something to draw for."""
    drawn = [
        ("Word error rate", wer_figure(content.cells)),
        ("Latency", latency_figure(content.cells)),
        ("While the streams went on", over_time_figure(content.over_time)),
        ("Dose and response", dose_figure(content.cells, content.curves)),
    ]
    return [(title, svg) for title, svg in drawn if svg]


def to_html(content: Document) -> str:
    """The whole report as one page."""
    from markupsafe import Markup

    analysis = render("analysis.html.jinja", view=content.analysis) if content.analysis else ""
    # The SVG is ours, made of numbers and of names that matplotlib escapes.
    shown = [(title, Markup(svg)) for title, svg in figures(content)]
    return render("report.html.jinja", doc=content, figures=shown, analysis=analysis)
