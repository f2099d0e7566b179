"""Results are found and sealed without being changed: by bytes, in the order that counts, whatever a kill left."""

import json
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bench.store import RunFolder, folder, sealed
from bench.store.index import places
from bench.store.shards import ResultWriter
from bench.types import Event, Failure, FailureKind, Recognised, Result, Timing, Transcript, Word

GOLDEN = Path(__file__).parents[1] / "golden/run"

TEXTS = st.text(max_size=20) | st.sampled_from(
    ['"type":"transcript"},"attempts":1', '{"trial_id":"x"}', '"},"attempts":', "line\nbreak", "\u2028"]
)
FINITE = st.floats(min_value=-1e6, max_value=1e6)
EXTRAS = st.dictionaries(
    TEXTS, st.recursive(st.none() | st.booleans() | TEXTS | FINITE, st.lists, max_leaves=4), max_size=2
)
HIDING = st.just({"a": {"type": "failure"}, "attempts": {"type": "transcript"}})
EVENTS = st.builds(
    Event,
    t_s=FINITE,
    kind=st.sampled_from(["partial", "final"]),
    text=TEXTS,
    start_s=st.none() | FINITE,
    is_last=st.booleans(),
    words=st.none() | st.lists(st.builds(Word, text=TEXTS, start_s=st.none() | FINITE), max_size=2).map(tuple),
)
TRANSCRIPTS = st.builds(
    Transcript,
    recognised=st.builds(Recognised, text=TEXTS, extras=EXTRAS | HIDING),
    timing=st.builds(Timing, done_s=FINITE, chunk_sent_s=st.lists(FINITE, max_size=3).map(tuple)),
    events=st.lists(EVENTS, max_size=3).map(tuple),
)
OUTCOMES = TRANSCRIPTS | st.builds(
    Failure, kind=st.sampled_from(FailureKind), message=TEXTS, partial=st.none() | TRANSCRIPTS
)
RESULTS = st.builds(
    Result,
    trial_id=st.sampled_from(["a", "b", "c", "longer"]),
    outcome=OUTCOMES,
    attempts=st.integers(0, 3),
    started_at=TEXTS,
    engine_version=st.none() | TEXTS,
    answer_key=st.none() | st.text("0123456789abcdef", min_size=1),
)


def write(results: Path, batch):
    writer = ResultWriter(results)
    stored = [writer.append(result) for result in batch]
    writer.close()
    return stored


def by_hand(stored):
    """An answer beats a failure, else the later one wins."""
    known = {}
    for result in stored:
        before = known.get(result.trial_id)
        if before is None or isinstance(result.outcome, Transcript) or isinstance(before.outcome, Failure):
            known[result.trial_id] = result
    return known


def failed(message: str) -> Result:
    return Result(
        trial_id="a", outcome=Failure(kind=FailureKind.AUDIO, message=message), attempts=1, started_at="2026-01-01"
    )


@settings(max_examples=settings().max_examples * 2 // 5)  # each writes, seals and reads several folders
@given(st.lists(st.lists(RESULTS, max_size=5), min_size=1, max_size=3))
@example([[failed("first"), failed("second"), failed("first")]])
def test_logs_sealed_parts_and_both_say_the_same(batches):
    with tempfile.TemporaryDirectory() as root:
        results, stored = Path(root), []
        for number, batch in enumerate(batches):
            stored += write(results, batch)
            expected = by_hand(stored)
            for _ in range(2):
                found = places(results)
                assert {result.trial_id: result for result in found.results()} == expected
                assert found.trial_ids() == sorted(expected)
                answered = {id for id, result in expected.items() if isinstance(result.outcome, Transcript)}
                assert set(found[found.answered].trial_ids()) == answered
                every = list(places(results, replaced=True).results())
                assert all(result in every for result in stored), "what was paid stays known"
                assert all(result in stored for result in every)
                assert found.engine_versions() == {r.engine_version for r in expected.values() if r.engine_version}
                assert sorted(found.attempts()) == sorted((id, result.attempts) for id, result in expected.items())
                keys = [(id, r.answer_key) for id, r in sorted(expected.items()) if r.answer_key]
                assert [(found.trial_ids()[index], key) for index, key in found.answer_keys()] == keys
                for index, id in enumerate(found.trial_ids()):
                    if id in answered:
                        assert found.answer(index).outcome.recognised == expected[id].outcome.recognised
                if number % 2 == 0:
                    sealed.seal(results, places(results, replaced=True).lines())


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "SEALED_FROM", 1)
    monkeypatch.setattr(sealed, "ROWS", 100)
    shutil.copytree(GOLDEN, tmp_path / "run")
    return RunFolder(tmp_path / "run")


def test_a_sealed_run_holds_the_same_results_in_a_manifest_of_parts(run):
    before = run.results()
    run.seal()
    names = {path.name for path in (run.path / "results").iterdir()}
    parts = json.loads((run.path / "results" / sealed.MANIFEST).read_text(encoding="utf-8"))["parts"]
    assert names == {sealed.MANIFEST, *(part["file"] for part in parts)}
    assert [part["rows"] for part in parts] == [100, 100, 100, 12]
    assert all(part["first"] <= part["last"] for part in parts)
    assert run.results() == before == RunFolder(GOLDEN).results()


@pytest.mark.parametrize("moment", range(1, 8))
def test_a_kill_while_sealing_loses_nothing_and_the_next_time_finishes(run, monkeypatch, moment):
    before, calls = run.results(), iter(range(1, 100))

    def dying(real):
        def call(*args, **kwargs):
            if next(calls) == moment:
                raise KeyboardInterrupt
            return real(*args, **kwargs)

        return call

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", dying(os.fsync))
        patched.setattr(Path, "unlink", dying(Path.unlink))
        with pytest.raises(KeyboardInterrupt):
            run.seal()
    assert run.results() == before
    run.seal()
    assert run.results() == before
    assert len(places(run.path / "results", replaced=True)) == len(places(GOLDEN / "results", replaced=True))
    assert not list((run.path / "results").glob("*.jsonl"))


def test_anybodys_pandas_reads_a_sealed_part(run):
    import pandas as pd

    run.seal()
    frame = pd.concat(pd.read_parquet(path) for path in sorted((run.path / "results").glob("*.parquet")))
    results = run.results()
    assert len(frame) == len(results)
    for id, text, answered in zip(frame.trial_id, frame.text, frame.answered, strict=True):
        outcome = results[id].outcome
        assert answered == isinstance(outcome, Transcript)
        assert not answered or text == outcome.text
