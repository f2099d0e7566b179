import json
import os
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.errors import RunFolderError
from bench.store import Environment, RunFolder
from bench.store.lines import decode_result
from bench.store.storable import kept
from bench.types import (
    Cell,
    Cluster,
    Contrast,
    Estimate,
    Event,
    Failure,
    FailureKind,
    Interval,
    Pool,
    Recognised,
    Result,
    Segment,
    Timing,
    Transcript,
    Trial,
    Word,
)

texts = st.text(max_size=20)
times = st.floats(-1e3, 1e6, allow_nan=False)
words = st.builds(Word, text=texts, start_s=st.none() | times, end_s=st.none() | times, speaker=st.none() | texts)
events = st.builds(Event, t_s=times, kind=st.sampled_from(["partial", "final"]), text=texts, is_last=st.booleans())
transcripts = st.builds(
    Transcript,
    recognised=st.builds(
        Recognised,
        text=texts,
        words=st.none() | st.lists(words, max_size=3).map(tuple),
        segments=st.lists(st.builds(Segment, text=texts), max_size=2).map(tuple),
        extras=st.dictionaries(texts, st.integers() | texts, max_size=2),
    ),
    timing=st.builds(Timing, done_s=times, chunk_sent_s=st.lists(times, max_size=4).map(tuple)),
    events=st.lists(events, max_size=3).map(tuple),
)
failures = st.builds(
    Failure, kind=st.sampled_from(FailureKind), message=texts, http_status=st.none() | st.integers(100, 599)
)
results = st.builds(
    Result,
    trial_id=texts,
    outcome=transcripts
    | failures
    | st.builds(Failure, kind=st.just(FailureKind.TRUNCATED), message=texts, partial=transcripts),
    attempts=st.integers(0, 9),
    started_at=texts,
    dose=st.dictionaries(texts, times, max_size=2),
)


@settings(max_examples=40)
@given(results)
def test_a_result_survives_the_file(result):
    stored, line = kept(result)
    assert line.count(b"\n") == 1
    assert decode_result(line) == stored == result


def result(id, text=None):
    outcome = (
        Failure(kind=FailureKind.TIMEOUT, message="late")
        if text is None
        else Transcript(recognised=Recognised(text=text), timing=Timing())
    )
    return Result(trial_id=id, outcome=outcome, attempts=1, started_at="2026-01-01T00:00:00+00:00")


GOLDEN = Path(__file__).parents[1] / "golden" / "run"


@pytest.fixture
def folder(tmp_path):
    run = RunFolder(tmp_path / "run")
    trial = Trial(id="t1", utterance_id="c/u", condition_id="clean", engine_id="e", mode="batch")
    spec = RunFolder(GOLDEN).spec()
    environment = Environment(started_at="2026-01-01T00:00:00+00:00")
    run.create(config_text="name: x\n", spec=spec, environment=environment, trials=[trial], manifests={})
    return run


def write(folder, *items):
    writer = folder.writer()
    for item in items:
        writer.append(item)
    writer.close()


def test_shards_are_merged_by_trial_and_an_answer_beats_a_failure(folder):
    write(folder, result("a"), result("b", "first"))
    write(folder, result("a", "answered"), result("b"))
    merged = folder.results()
    assert merged["a"].outcome.text == "answered"
    assert merged["b"].outcome.text == "first"


@pytest.mark.parametrize("cut", [1, 10, 50])
def test_a_line_torn_by_a_kill_is_not_read_and_not_appended_to(folder, cut):
    write(folder, result("a", "whole"), result("b", "torn"))
    shard = next((folder.path / "results").iterdir())
    os.truncate(shard, shard.stat().st_size - cut)
    assert folder.results().keys() == {"a"}
    write(folder, result("b", "again"))
    assert folder.results().keys() == {"a", "b"}


def test_a_broken_line_is_named(folder):
    (folder.path / "results" / "0000-1.jsonl").write_text('{"trial_id": 1}\n', encoding="utf-8")
    with pytest.raises(RunFolderError, match=r"0000-1.jsonl:1: expected one result"):
        folder.results()
    (folder.path / "watch").mkdir()
    (folder.path / "watch" / "0000-1.jsonl").write_text('{"clock": 1}\n', encoding="utf-8")
    with pytest.raises(RunFolderError, match=r"0000-1.jsonl:1: expected one look"):
        folder.looks()
    (folder.path / "trials.jsonl").write_text("[]\n", encoding="utf-8")
    with pytest.raises(RunFolderError, match=r"trials.jsonl:1: expected one trial"):
        folder.trials()


@pytest.mark.parametrize(
    "changed",
    [
        *({"outcome": value} for value in (None, 3, "x", [])),
        *({"dose": value} for value in (None, "x", [1], {"snr_db": "loud"}, {"snr_db": True})),
        *({name: value} for name in ("node", "answer_key", "engine_version") for value in (3, ["a"], {})),
    ],
)
def test_a_value_of_another_kind_within_a_result_is_named(folder, changed):
    line = {"trial_id": "a", "outcome": {"type": "failure", "kind": "server", "message": ""}, "attempts": 1}
    line |= {"started_at": "", **changed}
    (folder.path / "results" / "0000-1.jsonl").write_text(f"{json.dumps(line)}\n", encoding="utf-8")
    with pytest.raises(RunFolderError, match=r"0000-1.jsonl:1: expected one result"):
        folder.results()


def test_two_writers_never_share_a_shard(folder):
    first, second = folder.writer(), folder.writer()
    first.append(result("a", "x"))
    second.append(result("b", "y"))
    first.close()
    second.close()
    assert folder.results().keys() == {"a", "b"}
    assert len(list((folder.path / "results").iterdir())) == 2


def test_trials_and_estimates_are_read_back(folder):
    assert folder.trials()[0].id == "t1"
    cell = Cell("e", "batch", "clean", "c", "en")
    interval = Interval(value=0.1, low=0.05, high=0.2, standard_error=0.03, n=9, n_clusters=8, note="few")
    scopes = (
        cell,
        Contrast(name="noise - clean", of=cell._replace(condition="noise"), minus=cell),
        Cluster(cell=cell, cluster="s1"),
        Pool(engine="e", mode="batch", condition="clean", language="en"),
        Pool(engine="e", mode="batch", condition="clean"),
    )
    estimates = tuple(Estimate(metric="wer", unit="ratio", scope=scope, interval=interval) for scope in scopes)
    estimates = (*estimates, Estimate(metric="wer", unit="ratio", scope=cell, interval=Interval(value=None)))
    folder.write_estimates(estimates)
    assert folder.estimates() == estimates


def test_planned_trials_are_counted_as_they_would_be_read(folder):
    path = folder.path / "trials.jsonl"
    whole = path.read_bytes()
    strange = whole.replace(b"c/u", 'c/ü "\\u00fc'.encode()).replace(b'"\\', b'\\"\\')
    for content in (b"", whole, whole[:-1], whole * 3, whole * 2 + whole[:-20], strange, whole + strange):
        path.write_bytes(content)
        assert folder.n_planned() == len(folder.trials())


@pytest.mark.parametrize(
    "changed", [b"[]\n", b"\n", b'{"id": "a"}\n', b"\xff\n", b"[" * 100_000 + b"\n", b'{"id": "t1", "x": NaN}\n']
)
def test_a_line_that_is_no_trial_is_named_where_trials_are_counted(folder, changed):
    path = folder.path / "trials.jsonl"
    path.write_bytes(path.read_bytes() + changed)
    with pytest.raises(RunFolderError, match=r"trials.jsonl:2: expected one trial"):
        folder.n_planned()


def test_estimates_of_an_earlier_version_are_refused_with_what_to_do():
    with pytest.raises(RunFolderError, match=r"expected estimates of this version.*run: bench score"):
        RunFolder(Path(__file__).parents[1] / "golden/run").estimates()


def test_a_folder_that_is_no_run_or_of_another_version_is_refused(folder, tmp_path):
    with pytest.raises(RunFolderError, match="expected a run folder"):
        RunFolder.open(tmp_path)
    folder.write_json("resolved.json", {"schema": 99})
    with pytest.raises(RunFolderError, match="expected a run folder of format 1, got 99"):
        folder.spec()
    with pytest.raises(RunFolderError, match=r"expected scores.parquet, got none"):
        folder.scores()


def test_what_older_code_wrote_of_a_run_is_read_and_written_again_without_loss(tmp_path):
    """Of the golden folder's own keys: a newer config may say more."""
    golden = RunFolder(GOLDEN)
    spec, environment = golden.spec(), golden.environment()
    again = RunFolder(tmp_path / "again")
    again.create(config_text="", spec=spec, environment=environment, trials=[], manifests={})
    for name in ("resolved.json", "environment.json"):
        before, after = (json.loads((run.path / name).read_text(encoding="utf-8")) for run in (golden, again))
        assert _within(after, before) == before
    assert again.spec() == spec
    assert asdict(again.environment()) == asdict(environment)


def _within(value, pattern):
    """The part of `value` whose keys `pattern` has."""
    if isinstance(pattern, dict) and isinstance(value, dict):
        return {key: _within(value[key], pattern[key]) for key in pattern if key in value}
    if isinstance(pattern, list) and isinstance(value, list) and len(value) == len(pattern):
        return [_within(*pair) for pair in zip(value, pattern, strict=True)]
    return value


def test_a_run_that_was_changed_by_hand_is_refused_by_place(folder):
    content = folder.read_json("resolved.json")
    content["engines"]["steady"]["settings"] = "none"
    folder.write_json("resolved.json", content)
    with pytest.raises(RunFolderError, match=r"resolved.json: engines.steady.settings"):
        folder.spec()


@pytest.mark.parametrize("name", ["\x00", "../outside.opus", "gone.opus", "x" * 5000, ""])
def test_a_clip_that_cannot_be_had_is_none(tmp_path, name):
    (tmp_path / "outside.opus").write_bytes(b"of somebody else")
    (tmp_path / "run").mkdir()
    assert RunFolder(tmp_path / "run").clip(name) is None
