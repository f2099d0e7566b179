"""Load tests through real processes and sockets, against an emulator that refuses what is beyond its limit."""

import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import ThreadingHTTPServer

import httpcore
import pytest
import yaml

from bench.drivers import http
from bench.drivers.clock import clock
from bench.drivers.websocket import StreamPool
from bench.engines.base import HttpRequest
from bench.execution.planning import load_plan
from bench.execution.processes import Processes
from bench.execution.score import score
from bench.execution.stages import create
from bench.execution.trials import Work
from bench.load import plan as load_layout
from bench.load.levels import load_folder
from bench.load.plan import lay_out
from bench.scoring.timing.validity import judge
from bench.store import RunFolder
from bench.types import Call, Cell, Recognised
from tests.command import invoke
from tests.counting import Counting
from tests.drivers.stream_server import ScriptAdapter, recording, run, server
from tests.starved import starved
from tests.toy import LINES, make_config, make_corpus, make_script


def make(folder, spec, limits=None, delays=(), **changes):
    config = make_config(folder, make_corpus(folder), make_script(folder, **dict(delays)), load=spec, **changes)
    if limits:
        content = yaml.safe_load(config.read_text(encoding="utf-8"))
        content["engines"][0]["emulate"]["behaviour"] = {"limits": limits}
        config.write_text(yaml.safe_dump(content), encoding="utf-8")
    return config


def load(config, *options, code=0):
    return invoke("load", config, "--out", config.parent / "load", *options, code=code)


def counted(config, *options, has, most=5):
    """A load, put on again where the machine stood still for so long that what is to be seen has no place in it."""
    for number in range(most):
        for place in (config.parent / "load", config.parent / "sent") if number else ():
            shutil.rmtree(place, ignore_errors=True)
        said = load(config, *options)
        if has(curve_of(config.parent)):
            break
    return said


def curve_of(folder):
    (curve,) = json.loads((folder / "load" / "load.json").read_text(encoding="utf-8"))
    return curve


@pytest.mark.slow
def test_more_streams_than_the_engine_takes_show_as_the_first_failure(tmp_path):
    spec = {"sessions": [1, 4], "warm_up_s": 0, "duration_s": 1.0}
    config = make(tmp_path, spec, limits={"concurrent_streams": 2})
    said = counted(config, has=lambda curve: curve["points"][0]["trials"] and curve["points"][1]["failed"])
    curve = curve_of(tmp_path)
    one, four = curve["points"]
    assert (one["failed"], one["level"], one["valid"]) == (0, 1, True)
    assert one["trials"] >= 1
    assert four["failed"] > 0
    assert (curve["knee"], curve["first_failure"], curve["first_invalid"]) == (1, 4, None)
    assert "knee at 1 sessions at once; first failure at: 4" in said
    page = (tmp_path / "load" / "load.html").read_text(encoding="utf-8")
    assert "figures" in page
    assert "scripted fails from 4 sessions at once on" in (tmp_path / "load" / "load.md").read_text(encoding="utf-8")
    for point in curve["points"]:
        # Real time: so many sessions cannot make more audio than so many times the clock, nor go on more often.
        assert 0 < point["concurrency"] <= point["level"]
        assert 0 < point["audio_hours_per_hour"] <= point["level"]
        assert point["requests_per_s"] * 1.3 == pytest.approx(point["audio_hours_per_hour"])
    # A level is a run folder like any other: its log can be scored again.
    level = RunFolder.open(tmp_path / "load" / "levels" / "scripted-4")
    assert len(level.results()) >= four["trials"]


def test_batch_throughput_is_what_the_delay_allows(tmp_path):
    spec = {"mode": "batch", "sessions": [2], "warm_up_s": 0.2, "duration_s": 1.0}
    config = make(tmp_path, spec, delays={"batch_delay_s": 0.2})
    counted(config, "--redact", tmp_path / "sent", has=lambda curve: curve["accuracy"][0]["wer"]["n"] == len(LINES))
    curve = curve_of(tmp_path)
    (point,) = curve["points"]
    assert point["latency_p50_s"] > 0.1  # an answer without its delay takes a few milliseconds
    assert 0 < point["requests_per_s"] < 20  # 2 at once, none faster than 0.2 s; without the delay it would be hundreds
    assert point["audio_hours_per_hour"] == pytest.approx(1.3 * point["requests_per_s"])
    # Every utterance counts once, however often it was asked.
    (accuracy,) = curve["accuracy"]
    assert (accuracy["wer"]["n"], accuracy["wer"]["value"]) == (4, 5 / 16)
    assert RunFolder(tmp_path / "load" / "levels" / "scripted-2").validity().judged == ("batch",)
    sent = sorted(path.name for path in (tmp_path / "sent").iterdir())
    assert sent == ["load.html", "load.json", "load.md", "redacted.json"]
    for path in (tmp_path / "sent").iterdir():
        text = path.read_text(encoding="utf-8")
        assert not any(secret in text for secret in ("good morning", "blew", "u0.wav", "/u0", str(tmp_path)))


@pytest.mark.slow
def test_sessions_of_an_open_load_begin_when_they_are_due(tmp_path):
    spec = {"arrivals_per_s": [4], "warm_up_s": 0.2, "duration_s": 1.0}
    said = load(make(tmp_path, spec))
    (point,) = curve_of(tmp_path)["points"]
    assert point["kind"] == "arrivals_per_s"
    assert point["failed"] == 0
    assert "sessions begun a second" in said
    spans = [result.span for result in RunFolder(tmp_path / "load" / "levels" / "scripted-4").results().values()]
    assert all(0 <= span.due_s <= span.began_s for span in spans)
    assert point["trials"] == sum(0.2 <= span.due_s < 1.2 for span in spans) == point["begun_per_s"] > 0
    # It goes on for a recording's length, so that the last that counts ends under the load too.
    assert any(1.2 <= span.due_s < 2.5 for span in spans)


def test_a_load_beyond_its_budget_is_refused_before_the_first_call(tmp_path):
    spec = {"sessions": [10], "duration_s": 4}
    config = make(tmp_path, spec, budget={"max_requests": 10})
    said = load(config, code=2)
    assert "budget.max_requests: expected at most 10, got a plan that needs" in said
    assert not (tmp_path / "load").exists()
    said = load(config, "--set", "budget.max_requests=1000", "--set", "budget.max_audio_hours=0.01", code=2)
    assert "max_audio_hours" in said
    shown = load(config, "--set", "budget.max_requests=1000", "--dry-run")
    assert "levels of 10 sessions at once: at most" in shown
    assert not (tmp_path / "load").exists()


def test_a_batch_load_stops_where_its_budget_is_used_up(tmp_path):
    # How many requests it makes is up to the engine, so it cannot be refused beforehand.
    spec = {"mode": "batch", "sessions": [1, 2], "warm_up_s": 0, "duration_s": 30}
    said = load(make(tmp_path, spec, budget={"max_requests": 3}), code=2)
    assert "budget: expected enough for every level, got it used up within level 1; raise it" in said
    (level,) = (tmp_path / "load" / "levels").iterdir()
    assert len(RunFolder(level).results()) == 3
    assert not (tmp_path / "load" / "load.json").exists()


@contextmanager
def holding(level):
    """The address of a service that answers one request of a level and holds the others, until the event is set."""
    released, held = threading.Event(), []

    class Holding(Counting):
        def do_POST(self):
            if level.is_dir():
                held.append(1)
                if len(held) > 1:
                    released.wait()
            super().do_POST()

    serving = ThreadingHTTPServer(("127.0.0.1", 0), Holding)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{serving.server_port}", released
    finally:
        released.set()
        serving.shutdown()
        serving.server_close()


@pytest.mark.slow
def test_a_load_that_is_stopped_keeps_its_finished_levels_and_resumes_with_the_others(tmp_path):
    levels = tmp_path / "load" / "levels"
    with holding(levels / "scripted-2.partial") as (url, released):
        settings = {"language": "en", "base_url": url, "api_key_env": ""}
        engines = [{"id": "scripted", "engine": "pulse", "settings": settings}]
        spec = {"mode": "batch", "sessions": [1, 2], "warm_up_s": 0, "duration_s": 1.0}
        stopped_and_resumed(make(tmp_path, spec, engines=engines), levels, released)


def stopped_and_resumed(config, levels, released):
    tmp_path = config.parent
    command = [sys.executable, "-m", "bench", "load", str(config), "--out", str(tmp_path / "load")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    deadline = time.monotonic() + 600  # a limit for what hangs, not for what is slow
    while not any(shard.stat().st_size for shard in levels.glob("scripted-2.partial/results/*.jsonl")):
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=600)
    released.set()
    assert process.returncode == 130, said
    assert "go on with --resume" in said
    assert [point["level"] for point in curve_of(tmp_path)["points"]] == [1]
    assert "got a load test; add --resume" in load(config, code=2)
    changed = load(config, "--resume", "--set", "load.duration_s=1.5", code=2)
    assert "scripted-1: expected a level of this config, got another" in changed
    first = (levels / "scripted-1" / "trials.jsonl").stat().st_mtime_ns
    point = curve_of(tmp_path)["points"][0]
    load(config, "--resume")
    assert [point["level"] for point in curve_of(tmp_path)["points"]] == [1, 2]
    assert curve_of(tmp_path)["points"][0] == point
    assert (levels / "scripted-1" / "trials.jsonl").stat().st_mtime_ns == first
    assert sorted(level.name for level in levels.iterdir()) == ["scripted-1", "scripted-2"]


@pytest.mark.slow
@pytest.mark.timed
def test_requests_of_a_starved_machine_are_invalid(tmp_path):
    spec = {"mode": "batch", "sessions": [4], "warm_up_s": 0, "duration_s": 2.5}
    config = make(tmp_path, spec, delays={"batch_delay_s": 0.05}, validity={"max_cpu_saturated": 0.3})
    levels = tmp_path / "load" / "levels"
    with starved(lambda: any(levels.glob("*/watch")), (levels / "scripted-4").is_dir, per_processor=3):
        said = load(config, code=3)
    curve = curve_of(tmp_path)
    assert (curve["knee"], curve["first_invalid"], curve["points"][0]["valid"]) == (None, 4, False)
    assert "seconds with saturated processors" in said
    # Scored again like any run, it says the same.
    level = RunFolder.open(tmp_path / "load" / "levels" / "scripted-4")
    (latency,) = [e for e in score(level) if e.metric == "batch_latency_s.p50" and isinstance(e.scope, Cell)]
    assert not level.validity().valid
    assert latency.note.startswith("INVALID")


def test_a_recogniser_in_this_process_may_take_all_processors(tmp_path):
    class Local:
        version = "1"

        def transcribe(self, samples, sample_rate_hz, language):
            return Recognised(text="good morning")

        def open_stream(self, sample_rate_hz, language):
            raise NotImplementedError

    plan = load_plan(make(tmp_path, {"mode": "batch", "sessions": [1], "warm_up_s": 0, "duration_s": 2}))
    layout, folder = lay_out(plan, plan.config.load, "scripted", 1), RunFolder(tmp_path / "level")
    create(layout.plan, folder)
    trials, engines = layout.plan.trials, {"scripted": Local()}
    Processes().run(Work(plan=layout.plan, trials=trials, engines=engines, folder=folder, arrivals=layout.arrivals))
    assert folder.results()
    assert folder.looks() == []
    assert judge(plan.config.validity, folder.results().values(), folder.looks()).judged == ()


@pytest.mark.parametrize(
    ("spec", "changes", "said"),
    [
        ({"sessions": [1]}, {"stream": {"speed": 4}}, "stream.speed: expected 1 under a load, got 4"),
        ({"sessions": [1], "condition": "noise"}, {}, "load.condition: expected one of clean, got noise"),
        ({"sessions": [1]}, {"modes": ["batch"]}, "expected trials of scripted in mode stream, got none"),
    ],
)
def test_a_load_that_could_not_be_measured_is_refused(tmp_path, spec, changes, said):
    assert said in load(make(tmp_path, spec, **changes), code=2)


def test_a_quota_of_requests_is_refused_under_a_load(tmp_path):
    said = load(make(tmp_path, {"sessions": [1]}), "--set", "engines.scripted.requests_per_minute=60", code=2)
    assert "scripted.requests_per_minute: expected none under a load, got a quota" in said


def test_a_limit_of_latency_needs_speech_ends(tmp_path):
    config = make(tmp_path, {"sessions": [1], "max_latency_p95_s": 0.01})
    manifest = tmp_path / "manifest.jsonl"
    lines = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines()]
    bare = [{key: value for key, value in line.items() if not key.startswith("speech_")} for line in lines]
    manifest.write_text("".join(json.dumps(line) + "\n" for line in bare), encoding="utf-8")
    said = load(config, "--dry-run", code=2)
    assert "load.max_latency_p95_s: expected speech_end_s in the manifest" in said


def test_a_config_without_load_says_what_to_add(tmp_path):
    config = make_config(tmp_path, make_corpus(tmp_path), make_script(tmp_path))
    assert "load: {sessions:" in load(config, code=2)


@pytest.mark.parametrize(
    "spec", [{}, {"sessions": [1], "arrivals_per_s": [1]}, {"sessions": [0]}, {"sessions": []}, {"sessions": [2, 2]}]
)
def test_a_load_is_of_exactly_one_kind_and_its_levels_differ(tmp_path, spec):
    assert "config.yaml: load" in load(make(tmp_path, spec), code=2)


class _AtOnce(httpcore.AsyncConnectionPool):
    async def handle_async_request(self, request):
        return httpcore.Response(200, content=b"")


def test_a_request_that_waited_for_its_turn_is_timed_from_when_it_was_due():
    class Adapter:
        def request(self, call):
            return HttpRequest(method="POST", url="http://test/", content=b"")

        def parse(self, response):
            return Recognised(text="a")

    async def main():
        async with http.Client(_AtOnce(), timeout_s=120) as client:
            return await http.transcribe(client, Adapter(), _call(), due=clock() - 5.0)

    assert run(main()).timing.done_s > 2.5


def _call():
    return Call(
        audio=b"x",
        content_type="audio/wav",
        encoding="linear16",
        sample_rate_hz=16_000,
        duration_s=1.0,
        language="en",
    )


@pytest.mark.parametrize("strictly", [True, False])
def test_a_stream_that_began_late_says_so_where_its_start_is_strict(strictly):
    async def main():
        async with server() as (url, _), StreamPool() as pool:
            call, start_at = recording(0.2), clock() - 60.0
            return await pool.stream(ScriptAdapter(url), call, start_at=start_at, start_strictly=strictly)

    timing = run(main()).timing
    behind_s = max(sent - timing.due_s(index) for index, sent in enumerate(timing.chunk_sent_s))
    assert (behind_s > 30.0) == (timing.ready_s > 30.0) == strictly
    assert max(timing.send_lags()) < 30.0  # of the pacer: what was due before the connection came up waited for that


def test_more_recordings_than_can_be_kept_in_memory_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(load_layout, "_MOST_AUDIO_S", 2.0)
    said = load(make(tmp_path, {"sessions": [1]}), "--dry-run", code=2)
    assert "recordings, which are all kept in memory" in said
    assert "use --limit" in said


def test_going_on_never_takes_the_load_of_a_config_with_a_longer_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("toy-load-20260101T000000Z", "toy-load-test-load-20260102T000000Z"):
        (tmp_path / "reports" / name / "levels").mkdir(parents=True)
    assert load_folder("toy", None, resume=True).path.name == "toy-load-20260101T000000Z"
