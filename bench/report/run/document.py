"""What a report says, gathered from a run folder once for every format. Formats; computes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.calibration.record import is_current, tail_name
from bench.report.run.analysis import AnalysisView, view
from bench.report.run.dose_response import Curve, curves
from bench.report.run.examples import Example, Listening, listening, worst
from bench.report.run.over_time import over_time_table
from bench.report.run.text import further_table, language_table, sensitivity_tables
from bench.report.run.word_times import word_time_fact, word_time_warnings
from bench.report.tables import Cells, Table, all_tables, seconds, summary_table
from bench.scoring.cells import ScoredTrial
from bench.scoring.text.normalize import get_normalizer
from bench.scoring.timing.over_time import OverTime
from bench.store import Environment, RunFolder, RunSpec
from bench.store.clips import Clips
from bench.types import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One report."""

    title: str
    description: str
    facts: tuple[tuple[str, str], ...]
    """What the numbers were made with and on."""
    warnings: tuple[str, ...]
    """What a reader must know before the numbers."""
    summary: Table
    tables: tuple[Table, ...]
    examples: tuple[Example, ...]
    failures: tuple[tuple[str, int], ...]
    """Messages of failed trials with how often each came."""
    cells: Cells
    over_time: tuple[OverTime, ...] = ()
    curves: tuple[Curve, ...] = ()
    """Conditions that differ in one number."""
    listening: Listening | None = None
    """`None`: nothing was done to the audio, or it is not on this machine."""
    analysis: AnalysisView | None = None
    """`None`: there is none, in a report made of estimates alone."""


def document(folder: RunFolder, estimates: Sequence[Estimate]) -> Document:
    """Gather everything from the folder."""
    spec, environment = folder.spec(), folder.environment()
    trials, clips = folder.scores(), folder.clips() or Clips()
    cells = Cells(estimates)
    analysis = view(folder.analysis(), {trial.utterance_id: trial.reference for trial in trials})
    return Document(
        title=spec.config.name,
        description=spec.config.description,
        facts=_facts(folder, spec, environment),
        warnings=(*_warnings(folder, trials), *analysis.alarms),
        summary=summary_table(cells),
        tables=tuple(_tables(folder, cells)),
        examples=tuple(worst(folder, trials, clips)),
        failures=tuple(Counter(trial.failure for trial in trials if trial.failure).most_common(10)),
        cells=cells,
        over_time=folder.over_time(),
        curves=curves(folder.conditions().values()),
        listening=listening(folder, clips),
        analysis=analysis,
    )


def _tables(folder: RunFolder, cells: Cells) -> Iterator[Table]:
    accuracy, *others = all_tables(cells)
    yield accuracy
    normalizer = get_normalizer(folder.scores_made_by()["normalizer"]["id"].partition("@")[0])
    by_text = (language_table(cells, normalizer.unit), further_table(cells))
    yield from (table for table in by_text if table is not None)
    yield from sensitivity_tables(folder.sensitivity())
    yield from others
    streams = over_time_table(folder.over_time())
    if streams is not None:
        yield streams


def _facts(folder: RunFolder, spec: RunSpec, environment: Environment) -> tuple[tuple[str, str], ...]:
    machine = environment.machine
    dirty = " with uncommitted changes" if environment.dirty else ""
    corpora = [
        f"{m.header.name} ({len(m.utterances)} utterances, licence {m.header.licence})"
        for m in folder.manifests().values()
    ]
    normalizer = folder.scores_made_by()["normalizer"]
    engines = [f"{id}: {about.engine}" for id, about in spec.engines.items()]
    return (
        ("run", str(folder.path.name)),
        ("started", environment.started_at),
        ("corpora", "; ".join(corpora)),
        ("engines", "; ".join(engines)),
        *([("word times", word_time_fact(folder.manifests().values()))] if _has_streams(folder) else []),
        ("normaliser", f"{normalizer['id']} ({normalizer['hash'][:12]})"),
        ("earwitness", f"{environment.earwitness}, commit {(environment.commit or 'unknown')[:12]}{dirty}"),
        ("this ruler's error", _ruler(spec.config.stream.width, environment.calibration)),
        ("machine", f"{machine.cpus} x {machine.cpu}, {machine.memory_gb} GB, {environment.platform}"),
    )


def _has_streams(folder: RunFolder) -> bool:
    return any(trial.mode == "stream" for trial in folder.trials())


def _ruler(streams: int, calibration: Mapping[str, Any] | None) -> str:
    """The harness's own error at as many streams as the run had, by the machine's latest calibration."""
    if calibration is None:
        return "not measured on this machine; run: bench calibrate"
    by = f"by earwitness {calibration['earwitness']} on {calibration['made_at'][:10]}"
    if not is_current(calibration):
        return f"not known: measured {by}, which defined the metrics otherwise; run: bench calibrate"
    enough = [level for level in calibration["levels"] if level["streams"] >= streams]
    level = min(enough or calibration["levels"], key=lambda level: abs(level["streams"] - streams))
    errors = [
        _ruler_error(label, error)
        for label, name in (("first partial", "first_partial_latency_s"), ("final", "final_latency_s"))
        if (error := level["errors"].get(name)) is not None
    ]
    doubt = "" if level["valid"] and enough else "; NOT calibrated for as many streams as this run had"
    batch = calibration["batch"]
    requests = "" if batch is None else f"; {_ruler_error('batch', batch)}, one request at a time"
    return f"{', '.join(errors) or 'none measured'} at {level['streams']} streams{doubt}{requests}; measured {by}"


def _ruler_error(label: str, error: dict[str, Any]) -> str:
    return (
        f"{label} {seconds(error['bias_s'], signed=True)} (p50 {seconds(error['p50_s'])}, "
        f"p95 {seconds(error['p95_s'])}, {tail_name(error['n'])} {seconds(error['p99_s'])})"
    )


def _warnings(folder: RunFolder, trials: Sequence[ScoredTrial]) -> list[str]:
    warnings = [f"INVALID: {reason}" for reason in folder.validity().reasons]
    speed = folder.spec().config.stream.speed
    if speed != 1:
        warnings.append(f"streams were paced at {speed:g} times real time: for accuracy only, no latency is reported")
    missing = len(folder.trials()) - len(trials)
    if missing:
        warnings.append(
            f"incomplete: {missing} of {len(folder.trials())} trials have no result yet; go on with --resume"
        )
    failed = sum(not trial.answered for trial in trials)
    if failed:
        warnings.append(f"{failed} of {len(trials)} trials failed; WER counts answered trials unless it says otherwise")
    empty = sum(trial.empty for trial in trials)
    if empty:
        warnings.append(f"{empty} of {len(trials)} trials were answered with no words; they count as all words deleted")
    word_times = word_time_warnings(folder.manifests().values(), folder.spec().engines)
    return [*warnings, *corpus_warnings(folder), *word_times]


def corpus_warnings(folder: RunFolder) -> Iterator[str]:
    """What keeps a corpus out of a headline: that it is synthetic, or was transcribed by an engine."""
    for manifest in folder.manifests().values():
        name = manifest.header.name
        if manifest.header.synthetic:
            yield f"{name} is synthetic speech: it checks the pipeline, not an engine"
        if manifest.header.draft_engine:
            yield f"{name}: references were drafted by {manifest.header.draft_engine}, which favours it"
