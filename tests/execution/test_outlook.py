from dataclasses import replace
from pathlib import Path

import pytest

from bench.config import parse_config
from bench.corpora.manifest import Manifest
from bench.execution.outlook import FLUSH_S, REMOTE_RTF, REQUEST_S, outlook
from bench.execution.plan import Plan, resolve
from bench.report.outlook import outlook_lines, wall_time
from tests.corpora.tiny import HEADER, utterance


def planned(text: str, *, speakers: int = 10, unknown: int = 0, processors: int = 2) -> Plan:
    items = tuple(
        utterance(f"u{n}", cluster=None if n < unknown else f"s{n % speakers}", num_samples=160_000) for n in range(40)
    )
    manifest = Manifest(path=Path("m.jsonl"), header=HEADER, utterances=items)
    config = parse_config("name: calls\ncorpora: [m.jsonl]\n" + text, where="x")
    return resolve(config, {"m.jsonl": manifest}, where="x", processors=processors)


def test_wall_time_is_by_mode_and_streams_last_as_long_as_their_audio() -> None:
    batch, stream = outlook(planned("engines: [pulse]\n")).modes
    assert (batch.mode, batch.trials, batch.audio_s, batch.concurrency) == ("batch", 40, 400.0, 4)
    assert batch.wall_s == pytest.approx((400.0 * REMOTE_RTF + 40 * REQUEST_S) / 4)
    assert stream.wall_s == pytest.approx((400.0 + 40 * FLUSH_S) / 4)
    assert batch.limited_by == ""


def test_a_limit_of_requests_decides_the_wall_time_where_it_is_longer() -> None:
    text = "engines: [{id: pulse, engine: pulse, requests_per_minute: 10, price_per_minute: 0.01}]\nmodes: batch\n"
    found = outlook(planned(text))
    (batch,) = found.modes
    assert (batch.wall_s, batch.limited_by) == (240.0, "pulse")
    assert found.cost == pytest.approx(400 / 60 * 0.01)


@pytest.mark.parametrize(("processors", "width"), [(1, 1), (2, 1), (4, 3), (64, 4)])
def test_recognisers_on_this_machine_get_the_processors_there_are(processors: int, width: int) -> None:
    for engines in ("[pocketsphinx]", "[{id: a, engine: pulse, emulate: {recognizer: moonshine}}]"):
        plan = planned(f"engines: {engines}\n", processors=processors)
        assert {mode.concurrency for mode in outlook(plan).modes} == {width}
    own = planned("engines: [pocketsphinx]\nstream: {concurrency: 7}\n", processors=processors)
    assert own.config.stream.width == 7
    remote = planned("engines: [pulse, {id: s, engine: pulse, emulate: {recognizer: 'script:x.yaml'}}]\n")
    assert remote.config.stream.width == 4


def test_the_table_fits_its_width_and_says_everything() -> None:
    lines = outlook_lines(planned("engines: [pulse]\nbudget: {max_cost: 2.0}\n", unknown=30), width=80)
    assert max(map(len, lines)) <= 80
    text = " ".join(" ".join(lines).split())
    for part in (
        "80 trials: 40 utterances, 1 engine, 1 condition; 13.3 min of audio",
        "batch 40 requests, 6.7 min of audio, 4 at a time (the default for services): about 20 s",
        "stream 40 streams, 6.7 min of audio, 4 at a time (the default for services): about 2 min",
        "cost unknown for pulse: set price_per_minute; the budget ends at 2 USD",
        "of 30 of 40 utterances nothing says who speaks",
        "can show differences of about",
    ):
        assert part in text


def test_what_can_be_shown_is_a_sentence_without_gaps() -> None:
    lines = outlook_lines(planned("engines: [pulse]\n"), width=80)
    assert all("  " not in line[12:] for line in lines)
    assert "if WER is 10 % and half the errors are shared" in " ".join(line[12:] for line in lines)


def test_too_few_speakers_show_no_interval() -> None:
    assert outlook(planned("engines: [pulse]\n", speakers=7)).detectable is None
    assert outlook(planned("engines: [pulse]\n", speakers=8)).detectable is not None


def test_a_speaker_who_has_most_of_the_speech_leaves_no_interval() -> None:
    plan = planned("engines: [pulse]\n", speakers=10)
    assert outlook(plan).detectable is not None
    hogging = {
        key: replace(item, cluster="s0") if place % 3 else item
        for place, (key, item) in enumerate(plan.utterances.items())
    }
    found = outlook(replace(plan, utterances=hogging))
    assert found.speakers >= 8
    assert found.detectable is None


def test_durations_are_round() -> None:
    assert [wall_time(s) for s in (0.2, 59.6, 100.0, 3_600.0, 9_000.0)] == ["1 s", "60 s", "2 min", "60 min", "2.5 h"]


def test_why_so_many_at_a_time_is_said() -> None:
    def told(text: str, processors: int = 2) -> str:
        return " ".join(" ".join(outlook_lines(planned(text, processors=processors), width=80)).split())

    here = "1 at a time (what this machine's processors can do beside recognisers)"
    assert here in told("engines: pocketsphinx\n")
    assert "3 at a time (as stream.concurrency says)" in told("engines: pocketsphinx\nstream: {concurrency: 3}\n")
    assert "4 at a time (the default for services)" in told("engines: pulse\n")
