"""How streams fared while they went on, as a figure and a table. Formats; computes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from bench.report.figures import COLOURS, STYLE, svg_with_legend
from bench.report.tables import Table, count, percent, seconds
from bench.scoring.timing.over_time import OverTime, TimeBin

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_Value: TypeAlias = Callable[[TimeBin], float | None]
_SHOWN: tuple[tuple[str, _Value], ...] = (
    ("text behind audio, median (s)", lambda each: each.lag_p50_s),
    ("errors on display (%)", lambda each: None if (wer := each.partial_wer) is None else 100 * wer),
)


def over_time_figure(found: Sequence[OverTime]) -> str:
    """A panel a quantity, condition, corpus and language, a line an engine; `""`: there is nothing to show."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    shown = [
        (label, value) for label, value in _SHOWN if any(value(each) is not None for o in found for each in o.bins)
    ]
    if not shown:
        return ""
    places = list(dict.fromkeys((one.condition, one.corpus, one.language) for one in found))
    engines = list(dict.fromkeys(one.engine for one in found))
    panels = [(place, *quantity) for place in places for quantity in shown]
    height = -(-len(panels) // 2)
    with mpl.rc_context({**STYLE, "axes.grid.axis": "y"}):
        figure = Figure(figsize=(9.2, 2.4 * height + 0.3), layout="constrained")
        axes = list(figure.subplots(height, 2, squeeze=False, sharex=True).flat)
        for axis, (place, label, value) in zip(axes, panels, strict=False):
            here = [one for one in found if (one.condition, one.corpus, one.language) == place]
            _panel(axis, here, engines, value)
            axis.set_title(_title(place, places), loc="left", fontweight="bold")
            axis.set_ylabel(label)
            axis.set_xlabel("seconds since the audio began")
        for axis in axes[len(panels) :]:
            axis.set_visible(False)
        return svg_with_legend(figure, len(engines))


def _title(place: tuple[str, str, str], places: Sequence[tuple[str, str, str]]) -> str:
    return " · ".join(place if len({each[1:] for each in places}) > 1 else place[:1])


def _panel(axis: Axes, found: Sequence[OverTime], engines: Sequence[str], value: _Value) -> None:
    for one in found:
        points = [((each.begin_s + each.end_s) / 2, y) for each in one.bins if (y := value(each)) is not None]
        colour = COLOURS[engines.index(one.engine) % len(COLOURS)]
        axis.plot([x for x, _ in points], [y for _, y in points], "o-", color=colour, label=one.engine, markersize=3)
    axis.set_ylim(bottom=min(0.0, axis.get_ylim()[0]))


def over_time_table(found: Sequence[OverTime]) -> Table | None:
    """The same with p95 and counts, folded away; `None`: nothing was streamed in real time."""
    rows = [
        (
            *(one.engine, one.condition, one.corpus, one.language),
            f"{each.begin_s:g} to {each.end_s:g} s",
            count(each.num_lags),
            seconds(each.lag_p50_s),
            seconds(each.lag_p95_s),
            count(each.spoken),
            percent(each.partial_wer),
        )
        for one in found
        for each in one.bins
        if each.num_lags or each.spoken
    ]
    if not rows:
        return None
    numeric = ("results", "lag p50", "lag p95", "words spoken", "errors on display")
    note = (
        "Since the audio began. Lag: arrival of a result minus the end of the audio it covers, as the engine says. "
        "Errors on display: words shown against words spoken by then, over all results; it needs word times."
    )
    columns = ("engine", "condition", "corpus", "language", "when", *numeric)
    table = Table(
        title="While the streams went on",
        columns=columns,
        rows=tuple(rows),
        numeric=frozenset(numeric),
        note=note,
        folded=True,
    )
    return table.without_constant(("corpus", "language"))
