"""The real-time endpoint as a client sees it: cuts, fields, control messages, refusals and closes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.emulator.running import HANGS_S, RATE, WORDS, converse, pcm, recite, running, tone

AUDIO = pcm(tone(1.0))
CLOSE = {"type": "close_stream"}
LIVE = "model=pulse&language=en"
LEGACY = "/waves/v1/pulse/get_text"


@pytest.fixture(scope="module")
def base_url():
    with running() as url:
        yield url


def finals(messages: list[dict[str, Any]]) -> list[str]:
    return [message["transcript"] for message in messages if message.get("is_final")]


def test_finals_are_segments_of_ten_words_with_a_trailing_space(base_url):
    messages, code = converse(base_url, LIVE, [AUDIO, CLOSE])
    words = WORDS.split()
    assert finals(messages) == [" ".join(words[:10]) + " ", " ".join(words[10:]) + " "]
    assert [message["is_last"] for message in messages] == [False, True]
    assert code == 1000


@pytest.mark.parametrize(
    ("query", "sizes"),
    [("&max_words=5", [5, 5, 2]), ("&finalize_on_words=false", [12]), ("&finalize_on_words=false&max_words=7", [7, 5])],
)
def test_cuts_by_word_count_are_a_parameter(base_url, query, sizes):
    messages, _ = converse(base_url, LIVE + query, [AUDIO, CLOSE])
    assert [len(text.split()) for text in finals(messages)] == sizes


def test_finalize_gives_one_final_and_no_last_and_the_stream_goes_on(base_url):
    messages, code = converse(base_url, LIVE, [AUDIO, {"type": "finalize"}, {"type": "finalize"}, AUDIO, CLOSE])
    assert [(m["transcript"].strip(), m["is_last"], m.get("from_finalize", False)) for m in messages] == [
        (WORDS, False, True),
        ("", False, True),
        ("", True, False),
    ]
    assert code == 1000


def test_leaving_without_close_stream_loses_what_was_not_final(base_url):
    with connect(f"{base_url.replace('http', 'ws')}/waves/v1/stt/live?{LIVE}", proxy=None) as socket:
        socket.send(AUDIO)
        socket.send('{"type": "keepalive"}')
        assert json.loads(socket.recv(HANGS_S)) == {"type": "pong"}


def test_a_message_that_is_not_json_is_an_error_and_not_the_end(base_url):
    messages, code = converse(base_url, LIVE, ["what?", "[1]", AUDIO, {"type": "new"}, CLOSE])
    assert [message["type"] for message in messages] == ["error", "error", "transcription", "transcription"]
    assert code == 1000


@pytest.mark.parametrize(
    ("path", "query", "timed"),
    [
        ("/waves/v1/stt/live", LIVE, False),
        ("/waves/v1/stt/live", LIVE + "&word_timestamps=true", True),
        (LEGACY, "language=en", True),
        (LEGACY, "language=en&word_timestamps=false", False),
    ],
)
def test_words_are_gated_and_the_paths_differ(base_url, path, query, timed):
    messages, _ = converse(base_url, query, [AUDIO, CLOSE], path=path)
    assert all(("words" in message) == timed for message in messages)
    assert all(("transcription" in message) == path.endswith("live") for message in messages)
    assert not any("utterances" in message for message in messages)


def test_sentences_and_speakers_are_given_when_asked_for(base_url):
    query = LIVE + "&sentence_timestamps=true&diarize=true&word_timestamps=true"
    messages, _ = converse(base_url, query, [AUDIO, CLOSE])
    assert messages[0]["utterances"][0]["text"] == messages[0]["transcript"].strip()
    assert {word["speaker"] for word in messages[0]["words"]} == {0}


@pytest.mark.parametrize("query", ["&format=false", "&punctuate=false", "&itn_normalize=true", "&redact_pii=true"])
def test_some_options_trim_finals_so_that_plain_joining_fuses_words(base_url, query):
    messages, _ = converse(base_url, LIVE + query, [AUDIO, CLOSE])
    assert all(text == text.strip() for text in finals(messages))


def test_formatting_off_takes_punctuation_and_capitals():
    with running(recite("Hello, World.")) as url:
        messages, _ = converse(url, LIVE + "&format=false", [AUDIO, CLOSE])
    assert finals(messages) == ["hello world"]


def test_full_transcript_comes_with_multi_languages_only(base_url):
    query = "model=pulse&full_transcript=true&language="
    english, _ = converse(base_url, query + "en", [AUDIO, CLOSE])
    multi, _ = converse(base_url, query + "multi-eu", [AUDIO, CLOSE])
    assert not any("full_transcript" in message for message in english)
    assert multi[-1]["full_transcript"].strip() == WORDS


def test_a_stream_of_nothing_has_an_empty_last_final(base_url):
    messages, code = converse(base_url, LIVE, [CLOSE])
    assert [(m["transcript"], m["is_final"], m["is_last"]) for m in messages] == [("", True, True)]
    assert code == 1000


def test_vad_events_say_where_speech_was_at_the_declared_rate(base_url):
    import numpy as np

    silence = np.zeros(RATE * 3 // 2, dtype=np.float32)
    audio = pcm(np.concatenate([silence[: RATE // 2], tone(1.0), silence]))
    events, _ = converse(base_url, LIVE + "&vad_events=true", [audio, CLOSE])
    slow, _ = converse(base_url, LIVE + "&vad=true&sample_rate=8000", [audio, CLOSE])
    assert [(e["type"], e["timestamp"]) for e in events[:2]] == [("speech_started", 0.5), ("speech_ended", 1.5)]
    assert [(e["type"], e["timestamp"]) for e in slow[:2]] == [("speech_started", 1.0), ("speech_ended", 3.0)]


def test_end_of_utterance_of_zero_breaks_the_session(base_url):
    assert converse(base_url, LIVE + "&eou_timeout_ms=0", []) == ([], 1011)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("language=en", "model"),
        ("model=pulse", "language"),
        ("model=pulse-pro&language=en", "POST /waves/v1/stt/"),
        (LIVE + "&sample_rate=11025", "sample_rate"),
        (LIVE + "&encoding=mp3", "encoding"),
        ("model=pulse&language=tlh", "language"),
    ],
)
def test_bad_handshakes_are_refused_before_the_upgrade(base_url, query, said):
    with pytest.raises(InvalidStatus) as refused:
        converse(base_url, query, [])
    assert refused.value.response.status_code == 400
    assert said in refused.value.response.body.decode()


def test_the_two_ways_of_having_no_key_differ():
    with running(api_key="sk_right") as url:
        bodies = []
        for headers in ({}, {"Authorization": "Bearer sk_wrong"}):
            with pytest.raises(InvalidStatus) as refused:
                converse(url, LIVE, [], headers=headers)
            assert refused.value.response.status_code == 401
            bodies.append(json.loads(refused.value.response.body))
        assert bodies == [{"message": "Unauthorized: No tokens provided"}, {"error": "unauthorized"}]
        assert converse(url, LIVE, [CLOSE], headers={"Authorization": "Bearer sk_right"})[1] == 1000
        assert converse(url, LIVE + "&token=sk_right", [CLOSE])[1] == 1000


def test_more_streams_than_allowed_are_closed_with_1008():
    with (
        running(limits={"concurrent_streams": 1}) as url,
        connect(f"{url.replace('http', 'ws')}/waves/v1/stt/live?{LIVE}", proxy=None),
    ):
        assert converse(url, LIVE, []) == ([], 1008)


def test_a_language_gated_in_the_region_ends_with_an_error_and_no_transcript():
    with running(gated_stream_languages=["zh"]) as url:
        messages, code = converse(url, "model=pulse&language=zh", [])
    assert [message["error_code"] for message in messages] == ["LANGUAGE_NOT_ENABLED_IN_REGION"]
    assert code == 1000


def test_what_one_stream_may_hold_is_bounded():
    with running(limits={"max_message_bytes": 8192, "max_stream_s": 2.0}) as url:
        assert converse(url, LIVE, [bytes(10_000)])[1] == 1009
        assert converse(url, LIVE, [bytes(8_000)] * 10)[1] == 1008
