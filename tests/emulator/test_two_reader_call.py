"""Calls of real readers: the committed config says who was taken for whom, and others count the same errors."""

from __future__ import annotations

from pathlib import Path

import pytest

import bench
from bench.audio import read
from bench.corpora.manifest import load_manifest
from bench.corpora.prepare import prepare
from bench.emulator import two_reader_call
from bench.engines import ENGINES
from bench.scoring.speakers.turns import Turn
from bench.scoring.text.normalize import get_normalizer
from tests.scoring.speakers.references import MD_EVAL
from tests.scoring.test_speakers import check_md_eval, check_times, check_words

pytestmark = pytest.mark.nightly  # a recogniser with speakers takes 20 s of processor time a call
CONFIG = Path("configs/two-speakers.yaml").resolve()


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> Path:
    return prepare("quickstart-en", tmp_path_factory.mktemp("corpora"))


@pytest.fixture(scope="module")
def run(tmp_path_factory, clips) -> bench.Run:
    folder = tmp_path_factory.mktemp("call")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        two_reader_call.make(Path("reports/two-speakers/corpus"), clips, turns=4)
        return bench.run(CONFIG, out=folder / "run")


def test_the_script_s_errors_are_measured_and_a_recogniser_s_too(run):
    rows = run.estimates.query("scope == 'cell'").set_index(["engine", "metric"])["value"]
    assert rows["script-right", "cpwer"] == 0
    assert rows["script-right", "speaker_count.exact"] == 1
    assert 0.05 < rows["script-swaps-a-fifth", "wder"] < 0.4
    assert rows["script-merges", "speaker_count.bias"] == -1
    assert rows["script-merges", "der.confused"] > 0.2
    for metric in ("cpwer", "tcpwer", "der", "speaker_count.bias"):
        assert rows["moonshine", metric] == rows["moonshine", metric], f"{metric} has no value"


def test_the_report_shows_who_was_taken_for_whom(run):
    page = run.report().path.with_suffix(".md").read_text("utf-8").replace("\\", "")
    assert "Who was taken for whom" in page
    assert "speaker 2 → voice 1" in page  # of the script that merges, at least


def sessions(folder: Path, clips: Path):
    """Twenty calls of four turns, as they were and as Moonshine heard them."""
    manifest, _ = two_reader_call.make(folder, clips, turns=4, calls=20)
    corpus, rules = load_manifest(manifest), get_normalizer("earwitness")
    factory = ENGINES.load("moonshine")
    engine = factory.create(factory.Settings(speakers=True), {})

    def turns(segments):
        made = [
            Turn(speaker=s.speaker, start_s=s.start_s, end_s=s.end_s, words=tuple(rules.words(s.text, "en")))
            for s in segments
            if s.end_s > s.start_s
        ]
        return [turn for turn in made if turn.words]

    for utterance in corpus.utterances:
        recording = read(corpus.audio_path(utterance))
        heard = engine.transcribe(recording.samples, recording.sample_rate_hz, "en")
        yield turns(utterance.segments), turns(heard.segments)


def test_others_count_the_same_errors_in_twenty_real_calls(tmp_path, clips):
    calls = list(sessions(tmp_path / "calls", clips))
    assert len(calls) == 20
    for reference, hypothesis in calls:
        check_words(reference, hypothesis)
        check_times(reference, hypothesis)
    if MD_EVAL:
        check_md_eval(calls, tmp_path)
