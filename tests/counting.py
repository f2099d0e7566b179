"""A service that counts what it is asked: the one who knows whether anything was paid twice."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

from bench.store.index import places
from bench.types import Transcript


class Counting(BaseHTTPRequestHandler):
    """Answers each recording with a text of its own, and counts how often it was asked."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[Counter[str]] = Counter()
    wait_s = 0.02

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        name = hashlib.sha256(body).hexdigest()
        type(self).asked[name] += 1
        time.sleep(self.wait_s)
        answer = json.dumps({"status": "success", "transcription": f"said {name[:6]}"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def counting_server() -> Iterator[str]:
    """Its address; counts from zero."""
    Counting.asked.clear()
    serving = ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{serving.server_port}"
    finally:
        serving.shutdown()
        serving.server_close()


def config(corpus: Path | str, server: str, **more: Any) -> dict[str, Any]:
    """Batch requests of a corpus, five times over."""
    return {
        "name": "counted",
        "corpora": [str(corpus)],
        "repeats": 5,
        "modes": ["batch"],
        "batch": {"concurrency": 6},
        "engines": [{"id": "e", "engine": "pulse", "settings": {"language": "en", "base_url": server}}],
        **more,
    }


def answers(run: Path) -> Counter[str]:
    """How often each trial's answer is stored."""
    results = places(run / "results", replaced=True).results()
    return Counter(result.trial_id for result in results if isinstance(result.outcome, Transcript))


def once_answered(run: Path, number: int, then: Any) -> None:
    """Do something as soon as so many trials are answered."""
    deadline = time.monotonic() + 600  # starting workers takes minutes on a busy machine
    while time.monotonic() < deadline:
        if run.exists() and len(answers(run)) >= number:
            then()
            return
        time.sleep(0.05)
    raise AssertionError("nothing was answered")
