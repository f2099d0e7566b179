"""What matplotlib figures of papers, slides and notebooks share: style, colours, fonts, and how one is saved."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = ("#0b5fb5", "#b93f0d", "#12703a", "#7627b4", "#8a6100", "#b01868", "#0a6d76", "#4b5563")
MARKERS = ("o", "s", "^", "D", "P", "*")
FONTS = (
    *("DejaVu Sans", "Noto Sans", "Noto Sans Devanagari", "Noto Sans Bengali", "Noto Sans Tamil", "Noto Sans Telugu"),
    *("Noto Sans Kannada", "Noto Sans Malayalam", "Noto Sans Gujarati", "Noto Sans Gurmukhi", "Noto Sans Oriya"),
    *(
        "Noto Sans Arabic",
        "Noto Sans Thai",
        "Noto Sans Khmer",
        "Noto Sans Lao",
        "Noto Sans Myanmar",
        "Noto Sans CJK JP",
    ),
)
"""Of the scripts that we have text rules for; matplotlib takes the first that has a letter."""
STYLE: Any = {
    "svg.hashsalt": "earwitness",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "x",
    "grid.color": "#dddddd",
}


def installed_fonts() -> list[str]:
    """Those of `FONTS` that this machine has."""
    from matplotlib import font_manager

    known = set(font_manager.get_font_names())
    return [name for name in FONTS if name in known]


def saved(figure: Figure, kind: str) -> bytes:
    """The figure as a file: `svg`, `pdf` or `png`; the same figure gives the same bytes."""
    buffer = io.BytesIO()
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind)
    figure.savefig(buffer, format=kind, metadata=metadata, dpi=200, transparent=kind == "svg")
    return buffer.getvalue()


def svg(figure: Figure) -> str:
    """The figure as an `<svg>` element."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None}, transparent=True)
    text = buffer.getvalue()
    return text[text.index("<svg") :]
