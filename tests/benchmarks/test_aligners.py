"""The measure of aligners itself, by an aligner whose errors are known."""

import pytest

from bench.aligners.base import Span
from bench.corpora.manifest import Header, write_manifest
from bench.types import Word
from benchmarks import aligners
from tests.aligners.joined import WORDS
from tests.corpora.tiny import put_tone, utterance


class Late:
    """Ends every word of its language late by its length in letters, in hundredths of a second; never finds `lost`."""

    id = "late@1"
    languages = ("en",)

    def spans(self, samples, sample_rate_hz, words, language) -> list[Span | None]:
        assert language == "en"
        return [None if word == "lost" else (0.0, 1 + len(word) / 100) for word in words]


@pytest.fixture
def manifest(tmp_path):
    def timed(*words):
        return tuple(Word(text=word, start_s=0.0, end_s=1.0) for word in words)

    known = [
        utterance("a", words=(*timed("a", "four", "sixsix"), Word(text="untimed"))),
        utterance("b", words=timed("lost")),
        utterance("c"),
        utterance("d", language="hi", words=timed("seven")),
    ]
    for each in known:
        put_tone(tmp_path / each.audio)
    header = Header(name="tiny", licence="own", source="tests", synthetic=True, aligner="late@1")
    write_manifest(tmp_path / "manifest.jsonl", header, known)
    return tmp_path / "manifest.jsonl"


def test_errors_are_those_of_words_whose_end_is_known_and_was_found(manifest):
    name, clips = aligners.manifest_clips(manifest)
    assert len(clips) == 3
    expected = "| tiny (times made by late@1) | late@1 | 1 of 2 | 3 of 4 | 0.04 | 0.06 | 0.06 |"
    assert aligners.row(name, Late(), clips) == expected


def test_words_voices_and_silences_are_not_those_of_the_other_tests():
    assert not set(aligners.WORDS) & set(WORDS)
    (clip, *_) = aligners.synthetic_clips((0.5, 1.0))
    gaps = [b.start_s - a.end_s for a, b in zip(clip.words, clip.words[1:], strict=False)]
    assert min(gaps) > 0.45
    assert "en-us" not in aligners.VOICES
