"""Archives fetched from a loopback server that can break off half-way."""

import hashlib
import io
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bench.corpora.download import fetch, unpack
from bench.corpora.manifest import load_manifest
from bench.corpora.prepare import prepare
from bench.errors import BenchError
from tests.corpora.tiny import put_tone


class Server(ThreadingHTTPServer):
    content = b""
    break_after: int | None = None
    ranges: list[str | None]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/speech.tar.gz"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.ranges.append(wanted)
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        if wanted and start >= len(self.server.content):
            self.send_response(416)
            self.end_headers()
            return
        body = self.server.content[start:]
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.server.break_after])
        self.server.break_after = None

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server(("127.0.0.1", 0), Handler)
    made.ranges = []
    thread = threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def test_a_broken_download_goes_on_and_is_checked(server: Server, tmp_path: Path) -> None:
    server.content = bytes(range(256)) * 4000
    server.break_after = 300_000
    target = tmp_path / "d/speech.tar.gz"
    with pytest.raises(BenchError, match="run prepare again to go on"):
        fetch(server.url, target, digest(server.content))
    assert not target.exists()
    assert fetch(server.url, target, digest(server.content)) == target
    assert target.read_bytes() == server.content
    assert server.ranges == [None, "bytes=300000-"]
    fetch(server.url, target, "sha256:0")  # it is there: nothing is asked
    assert len(server.ranges) == 2


def test_a_download_killed_before_its_check_is_not_asked_for_again(server: Server, tmp_path: Path) -> None:
    server.content = b"x" * 1000
    (tmp_path / "a.part").write_bytes(server.content)
    assert fetch(server.url, tmp_path / "a", digest(server.content)).read_bytes() == server.content


def test_a_wrong_digest_is_refused_and_removed(server: Server, tmp_path: Path) -> None:
    server.content = b"something else"
    with pytest.raises(BenchError, match=r"expected md5:00, got md5:[0-9a-f]{32}; it was removed"):
        fetch(server.url, tmp_path / "a", "md5:00")
    assert list(tmp_path.iterdir()) == []


def test_an_address_that_does_not_answer_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="or download it yourself to"):
        fetch("http://127.0.0.1:1/x.tar", tmp_path / "x.tar", "md5:0")


def archive(folder: Path, names: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as file:
        for name, data in names.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def test_a_member_that_would_leave_the_folder_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "bad.tar.gz"
    bad.write_bytes(archive(tmp_path, {"../outside.txt": b"x"}))
    with pytest.raises(BenchError, match="expected a sound tar or zip archive"):
        unpack(bad, tmp_path / "in")
    assert not (tmp_path / "outside.txt").exists()


def test_zip_archives_and_rubbish(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("x/y.txt", "text")
    unpack(tmp_path / "a.zip", tmp_path / "in")
    assert (tmp_path / "in/x/y.txt").read_text("utf-8") == "text"
    (tmp_path / "b.tar").write_bytes(b"rubbish")
    with pytest.raises(BenchError, match="expected a sound tar or zip archive"):
        unpack(tmp_path / "b.tar", tmp_path / "in")


def test_a_release_is_fetched_unpacked_and_read_in_place(server: Server, tmp_path: Path) -> None:
    flac = put_tone(tmp_path / "a.flac").read_bytes()
    chapter = "LibriSpeech/test-clean/1/2/"
    server.content = archive(
        tmp_path, {f"{chapter}1-2-0000.flac": flac, f"{chapter}1-2.trans.txt": b"1-2-0000 HELLO\n"}
    )
    card = tmp_path / "libri.yaml"
    card.write_text(
        "summary: x\nlanguages: [en]\nlicence: CC-BY-4.0\naccess: open\nhomepage: https://example.org\ncitation: none\n"
        "source:\n  kind: release\n  format: librispeech\n  path: LibriSpeech/test-clean\n"
        f"  archives: [{{url: '{server.url}', digest: '{digest(server.content)}'}}]\n",
        encoding="utf-8",
    )
    loaded = load_manifest(prepare(str(card), tmp_path / "corpora"))
    assert [(item.id, item.text) for item in loaded.utterances] == [("1-2-0000", "HELLO")]
    assert loaded.utterances[0].audio == f"source/{chapter}1-2-0000.flac"
    assert not (tmp_path / "corpora/libri/audio").exists()
    assert digest(server.content) in loaded.header.source
    prepare(str(card), tmp_path / "corpora")
    assert len(server.ranges) == 1
