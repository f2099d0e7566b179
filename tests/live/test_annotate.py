import csv
import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench import audio
from bench.corpora.own.sheet import update_sheet
from bench.corpora.own.speakers import Speakers
from bench.corpora.own.survey import SHEET, survey
from bench.errors import ManifestError
from bench.live.annotate import Annotator, serve
from tests.browser import HANGS_MS
from tests.corpora.tiny import put_tone


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("one", "two", "three"):
        put_tone(tmp_path / f"{name}.wav", 1.0)
    update_sheet(survey(tmp_path), Speakers(), draft=lambda recording: "a draft <b>", draft_engine="moonshine")
    return tmp_path


@pytest.fixture
def port(folder: Path) -> Iterator[int]:
    annotator = Annotator(folder)
    server = serve(annotator)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()
    annotator.close()


def ask(port: int, method: str, path: str, body: object = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=HANGS_MS / 1000)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, None if body is None else json.dumps(body), given)
    answer = connection.getresponse()
    found = (answer.status, dict(answer.getheaders()), answer.read())
    connection.close()
    return found


def texts(folder: Path) -> list[tuple[str, str, str]]:
    with (folder / SHEET).open(encoding="utf-8-sig", newline="") as file:
        return [(row["text"], row["speaker"], row["personal_data"]) for row in csv.DictReader(file)]


def test_clips_are_heard_and_what_is_written_is_in_the_sheet_at_once(folder: Path, port: int) -> None:
    status, headers, page = ask(port, "GET", "/")
    assert (status, b"What is said?" in page) == (200, True)
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
    rows = json.loads(ask(port, "GET", "/rows")[2])
    assert [(row["clip"], row["draft"]) for row in rows] == [(name, "a draft <b>") for name in ("one", "three", "two")]
    clip = ask(port, "GET", "/clip/1.wav")[2]
    assert audio.from_file_bytes(clip).duration_s == 1.0
    assert ask(port, "GET", "/clip/1.wav", Range="bytes=100-199")[2] == clip[100:200]
    changes = {"text": "hello {*}", "speaker": "ann", "personal_data": "yes"}
    status, _, body = ask(port, "POST", "/rows/1", changes, Content_Type="application/json")
    assert (status, json.loads(body)["text"]) == (200, "hello {*}")
    assert texts(folder) == [("", "", ""), ("hello {*}", "ann", "yes"), ("", "", "")]


@pytest.mark.parametrize(
    ("path", "body", "headers", "status"),
    [
        ("/rows/1", {"text": "x"}, {"Content_Type": "text/plain"}, 403),
        ("/rows/1", {"text": "x"}, {"Content_Type": "application/json", "Host": "evil.example:80"}, 403),
        ("/rows/x", {"text": "x"}, {"Content_Type": "application/json"}, 403),
        ("/rows/7", {"text": "x"}, {"Content_Type": "application/json"}, 400),
        ("/rows/1", {"audio": "/etc/passwd"}, {"Content_Type": "application/json"}, 400),
        ("/rows/1", {"text": 5}, {"Content_Type": "application/json"}, 400),
    ],
)
def test_nobody_else_and_nothing_else_is_written(
    folder: Path, port: int, path: str, body: object, headers: dict[str, str], status: int
) -> None:
    before = (folder / SHEET).read_bytes()
    assert ask(port, "POST", path, body, **headers)[0] == status
    assert (folder / SHEET).read_bytes() == before


def test_what_is_not_there_is_not_found(port: int) -> None:
    for path in ("/clip/9.wav", "/clip/x", "/annotate.py", "/../annotate.py"):
        assert ask(port, "GET", path)[0] == 404
    assert ask(port, "GET", "/rows", Host="evil.example")[0] == 403


def test_a_folder_without_a_sheet_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="make it: bench init"):
        Annotator(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_anybody_out(port: int, keeps_out: Any, scheme: str) -> None:
    assert keeps_out(f"http://127.0.0.1:{port}/", scheme, "#clips button[aria-current]") == []


@pytest.mark.slow
@pytest.mark.parametrize("width", [1200, 360])
def test_a_person_annotates_by_keyboard_alone(folder: Path, port: int, chromium: Any, width: int) -> None:
    """No error, nothing wider than the window, and every step without a mouse."""
    from playwright.sync_api import expect

    page = chromium.new_page(viewport={"width": width, "height": 800})
    page.set_default_timeout(HANGS_MS)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(f"http://127.0.0.1:{port}/")
    expect(page.locator("#text")).to_be_focused()
    assert page.input_value("#text") == "a draft <b>"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.keyboard.press("Control+A")
    page.keyboard.type("hello ")
    page.keyboard.press("Control+u")
    page.keyboard.press("Alt+p")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#clip")).to_contain_text("2 of 3")
    assert texts(folder)[0] == ("hello {*}", "", "yes")
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("#clip")).to_contain_text("3 of 3")
    assert texts(folder)[1] == ("", "", "")  # a draft that was only looked at is no text
    page.keyboard.type("typed ")
    expect(page.locator("#saved")).to_contain_text("Saved")
    assert texts(folder)[2][0]
    assert problems == []
