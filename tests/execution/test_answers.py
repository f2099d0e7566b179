"""Answers that are there already: recorded, replayed with their times, reused without; keys are no names."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import bench
from bench.addresses import mirror
from bench.drivers.tape import Tape
from bench.execution.answers import Answers, answer_key, engine_digest, sent_digest
from bench.remote import publish
from bench.store import RunFolder
from bench.store.recordings import recorded
from bench.types import Call, Failure, Timing, Transcript
from tests.toy import make_corpus, make_script

CALL = Call(audio=b"abc", content_type="a/b", encoding="linear16", sample_rate_hz=8000, duration_s=1, language="en")


def run_config(root: Path, engines: list[dict], **more: object) -> dict:
    return {
        "name": "recorded",
        "corpora": [str(root / "manifest.jsonl")],
        "engines": engines,
        "stream": {"speed": 1.0, "concurrency": 4},
        "validity": {"max_send_lag_p99_s": 60, "max_send_lag_s": 60, "max_cpu_saturated": 1.0},
        **more,
    }


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> bench.Run:
    root = tmp_path_factory.mktemp("original")
    make_corpus(root)
    emulate = {"recognizer": f"script:{make_script(root)}"}
    engine = {"id": "live", "engine": "pulse", "settings": {"language": "en"}, "emulate": emulate}
    return bench.run(run_config(root, [engine], record=True), out=root / "run")


def outcomes(run: bench.Run) -> dict[tuple[str, str], Transcript | Failure]:
    from bench.store import RunFolder

    folder = RunFolder(run.path)
    results = folder.results()
    return {(trial.utterance_id, trial.mode): results[trial.id].outcome for trial in folder.trials()}


def test_a_run_is_replayed_with_its_times_and_asks_nobody(original: bench.Run, monkeypatch: pytest.MonkeyPatch):
    for driver in ("bench.drivers.http.Client.send", "bench.drivers.websocket.open_wire"):
        monkeypatch.setattr(driver, lambda *_: pytest.fail("asked somebody"))
    root = original.path.parent
    engine = {"id": "again", "engine": "replay", "settings": {"run": str(original.path), "engine": "live"}}
    replayed = bench.run(run_config(root, [engine]), out=root / "replayed")
    then, now = outcomes(original), outcomes(replayed)
    assert then.keys() == now.keys()
    for key, outcome in then.items():
        again = now[key]
        assert isinstance(outcome, Transcript)
        assert isinstance(again, Transcript)
        assert again.recognised == outcome.recognised
        assert again.timing == outcome.timing
        assert again.events == outcome.events
        assert again.origin is None
    columns = ["metric", "mode", "value"]
    before, after = (run.estimates.query("scope == 'cell'")[columns] for run in (original, replayed))
    assert before["value"].tolist() == pytest.approx(after["value"].tolist(), nan_ok=True)


def test_a_run_at_a_url_is_replayed(original: bench.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("fsspec", reason="the extra `cloud` is not installed")
    monkeypatch.setenv("EARWITNESS_CACHE", str(tmp_path / "theirs"))
    shutil.copytree(original.path, mirror("memory://replayed/run"))
    publish(mirror("memory://replayed/run"))
    monkeypatch.setenv("EARWITNESS_CACHE", str(tmp_path / "ours"))
    engine = {"id": "again", "engine": "replay", "settings": {"run": "memory://replayed/run"}}
    replayed = bench.run(run_config(original.path.parent, [engine], modes=["batch"]), out=tmp_path / "replayed")
    assert replayed.num_failed == 0


def test_answers_are_reused_without_latency_and_say_so(original: bench.Run, tmp_path: Path):
    bare = tmp_path / "bare"
    bare.mkdir()
    root = original.path.parent
    for name in ("results", "manifests"):
        (bare / name).mkdir()
        for path in (original.path / name).iterdir():
            (bare / name / path.name).write_bytes(path.read_bytes())
    for name in ("trials.jsonl", "resolved.json", "environment.json", "config.yaml"):
        (bare / name).write_bytes((original.path / name).read_bytes())
    spec = json.loads((original.path / "resolved.json").read_text(encoding="utf-8"))["config"]["engines"][0]
    renamed = {"id": "renamed", "engine": "pulse", "settings": spec["settings"], "emulate": spec["emulate"]}
    reused = bench.run(run_config(root, [renamed]), out=tmp_path / "reused", reuse=[bare])
    for key, outcome in outcomes(reused).items():
        then = outcomes(original)[key]
        assert isinstance(outcome, Transcript)
        assert isinstance(then, Transcript)
        assert outcome.text == then.text
        assert outcome.origin == str(bare)
    assert set(reused.results["attempts"]) == {0}
    latencies = [name for name in reused.scores.columns if name.endswith("_latency_s")]
    assert reused.scores[latencies].isna().all(axis=None)


def test_what_was_not_recorded_is_a_failure_of_its_trial(original: bench.Run, tmp_path: Path):
    root = original.path.parent
    engine = {"id": "again", "engine": "replay", "settings": {"run": str(original.path)}}
    replayed = bench.run(run_config(root, [engine], conditions=["landline"], modes=["batch"]), out=tmp_path / "run")
    for outcome in outcomes(replayed).values():
        assert isinstance(outcome, Failure)
        assert "found none (left) in the run" in outcome.message


def test_a_torn_recording_is_left_out(original: bench.Run, tmp_path: Path):
    folder = tmp_path / "recordings"
    folder.mkdir()
    path = sorted((original.path / "recordings").iterdir())[0]
    content = path.read_bytes()
    whole = len(list(recorded(original.path)))
    for cut in (1, 5, len(content) // 2):
        (folder / path.name).write_bytes(content[:-cut])
        assert 0 < len(list(recorded(tmp_path))) < whole


@pytest.mark.parametrize(
    "changed",
    [
        {"audio": b"abd"},
        {"chunks": (b"ab", b"c")},
        {"sample_rate_hz": 16000},
        {"language": "hi"},
        {"keywords": (("a", 1.0),)},
        {"encoding": "mulaw"},
        {"chunk_bytes": 99},
    ],
)
def test_another_question_has_another_key(changed: dict):
    assert sent_digest(replace(CALL, **changed)) != sent_digest(CALL)


def test_a_key_hangs_on_kind_parameters_mode_and_repeat_and_on_no_name():
    kind = {"engine": "pulse", "settings": {"a": 1, "b": 2}}
    engine = engine_digest(kind, None)
    assert engine_digest({"settings": {"b": 2, "a": 1}, "engine": "pulse"}, None) == engine
    assert engine_digest(kind, "2") != engine
    assert engine_digest({**kind, "settings": {"a": 1}}, None) != engine
    same = answer_key("s", engine, "batch", 0, 1.0)
    assert answer_key("s", engine, "batch", 0, 8.0) == same, "speed is of streams"
    others = {
        answer_key("t", engine, "batch", 0, 1.0),
        answer_key("s", "other", "batch", 0, 1.0),
        answer_key("s", engine, "batch", 1, 1.0),
        answer_key("s", engine, "stream", 0, 1.0),
        answer_key("s", engine, "stream", 0, 8.0),
    }
    assert len(others | {same}) == 6


def test_an_answer_is_taken_once_and_a_trial_that_asks_again_gets_its_own(original: bench.Run):
    answers = Answers.of([original.path])
    key = next(r.answer_key for r in RunFolder(original.path).results().values() if r.answer_key)
    first = answers.pop("trial 1", key, taped=True)
    assert isinstance(first, Tape)
    assert answers.pop("trial 1", key, taped=True) is first, "its worker died, and it was dealt again"
    assert answers.pop("trial 2", key, taped=True) is None


def test_texts_are_taken_from_a_sealed_run(original: bench.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bench.store.folder.SEALED_FROM", 1)
    shutil.copytree(original.path, tmp_path / "run")
    folder = RunFolder(tmp_path / "run")
    results = folder.results()
    folder.seal()
    assert not list(folder.path.glob("results/*.jsonl"))
    answers = Answers.of([folder.path])
    for result in results.values():
        if isinstance(result.outcome, Transcript):
            kept = answers.pop(result.trial_id, result.answer_key or "", taped=False)
            assert isinstance(kept, Transcript)
            assert kept.recognised == result.outcome.recognised
            assert (kept.origin, kept.events, kept.timing) == (str(folder.path), (), Timing())
