"""`bench view`: a run on loopback, while it goes on (trials, failures, cost, errors, latency) and, scored, its report.

It answers this machine alone, and reads the run folder through the store.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from bench.errors import StorageError
from bench.live.loopback import LoopbackHandler, serve_until_interrupted
from bench.live.so_far import SoFar, failures
from bench.remote import refresh
from bench.store import RunFolder
from bench.store.folder import SCORES_TABLE

_PAGE = {
    "/progress": ("view.html", "text/html; charset=utf-8"),
    "/view.js": ("view.js", "text/javascript; charset=utf-8"),
    "/view.css": ("view.css", "text/css; charset=utf-8"),
}
_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".opus": "audio/ogg",
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet",
}
_BESIDE = ("report.html", "summary.csv", "estimates.json", "analysis.json", "scores.parquet")
"""Files of the run that its page names."""
_PULL_S = 5.0
"""How often a run at a URL is pulled: its machine pushes no more often."""


class Viewer:
    """A run folder, for many threads of one server."""

    def __init__(self, folder: Path) -> None:
        """Raises RunFolderError if it is no run."""
        self.folder = RunFolder.open(folder)
        self._lock = threading.Lock()
        self._so_far = SoFar(self.folder)
        self._known = dict[str, Any]()
        self._size = -1
        self._pulled = time.monotonic()

    def progress(self) -> dict[str, Any]:
        """Counts and scores so far; made again only when results have grown, or some are not scored yet."""
        with self._lock:
            self._pull()
            size = sum(path.stat().st_size for path in (self.folder.path / "results").glob("*"))
            if size != self._size or self._known["scoring"]:
                self._size, self._known = size, self._counted()
            scored = (self.folder.path / SCORES_TABLE).is_file()
            return {**self._known, "scored": scored, "reported": (self.folder.path / "report.html").is_file()}

    def _pull(self) -> None:
        """What the machine that works on a run at a URL has pushed by now; if the store is away, what was there."""
        if time.monotonic() - self._pulled >= _PULL_S:
            with suppress(StorageError):
                refresh(self.folder.path)
            self._pulled = time.monotonic()

    def _counted(self) -> dict[str, Any]:
        so_far = self._so_far
        done = so_far.look()
        planned = Counter(trial.engine_id for trial in so_far.trials.values())
        cost: dict[str, float] = {}
        for id, price in so_far.costs.items():
            engine = so_far.trials[id].engine_id
            cost[engine] = cost.get(engine, 0.0) + price
        config, validity = self.folder.spec().config, so_far.validity()
        priced = {engine.id for engine in config.engines if engine.price_per_minute is not None}
        return {
            "name": config.name,
            "currency": config.currency,
            "started": self.folder.environment().started_at,
            "planned": planned.total(),
            "done": done.total(),
            "scoring": done.total() - len(so_far.rows),
            "engines": [
                {
                    "engine": engine,
                    "planned": number,
                    "done": done[engine],
                    "failed": failures(so_far.rows, engine),
                    "cost": cost.get(engine, 0.0 if engine in priced else None),
                }
                for engine, number in planned.items()
            ],
            "cells": so_far.cells(),
            "invalid": list(validity.reasons),
        }

    def file(self, path: str) -> tuple[bytes, str] | None:
        """A file that the report consists of, and its type; `None`: it is none of them."""
        name = unquote(path.lstrip("/"))
        root = self.folder.path.resolve()
        file = (root / name).resolve()
        inside = name in _BESIDE or file.is_relative_to(root / "report")
        if not inside or not file.is_file() or not file.is_relative_to(root):
            return None
        return file.read_bytes(), _KINDS.get(file.suffix, "application/octet-stream")


def show(run: Path, port: int, opened: Callable[[str], object]) -> None:
    """Show a run until Ctrl-C, at the lowest priority: it takes no time that the run needs."""
    if hasattr(os, "nice"):
        os.nice(19)
    serve_until_interrupted(serve(Viewer(run), port), opened)


def serve(viewer: Viewer, port: int = 0) -> ThreadingHTTPServer:
    """A server on 127.0.0.1, bound and not yet serving; port 0: any that is free."""

    class Handler(_Handler):
        run = viewer

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


class _Handler(LoopbackHandler):
    run: Viewer

    def do_GET(self) -> None:
        """The progress, or a file of the report."""
        path = urlsplit(self.path).path
        if not self.is_local():
            self.send(HTTPStatus.FORBIDDEN, b"expected to be asked as 127.0.0.1", "text/plain")
        elif path == "/":
            self._leads_on()
        elif path == "/counts":
            self.answer(self.run.progress)
        elif path in _PAGE:
            name, kind = _PAGE[path]
            self.send(HTTPStatus.OK, (Path(__file__).parent / name).read_bytes(), kind)
        else:
            self._file(path)

    def _leads_on(self) -> None:
        """To the report where there is one, else to the progress."""
        self.send_response(HTTPStatus.FOUND)
        reported = (self.run.folder.path / "report.html").is_file()
        self.send_header("Location", "/report.html" if reported else "/progress")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _file(self, path: str) -> None:
        answer = self.run.file(path)
        if answer is None:
            self.send(HTTPStatus.NOT_FOUND, b"no such page", "text/plain")
            return
        content, kind = answer
        if kind.startswith("text/html"):
            self.policy = "frame-ancestors 'none'"  # the report brings its own, stricter one
        self.send(HTTPStatus.OK, content, kind)
