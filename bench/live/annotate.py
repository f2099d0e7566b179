"""`bench annotate`: a page on loopback where a person hears the clips of an annotation sheet and writes what is said.

Standard library only. It answers this machine alone: the Host must be loopback, and what changes anything must come
from the page itself. Every change is written into the sheet at once.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench import audio
from bench.corpora.own.sheet import clip_of, read_clip, read_sheet, save_row
from bench.corpora.own.survey import SHEET
from bench.errors import AudioError, BenchError, ManifestError, Problem
from bench.live.loopback import LoopbackHandler, serve_until_interrupted

_FILES = {
    "/": ("annotate.html", "text/html; charset=utf-8"),
    "/annotate.js": ("annotate.js", "text/javascript; charset=utf-8"),
    "/annotate.css": ("annotate.css", "text/css; charset=utf-8"),
}
_EDITABLE = ("text", "speaker", "personal_data")
_MOST_BYTES = 1_000_000


class Annotator:
    """The sheet of a folder, for many threads of one server."""

    def __init__(self, folder: Path) -> None:
        """Raises ManifestError if the folder has no sheet that can be read."""
        self.sheet = folder / SHEET
        if not self.sheet.exists():
            advice = f"make it: bench init {folder} --language en"
            raise ManifestError([Problem(str(self.sheet), "an annotation sheet", "none", advice)])
        self._folder = folder
        self._lock = threading.Lock()
        self._unpacked = audio.Unpacked()
        self.rows()

    def close(self) -> None:
        """Remove what was unpacked."""
        self._unpacked.__exit__(None, None, None)

    def rows(self) -> list[dict[str, Any]]:
        """Every row, with the name of its clip."""
        with self._lock:
            return [{**row, "clip": clip_of(row, where, []).id} for where, row in read_sheet(self.sheet)]

    def clip(self, number: int) -> bytes:
        """The sound of a row as a WAV file.

        Raises:
            IndexError: if there is no such row.
            AudioError: if it cannot be read.
        """
        with self._lock:
            where, row = read_sheet(self.sheet)[number]
            return audio.to_file_bytes(read_clip(self._folder, clip_of(row, where, []), self._unpacked), "wav")[0]

    def save(self, number: int, changes: Mapping[str, Any]) -> dict[str, str]:
        """Write cells of a row; the row as it became.

        Raises:
            ManifestError: if there is no such row, or a cell that may not be written.
        """
        wrong = [name for name, value in changes.items() if name not in _EDITABLE or not isinstance(value, str)]
        if wrong:
            raise ManifestError([Problem(SHEET, f"text for {', '.join(_EDITABLE)}", ", ".join(wrong))])
        with self._lock:
            return save_row(self.sheet, number, changes)


def annotate(folder: Path, port: int, opened: Callable[[str, Path], object]) -> None:
    """Show a folder's sheet until Ctrl-C; `opened` is told the address, and where what is written is saved."""
    annotator = Annotator(folder)
    try:
        serve_until_interrupted(serve(annotator, port), lambda address: opened(address, annotator.sheet))
    finally:
        annotator.close()


def serve(annotator: Annotator, port: int = 0) -> ThreadingHTTPServer:
    """A server on 127.0.0.1, bound and not yet serving; port 0: any that is free."""

    class Handler(_Handler):
        rows = annotator

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


class _Handler(LoopbackHandler):
    rows: Annotator

    def do_GET(self) -> None:
        """The page, its rows, or the sound of one."""
        path = urlsplit(self.path).path
        if not self.is_local():
            self.send(HTTPStatus.FORBIDDEN, b"expected to be asked as 127.0.0.1", "text/plain")
        elif path in _FILES:
            name, kind = _FILES[path]
            self.send(HTTPStatus.OK, (Path(__file__).parent / name).read_bytes(), kind)
        elif path == "/rows":
            self.answer(self.rows.rows)
        elif path.startswith("/clip/"):
            self._clip(path.removeprefix("/clip/").removesuffix(".wav"))
        elif path == "/favicon.ico":
            self.send(HTTPStatus.OK, b"", "image/x-icon")
        else:
            self.send(HTTPStatus.NOT_FOUND, b"no such page", "text/plain")

    def do_POST(self) -> None:
        """Changes of one row, as JSON."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(length, _MOST_BYTES))
        number = urlsplit(self.path).path.removeprefix("/rows/")
        # A page of another origin cannot send JSON without asking first, and is never answered yes.
        is_own = self.is_local() and self.headers.get("Content-Type") == "application/json"
        if not is_own or length > _MOST_BYTES or not number.isdigit():
            self.send(HTTPStatus.FORBIDDEN, b"expected JSON from the page itself", "text/plain")
            return
        self.answer(lambda: self.rows.save(int(number), json.loads(body)))

    def _clip(self, number: str) -> None:
        try:
            self.send(HTTPStatus.OK, self.rows.clip(int(number)), "audio/wav")
        except (ValueError, IndexError):
            self.send(HTTPStatus.NOT_FOUND, b"no such clip", "text/plain")
        except (AudioError, BenchError) as error:
            self.send(HTTPStatus.NOT_FOUND, str(error).encode(), "text/plain")
