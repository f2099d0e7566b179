"""Word times in a run: real alignment, real streams, and an emulator that says when it says what."""

import shutil

import pytest
import yaml
from click.testing import CliRunner

from bench.aligners.pocketsphinx import PocketSphinxAligner
from bench.audio import sha256_file, write_wav
from bench.cli import app
from bench.corpora.manifest import Header, load_manifest, write_manifest
from bench.errors import ConfigError
from bench.execution.planning import load_plan
from bench.execution.score import score
from bench.execution.stages import create
from bench.report.run import data, how
from bench.store import RunFolder
from bench.types import Utterance
from tests.aligners.joined import joined
from tests.toy import make_config

SAID = ("people", "summer", "water")
BEFORE_S = 0.2
TOLERANCE_S = 0.1
"""Words of this voice are good to 0.03 s (p95); the rest is for the p90, which is one word."""
EMISSION = ("word_emission_final_p50_s", "word_emission_partial_p50_s")


def invoke(*args, code=0):
    result = CliRunner().invoke(app, [str(arg) for arg in args])
    assert result.exit_code == code, f"{result.output}\n{result.exception!r}"
    return result.output


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with one recording, its manifest and a script that knows it; and the true word ends."""
    folder = tmp_path_factory.mktemp("aligned")
    audio, truth = joined(SAID, pauses_s=(0.05, 0.1))
    write_wav(folder / "u0.wav", audio)
    said = Utterance(
        id="u0",
        corpus="toy",
        audio="u0.wav",
        sha256=sha256_file(folder / "u0.wav"),
        sample_rate_hz=audio.sample_rate_hz,
        num_samples=len(audio.samples),
        text=" ".join(SAID),
        language="en",
    )
    header = Header(name="toy", licence="CC0-1.0", source="made by the tests", synthetic=True)
    write_manifest(folder / "manifest.jsonl", header, [said])
    entry = {"text": said.text, "speech_start_s": truth[0].start_s, "speech_end_s": truth[-1].end_s}
    (folder / "script.yaml").write_text(yaml.safe_dump({"default": entry}), encoding="utf-8")
    return folder, [word.end_s for word in truth]


def config(place, **changes):
    folder, _ = place
    conditions = ["clean", {"id": "later", "steps": [{"silence": {"before_s": BEFORE_S}}]}]
    return make_config(
        folder,
        folder / "manifest.jsonl",
        folder / "script.yaml",
        **{"modes": ["stream"], "conditions": conditions, "stream": {"concurrency": 2}, **changes},
    )


@pytest.fixture(scope="module")
def run(place):
    out = place[0] / "run"
    invoke("run", config(place, word_times="pocketsphinx"), "--out", out, "--no-report")
    return RunFolder(out)


def rows(folder):
    return {row.cell.condition: row for row in folder.scores()}


@pytest.mark.parametrize("condition", ["clean", "later"])
def test_word_emission_agrees_with_the_truth(run, place, condition):
    row = rows(run)[condition]
    metrics = row.metrics
    outcome = run.results()[row.trial_id].outcome
    final_s = max(event.t_s for event in outcome.events if event.kind == "final" and event.text)
    moved = BEFORE_S if condition == "later" else 0.0
    delays = sorted(final_s - end_s - moved for end_s in place[1])
    assert metrics["word_emission_final_p50_s"] == pytest.approx(delays[1], abs=TOLERANCE_S)
    assert metrics["word_emission_final_p90_s"] == pytest.approx(delays[2], abs=TOLERANCE_S)
    assert metrics["partial_wer"] is not None


def test_without_an_aligner_there_is_none_and_why(run, place):
    plan = load_plan(config(place))
    without = RunFolder(place[0] / "without")
    create(plan, without)
    # Word times decide no answer, so the trials are the same and need not be streamed again.
    shutil.copytree(run.path / "results", without.path / "results", dirs_exist_ok=True)
    score(without)
    row = rows(without)["clean"]
    metrics, reasons = row.metrics, row.reasons
    for name in (*EMISSION, "partial_wer"):
        assert metrics[name] is None
        assert "name an aligner of its language (word_times)" in reasons[name]


def test_times_are_stored_with_their_maker_and_the_corpus_is_left_alone(run, place):
    made = load_manifest(run.path / "manifests" / "toy.jsonl")
    assert made.header.aligner.startswith("pocketsphinx@")
    assert [word.text for word in made.utterances[0].words] == list(SAID)
    assert load_manifest(place[0] / "manifest.jsonl").utterances[0].words is None
    facts = dict(how.facts(data.read(run)))
    assert facts["word times"].startswith(f"toy: 3 of 3 words, in 1 of 1 utterances, by {made.header.aligner}")


def test_neither_resuming_nor_a_dry_run_aligns(run, place, monkeypatch):
    def never(*_):
        raise AssertionError("aligned")

    before = (run.path / "manifests" / "toy.jsonl").read_bytes()
    monkeypatch.setattr(PocketSphinxAligner, "spans", never)
    invoke("run", config(place, word_times="pocketsphinx"), "--out", run.path, "--resume", "--no-report")
    assert (run.path / "manifests" / "toy.jsonl").read_bytes() == before
    invoke("run", config(place, word_times="pocketsphinx"), "--dry-run")
    # What batch is measured by needs no word times.
    plan = load_plan(config(place, word_times="pocketsphinx", modes=["batch"]))
    create(plan, RunFolder(place[0] / "batch"))


def test_a_wrong_aligner_is_one_of_all_problems(place):
    with pytest.raises(ConfigError) as caught:
        load_plan(config(place, word_times={"aligner": "pocketsphynx"}, conditions=["no-such"]))
    assert "did you mean 'pocketsphinx'" in str(caught.value)
    assert "no-such" in str(caught.value)
    with pytest.raises(ConfigError, match=r"word_times\.settings\.engine: expected a value"):
        load_plan(config(place, word_times={"aligner": "recognizer"}))


def test_what_the_machine_lacks_is_said_before_the_first_call(place, monkeypatch):
    monkeypatch.setattr("bench.aligners.pocketsphinx.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"word_times.*pip install 'earwitness\[pocketsphinx\]'"):
        load_plan(config(place, word_times="pocketsphinx"))


def test_a_corpus_is_aligned_once_and_kept(place):
    folder, ends_s = place
    shown = invoke(
        "corpus", "align", folder / "manifest.jsonl", "--aligner", "pocketsphinx", "--out", folder / "b" / "m.jsonl"
    )
    assert "3 of 3 words" in shown
    made = load_manifest(folder / "b" / "m.jsonl")
    assert made.audio_path(made.utterances[0]).is_file()
    assert [word.end_s for word in made.utterances[0].words] == pytest.approx(ends_s, abs=0.15)
    assert "pocketsphinx" in invoke("list", "aligners")
    assert "expected key=value" in invoke(
        "corpus", "align", folder / "manifest.jsonl", "--aligner", "recognizer", "--set", "engine", "--out", "x", code=2
    )
