"""Load tests through real processes and sockets, against an emulator that refuses what is beyond its limit."""

import json

import httpx
import pytest
import yaml
from click.testing import CliRunner

from bench.cli import app
from bench.engines import http
from bench.engines.base import Call, HttpRequest
from bench.engines.clock import clock
from bench.engines.websocket import StreamPool
from bench.store import RunFolder
from bench.types import Recognised
from tests.engines.stream_server import ScriptAdapter, recording, run, server
from tests.toy import make_config, make_corpus, make_script


def load(folder, spec, code=0, limits=None, speed=1.0, **delays):
    stream = {"concurrency": 1, "speed": speed}
    config = make_config(folder, make_corpus(folder), make_script(folder, **delays), load=spec, stream=stream)
    if limits:
        content = yaml.safe_load(config.read_text(encoding="utf-8"))
        content["engines"][0]["emulate"]["behaviour"] = {"limits": limits}
        config.write_text(yaml.safe_dump(content), encoding="utf-8")
    result = CliRunner().invoke(app, ["load", str(config), "--out", str(folder / "load")])
    assert result.exit_code == code, f"{result.output}\n{result.exception!r}"
    (curve,) = json.loads((folder / "load" / "load.json").read_text(encoding="utf-8"))
    return curve, result.output


def test_more_streams_than_the_engine_takes_show_as_the_first_failure(tmp_path):
    spec = {"sessions": [1, 4], "warm_up_s": 0, "duration_s": 2.0}
    curve, said = load(tmp_path, spec, limits={"concurrent_streams": 2})
    one, four = curve["points"]
    assert (one["failed"], one["level"], one["valid"]) == (0, 1, True)
    assert one["trials"] >= 1
    assert four["failed"] > 0
    assert (curve["knee"], curve["first_failure"], curve["first_invalid"]) == (1, 4, None)
    assert "knee at 1 sessions at once; first failure at: 4" in said
    page = (tmp_path / "load" / "load.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert "first failure at: 4" in (tmp_path / "load" / "load.md").read_text(encoding="utf-8")
    # A level is a run folder like any other: its log can be scored again.
    level = RunFolder.open(tmp_path / "load" / "levels" / "scripted-4")
    assert len(level.results()) >= four["trials"]


def test_batch_throughput_is_what_the_delay_allows(tmp_path):
    spec = {"mode": "batch", "sessions": [2], "warm_up_s": 0.2, "duration_s": 1.0}
    curve, _ = load(tmp_path, spec, batch_delay_s=0.1)
    (point,) = curve["points"]
    assert point["latency_p50_s"] >= 0.1
    # 2 at once, none faster than 0.1 s: at most 20 a second, and the two that are going on at either edge.
    assert 0 < point["requests_per_s"] <= 22
    assert point["audio_hours_per_hour"] == pytest.approx(1.3 * point["requests_per_s"])
    assert point["wer"] == pytest.approx(5 / 16, abs=0.2)


def test_sessions_of_an_open_load_begin_when_they_are_due(tmp_path):
    spec = {"arrivals_per_s": [4], "warm_up_s": 0.2, "duration_s": 1.0}
    curve, said = load(tmp_path, spec, speed=4.0)
    (point,) = curve["points"]
    assert point["kind"] == "arrivals_per_s"
    assert point["trials"] > 0
    assert point["failed"] == 0
    assert "sessions begun a second" in said


def test_a_config_without_load_says_what_to_add(tmp_path):
    config = make_config(tmp_path, make_corpus(tmp_path), make_script(tmp_path))
    result = CliRunner().invoke(app, ["load", str(config), "--out", str(tmp_path / "load")])
    assert result.exit_code == 2
    assert "load: {sessions:" in result.output


@pytest.mark.parametrize("spec", [{}, {"sessions": [1], "arrivals_per_s": [1]}, {"sessions": [0]}, {"sessions": []}])
def test_a_load_is_of_exactly_one_kind(tmp_path, spec):
    config = make_config(tmp_path, make_corpus(tmp_path), make_script(tmp_path), load=spec)
    result = CliRunner().invoke(app, ["load", str(config), "--out", str(tmp_path / "load")])
    assert result.exit_code == 2
    assert "load" in result.output


def test_a_request_that_waited_for_its_turn_is_timed_from_when_it_was_due():
    class Adapter:
        def request(self, call):
            return HttpRequest(method="POST", url="http://test/", content=b"")

        def parse(self, response):
            return Recognised(text="a")

    async def main():
        transport = httpx.MockTransport(lambda request: httpx.Response(200))
        async with http.Client(transport, timeout_s=5) as client:
            return await http.transcribe(client, Adapter(), _call(), due=clock() - 0.5)

    assert run(main()).timing.done_s >= 0.5


def _call():
    return Call(
        audio=b"x",
        content_type="audio/wav",
        encoding="linear16",
        sample_rate_hz=16_000,
        duration_s=1.0,
        language="en",
    )


@pytest.mark.parametrize(("strictly", "at_least_s"), [(True, 0.5), (False, 0.0)])
def test_a_stream_that_began_late_says_so_where_its_start_is_strict(strictly, at_least_s):
    async def main():
        async with server() as (url, _), StreamPool() as pool:
            call, start_at = recording(0.2), clock() - 0.6
            return await pool.stream(ScriptAdapter(url), call, start_at=start_at, start_strictly=strictly)

    lag = run(main()).timing.max_send_lag_s
    assert lag >= at_least_s
    assert strictly or lag < 0.5
