"""What must be equal for two corpora to be the same material: recordings, texts, languages and speakers. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from bench.types import Utterance

DIGEST_CHARS = 12


def utterance_digest(utterance: Utterance) -> str:
    """Of what was said and what was heard; the same in any folder."""
    return digest([utterance.sha256, utterance.text, utterance.language, utterance.cluster])


def corpus_digests(utterances: Mapping[str, Utterance]) -> dict[str, str]:
    """Corpus -> how many utterances it has and their digest; `utterances` by key."""
    parts: dict[str, list[list[str]]] = {}
    for key in sorted(utterances):
        parts.setdefault(utterances[key].corpus, []).append([key, utterance_digest(utterances[key])])
    return {corpus: f"{len(own)} utterances {digest(own)}" for corpus, own in sorted(parts.items())}


def digest(value: object) -> str:
    """Short hex digest of what JSON can hold."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_CHARS]
