"""Results are found and sealed without being changed: by bytes, in the order that counts, whatever a kill left."""

import json
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bench.errors import RunFolderError
from bench.store import RunFolder, folder, sealed
from bench.store.index import StoredReply, places
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
    cost=st.none() | st.floats(0, 9) | st.integers(0, 9),
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


def reply_of(result: Result) -> StoredReply:
    text = result.outcome.text if isinstance(result.outcome, Transcript) else None
    return StoredReply(text, result.attempts, result.cost, result.engine_version)


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
                replies = {found.trial_ids()[index]: reply for index, reply in found.replies()}
                assert replies == {id: reply_of(result) for id, result in expected.items()}
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


def test_replies_of_a_run_are_the_same_from_logs_and_from_sealed_parts(run):
    def replies():
        known = run.places()
        return {known.trial_ids()[index]: reply for index, reply in known.replies()}

    expected = {id: reply_of(result) for id, result in run.results().items()}
    assert replies() == expected
    run.seal()
    assert replies() == expected
    assert {reply.text for reply in expected.values()} > {None}


_NO_TIME = b'{"trial_id":"a","outcome":{"recognised":{"text":"x"},"type":"transcript"},'
_NUMBER_AS_TEXT = _NO_TIME.replace(b'"x"', b"5") + b'"attempts":1,"started_at":""}'


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        *((asked, _NO_TIME + b'"attempts":"x","started_at":""}') for asked in ("replies", "attempts")),
        ("engine_versions", _NO_TIME + b'"attempts":1,"started_at":"","engine_version":5}'),
        ("answer_keys", _NO_TIME + b'"attempts":1,"started_at":"","answer_key":[]}'),
        ("replies", _NUMBER_AS_TEXT),
        *(
            (asked, _NO_TIME + rest)
            for asked in ("replies", "attempts", "engine_versions", "answer_keys")
            for rest in (b'"attempts":1,"started_at', b'"attempts":' + b"[" * 100_000)
        ),
    ],
)
def test_a_line_that_is_no_result_is_named_whatever_is_asked_of_it(tmp_path, asked, line):
    (tmp_path / "0000-1.jsonl").write_bytes(line + b"\n")
    known = places(tmp_path)
    with pytest.raises(RunFolderError, match=r"(?s)0000-1\.jsonl:.*remove the line"):
        list(getattr(known, asked)())


@pytest.mark.parametrize(
    "line",
    [
        _NO_TIME + b'"attempts":"x","started_at":""}',
        _NUMBER_AS_TEXT,
        _NO_TIME.replace(b"x", "\u0928".encode()[:2]) + b'"attempts":1,"started_at":""}',
        _NO_TIME + b'"attempts":1,"started_at',
        _NO_TIME + b'"attempts":1,"cost":NaN,"started_at":""}',
        _NO_TIME.replace(b'{"text":"x"}', b"5") + b'"attempts":1,"started_at":""}',
        _NO_TIME + b'"attempts":' + b"[" * 100_000,
    ],
)
def test_a_line_that_is_no_result_is_named_by_sealing_which_leaves_the_logs(run, line):
    (run.path / "results/9999-1.jsonl").write_bytes(line + b"\n")
    logs = {log.name: log.read_bytes() for log in (run.path / "results").glob("*.jsonl")}
    with pytest.raises(RunFolderError, match=r"(?s)9999-1\.jsonl:.*remove the line"):
        run.seal()
    assert {log.name: log.read_bytes() for log in (run.path / "results").glob("*.jsonl")} == logs
    assert not (run.path / "results/sealed.json").exists()


@pytest.mark.parametrize("column", ["trial_id", "answered", "text", "attempts"])
def test_a_sealed_part_that_was_changed_is_named(run, column):
    import pyarrow.parquet

    run.seal()
    path = sorted((run.path / "results").glob("*.parquet"))[0]
    table = pyarrow.parquet.read_table(path)
    number = table.column_names.index(column)
    for changed in (table.drop_columns([column]), table.set_column(number, column, pyarrow.nulls(len(table)))):
        pyarrow.parquet.write_table(changed, path)
        with pytest.raises(RunFolderError, match=rf"(?s){path.name}.*restore the file"):
            list(run.places().replies())


def test_a_sealed_part_with_other_bytes_is_named_though_it_can_be_read(run):
    run.seal()
    path = sorted((run.path / "results").glob("*.parquet"))[0]
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.parquet.read_table(path), path, compression="none")
    with pytest.raises(RunFolderError, match=rf"(?s){path.name}.*SHA-256.*restore the file"):
        run.answered()


def test_what_a_kill_left_beside_sealed_parts_is_counted_once_but_for_what_came_since(run, monkeypatch):
    """A budget goes by all calls that were ever made."""
    before, calls = run.results(), sorted(run.every_attempt())
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run.seal()
    logs = sorted((run.path / "results").glob("*.jsonl"))
    assert logs
    assert sorted(run.every_attempt()) == calls
    lines = logs[0].read_bytes().splitlines(keepends=True)
    late = lines[0].replace(b'{"trial_id":"', b'{"trial_id":"late-')
    logs[0].write_bytes(b"".join(lines) + late)
    assert len(run.results()) == len(before) + 1, "a node that was cut off may have gone on"
    run.seal()
    assert len(run.results()) == len(before) + 1
    assert not list((run.path / "results").glob("*.jsonl"))
