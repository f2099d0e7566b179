"""report.html: one file that opens from disk, with figures, diffs and audio inside, and no network."""

from __future__ import annotations

from bench.report.figures import latency_figure, wer_figure
from bench.report.page import render
from bench.report.run.document import Document
from bench.report.run.dose_response import dose_figure
from bench.report.run.over_time import over_time_figure


def to_html(content: Document) -> str:
    """The whole report as one page."""
    from markupsafe import Markup

    analysis = render("analysis.html.jinja", view=content.analysis) if content.analysis else ""
    # The SVG is ours, made of numbers and of names that matplotlib escapes.
    figures = [
        ("Word error rate", Markup(wer_figure(content.cells))),
        ("Latency", Markup(latency_figure(content.cells))),
        ("While the streams went on", Markup(over_time_figure(content.over_time))),
        ("Dose and response", Markup(dose_figure(content.cells, content.curves))),
    ]
    shown = [(title, figure) for title, figure in figures if figure]
    return render("report.html.jinja", doc=content, figures=shown, analysis=analysis)
