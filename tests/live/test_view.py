"""A run on loopback: counts while it goes on, then its report; nothing else of this machine."""

import json
import threading

import pytest

import bench
from bench.live.view import Viewer, serve
from tests.live.test_annotate import ask
from tests.report.run import made
from tests.runs import make_run


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
