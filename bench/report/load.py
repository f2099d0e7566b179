"""The report of a load test: sentences, tables and figures of accuracy, failures and latency. Computes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.load.curve import Accuracy, Curve, LoadPoint
from bench.report.glossary import words
from bench.report.names import LATENCY_NAMES
from bench.report.page import Box, Page, Section, page_html, page_markdown
from bench.report.phrases import listed, plain_points, plural, sentence
from bench.report.sentences import Limit, Sentence, limit
from bench.report.tables import (
    P95_NEEDS,
    P99_NEEDS,
    Missing,
    Struck,
    Table,
    count,
    or_why,
    percent,
    points,
    ratio,
    seconds,
    with_interval,
)
from bench.stats.clusters import FEW_CLUSTERS
from bench.store import RunFolder
from bench.store.redacted import mark_redacted

KINDS = {"sessions": "sessions at once", "arrivals_per_s": "sessions begun a second"}


# -- tables -----------------------------------------------------------------------------------


def write_load(name: str, folder: RunFolder, curves: Sequence[Curve]) -> Path:
    """Write `load.html`, `load.md` and `load.json`; returns the page."""
    folder.write_json("load.json", [asdict(curve) for curve in curves])
    page = load_page(name, curves)
    folder.write_text("load.md", page_markdown(page))
    return folder.write_text("load.html", page_html(page))


def write_redacted_load(name: str, path: Path, curves: Sequence[Curve]) -> Path:
    """The same in a folder that can be sent: a load report holds numbers alone, and the texts of its levels stay."""
    path.mkdir(parents=True, exist_ok=True)
    mark_redacted(path)
    return write_load(name, RunFolder(path), curves)


def load_tables(curves: Sequence[Curve]) -> list[Table]:
    """One table an engine, a row a level."""
    return [_load_table(curve, several=len(curves) > 1) for curve in curves]


def _load_table(curve: Curve, *, several: bool) -> Table:
    first = curve.points[0]
    hints = {
        KINDS[first.kind]: "what was put on the engine",
        "going on": "sessions that were going on in the window, on average",
        "begun a second": "sessions that began in the window, or were to, over its length",
        "counted": "sessions that began in the window after the warm-up",
        "failed": "of those: no answer",
        "empty": "of those: an answer without a word, though there was speech",
        "word errors": "over the utterances that every level answered which does not fail, each once (WER)",
        "less the first level's": "the difference to the first level on the same utterances",
        **({"first text, median": "", "first text, 95 %": ""} if first.mode == "stream" else {}),
        "median": LATENCY_NAMES[first.mode],
        "95 % within": f"from {P95_NEEDS} values on",
        "99 % within": f"from {P99_NEEDS} values on",
        **({"connected, 95 %": "from opening a connection to its being open"} if first.mode == "stream" else {}),
        "answers a second": "each by the share of its time in the window",
        "hours of audio an hour": "of the answered sessions, likewise",
        "valid": "whether this machine drove the load in time",
    }
    rows = tuple(
        _row(point, accuracy, is_first=point is first)
        for point, accuracy in zip(curve.points, curve.accuracy, strict=True)
    )
    return Table(
        title=f"{curve.engine}: every level" if several else "Every level",
        columns=tuple(hints),
        rows=rows,
        numeric=frozenset(hints) - {"valid"},
        note=_note(first),
        hints={name: hint for name, hint in hints.items() if hint},
    )


def _note(point: LoadPoint) -> str:
    due = ", from when the request was due" if point.kind == "arrivals_per_s" else ""
    return f"Median, 95 % and 99 % within: {LATENCY_NAMES[point.mode]}{due}. Struck: INVALID, the harness was late."


_UNCHANGED = "this is the first level"


def _untimed(point: LoadPoint, answered: int, needs: int) -> str:
    if answered == 0:
        return "nothing was answered" if point.trials else "nothing was counted"
    return (
        f"{plural(answered, 'answer')}; it needs {needs}"
        if answered < needs
        else point.latency_unavailable or "not timed"
    )


def _row(point: LoadPoint, accuracy: Accuracy, *, is_first: bool) -> tuple[str, ...]:
    """Latency of an invalid level is the harness's own lateness, and struck."""
    answered = point.trials - point.failed

    def timed(value: float | None, needs: int = 1) -> str:
        if answered < needs or value is None:
            return Missing(_untimed(point, answered, needs))
        return seconds(value) if point.valid else Struck(seconds(value))

    stream = point.mode == "stream"
    partials = (timed(point.first_partial_p50_s), timed(point.first_partial_p95_s, P95_NEEDS)) if stream else ()
    latencies = (
        timed(point.latency_p50_s),
        timed(point.latency_p95_s, P95_NEEDS),
        timed(point.latency_p99_s, P99_NEEDS),
    )
    connect = (timed(point.connect_p95_s, P95_NEEDS),) if stream else ()
    return (
        *(f"{point.level:g}", ratio(point.concurrency), ratio(point.begun_per_s)),
        *(count(point.trials), count(point.failed), count(point.empty)),
        or_why(with_interval(accuracy.wer, percent), "nothing was heard here that every level answered"),
        or_why(with_interval(accuracy.change, points), _UNCHANGED if is_first else "nothing both levels answered"),
        *(*partials, *latencies, *connect),
        *(ratio(point.requests_per_s), ratio(point.audio_hours_per_hour), "yes" if point.valid else "INVALID"),
    )


def findings(curves: Sequence[Curve]) -> list[tuple[str, str]]:
    """(engine, the knee and the first failure, what was not counted and what was invalid), in words."""
    return [(curve.engine, line) for curve in curves for line in _findings(curve)]


def _findings(curve: Curve) -> Iterator[str]:
    what = KINDS[curve.points[0].kind]
    if curve.knee_unknown is not None:
        knee = f"not measurable ({curve.knee_unknown})"
    elif curve.knee == curve.points[-1].level:
        knee = f"beyond {curve.knee:g} {what}, the most put on"
    else:
        knee = "none" if curve.knee is None else f"at {curve.knee:g} {what}"
    first = "none seen" if curve.first_failure is None else f"{curve.first_failure:g}"
    yield f"knee {knee}; first failure at: {first}"
    yield from _uncounted(curve)
    if curve.first_invalid is not None:
        reasons = next(point.reasons for point in curve.points if not point.valid)
        yield (
            f"INVALID from {curve.first_invalid:g} {what} on: this machine could not drive the "
            f"load in time, so what is beyond says nothing of the engine ({'; '.join(reasons)})"
        )


# -- the answer -------------------------------------------------------------------------------


def answer(curves: Sequence[Curve]) -> list[Sentence]:
    """How much each engine bears, from where on it fails, and what the load does to its words."""
    return [said for curve in curves for said in _answer(curve)]


def _answer(curve: Curve) -> Iterator[Sentence]:
    yield _bears(curve)
    what = KINDS[curve.points[0].kind]
    if curve.first_failure is not None:
        point = next(point for point in curve.points if point.level == curve.first_failure)
        lost = (
            f"{count(point.failed)} of {plural(point.trials, 'session')} failed, {count(point.empty)} came back empty"
        )
        tail_s = _tail(point) if point.valid else None
        slow = "" if tail_s is None else f"95 % within {seconds(tail_s)}"
        yield Sentence(
            tone="bad",
            head=f"{curve.engine} fails from {_at(curve.first_failure, what)} on",
            detail=sentence(lost, slow),
            section="load",
        )
    yield from _words(curve, what)
    if curve.first_invalid is not None:
        yield Sentence(
            tone="bad",
            head=f"{curve.engine}: INVALID from {_at(curve.first_invalid, what)} on",
            detail="this machine could not drive the load in time: what is beyond says nothing of the engine",
            section="levels",
        )


def _bears(curve: Curve) -> Sentence:
    what, first = KINDS[curve.points[0].kind], curve.points[0]
    if not first.valid:
        head = f"How much load {curve.engine} bears is not known"
        detail = "the first level is INVALID: the harness was late"
        return Sentence(tone="unsure", head=head, detail=detail, section="levels")
    if curve.knee_unknown is not None:
        head, detail = f"How much load {curve.engine} bears is not known", curve.knee_unknown
        return Sentence(tone="unsure", head=head, detail=detail, section="load")
    if curve.knee is None:
        head = f"{curve.engine} bore none of the levels"
        return Sentence(tone="bad", head=head, detail="the first level failed already", section="load")
    point = next(point for point in curve.points if point.level == curve.knee)
    speed = _speed(point, first)
    if curve.knee == curve.points[-1].level:
        head = f"{curve.engine} bears {_at(curve.knee, what)}, the most put on"
        return Sentence(
            tone="plain", head=head, detail=sentence("where it ends was not reached", speed), section="load"
        )
    return Sentence(
        tone="plain", head=f"{curve.engine} bears up to {_at(curve.knee, what)}", detail=speed, section="load"
    )


def _at(level: float, what: str) -> str:
    """`1 session at once`, `8 sessions at once`."""
    return f"{level:g} {what.replace('sessions', 'session') if level == 1 else what}"


def _speed(point: LoadPoint, first: LoadPoint) -> str:
    """Of the slow ones where there are enough to tell, else of the median."""
    enough = min(point.trials - point.failed, first.trials - first.failed) >= P95_NEEDS
    now, before = (p.latency_p95_s if enough else p.latency_p50_s for p in (point, first))
    if now is None or before is None or not point.valid or not first.valid:
        return ""
    which = "95 % within" if enough else "median"
    return f"{which} {seconds(now)} there, {seconds(before)} at {first.level:g}"


def _words(curve: Curve, what: str) -> Iterator[Sentence]:
    """Word errors at the highest valid level against the first."""
    pairs = [pair for pair in zip(curve.points, curve.accuracy, strict=True) if pair[0].valid]
    if len(pairs) < 2 or pairs[-1][1].change.value is None:
        return
    point, change = pairs[-1][0], pairs[-1][1].change
    told = f"on the same {plural(change.n, 'utterance')}"
    if change.low is None or change.high is None:
        head = f"{curve.engine}: word errors {plain_points(change.value)} at {_at(point.level, what)}"
        detail = sentence(f"too few speakers ({change.n_clusters}) for an interval", told)
        yield Sentence(tone="unsure", head=head, detail=detail, section="load")
        return
    low, high = (plain_points(bound).partition(" ")[0] for bound in (change.low, change.high))
    between = f"difference {plain_points(change.value)} (95 % interval {low} to {high})"
    if change.low > 0 or change.high < 0:
        more = change.low > 0
        head = f"{curve.engine} makes {'more' if more else 'fewer'} word errors at {_at(point.level, what)}"
        yield Sentence(tone="bad" if more else "good", head=head, detail=f"{between}, {told}", section="load")
    else:
        head = f"{curve.engine}: word errors at {_at(point.level, what)} not told apart from the first level's"
        yield Sentence(tone="unsure", head=head, detail=f"{between}, {told}", section="load")


def limits(curves: Sequence[Curve]) -> list[Limit]:
    """Levels that this machine could not drive, that counted nothing or too little, and too few voices."""
    made = (
        limit("Latency", _invalid(curves), grave=True),
        limit("Levels that say nothing", [f"{own.engine}: {text}." for own in curves for text in _uncounted(own)]),
        limit("Slow moments", _slow(curves)),
        limit("Other people's voices", _voices(curves)),
    )
    return [kind for kind in made if kind is not None]


def _invalid(curves: Sequence[Curve]) -> Iterator[str]:
    for curve in curves:
        invalid = [f"{point.level:g}" for point in curve.points if not point.valid]
        if invalid:
            every = "every level" if len(invalid) == len(curve.points) else f"level {', '.join(invalid)}"
            yield (
                f"{curve.engine}: INVALID at {every}. This machine could not drive the load in time, so that latency "
                "is struck there and crosses in the figures are on no line."
            )
            yield from (reason for point in curve.points for reason in point.reasons)


def _uncounted(curve: Curve) -> Iterator[str]:
    levels = [f"{point.level:g}" for point in curve.points if point.trials == 0]
    if levels:
        yield (
            f"nothing counted at {', '.join(levels)} {KINDS[curve.points[0].kind]}: no session began in the window "
            "after the warm-up; raise load.duration_s beyond the length of the recordings"
        )


def _slow(curves: Sequence[Curve]) -> Iterator[str]:
    """The levels of too few answers, with the engines where they differ by them."""
    engines_at: dict[str, list[str]] = {}
    for curve in curves:
        few = [f"{point.level:g}" for point in curve.points if point.trials - point.failed < P95_NEEDS]
        if few:
            engines_at.setdefault(", ".join(few), []).append(curve.engine)
    for levels, engines in engines_at.items():
        of = "" if len(engines) == len(curves) else f" of {listed(engines)}"
        yield (
            f"How slow the slowest 5 %{of} are at {levels}: a 95th percentile needs {P95_NEEDS} answers. None is shown."
        )


def _voices(curves: Sequence[Curve]) -> Iterator[str]:
    speakers = max((accuracy.wer.n_clusters for curve in curves for accuracy in curve.accuracy), default=0)
    if 0 < speakers < FEW_CLUSTERS:
        yield f"{plural(speakers, 'speaker')}: word errors hold for these voices; about {FEW_CLUSTERS} are needed."


# -- the page ---------------------------------------------------------------------------------


def load_page(title: str, curves: Sequence[Curve]) -> Page:
    """load.html and load.md."""
    first = curves[0].points[0]
    bad = any(not point.valid for curve in curves for point in curve.points)
    levels = sorted({point.level for curve in curves for point in curve.points})
    return Page(
        title=f"{title}: load",
        description=f"Latency, word errors and failures against {KINDS[first.kind]}.",
        badge=(
            not bad,
            "INVALID levels: their latency must not be believed" if bad else "valid: the harness kept its pace",
        ),
        facts=(
            plural(len(curves), "engine"),
            f"{', '.join(f'{level:g}' for level in levels)} {KINDS[first.kind]}",
            plural(
                sum(point.trials for curve in curves for point in curve.points), "session counted", "sessions counted"
            ),
        ),
        boxes=(Box(sentences=tuple(answer(curves))),),
        cannot="What this load test cannot say",
        limits=tuple(limits(curves)),
        sections=(
            Section(
                id="load",
                title="Under load",
                short="Under load",
                lead=(
                    "Bands: 95 % intervals. Hollow and dashed: 95 % within. Upright, dashed, in an engine's colour: "
                    "the most that it bears. A grey cross is INVALID, and on no line."
                ),
                draw="lines",
                content={"charts": load_charts(curves), "legend": [curve.engine for curve in curves]},
            ),
            Section(
                id="levels",
                title="Every level",
                short="Every level",
                lead="Latency of an INVALID level is struck: this machine was late, not the engine.",
                tables=tuple(load_tables(curves)),
            ),
        ),
        glossary=words(
            *("sessions", "knee", "word error rate (WER)", "95 % interval", "not told apart", "points (pp)"),
            *("median, 95 % within", "INVALID", "speaker, cluster"),
        ),
        measured=(
            ("counted", "sessions that began in the window after the warm-up"),
            ("word errors", "over the utterances that every level answered which does not fail, each once"),
            ("latency", LATENCY_NAMES[first.mode]),
        ),
        downloads=(("load.json", "every level, numbers unrounded"),),
    )


def load_charts(curves: Sequence[Curve]) -> list[dict[str, Any]]:
    """Latency, word errors, and what was lost, against load."""
    first = curves[0].points[0]
    latency = [
        *_lines(curves, "median", lambda point: point.latency_p50_s),
        *_lines(curves, "95 % within", _tail, dashed=True),
    ]
    errors = [
        {
            "e": k,
            "points": [
                {"x": point.level, "y": own.wer.value, "lo": own.wer.low, "hi": own.wer.high}
                | {"t": f"{curve.engine} at {point.level:g}: {with_interval(own.wer, percent)} of words wrong"}
                for point, own in zip(curve.points, curve.accuracy, strict=True)
            ],
        }
        for k, curve in enumerate(curves)
    ]
    levels = sorted({point.level for curve in curves for point in curve.points})
    axis = {
        "x": KINDS[first.kind],
        "log": min(levels) > 0 and max(levels) > 10 * min(levels),
        "ticks": [[level, f"{level:g}"] for level in levels],
        "breaks": [
            {"x": curve.knee, "e": k, "text": f"{_bears(curve).head} (the knee)"}
            for k, curve in enumerate(curves)
            if curve.knee is not None and curve.knee < curve.points[-1].level
        ],
    }
    lost = _lines(curves, "failed or empty", _lost, number=percent)
    return [
        {"title": LATENCY_NAMES[first.mode].capitalize(), "unit": "s", **axis, "lines": latency},
        {"title": "Word errors on shared utterances", "unit": "ratio", **axis, "lines": errors},
        {"title": "Failed or empty", "unit": "ratio", **axis, "lines": lost},
    ]


def _tail(point: LoadPoint) -> float | None:
    return point.latency_p95_s if point.trials - point.failed >= P95_NEEDS else None


def _lost(point: LoadPoint) -> float | None:
    return (point.failed + point.empty) / point.trials if point.trials else None


def _lines(
    curves: Sequence[Curve],
    what: str,
    value: Callable[[LoadPoint], float | None],
    *,
    number: Callable[[float | None], str] = seconds,
    dashed: bool = False,
) -> list[dict[str, Any]]:
    return [
        {
            "e": k,
            "dashed": dashed,
            "points": [
                {
                    "x": point.level,
                    "y": value(point),
                    "invalid": not point.valid,
                    "t": f"{curve.engine} at {point.level:g}: {what} {number(value(point))}"
                    + ("; INVALID: the harness was late" if not point.valid else ""),
                }
                for point in curve.points
            ],
        }
        for k, curve in enumerate(curves)
    ]
