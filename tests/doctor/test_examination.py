"""The doctor against the emulator: healthy, and with each of the known integration bugs switched on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from bench.doctor.examination import CHECKS, choose
from bench.doctor.finding import Finding, estimate, exit_code
from bench.engines.pulse.settings import PulseSettings
from bench.errors import UnknownNameError
from tests.doctor.service import clip, doctor, script


def faulty(kind: str, **fault: Any) -> dict[str, Any]:
    return {"plan": {"faults": [{"kind": kind, **fault}]}}


def quirky(kind: str, **settings: Any) -> dict[str, Any]:
    return {"quirks": [kind], **settings}


NO_FINAL = {"final_delay_s": None}
"""No final before the stream's end."""

WAITS = {"settings": {"end_deadline_s": 1.0}}
"""For what never comes."""

BUGS = [
    pytest.param("response-field", "fail", "text in `text`", faulty("wrong_field"), {}, id="1-wrong-field"),
    pytest.param(
        "finalize-only", "fail", "3 of 13 words lost", quirky("finalize_unanswered"), NO_FINAL, id="2-finalize"
    ),
    pytest.param("is-last", "fail", "no message with `is_last`", faulty("missing_last"), {}, id="3-no-last"),
    pytest.param("batch-and-stream", "warn", "3 lost", faulty("truncated_tail", mode="stream"), {}, id="3-tail-lost"),
    pytest.param("no-end-message", "warn", "3 of 13 words lost", {}, NO_FINAL, id="4-no-end-message"),
    pytest.param("joining", "warn", "cuts inside words", quirky("cut_inside_words"), {}, id="6-cut-inside-words"),
    pytest.param("wrong-rate", "warn", "no error, but", {}, {**NO_FINAL, "longest_s": 2}, id="7-wrong-rate"),
    pytest.param("wav-header", "warn", "no error, but", quirky("wav_header_garbles"), {}, id="9-wav-header"),
    pytest.param("stereo", "warn", "interleaved stereo", {}, {**NO_FINAL, "longest_s": 2}, id="9-stereo"),
    pytest.param(
        "language", "fail", "batch without a language: 9", quirky("omitted_language_truncates"), {}, id="11-language"
    ),
    pytest.param("utterance-timeouts", "warn", "hanging", WAITS | quirky("zero_timeout_hangs"), {}, id="12-timeout-0"),
    pytest.param("utterance-timeouts", "warn", "7 finals", quirky("short_timeout_chops"), {}, id="13-timeout-100"),
    pytest.param(
        "keywords", "warn", "`keywords=` empty: ", quirky("empty_keywords_hallucinate"), {}, id="14-empty-list"
    ),
    pytest.param("keywords", "warn", "a JSON list: ", quirky("json_keywords_garble"), {}, id="14-json-list"),
    pytest.param("duplicates", "warn", "came twice", quirky("finalize_answered_twice"), NO_FINAL, id="15-duplicates"),
    pytest.param("known-text", "fail", "success with an empty text", faulty("empty"), {}, id="16-empty"),
    pytest.param("known-text", "fail", "words differ", faulty("missing_final"), {}, id="20-missing-words"),
    pytest.param(
        "known-text",
        "fail",
        "added",
        {"word_errors": {"insertion_rate": 0.9}},
        {},
        id="20-hallucinated-words",
    ),
    pytest.param("full-transcript", "warn", "not all that was said", quirky("empty_full_transcript"), {}, id="21-full"),
    pytest.param("key", "warn", "repeats the key", quirky("echoes_key"), {}, id="22-key"),
    pytest.param("silence-and-noise", "fail", "hallucinated", {}, {"listens": False}, id="silence"),
]


@pytest.fixture(scope="module")
def examinations() -> Iterator[Mapping[str, Future[Sequence[Finding]]]]:
    """By bug, four at a time: an examination mostly waits."""
    with ThreadPoolExecutor(4) as pool:
        yield {
            str(bug.id): pool.submit(doctor, check, recognizer=script(**entry), **emulator)
            for bug in BUGS
            for check, _, _, emulator, entry in [bug.values]
        }


@pytest.mark.parametrize(
    ("check", "verdict", "seen", "bug"), [(*b.values[:3], b.id) for b in BUGS], ids=[b.id for b in BUGS]
)
def test_each_bug_is_named(
    check: str, verdict: str, seen: str, bug: str, examinations: Mapping[str, Future[Sequence[Finding]]]
):
    (finding,) = examinations[bug].result()
    assert (finding.check, finding.verdict) == (check, verdict), finding
    assert seen in finding.seen
    assert finding.advice


def test_the_last_message_may_carry_text():
    (finding,) = doctor("is-last", recognizer=script(**NO_FINAL))
    assert (finding.verdict, "with 3 words in it" in finding.seen) == ("pass", True)


def test_audio_faster_than_real_time_that_is_garbled_is_named():
    (finding,) = doctor("pacing", speed=1, **quirky("fast_audio_garbles", fast_factor=1.1))
    assert finding.verdict == "warn"
    assert "4 times real time: no error, but" in finding.seen


def test_headerless_samples_that_come_back_empty_are_shown():
    (finding,) = doctor("headerless")
    assert (finding.verdict, finding.seen) == ("pass", "success with an empty text, as publicly known")
    assert "header" in finding.advice


def test_each_feature_that_is_turned_on_is_named_with_its_field():
    settings = {"diarize": True, "gender_detection": True, "age_detection": True, "word_timestamps": True}
    (finding,) = doctor("features", settings=settings)
    assert finding.verdict == "warn"
    assert "diarize: words.speaker (batch), utterances.speaker (batch), words.speaker (stream)" in finding.seen
    assert "gender_detection: gender (batch)" in finding.seen
    assert "age_detection: nowhere" in finding.seen


def test_partials_that_show_what_is_redacted_are_named():
    redacting = {"settings": {"redact_pii": True}, "redacted_words": ("the",)}
    (finding,) = doctor("redaction", **redacting)
    assert (finding.verdict, finding.seen) == ("pass", "2 places redacted in finals; no partial shows them")
    (finding,) = doctor("redaction", **redacting, quirks=["pii_in_partials"])
    assert finding.verdict == "warn"
    assert "partials show what is redacted later" in finding.seen


def test_a_half_open_stream_is_named():
    settings = {"end_deadline_s": 30.0}
    (finding,) = doctor("is-last", settings=settings, ping_s=0.2, **faulty("half_open", after_s=0.5))
    assert finding.verdict == "fail"
    assert finding.seen.startswith("half-open")


@pytest.mark.slow
def test_slow_connecting_is_named():
    (finding,) = doctor("latency", **faulty("delay", mode="stream", phase="connect", delay_s=0.6))
    assert finding.verdict == "warn"
    assert "one stream per conversation" in finding.advice


def test_the_limit_of_streams_is_found_and_its_refusal_shown():
    (finding,) = doctor("concurrency", limits={"concurrent_streams": 2})
    assert finding.verdict == "pass"
    assert finding.seen.startswith("2 of 4 streams at once served; refusal: ")
    assert "1008" in finding.seen


def test_a_healthy_service_passes_every_check():
    findings = doctor()
    assert [finding.check for finding in findings] == [check.name for check in CHECKS]
    assert {finding.check: finding for finding in findings if finding.verdict != "pass"} == {}
    assert exit_code(findings) == 0


def test_an_unreachable_service_fails_once_and_is_not_called_again():
    from bench.emulator.server import listen
    from tests.doctor.service import examined

    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    listener.close()
    findings = examined(f"http://127.0.0.1:{port}", settings=None, max_streams=4, speed=4, ping_s=5)
    assert [(finding.check, finding.verdict) for finding in findings] == [("reachability", "fail")]
    assert exit_code(findings) == 1


def test_what_builds_on_a_failed_call_is_unknown():
    findings = doctor("wav-header", "full-transcript", **faulty("empty", mode="stream"))
    assert [finding.verdict for finding in findings] == ["unknown", "pass"]
    assert exit_code(findings) == 3


def test_refused_keys_are_told_from_the_start():
    (finding,) = doctor("reachability", settings={"api_key_env": "X"}, **faulty("status", status=401))
    assert finding.verdict == "fail"
    assert "key" in finding.advice


def test_checks_are_chosen_by_name_and_shared_calls_count_once():
    settings = PulseSettings()
    checks = choose(settings, ["known-text", "pacing"], 6)
    planned = estimate(checks, clip().audio.duration_s)
    assert planned.calls == {"batch": 1, "stream": 2}
    assert planned.audio_s == pytest.approx(3 * 1.4)
    with pytest.raises(UnknownNameError, match="did you mean 'pacing'"):
        choose(settings, ["paceing"], 6)
    with pytest.raises(UnknownNameError):
        choose(settings, ["redaction"], 6)
