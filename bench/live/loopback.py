"""What servers on loopback share: they answer this machine alone, and let a page load nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bench.errors import BenchError


class LoopbackHandler(BaseHTTPRequestHandler):
    """One request. `policy`: the content security policy of what is sent."""

    protocol_version = "HTTP/1.1"
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; media-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )

    def log_message(self, format: str, *args: Any) -> None:
        """A page that is looked at needs no log."""

    def is_local(self) -> bool:
        """Whether it was asked as this machine: a page of another name may not reach it by DNS."""
        return (self.headers.get("Host") or "").rpartition(":")[0] in ("127.0.0.1", "localhost")

    def answer(self, make: Callable[[], Any]) -> None:
        """What `make` returns as JSON, or why it cannot."""
        try:
            made = make()
        except (BenchError, ValueError, OSError) as error:
            self.send(HTTPStatus.BAD_REQUEST, json.dumps({"error": str(error)}).encode(), "application/json")
        else:
            self.send(HTTPStatus.OK, json.dumps(made, ensure_ascii=False).encode(), "application/json")

    def send(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        """One whole answer, or the part of it that was asked for."""
        part = self._range(len(body)) if status is HTTPStatus.OK else None
        self.send_response(HTTPStatus.PARTIAL_CONTENT if part else status)
        if part:
            first, last = part
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(body)}")
            body = body[first : last + 1]
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", self.policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(body)

    def _range(self, size: int) -> tuple[int, int] | None:
        """What a player asks for, so that it can seek; `None`: everything."""
        first, _, last = (self.headers.get("Range") or "").removeprefix("bytes=").partition("-")
        if not first.isdigit() or int(first) >= size:
            return None
        return int(first), min(int(last), size - 1) if last.isdigit() else size - 1


def serve_until_interrupted(server: ThreadingHTTPServer, opened: Callable[[str], object]) -> None:
    """Serve until Ctrl-C; `opened` is told the address, once it can be asked."""
    opened(f"http://127.0.0.1:{server.server_address[1]}/")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return
    finally:
        server.server_close()
