"""The door to disk: whatever is said becomes one line of strict JSON that reads back, or a Failure that does."""

import json
import math
from collections import deque
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.engines.secrets import Secret
from bench.errors import StorageError
from bench.store import RunFolder
from bench.store.lines import decode_result
from bench.store.shards import Shard
from bench.store.storable import MOST_TEXT, kept
from bench.types import (
    Event,
    Failure,
    FailureKind,
    Recognised,
    Result,
    Segment,
    Timing,
    Transcript,
    Word,
)

TEXTS = st.text(st.characters())  # surrogates, controls, NUL
NUMBERS = st.floats() | st.integers(-(10**30), 10**30) | st.just(10**4000)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS | st.binary() | st.just({1, 2}),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS | st.integers(), inner, max_size=4),
    max_leaves=12,
)
TIMES = st.none() | st.floats()
WORDS = st.builds(Word, text=TEXTS, start_s=TIMES, end_s=TIMES, confidence=TIMES)
EVENTS = st.builds(
    Event,
    t_s=st.floats(0, 1e6),
    kind=TEXTS,
    text=TEXTS,
    start_s=TIMES,
    words=st.none() | st.lists(WORDS, max_size=2).map(tuple),
)
ANSWERS = st.builds(
    Transcript,
    recognised=st.builds(
        Recognised,
        text=TEXTS,
        words=st.none() | st.lists(WORDS, max_size=3).map(tuple),
        segments=st.lists(st.builds(Segment, text=TEXTS, start_s=TIMES), max_size=2).map(tuple),
        extras=st.dictionaries(TEXTS, JSON, max_size=3),
    ),
    timing=st.builds(Timing),
    events=st.lists(EVENTS, max_size=3).map(tuple),
)
OUTCOMES = ANSWERS | st.builds(Failure, kind=st.sampled_from(FailureKind), message=TEXTS, partial=st.none() | ANSWERS)


def result_of(outcome: Transcript | Failure) -> Result:
    return Result(trial_id="t", outcome=outcome, attempts=1, started_at="2026-01-01T00:00:00+00:00")


def answer(text: str = "one", **fields: Any) -> Result:
    return result_of(Transcript(recognised=Recognised(text=text, **fields), timing=Timing()))


def strict(line: bytes) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(line, parse_constant=refuse)


@settings(deadline=None)
@given(OUTCOMES)
def test_whatever_is_said_becomes_one_line_that_reads_back(outcome: Transcript | Failure):
    stored, line = kept(result_of(outcome))
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    strict(line)
    assert decode_result(line) == stored
    assert stored.trial_id == "t"
    if isinstance(outcome, Transcript):
        assert isinstance(stored.outcome, Transcript), "an answer that is paid for stays an answer"
        times = [time for word in stored.outcome.recognised.words or () for time in (word.start_s, word.end_s)]
        assert all(time is None or abs(time) < 1e7 for time in times)


@pytest.mark.parametrize("extras", [{"\ud800": None}, {"a": [{"\ud800": 1}]}])
def test_half_a_character_in_the_name_of_an_extra_costs_no_answer(extras: Any):
    stored, _ = kept(answer(extras=extras))
    assert isinstance(stored.outcome, Transcript)
    assert "\ufffd" in str(stored.outcome.recognised.extras)


def test_lone_surrogates_are_replaced_and_pairs_are_joined():
    stored, _ = kept(answer("a\ud800b \ud83d\ude00"))
    assert isinstance(stored.outcome, Transcript)
    assert stored.outcome.text == "a\ufffdb \U0001f600"


def test_what_is_nested_too_deep_costs_its_extra_alone():
    deep: Any = "core"
    for _ in range(5000):
        deep = {"a": [deep]}
    stored, line = kept(answer(extras={"metadata": deep, "language": "en"}))
    assert isinstance(stored.outcome, Transcript)
    assert stored.outcome.recognised.extras["language"] == "en"
    assert b"(nested too deep)" in line


@pytest.mark.parametrize("at_s", [1e308, -1e308, math.inf, math.nan, 1.7e12])
def test_a_time_that_no_recording_has_is_none(at_s: float):
    stored, _ = kept(answer(words=(Word(text="one", start_s=0.5, end_s=at_s),)))
    assert isinstance(stored.outcome, Transcript)
    (word,) = stored.outcome.recognised.words or ()
    assert (word.start_s, word.end_s) == (0.5, None)


def test_a_text_that_is_no_transcript_is_a_failure_that_says_its_length():
    stored, line = kept(answer("a" * (MOST_TEXT + 1)))
    assert isinstance(stored.outcome, Failure)
    assert stored.outcome.kind is FailureKind.PROTOCOL
    assert "12,000,001" in stored.outcome.message
    assert len(line) < 1000


@pytest.mark.parametrize(
    "fields", [{"text": None}, {"text": b"x"}, {"text": "x", "words": 3}, {"text": "x", "words": [4]}]
)
def test_what_a_plug_in_got_wrong_is_a_failure_of_that_trial(fields: dict[str, Any]):
    stored, line = kept(result_of(Transcript(recognised=Recognised(**fields), timing=Timing())))
    assert isinstance(stored.outcome, Failure)
    assert stored.outcome.message.startswith("expected an answer that can be stored")
    assert decode_result(line) == stored


def test_a_key_is_stored_nowhere():
    key = 'sk_stored_"quoted\\0123456789'
    Secret(key)
    said = f"say {key}"
    words = (Word(text=key, start_s=0.0, speaker=key),)
    outcome = Transcript(
        recognised=Recognised(text=said, words=words, extras={key: {"deep": [said]}}),
        timing=Timing(),
        events=(Event(t_s=0.0, kind="final", text=said, words=words),),
    )
    for result in (result_of(outcome), result_of(Failure(kind=FailureKind.AUTH, message=said, partial=outcome))):
        stored, line = kept(result)
        assert "sk_stored" not in line.decode()
        assert "sk_stored" not in repr(stored)
        assert decode_result(line) == stored


def test_a_full_disk_is_one_message_and_tears_no_line(tmp_path, monkeypatch: pytest.MonkeyPatch):
    import os

    shard = Shard(tmp_path)
    shard.append(b"first\n")
    whole = os.write

    def write_two_then_fail(file: int, data: bytes) -> int:
        if len(data) <= 4:
            raise OSError(28, "No space left on device")
        return whole(file, data[:2])

    monkeypatch.setattr(os, "write", write_two_then_fail)
    with pytest.raises(StorageError, match="No space left on device; everything answered before is kept"):
        shard.append(b"second\n")
    monkeypatch.undo()
    shard.append(b"third\n")
    shard.close()
    (path,) = tmp_path.iterdir()
    assert path.read_bytes() == b"first\nthird\n"


def test_many_lines_are_several_files_and_none_is_lost(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bench.store.shards.PIECE_BYTES", 100)
    shard, lines = Shard(tmp_path), [b"%03d %s\n" % (number, b"x" * (number % 50)) for number in range(200)]
    for line in lines:
        shard.append(line)
    shard.close()
    files = sorted(tmp_path.iterdir())
    assert b"".join(file.read_bytes() for file in files) == b"".join(lines)
    assert all(100 <= file.stat().st_size < 100 + 54 for file in files[:-1])


def test_no_file_more_costs_no_line(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bench.store.shards.PIECE_BYTES", 10)
    shard = Shard(tmp_path)
    shard.append(b"0123456789\n")
    with monkeypatch.context() as starved:
        starved.setattr("os.open", lambda *_: (_ for _ in ()).throw(OSError(24, "Too many open files")))
        shard.append(b"second\n")
    shard.append(b"third\n")
    shard.close()
    assert sorted(file.read_bytes() for file in tmp_path.iterdir()) == [b"0123456789\nsecond\n", b"third\n"]


def test_a_file_may_be_synced_and_closed_as_soon_as_another_is_begun(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bench.store.shards.PIECE_BYTES", 10)
    monkeypatch.setattr("bench.store.shards.SYNC_S", 600.0)
    shard = Shard(tmp_path)

    class SyncedAtOnce(deque[int]):
        def append(self, file: int) -> None:
            super().append(file)
            shard._sync()

    shard._full = SyncedAtOnce()
    for number in range(5):
        shard.append(b"line %d of many\n" % number)
    shard.close()
    assert len(list(tmp_path.iterdir())) == 5


def test_nodes_whose_processes_are_numbered_alike_never_name_a_file_alike(tmp_path):
    nodes = [tmp_path / "one", tmp_path / "other"]
    for node in nodes:
        Shard(node).close()
    names = [path.name for node in nodes for path in node.iterdir()]
    assert len(set(names)) == 2, "at one address the second would take the place of the first"


def test_answers_are_synced_to_the_disk(tmp_path, monkeypatch: pytest.MonkeyPatch):
    import os

    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    writer = RunFolder(tmp_path).writer()
    for _ in range(50):
        writer.append(answer())
    writer.close()
    assert 1 <= len(synced) <= 3, "in groups, not one by one"


@pytest.mark.parametrize("confidence", [math.inf, math.nan])
def test_a_confidence_that_is_no_number_costs_no_answer(confidence: float):
    words = (Word(text="one", confidence=confidence),)
    event = Event(t_s=0.0, kind="final", words=words, extras={"n": math.inf})
    said = Recognised(text="one", words=words)
    stored, _ = kept(result_of(Transcript(recognised=said, timing=Timing(), events=(event,))))
    assert isinstance(stored.outcome, Transcript)
    assert [word.confidence for word in stored.outcome.recognised.words or ()] == [None]
