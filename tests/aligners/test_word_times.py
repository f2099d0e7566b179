from dataclasses import replace

import pytest

from bench.aligners.word_times import with_word_times
from bench.corpora.manifest import Manifest, load_manifest, write_manifest
from bench.report.run.word_times import word_time_fact, word_time_warnings
from bench.store.spec import EngineIdentity
from bench.types import Word
from tests.corpora.tiny import HEADER, put_tone, utterance


class Metronome:
    """Knows one word a second, and all but `stuck`; remembers what it was asked."""

    id = "metronome@1"
    languages = ("en",)

    def __init__(self, stuck=()):
        self.stuck, self.asked = stuck, []

    def spans(self, samples, sample_rate_hz, words, language):
        self.asked.append(tuple(words))
        return [None if word in self.stuck else (float(n), n + 0.5) for n, word in enumerate(words)]


@pytest.fixture
def corpus(tmp_path):
    """Made by `corpus(utterance, ...)`; every recording is there."""

    def make(*utterances):
        for each in utterances:
            put_tone(tmp_path / each.audio)
        return Manifest(path=tmp_path / "manifest.jsonl", header=HEADER, utterances=utterances)

    return make


def test_words_are_those_of_the_text_with_the_times_found(corpus):
    header, (made,) = with_word_times(corpus(utterance(text="Hello, big — {wide|} world.")), Metronome(stuck=("wide",)))
    assert header.aligner == "metronome@1"
    assert [(word.text, word.end_s) for word in made.words] == [
        ("Hello,", 0.5), ("big", 1.5), ("wide", None), ("world.", 3.5)
    ]  # fmt: skip


def test_times_that_the_corpus_gives_are_kept(corpus):
    own = (Word(text="hers", start_s=0.1, end_s=0.2),)
    aligner = Metronome()
    _, (first, second) = with_word_times(corpus(utterance("a", words=own), utterance("b", text="his")), aligner)
    assert first.words == own
    assert aligner.asked == [("his",)]
    assert second.words == (Word(text="his", start_s=0.0, end_s=0.5),)
    untouched, _ = with_word_times(corpus(utterance("a", words=own)), aligner)
    assert untouched.aligner is None


def test_what_it_cannot_know_is_left_without(corpus):
    aligner = Metronome()
    manifest = corpus(utterance("a", language="hi"), utterance("b", text="so {*} said"), utterance("c", text="— …"))
    missing = replace(utterance("d"), audio="audio/nowhere.wav")
    header, found = with_word_times(replace(manifest, utterances=(*manifest.utterances, missing)), aligner)
    assert [each.words for each in found] == [None] * 4
    assert aligner.asked == []
    assert header.aligner is None


def test_the_same_recording_is_not_asked_about_again(corpus, tmp_path):
    manifest = corpus(utterance("a", text="one"), utterance("b", text="two"))
    header, utterances = with_word_times(replace(manifest, utterances=manifest.utterances[:1]), Metronome())
    write_manifest(tmp_path / "done.jsonl", header, utterances)
    aligner = Metronome()
    again, found = with_word_times(manifest, aligner, earlier=[load_manifest(tmp_path / "done.jsonl")])
    assert aligner.asked == [("two",)]
    assert found[0] == utterances[0]
    assert again == header
    other = Metronome()
    other.id = "metronome@2"
    with_word_times(manifest, other, earlier=[load_manifest(tmp_path / "done.jsonl")])
    assert other.asked == [("one",), ("two",)]


def test_a_recording_that_was_missing_is_asked_about_once_it_is_there(corpus, tmp_path):
    there = corpus(utterance("a", text="one"))
    missing = replace(utterance("b", text="two"), audio="audio/later.wav")
    manifest = replace(there, utterances=(*there.utterances, missing))
    header, utterances = with_word_times(manifest, Metronome())
    write_manifest(tmp_path / "done.jsonl", header, utterances)
    put_tone(tmp_path / missing.audio)
    aligner = Metronome()
    _, found = with_word_times(manifest, aligner, earlier=[load_manifest(tmp_path / "done.jsonl")])
    assert aligner.asked == [("two",)]
    assert found[1].words is not None


def test_a_report_says_how_many_words_have_times_and_by_what(corpus):
    manifest = corpus(
        utterance("a", text="one two"), utterance("b", text="stuck"), utterance("c", language="hi"), utterance("d")
    )
    header, found = with_word_times(manifest, Metronome(stuck=("stuck",)))
    fact = word_time_fact([replace(manifest, header=header, utterances=tuple(found))])
    assert fact == (
        "tiny: 7 of 8 words, in 2 of 4 utterances, by metronome@1 where the corpus had none, "
        "1 utterances without (another language, no text that is known, or no audio), "
        "1 utterances whose text was not found in the audio"
    )
    assert word_time_fact([manifest]).startswith("tiny: none, so word emission")


@pytest.mark.parametrize(
    ("aligner", "warned"),
    [
        ("pocketsphinx@5.1.1 en-us", ["sphinx"]),
        ("recognizer:moonshine@moonshine-voice 1", ["behind"]),
        ("recognizer:whisper@faster-whisper 1", []),
        (None, []),
    ],
)
def test_engines_under_test_that_made_the_times_are_named(corpus, aligner, warned):
    manifest = corpus(utterance())
    manifest = replace(manifest, header=replace(HEADER, aligner=aligner))
    engines = {
        "sphinx": EngineIdentity(engine="pocketsphinx"),
        "behind": EngineIdentity(engine="pulse", emulate={"recognizer": "moonshine"}),
    }
    found = list(word_time_warnings([manifest], engines))
    assert [name in text for text in found for name in warned] == [True] * len(warned)
    assert len(found) == bool(warned)
