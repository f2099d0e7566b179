"""What a run cannot say: too few voices, tails that were lost, latency that is the harness's own ... in plain words.

Formats; computes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np

from bench.corpora.manifest import Manifest
from bench.report.phrases import listed, noted, plural, replanned, rules_missing
from bench.report.run.data import RunData, Speech, speech_name
from bench.report.run.replies import tails_lost
from bench.report.run.word_times import word_time_warnings
from bench.report.sentences import Limit, limit
from bench.report.tables import P95_NEEDS, P99_NEEDS, percent
from bench.stats.clusters import FEW_CLUSTERS, MIN_CLUSTERS
from bench.types import Cell

_NAMED = 3


def limits(data: RunData) -> list[Limit]:
    """Every kind that applies, the gravest first; empty: nothing stands out."""
    return [kind for kind in (make(data) for make in _KINDS) if kind is not None]


# -- latency ----------------------------------------------------------------------------------


def _seconded(data: RunData) -> Limit | None:
    opinion = data.second_opinion
    said = () if opinion.agrees else (f"Word errors of this run are in doubt: {opinion}.",)
    return limit("Word errors", iter(said), grave=True)


def _invalid(data: RunData) -> Limit | None:
    def texts() -> Iterator[str]:
        if not data.validity.valid:
            modes = " and ".join("real-time" if mode == "stream" else mode for mode in data.validity.judged)
            yield f"INVALID: {modes} latency of this run is the harness's own lateness. Word errors stand."
            yield from data.validity.reasons
        speed = data.spec.config.stream.speed
        if "stream" in data.modes and speed != 1:
            yield f"Streams were paced at {speed:g} times real time: for accuracy only, no latency is given."

    return limit("Latency", texts(), grave=not data.validity.valid)


def _tails(data: RunData) -> Limit | None:
    def texts() -> Iterator[str]:
        for engine in data.engines:
            rows = data.rows
            own = rows.texts("engine").are(engine) & rows.texts("mode").are("stream")
            lost = int((own & (tails_lost(rows) > 0)).sum())
            answered = int((own & ~rows.failed).sum())
            if lost:
                yield (
                    f"{lost:,} of {plural(answered, 'stream')} of {engine} never delivered the last words. When such a "
                    "text is complete has no answer; they are counted apart, not as fast ones."
                )

    return limit("Streams that lost their end", texts())


def _slow(data: RunData) -> Limit | None:
    """Percentiles that too few values cannot give."""

    def texts() -> Iterator[str]:
        for mode in data.modes:
            counts = [
                e.n
                for cell in data.cells
                if cell.mode == mode and (e := data.number(cell, f"{data.latency_metric(mode)}.p50")) is not None
            ]
            what = "requests" if mode == "batch" else "streams"
            if counts and not data.is_invalid(mode) and min(counts) < P95_NEEDS:
                some = "" if max(counts) < P95_NEEDS else " at the least"
                yield (
                    f"How slow the slowest 5 % of {what} are: {plural(min(counts), 'value')} a condition{some}, and a "
                    f"95th percentile needs {P95_NEEDS}. None is shown from fewer."
                )
            elif counts and not data.is_invalid(mode) and min(counts) < P99_NEEDS:
                few = plural(min(counts), "value")
                yield f"The slowest 1 % of {what}: {few} a condition, a 99th percentile needs {P99_NEEDS}."

    return limit("Slow moments", texts())


def _subset(data: RunData) -> Limit | None:
    def texts() -> Iterator[str]:
        utterances = data.rows.texts("utterance_id").codes
        sent = {mode: len(np.unique(utterances[data.rows.texts("mode").are(mode)])) for mode in data.modes}
        if len(sent) == 2 and sent["stream"] != sent["batch"]:
            few, many = sorted(sent.values())
            which = "streamed" if sent["stream"] == few else "sent in batch"
            yield (
                f"Batch and real time side by side: only {few} of {many} utterances were {which}. Each mode's own "
                "numbers are of its own utterances; differences are of those that went both ways."
            )

    return limit("Batch against real time", texts())


# -- voices and references --------------------------------------------------------------------


def _voices(data: RunData) -> Limit | None:
    def texts() -> Iterator[str]:
        unknown: dict[str, tuple[int, int]] = {}
        few: dict[str, int] = {}
        rough: dict[str, int] = {}
        for speech in data.speech:
            spoken = [u for u in data.utterances.values() if (u.corpus, u.language) == speech]
            named = {utterance.cluster for utterance in spoken if utterance.cluster is not None}
            nameless = sum(utterance.cluster is None for utterance in spoken)
            name, voices = speech_name(data, speech), len(named) + nameless
            if nameless:
                unknown[name] = (nameless, len(spoken))
            if voices < MIN_CLUSTERS:
                few[name] = voices
            elif voices < FEW_CLUSTERS and not nameless:
                rough[name] = voices
        if unknown:
            of = sum(number for number, _ in unknown.values()), sum(number for _, number in unknown.values())
            yield (
                f"{_in(data, unknown)}{of[0]:,} of {plural(of[1], 'recording')} name no speaker, and each is counted "
                "as a voice of its own. If few people spoke them, every interval here is too narrow."
            )
        if few:
            yield (
                f"{_in(data, few)}{_number_of(few)}. An interval needs {MIN_CLUSTERS} or more, about {FEW_CLUSTERS} to "
                "be trusted: what is counted here holds for these voices."
            )
        if rough:
            yield f"{_in(data, rough)}{_number_of(rough)}: intervals are rough below about {FEW_CLUSTERS}."

    return limit("Other people's voices", texts())


def _in(data: RunData, names: Iterable[str]) -> str:
    return f"{listed(list(names), most=_NAMED)}: " if len(data.speech) > 1 else ""


def _number_of(speakers: Mapping[str, int]) -> str:
    """`2 speakers`, or `2 to 5 speakers` where places differ."""
    low, high = min(speakers.values()), max(speakers.values())
    return plural(high, "speaker") if low == high else f"{low} to {high} speakers"


def _speech_itself(data: RunData) -> Limit | None:
    """Synthetic recordings, drafted references, and those complete in parts."""

    def texts() -> Iterator[str]:
        headers = [manifest.header for manifest in data.manifests.values()]
        synthetic = [header.name for header in headers if header.synthetic]
        if synthetic:
            verb = "is" if len(synthetic) == 1 else "are"
            named = listed(synthetic, most=_NAMED)
            yield f"{named} {verb} synthetic speech: it checks the pipeline, not how an engine hears people."
        for header in headers:
            if header.draft_engine:
                yield f"{header.name}: references were drafted by {header.draft_engine}, which favours it."
        yield from (f"{said}." for manifest in data.manifests.values() for said in _in_parts(manifest))
        yield from word_time_warnings(data.manifests.values(), data.spec.engines)

    return limit("Real speech", texts())


def corpus_warnings(manifests: Iterable[Manifest]) -> Iterator[str]:
    """What a corpus's word errors do not say: it is synthetic, an engine transcribed it, or it is complete in parts."""
    for manifest in manifests:
        header = manifest.header
        if header.synthetic:
            yield f"{header.name} is synthetic speech: it checks the pipeline, not how an engine hears people"
        if header.draft_engine:
            yield f"{header.name}: references were drafted by {header.draft_engine}, which favours it"
        yield from _in_parts(manifest)


def _in_parts(manifest: Manifest) -> Iterator[str]:
    number = sum(bool(utterance.scored_s) for utterance in manifest.utterances)
    if number:
        yield (
            f"{manifest.header.name}: references of {plural(number, 'recording')} are complete in parts only (UEM): "
            "WER counts what is said elsewhere too, cpWER and the other measures of speakers do not"
        )


def _languages(data: RunData) -> Limit | None:
    def texts() -> Iterator[str]:
        yield from rules_missing(speech.language for speech in data.speech)
        wrong = data.rows.texts("engine").counted(data.rows.counts("wrong_script") > 0)
        for engine, number in wrong.items():
            count = plural(number, "answer")
            yield f"{count} of {engine} came in another script than the references': that counts as wrong."
        flips = [flip for sensitivity in data.sensitivity for flip in sensitivity.ranking_flips]
        if flips:
            pairs = dict.fromkeys(f"{flip.system_a} and {flip.system_b}" for flip in flips)
            named = listed(list(pairs), most=_NAMED)
            yield f"Which is better of {named} depends on the text rules: see How it was measured."

    return limit("The text itself", texts())


# -- the run ----------------------------------------------------------------------------------


def _unfinished(data: RunData) -> Limit | None:
    def texts() -> Iterator[str]:
        missing = data.planned - len(data.rows)
        if missing:
            yield f"{missing:,} of {plural(data.planned, 'trial')} have no result yet; go on with --resume."
        for change in data.spec.replans:
            if change.left_out:
                yield f"Its plan was changed on {change.at[:10]}: {replanned(change)}."
        for cell in data.analysis.cells:
            for alarm in cell.alarms:
                mode = "real time" if cell.cell.mode == "stream" else cell.cell.mode
                yield f"{cell.cell.engine}, {mode}, {cell.cell.condition}: {noted(alarm)}"

    return limit("This run", texts())


def _failures(data: RunData) -> Limit | None:
    """Error rates of what was answered, where much was not."""

    def texts() -> Iterator[str]:
        for speech in data.speech:
            for engine in data.engines:
                for mode in data.modes:
                    cell = Cell(engine, mode, data.base, *speech)
                    failed, attempted = (data.count(cell, f"trials.{name}") for name in ("failed", "attempted"))
                    if failed and data.value(cell, "wer") is not None:
                        yield (
                            f"{engine} failed in {failed:,} of {plural(attempted, 'trial')} ({_where(data, cell)}): "
                            f"its {percent(data.value(cell, 'wer'))} is of the rest, "
                            f"{percent(data.value(cell, 'wer.failures_deleted'))} with every failure as all words lost."
                        )

    return limit("What failed would have said", texts())


def _where(data: RunData, cell: Cell) -> str:
    mode = "real time" if cell.mode == "stream" else cell.mode
    several = f", {speech_name(data, Speech(cell.corpus, cell.language))}" if len(data.speech) > 1 else ""
    return f"{mode}, {cell.condition}{several}"


_KINDS: tuple[Callable[[RunData], Limit | None], ...] = (
    _seconded,
    _invalid,
    _voices,
    _tails,
    _slow,
    _subset,
    _failures,
    _languages,
    _speech_itself,
    _unfinished,
)
