"""Where word times come from, as a fact and a warning of a report. Formats; counts words, and computes nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bench.aligners.base import engine_of
from bench.corpora.manifest import Manifest
from bench.store.spec import EngineIdentity
from bench.types import Utterance


def word_time_fact(manifests: Iterable[Manifest]) -> str:
    """How many utterances and words of each corpus have times, and what set them."""
    return "; ".join(f"{manifest.header.name}: {_coverage(manifest)}" for manifest in manifests)


def _coverage(manifest: Manifest) -> str:
    aligner, utterances = manifest.header.aligner, manifest.utterances
    timed = [utterance for utterance in utterances if _timed(utterance)]
    if not timed and aligner is None:
        return "none, so word emission and partial WER cannot be had (name an aligner: word_times)"
    words = sum(len(utterance.words or ()) for utterance in utterances)
    parts = [f"{sum(map(_timed, utterances))} of {words} words, in {len(timed)} of {len(utterances)} utterances"]
    parts.append("by the corpus" if aligner is None else f"by {aligner} where the corpus had none")
    return ", ".join([*parts, *_without(utterances, aligner)])


def _without(utterances: Sequence[Utterance], aligner: str | None) -> Iterator[str]:
    untold = sum(utterance.words is None for utterance in utterances)
    unfound = sum(utterance.words is not None and not _timed(utterance) for utterance in utterances)
    if untold and aligner is not None:
        yield f"{untold} utterances without (another language, no text that is known, or no audio)"
    if unfound:
        yield f"{unfound} utterances whose text was not found in the audio"


def _timed(utterance: Utterance) -> int:
    return sum(word.end_s is not None for word in utterance.words or ())


def word_time_warnings(manifests: Iterable[Manifest], engines: Mapping[str, EngineIdentity]) -> Iterator[str]:
    """Engines that were measured by word times of their own making."""
    for manifest in manifests:
        makers = {engine_of(aligner) for aligner in (manifest.header.aligner or "").split(", ")}
        favoured = [id for id, engine in engines.items() if makers & _models(engine)]
        if favoured:
            yield (
                f"{manifest.header.name}: word times were made by {manifest.header.aligner}, which is under test "
                f"itself ({', '.join(favoured)}): word emission and partial WER favour it"
            )


def _models(engine: EngineIdentity) -> set[str]:
    """Names of the recognisers that answer for an engine."""
    return {engine.emulate.get("recognizer", "") if engine.emulate else engine.engine}
