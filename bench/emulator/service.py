"""What all requests share: recogniser, limits, counters, and the one line each leaves in the log."""

from __future__ import annotations

import hmac
import logging
import socket
import struct
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bench.emulator.boosting import boosted_terms, inserted, made_up, spared
from bench.emulator.clock import now_s
from bench.emulator.faults import Fault, demanded
from bench.emulator.feature_errors import is_let_through, misattributed, mislabelled
from bench.emulator.heard import Recognizer
from bench.emulator.replies import BAD_TOKEN, NO_TOKEN, Refusal, rate_limited
from bench.emulator.settings import EmulatorSettings
from bench.emulator.word_errors import corrupt
from bench.engines.base import Samples
from bench.types import ErrorCounts, Mode, Word

_LOG = logging.getLogger("bench.emulator")

_LABEL_FLAGS = {"emotion": "emotion_detection", "gender": "gender_detection", "age": "age_detection"}
"""Label -> the parameter that asks for it."""

TRANSPORT = "bench.transport"
"""Key of the ASGI scope under which the connection's transport is found."""


@dataclass(slots=True, kw_only=True)
class Visit:
    """One request as the log and the counters will have it."""

    number: int
    mode: Mode
    fault: Fault | None
    started_s: float
    status: int = 0
    """HTTP status, or WebSocket close code."""
    audio_bytes: int = 0
    audio_s: float = 0.0
    words: int = 0
    finals: int = 0


@dataclass(slots=True)
class Service:
    """One emulator, in one process."""

    recognizer: Recognizer
    settings: EmulatorSettings
    active: Counter[Mode] = field(default_factory=Counter)
    served: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    word_errors: ErrorCounts = field(default_factory=ErrorCounts)
    terms_made_up: int = 0
    _recent: deque[float] = field(default_factory=deque)
    _number: int = 0

    def unauthorized(self, headers: Mapping[str, str], query: Mapping[str, str]) -> Refusal | None:
        """Bearer header, or `token` in the query where a browser cannot set headers."""
        if self.settings.api_key is None:
            return None
        scheme, _, given = headers.get("authorization", "").partition(" ")
        token = given.strip() if scheme.lower() == "bearer" else query.get("token", "")
        if not token:
            return NO_TOKEN
        return None if hmac.compare_digest(token.encode(), self.settings.api_key.encode()) else BAD_TOKEN

    def over_request_limit(self) -> Refusal | None:
        """Count a batch request against the limits."""
        limits, now = self.settings.limits, now_s()
        while self._recent and now - self._recent[0] >= 60:
            self._recent.popleft()
        too_often = limits.requests_per_minute and len(self._recent) >= limits.requests_per_minute
        too_many = limits.concurrent_requests and self.active["batch"] > limits.concurrent_requests
        if too_often or too_many:
            return rate_limited(limits.retry_after_s)
        if limits.requests_per_minute:
            self._recent.append(now)
        return None

    def over_stream_limit(self) -> bool:
        limit = self.settings.limits.concurrent_streams
        return limit is not None and self.active["stream"] > limit

    @contextmanager
    def visit(self, mode: Mode, headers: Mapping[str, str]) -> Iterator[Visit]:
        """Number a request, choose its fault, and log it when it is over.

        Raises:
            ValueError: if its header asks for a fault that there is none of.
        """
        number, self._number = self._number, self._number + 1
        fault = demanded(headers, mode) or self.settings.plan.draw(number, mode)
        visit = Visit(number=number, mode=mode, fault=fault, started_s=now_s())
        self.active[mode] += 1
        try:
            yield visit
        finally:
            self.active[mode] -= 1
            self._count(visit)

    def _count(self, visit: Visit) -> None:
        kind = visit.fault.kind if visit.fault else "-"
        self.served[f"{visit.mode} {visit.status}"] += 1
        if visit.fault:
            self.faults[f"{visit.mode} {kind}"] += 1
        _LOG.info(
            "%d %s status=%d took=%.3fs bytes=%d audio=%.3fs words=%d finals=%d fault=%s",
            visit.number,
            visit.mode,
            visit.status,
            now_s() - visit.started_s,
            visit.audio_bytes,
            visit.audio_s,
            visit.words,
            visit.finals,
            kind,
        )

    def with_errors(self, words: tuple[Word, ...], query: Mapping[str, str], *, final: bool) -> tuple[Word, ...]:
        """The words with the errors that were ordered, and with what the query's terms do; finals are counted."""
        words = misattributed(words, self.settings.feature_errors)
        boosting, errors = self.settings.boosting, self.settings.word_errors
        terms = boosted_terms(query) if boosting is not None else ()
        heard, places = words, tuple(range(len(words)))
        if errors is not None:
            kept = spared(words, terms, boosting) if boosting is not None else ()
            corrupted = corrupt(words, errors, kept)
            heard, places = corrupted.words, corrupted.places
            if final:
                self.word_errors += corrupted.counts
        if boosting is None:
            return heard
        invented = made_up(words, terms, boosting)
        self.terms_made_up += len(invented) if final else 0
        return inserted(heard, places, invented)

    async def labels(self, samples: Samples, query: Mapping[str, str]) -> dict[str, str] | None:
        """What the recogniser claims of a recording, with the errors that were ordered, as far as it is asked for.

        `None`: it was not asked, or hears none.
        """
        asked = {kind for kind, flag in _LABEL_FLAGS.items() if query.get(flag) == "true"}
        heard = await self.recognizer.labels(samples) if asked else {}
        if not heard:
            return None
        claimed = mislabelled(heard, self.settings.feature_errors, str(samples[:99]))
        return {kind: label for kind, label in claimed.items() if kind in asked}

    def redacted_words(self, query: Mapping[str, str]) -> tuple[str, ...]:
        """What is hidden from whoever asks for it, but for what redaction was ordered to let through."""
        if "true" not in (query.get("redact_pii"), query.get("redact_pci")):
            return ()
        errors = self.settings.feature_errors
        return tuple(word for word in self.settings.redacted_words if not is_let_through(word, errors))

    def stats(self) -> dict[str, Any]:
        """Counters since the start, for tests and for whoever wants the truth of a run."""
        errors = self.word_errors
        return {
            "requests": self._number,
            "active": dict(self.active),
            "served": dict(self.served),
            "faults": dict(self.faults),
            "word_errors": {
                "substitutions": errors.substitutions,
                "deletions": errors.deletions,
                "insertions": errors.insertions,
                "hits": errors.hits,
            },
            "terms_made_up": self.terms_made_up,
        }


def reset(scope: Mapping[str, Any]) -> None:
    """Break the TCP connection of a request with RST, where the server lets us at it."""
    transport = scope.get(TRANSPORT)
    if transport is None:
        return
    raw = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def fall_silent(scope: Mapping[str, Any]) -> None:
    """Neither read nor answer a connection any more, not even pings, and leave it open."""
    transport = scope.get(TRANSPORT)
    if transport is not None:
        transport.pause_reading()
