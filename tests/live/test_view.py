"""A run on loopback: counts while it goes on, then its report; nothing else of this machine."""

import json
import shutil
import threading

import pytest

import bench
from bench.addresses import mirror
from bench.live.view import Viewer, serve
from bench.remote import local, publish
from bench.report.tables import percent, seconds, with_interval
from bench.store import RunFolder
from bench.types import Cell, Failure, FailureKind, Result
from tests.live.test_annotate import ask
from tests.report.run import made
from tests.runs import make_run, said


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("view")
    return make_run(folder / "run", made.two_engines, engines=made.ENGINES, missing=40)


@pytest.fixture
def port(run):
    server = serve(Viewer(run))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def test_progress_counts_what_came_back_by_engine(port):
    status, _, body = ask(port, "GET", "/counts", Host=f"127.0.0.1:{port}")
    counts = json.loads(body)
    assert status == 200
    assert (counts["planned"], counts["done"], counts["scored"]) == (240, 200, True)
    assert sum(one["done"] for one in counts["engines"]) == 200
    assert {one["engine"] for one in counts["engines"]} == {"anna", "ravi"}


def scored_so_far(viewer):
    """What it says once everything that came is scored."""
    for _ in range(100):
        counts = viewer.progress()
        if not counts["scoring"]:
            return counts
    raise AssertionError(f"{counts['scoring']} are never scored")


def test_word_errors_and_latency_so_far_are_those_that_scoring_makes(run):
    cells = {one["engine"]: one for one in scored_so_far(Viewer(run))["cells"]}
    estimates = {(e.scope, e.metric): e for e in RunFolder(run).estimates()}
    for engine in ("anna", "ravi"):
        cell = Cell(engine, "batch", "clean", "hand", "en")
        assert cells[engine]["wrong"] == with_interval(estimates[cell, "wer"], percent)
        assert cells[engine]["latency"] == with_interval(estimates[cell, "batch_latency_s.p50"], seconds)
    assert {(one["planned"], one["unit"], one["late"]) for one in cells.values()} == {(120, "words", False)}


def test_what_comes_later_is_counted_and_nothing_twice(tmp_path):
    folder = make_run(tmp_path / "run", made.two_engines, engines=made.ENGINES, missing=240)
    viewer = Viewer(folder)
    assert scored_so_far(viewer)["cells"] == []
    planned, spoken = RunFolder(folder).trials(), RunFolder(folder).utterances()
    writer = RunFolder(folder).writer()

    def append(trial, outcome):
        writer.append(Result(trial_id=trial.id, outcome=outcome, attempts=1, started_at="2026-11-23", cost=0.5))

    append(planned[0], Failure(kind=FailureKind.TIMEOUT, message="late"))
    failing = scored_so_far(viewer)
    assert [one["failed"] for one in failing["cells"]] == [1]
    assert {"timeout": 1} in [one["failed"] for one in failing["engines"]]
    for trial in planned[:10]:
        append(trial, said(spoken[trial.utterance_id].text))
    after = scored_so_far(viewer)
    writer.close()
    assert sum(one["scored"] for one in after["cells"]) == after["done"] == 10
    assert sum(one["failed"] for one in after["cells"]) == 0
    assert sum(one["cost"] or 0 for one in after["engines"]) == 5.0


def test_an_engine_with_a_price_has_cost_nothing_until_something_came(tmp_path):
    priced = [{**made.ENGINES[0], "price_per_minute": 0.01}, made.ENGINES[1]]
    viewer = Viewer(make_run(tmp_path / "run", made.two_engines, engines=priced, missing=240))
    assert {one["engine"]: one["cost"] for one in viewer.progress()["engines"]} == {"anna": 0.0, "ravi": None}


def test_latency_of_a_late_harness_is_said_to_be_invalid(tmp_path):
    viewer = Viewer(made.invalid(tmp_path) and tmp_path / "invalid")
    counts = scored_so_far(viewer)
    assert counts["invalid"]
    assert {(one["mode"], one["late"]) for one in counts["cells"]} == {("Batch", False), ("Real time", True)}


def test_the_way_leads_to_the_report_once_there_is_one(port, run):
    here = f"127.0.0.1:{port}"
    assert ask(port, "GET", "/", Host=here)[1]["Location"] == "/progress"
    assert b"view.js" in ask(port, "GET", "/progress", Host=here)[2]
    bench.open_run(run).report()
    assert ask(port, "GET", "/", Host=here)[1]["Location"] == "/report.html"
    status, headers, body = ask(port, "GET", "/report.html", Host=here)
    assert status == 200
    assert b"The answer" in body
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/config.yaml", "/report/../config.yaml", "/..%2f..%2fetc/passwd", "/results/0000.jsonl"]
)
def test_nothing_but_the_report_is_served(port, path):
    assert ask(port, "GET", path, Host=f"127.0.0.1:{port}")[0] == 404


def test_another_name_is_refused(port):
    assert ask(port, "GET", "/counts", Host="evil.example")[0] == 403


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_anybody_out(port, keeps_out, scheme):
    assert keeps_out(f"http://127.0.0.1:{port}/progress", scheme, "#cells tr") == []


def test_a_run_at_a_url_is_followed_while_another_machine_works_on_it(run, tmp_path, monkeypatch):
    pytest.importorskip("fsspec", reason="the extra `cloud` is not installed")
    monkeypatch.setattr("bench.live.view._PULL_S", 0.0)
    for machine in ("theirs", "ours"):
        monkeypatch.setenv("EARWITNESS_CACHE", str(tmp_path / machine))
        if machine == "theirs":
            there = mirror("memory://viewed/run")
            shutil.copytree(run, there)
            publish(there)
    viewer = Viewer(local("memory://viewed/run"))
    assert viewer.progress()["done"] == 200
    log = next((there / "results").glob("*.jsonl"))
    left = [trial.id for trial in RunFolder(there).trials() if trial.id not in RunFolder(there).answered()]
    monkeypatch.setenv("EARWITNESS_CACHE", str(tmp_path / "theirs"))
    first = log.read_text(encoding="utf-8").splitlines(keepends=True)[0]
    known = json.loads(first)["trial_id"]
    with log.open("a", encoding="utf-8") as file:
        file.write(first.replace(known, left[0]))
    publish(there)
    monkeypatch.setenv("EARWITNESS_CACHE", str(tmp_path / "ours"))
    assert viewer.progress()["done"] == 201
