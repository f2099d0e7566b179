"""The page of a comparison: the answer, differences, causes, and every utterance that changed, was against now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from bench.comparison.changes import Change, Comparison, MetricDelta
from bench.report.comparison.answer import answer, cell_names, is_shown, limits
from bench.report.comparison.tables import cause_table, delta_tables, difference_text
from bench.report.glossary import words
from bench.report.names import LATENCY_NAMES, MODE_NAMES, language_name
from bench.report.page import NO_TRIALS, Box, Page, Section, packed, page_html
from bench.report.phrases import noted, plural
from bench.scoring.cells import ScoredTrial
from bench.scoring.timing.metrics import HEADLINE_LATENCY
from bench.types import ErrorCounts

FLAG_EMPTY, FLAG_SCRIPT, FLAG_BROKEN, FLAG_FIXED = 1, 2, 4, 8


def to_html(comparison: Comparison, *, title: str) -> str:
    """One page that opens from disk."""
    return page_html(page(comparison, title=title))


def page(comparison: Comparison, *, title: str) -> Page:
    """Everything it says."""
    changes = (*comparison.broken, *comparison.fixed)
    return Page(
        title=title,
        description="The second run against the first, on the utterances that both have.",
        badge=(False, "INVALID: latency is left out") if comparison.invalid else None,
        facts=tuple(_facts(comparison)),
        boxes=(Box(sentences=tuple(answer(comparison))),),
        cannot="What this comparison cannot say",
        limits=tuple(limits(comparison)),
        no_limits="Nothing stands out: the same recordings, texts and rules, enough speakers, failures alike.",
        sections=tuple(_sections(comparison)),
        glossary=words(
            *(
                "word error rate (WER)",
                "points (pp)",
                "95 % interval",
                "not told apart",
                "p",
                "newly broken, newly fixed",
            ),
            *(
                "on the same utterances",
                "median, 95 % within",
                "speaker, cluster",
                "INVALID",
                "Holm, Benjamini-Hochberg",
            ),
        ),
        measured=(("p", "adjusted over all differences of this page (Benjamini-Hochberg)"),),
        data=_data(comparison) if changes else NO_TRIALS,
        shards=(packed(_shard(changes)),) if changes else (),
    )


def _facts(comparison: Comparison) -> Iterator[str]:
    rates = [delta for delta in comparison.deltas if delta.metric == "wer"]
    if rates:
        yield plural(max(delta.difference.n for delta in rates), "utterance")
        yield plural(max(delta.difference.n_clusters for delta in rates), "speaker")
    yield plural(len(rates), "comparison")
    yield f"{len(comparison.broken):,} newly broken, {len(comparison.fixed):,} newly fixed"


def _sections(comparison: Comparison) -> Iterator[Section]:
    yield Section(
        id="changes",
        title="What changed",
        short="What changed",
        lead=(
            "Second run less first, on the same utterances: right of nought is worse. A filled mark is shown, a hollow "
            "one is not told apart or has too few speakers; a bar is the 95 % interval."
        ),
        draw="intervals",
        content={"charts": list(_charts(comparison))},
        tables=tuple(delta_tables(comparison)),
    )
    if comparison.broken or comparison.fixed:
        yield Section(
            id="why",
            title="Why",
            short="Why",
            lead="Each answer under the gravest cause of its worse side; names are guessed from capitals.",
            tables=(cause_table(comparison),),
        )
        yield Section(
            id="utterances",
            title="Every utterance that changed",
            short="Utterances",
            lead=(
                "The first run's answers and the second's against the reference. Search also takes said:word and "
                "heard:word. Keys: / search, n and p next and previous, m mode. Struck: said and not answered; "
                "underlined: answered and not said."
            ),
            draw="explorer",
        )


def _charts(comparison: Comparison) -> Iterator[dict[str, Any]]:
    names = cell_names(comparison)
    engines = _engines(comparison)
    for title, unit, metric in (
        ("Word errors, in points", "points", "wer"),
        *((f"Median {LATENCY_NAMES[mode]}", "s.change", f"{name}.p50") for mode, name in HEADLINE_LATENCY.items()),
    ):
        own = [delta for delta in comparison.deltas if delta.metric == metric]
        rows = [_row(delta, names, engines) for delta in own]
        if rows:
            yield {"title": title, "unit": unit, "rows": rows}


def _row(delta: MetricDelta, names: dict[tuple[str, ...], str], engines: Sequence[str]) -> dict[str, Any]:
    difference = delta.difference
    return {
        "label": names[tuple(delta.cell.values())],
        "e": engines.index(delta.cell["engine"]),
        "v": difference.value,
        "lo": difference.low,
        "hi": difference.high,
        "t": difference_text(delta),
        "sure": is_shown(delta),
        "note": noted(difference.note),
    }


# -- the utterances that changed --------------------------------------------------------------


def _engines(comparison: Comparison) -> list[str]:
    changed = (change.cell["engine"] for change in (*comparison.broken, *comparison.fixed))
    return list(dict.fromkeys([*(delta.cell["engine"] for delta in comparison.deltas), *changed]))


class _Places:
    """Numbers in place of names, for the list of utterances."""

    def __init__(self, changes: Sequence[Change]) -> None:
        def distinct(*keys: str) -> list[tuple[str, ...]]:
            return list(dict.fromkeys(tuple(change.cell[key] for key in keys) for change in changes))

        self.engines = distinct("engine")
        self.conditions = distinct("condition")
        self.modes = distinct("mode")
        self.speech = distinct("corpus", "language")

    def of(self, change: Change) -> dict[str, int]:
        cell = change.cell
        return {
            "e": self.engines.index((cell["engine"],)),
            "c": self.conditions.index((cell["condition"],)),
            "m": self.modes.index((cell["mode"],)),
            "s": self.speech.index((cell["corpus"], cell["language"])),
        }


def _data(comparison: Comparison) -> dict[str, Any]:
    changes = (*comparison.broken, *comparison.fixed)
    places = _Places(changes)
    most = Counter((p["m"], p["c"], p["s"]) for p in map(places.of, changes)).most_common(1)[0][0]
    return {
        **NO_TRIALS,
        "engines": [f"{name} · {side}" for (name,) in places.engines for side in ("was", "now")],
        "conditions": [name for (name,) in places.conditions],
        "modes": [
            {"id": mode, "name": MODE_NAMES["stream" if mode == "stream" else "batch"], "invalid": False}
            | {"latency": LATENCY_NAMES["stream" if mode == "stream" else "batch"]}
            for (mode,) in places.modes
        ],
        "speech": [
            {"name": language_name(language), "unit": "words", "corpus": corpus, "language": language}
            for corpus, language in places.speech
        ],
        "failures": [{"kind": kind, "message": message} for kind, message in _failures(changes)],
        "differ": "changed most",
        "changes": True,
        "start": dict(zip(("mode", "condition", "speech"), most, strict=True)),
    }


def _failures(changes: Sequence[Change]) -> dict[tuple[str, str], int]:
    sides = (trial for change in changes for trial in (change.before, change.after))
    kinds = dict.fromkeys(_failure(trial) for trial in sides if trial.failure_kind is not None)
    return {pair: k for k, pair in enumerate(kinds)}


def _failure(trial: ScoredTrial) -> tuple[str, str]:
    return ("" if trial.failure_kind is None else trial.failure_kind.value), trial.failure or ""


def _shard(changes: Sequence[Change]) -> dict[str, Any]:
    """The utterances that changed, and both answers of each, as columns that the list of utterances reads."""
    places, failures = _Places(changes), _failures(changes)
    rows: dict[str, list[Any]] = {name: [] for name in ("key", "raw", "norm", "speaker", "seconds", "s", "tags")}
    trials: list[dict[str, Any]] = []
    references: dict[int, str] = {}
    by_utterance: dict[tuple[str, int], list[Change]] = {}
    for change in changes:
        by_utterance.setdefault((change.utterance_id, places.of(change)["s"]), []).append(change)
    for number, ((key, speech), own) in enumerate(sorted(by_utterance.items())):
        first = own[0].before
        values = {"key": key, "raw": first.reference, "norm": first.reference, "s": speech}
        values |= {"speaker": first.cluster if first.speaker_known else None, "seconds": round(first.duration_s, 2)}
        values["tags"] = dict(first.tags)
        for name, value in values.items():
            rows[name].append(value)
        for change in own:
            for side, trial in enumerate((change.before, change.after)):
                if trial.reference != first.reference:
                    references[len(trials)] = trial.reference
                cell_name = places.of(change)
                engine = 2 * cell_name["e"] + side
                mark = FLAG_BROKEN if change.delta > 0 else FLAG_FIXED
                trials.append(
                    {
                        "u": number,
                        "e": engine,
                        "c": cell_name["c"],
                        "m": cell_name["m"],
                        **_trial(trial, failures, mark),
                    }
                )
    columns = {name: [trial[name] for trial in trials] for name in trials[0]}
    return {"U": rows, "T": columns, "references": references}


def _trial(trial: ScoredTrial, failures: dict[tuple[str, str], int], mark: int) -> dict[str, Any]:
    counts = trial.words or ErrorCounts()
    return {
        "r": 0,
        "sub": counts.substitutions,
        "del": counts.deletions,
        "ins": counts.insertions,
        "words": len(trial.reference.split()),
        "path": trial.path,
        "heard": trial.hypothesis,
        "raw": None,
        "latency": None,
        "lost": 0,
        "failed": -1 if trial.failure_kind is None else failures[_failure(trial)],
        "flags": FLAG_EMPTY * trial.empty + FLAG_SCRIPT * trial.wrong_script + mark,
    }
