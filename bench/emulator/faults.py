"""Faults on demand: which request gets which, decided by seed and order of arrival, or by a header.

Pure. The kinds are things that services do; docs/emulator.md says how each shows on the wire.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import numpy as np
from pydantic import Field, ValidationError, model_validator

from bench.config import SpecModel
from bench.types import Mode

FaultKind: TypeAlias = Literal[
    "delay",
    "stall",
    "status",
    "reset",
    "close",
    "half_open",
    "malformed_json",
    "wrong_field",
    "empty",
    "truncated_tail",
    "error_message",
    "missing_last",
    "missing_final",
    "duplicate_final",
    "reordered_finals",
]
STREAM_ONLY = frozenset({"close", "half_open", "missing_last", "missing_final", "duplicate_final", "reordered_finals"})
FAULT_HEADER = "x-emulator-fault"


class Fault(SpecModel):
    """One kind of fault and how often it strikes."""

    kind: FaultKind
    fraction: float = Field(default=1.0, ge=0, le=1)
    mode: Mode | None = None
    """`None`: both, where the kind exists in both."""
    status: int = Field(default=503, ge=400, le=599)
    retry_after_s: int | None = Field(default=None, ge=0)
    delay_s: float = Field(default=0.0, ge=0)
    jitter_s: float = Field(default=0.0, ge=0)
    """Up to this much more, uniformly."""
    phase: Literal["connect", "each", "last"] = "last"
    """Of a delay or stall. connect: before the handshake's or request's answer begins; each: before every
    message; last: before the last message. Batch has one answer, so that all phases are one."""
    close_code: int = Field(default=1011, ge=1000, le=4999)
    after_s: float = Field(default=0.0, ge=0)
    """Audio seconds received before a stream is reset, closed, left half open or given an error message."""
    words: int = Field(default=3, ge=1)
    """How many a truncated tail loses."""

    def applies_to(self, mode: Mode) -> bool:
        return self.mode in {None, mode} and (mode == "stream" or self.kind not in STREAM_ONLY)


class FaultPlan(SpecModel):
    """Faults with their fractions; at most one strikes a request."""

    seed: int = 0
    faults: tuple[Fault, ...] = ()

    @model_validator(mode="after")
    def _at_most_one_each(self) -> FaultPlan:
        for mode in ("batch", "stream"):
            total = sum(fault.fraction for fault in self.faults if fault.applies_to(mode))
            if total > 1 + 1e-9:
                raise ValueError(f"expected fractions that add up to 1 at most for {mode}, got {total:g}")
        return self

    def draw(self, request: int, mode: Mode) -> Fault | None:
        """The fault of a request, by its number in order of arrival."""
        u = float(np.random.default_rng([self.seed, request]).random())
        for fault in self.faults:
            if fault.applies_to(mode):
                u -= fault.fraction
                if u < 0:
                    return fault
        return None


def demanded(headers: Mapping[str, str], mode: Mode) -> Fault | None:
    """The fault that a request asks for itself: a JSON object in the header `x-emulator-fault`.

    Raises:
        ValueError: if it is no fault.
    """
    value = headers.get(FAULT_HEADER)
    if value is None:
        return None
    try:
        fault = Fault.model_validate(json.loads(value))
    except (ValidationError, RecursionError) as error:
        raise ValueError(str(error)) from error
    return fault if fault.applies_to(mode) else None


def delay_of(fault: Fault, request: int) -> float:
    """Seconds to wait, with the jitter of this request."""
    return fault.delay_s + fault.jitter_s * float(np.random.default_rng([request, 1]).random())


def without_tail(words: Sequence[str], count: int) -> str:
    """Text that lost its last words."""
    return " ".join(words[: max(0, len(words) - count)])
