"""A service that counts what it is asked: the one who knows whether anything was paid twice."""

from __future__ import annotations

import hashlib
import json
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
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
    hold_after: ClassVar[float] = math.inf
    """So many requests are answered, what comes then waits for `released`."""
    released: ClassVar[threading.Event] = threading.Event()
    _lock: ClassVar[threading.Lock] = threading.Lock()

    @classmethod
    def hold(cls, after: int) -> None:
        """Answer so many requests more, and no other until `release`: whoever stalls meanwhile misses nothing."""
        cls.released.clear()
        cls.hold_after = cls.asked.total() + after

    @classmethod
    def release(cls) -> None:
        """Answer whatever is asked."""
        cls.hold_after = math.inf
        cls.released.set()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        name = hashlib.sha256(body).hexdigest()
        with self._lock:
            type(self).asked[name] += 1
            is_held = self.asked.total() > self.hold_after
        time.sleep(self.wait_s)
        if is_held:
            self.released.wait()
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
    Counting.release()
    serving = ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{serving.server_port}"
    finally:
        Counting.release()
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


def once_answered(run: Path, number: int, then: Callable[[], object]) -> None:
    """Do something as soon as so many trials are answered; the others are answered when it is done."""
    Counting.hold(after=number)
    deadline = time.monotonic() + 600  # starting workers takes minutes on a busy machine
    try:
        while not (run.exists() and len(answers(run)) >= number):
            assert time.monotonic() < deadline, "nothing was answered"
            time.sleep(0.05)
        then()
    finally:
        Counting.release()
