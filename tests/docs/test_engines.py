"""The page's engine, run as written against a server of its own."""

import asyncio
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from bench.drivers import http
from bench.engines.base import RemoteEngine
from bench.engines.secrets import Secret
from bench.types import Call, Failure, FailureKind, Transcript


class Parrot(BaseHTTPRequestHandler):
    answers = ((200, b'{"text": "hello"}'), (200, b'{"text": ""}'), (200, b"[]"), (429, b""), (500, b""))
    seen: list[tuple[str, str | None, bytes]] = []  # noqa: RUF012 (one server a test)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        status, answer = self.answers[len(self.seen)]
        self.seen.append((self.path, self.headers["authorization"], body))
        self.send_response(status)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server():
    Parrot.seen.clear()
    with HTTPServer(("127.0.0.1", 0), Parrot) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()
        thread.join()


def test_the_engine_of_the_page_works(server):
    page = Path("docs/engines.md").read_text(encoding="utf-8")
    world: dict = {}
    exec(re.search(r"```python\n(.*?)```", page, re.DOTALL).group(1), world)
    factory = world["ParrotEngine"]
    settings = factory.Settings(base_url=server)
    engine = factory.create(settings, dict.fromkeys(factory.secret_names(settings), Secret("s3cret")))
    assert isinstance(engine, RemoteEngine)
    call = Call(
        audio=b"RIFF", content_type="audio/wav", encoding="linear16", sample_rate_hz=8000, duration_s=1.0, language="hi"
    )

    async def main():
        async with http.new_client(timeout_s=120, max_connections=1) as client:
            return [await http.transcribe(client, engine.batch, call) for _ in Parrot.answers]

    outcomes = asyncio.run(main())
    assert [o.text for o in outcomes[:2]] == ["hello", ""]
    assert isinstance(outcomes[1], Transcript)
    assert [o.kind for o in outcomes[2:] if isinstance(o, Failure)] == [
        FailureKind.PROTOCOL,
        FailureKind.RATE_LIMIT,
        FailureKind.SERVER,
    ]
    assert Parrot.seen[0] == ("/v1/listen?language=hi", "Bearer s3cret", b"RIFF")
    assert "s3cret" not in repr(engine.batch.request(call))
