"""Word times of a corpus: made once, on the clean audio, and stored with the name of what made them.

What a corpus says itself is kept. A word that the aligner does not find has no time, here as everywhere: metrics that
need it say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from bench import audio
from bench.aligners.base import Aligner
from bench.corpora.derived import write_derived
from bench.corpora.manifest import Header, Manifest, load_manifest, resolve_audio
from bench.errors import AudioError
from bench.scoring.text.normalize.alternatives import WILDCARD, first_variants, slots
from bench.scoring.timing.display import words_of
from bench.types import Utterance, Word


def _untold(utterance: Utterance) -> None: ...


def with_word_times(
    manifest: Manifest,
    aligner: Aligner,
    *,
    earlier: Iterable[Manifest] = (),
    tell: Callable[[Utterance], None] = _untold,
) -> tuple[Header, list[Utterance]]:
    """Header and utterances of a manifest, with words where it had none.

    An utterance is left without where its language is not the aligner's, its audio cannot be read, or its text is
    empty or holds what nobody understood (`{*}`). Words of which none was found stay, without times.

    Args:
        manifest: with its audio.
        aligner: what to ask.
        earlier: manifests that may hold what the same aligner said of the same recordings; it is not asked again.
        tell: called with each utterance before it is aligned.
    """
    known = {
        _identity(utterance): utterance.words
        for done in earlier
        if _has_made(done.header, aligner)
        for utterance in done.utterances
        if utterance.words
    }
    utterances = []
    for utterance in manifest.utterances:
        if not utterance.words and _identity(utterance) in known:
            utterance = replace(utterance, words=known[_identity(utterance)])
        elif not utterance.words and _is_for(aligner, utterance):
            tell(utterance)
            utterance = replace(utterance, words=_words(utterance, manifest.path.parent, aligner))
        utterances.append(utterance)
    return _header(manifest, utterances, aligner), utterances


def align_corpus(
    manifest: Path, out: Path, aligner: Aligner, *, tell: Callable[[Utterance], None] = _untold
) -> Manifest:
    """Write a manifest with the times of words where it had none; as `with_word_times`."""
    corpus = load_manifest(manifest)
    return write_derived(corpus, out, *with_word_times(corpus, aligner, tell=tell))


def _identity(utterance: Utterance) -> tuple[str, str, str]:
    return utterance.sha256, utterance.text, utterance.language


def _has_made(header: Header, aligner: Aligner) -> bool:
    return aligner.id in (header.aligner or "").split(", ")


def _is_for(aligner: Aligner, utterance: Utterance) -> bool:
    return aligner.languages is None or utterance.language.partition("-")[0].lower() in aligner.languages


def _words(utterance: Utterance, folder: Path, aligner: Aligner) -> tuple[Word, ...] | None:
    texts = _spoken(utterance.text)
    if not texts:
        return None
    try:
        recording = audio.read(resolve_audio(folder, utterance.audio))
    except AudioError:
        return None
    spans = aligner.spans(recording.samples, recording.sample_rate_hz, texts, utterance.language)
    return tuple(
        Word(text=text) if span is None else Word(text=text, start_s=round(span[0], 3), end_s=round(span[1], 3))
        for text, span in zip(texts, spans, strict=True)
    )


def _spoken(text: str) -> list[str]:
    """Written words that have a sound; none where part of what was said is not known."""
    if any(WILDCARD in slot for slot in slots(text, str.split)):
        return []
    return [word for word in first_variants(text).split() if words_of(word)]


def _header(manifest: Manifest, utterances: Iterable[Utterance], aligner: Aligner) -> Header:
    header = manifest.header
    changed = any(new.words != old.words for new, old in zip(utterances, manifest.utterances, strict=True))
    if not changed or _has_made(header, aligner):
        return header
    return replace(header, aligner=", ".join(filter(None, (header.aligner, aligner.id))))
