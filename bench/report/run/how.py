"""How a run was measured: versions, rules, machine, the harness's own error. Formats; computes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from bench.calibration.record import is_current, tail_name
from bench.report.glossary import words
from bench.report.names import language_name
from bench.report.phrases import plural, replanned
from bench.report.run.data import RunData, unit_word
from bench.report.run.word_times import word_time_fact
from bench.report.settings import condition_text, settings_text
from bench.report.tables import seconds
from bench.scoring.text.normalize import PROFILES
from bench.scoring.text.normalize.data import has_rules
from bench.store.spec import EngineIdentity

DOWNLOADS = (
    ("estimates.json", "every estimate with its interval"),
    ("scores.parquet", "one row a trial"),
    ("summary.csv", "estimates as a tidy table"),
    ("analysis.json", "errors by word and by kind of speech"),
)
REDACTED_DOWNLOADS = tuple(each for each in DOWNLOADS if each[0] == "summary.csv")
"""What lies beside a page that was redacted: the others hold texts and names."""

GLOSSARY = words(
    *("word error rate (WER)", "points (pp)", "95 % interval", "not told apart", "on the same utterances"),
    *("partial, final", "median, 95 % within", "INVALID", "speaker, cluster", "F1", "SNR, dBFS"),
)


def facts(data: RunData) -> Iterator[tuple[str, str]]:
    """Names and values."""
    environment = data.environment
    machine = environment.machine
    yield "started", f"{environment.started_at[:16].replace('T', ' ')} UTC"
    for change in data.spec.replans:
        yield f"plan changed {change.at[:16].replace('T', ' ')} UTC", replanned(change)
    for manifest in data.manifests.values():
        licence = "" if data.redacted else f", licence {manifest.header.licence}"
        yield f"corpus {manifest.header.name}", f"{plural(len(manifest.utterances), 'utterance')}{licence}"
    for id, about in data.spec.engines.items():
        yield f"engine {id}", _engine(data, id, about)
    for id, condition in data.conditions.items():
        yield f"condition {id}", condition_text(condition)
    yield (
        "text rules",
        f"{data.normalizer}: {PROFILES.get(data.normalizer.name, '')}",
    )
    for language in dict.fromkeys(speech.language for speech in data.speech):
        known = "rules of its own" if has_rules(language) else "no rules of its own: Unicode, case and punctuation only"
        yield f"text rules for {language_name(language)}", f"{known}; errors counted in {unit_word(data, language)}"
    yield "word errors", str(data.second_opinion)
    if "stream" in data.modes:
        yield "word times", word_time_fact(data.manifests.values())
        yield "the harness's own lateness", _lateness(data)
        yield "the harness's own error", ruler(data.spec.config.stream.width, data.environment.calibration)
    dirty = " with uncommitted changes" if environment.dirty else ""
    yield "earwitness", f"{environment.earwitness}, commit {(environment.commit or 'unknown')[:12]}{dirty}"
    for node in data.nodes:
        own = node.machine
        lateness = ruler(data.spec.config.stream.width, node.calibration) if "stream" in data.modes else ""
        yield f"node {node.name}", "; ".join(filter(None, (f"{own.cpus} × {own.cpu}, {own.memory_gb} GB", lateness)))
    yield "machine", f"{machine.cpus} × {machine.cpu}, {machine.memory_gb} GB, {environment.platform}"


def _engine(data: RunData, id: str, about: EngineIdentity) -> str:
    own = np.flatnonzero(data.rows.texts("engine").are(id)).tolist()
    versions = {version for row in own if (version := data.calls.version[row])}
    asked = next((engine.settings for engine in data.spec.config.engines if engine.id == id), {})
    settings = settings_text(
        {name: about.settings[name] for name in about.settings if name in asked or name == "model"}
    )
    served = f"served by the emulator with {about.emulate.get('recognizer', 'another engine')}" if about.emulate else ""
    version = f"version {', '.join(sorted(versions))}" if versions else "version not told"
    return "; ".join(part for part in (about.engine, settings, served, version) if part)


def _lateness(data: RunData) -> str:
    seen = data.validity.seen
    if seen.send_lag_p99_s is None or seen.max_send_lag_s is None:
        return "nothing was paced in real time"
    return (
        f"99 % of {seen.chunks:,} chunks within {seconds(seen.send_lag_p99_s)} of when they were due, "
        f"the latest {seconds(seen.max_send_lag_s)}"
    )


def ruler(streams: int, calibration: Mapping[str, Any] | None) -> str:
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


def _ruler_error(label: str, error: Mapping[str, Any]) -> str:
    return (
        f"{label} {seconds(error['bias_s'], signed=True)} (median {seconds(error['p50_s'])}, "
        f"95 % within {seconds(error['p95_s'])}, {tail_name(error['n'])} {seconds(error['p99_s'])})"
    )


def commands(data: RunData) -> tuple[str, ...]:
    """What repeats the run, and what goes on from it."""
    name = f"{data.name}"
    return (
        "bench run config.yaml",
        "bench score .",
        f"bench baseline save . {name}.baseline.json",
        "bench report .",
    )
