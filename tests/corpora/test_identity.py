"""The same material has the same digest, and other material another."""

from dataclasses import replace

from bench.corpora.identity import corpus_digests
from bench.types import Utterance

ONE = Utterance(
    id="0", corpus="c", audio="0.wav", sha256="0" * 64, sample_rate_hz=8000, num_samples=8000, text="a", language="en"
)


def corpus(texts):
    return {f"c/{n}": replace(ONE, id=str(n), text=text, sha256=f"{n:064}") for n, text in enumerate(texts)}


def test_references_that_changed_places_are_other_material():
    """Hashes of rows taken together by XOR cancelled: 60 references swapped were the same corpus."""
    texts = [f"text {n}" for n in range(60)]
    assert corpus_digests(corpus(texts)) == corpus_digests(dict(reversed(corpus(texts).items())))
    assert corpus_digests(corpus(texts)) != corpus_digests(corpus(texts[::-1]))
    assert corpus_digests(corpus(texts))["c"].startswith("60 utterances ")
