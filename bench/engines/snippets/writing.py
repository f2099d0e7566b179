"""Statements of the code that is printed: what both languages have in common. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from bench.engines.dialect.model import Poll
from bench.engines.snippets.plan import MARK, Plan, Request, Session, marked
from bench.engines.snippets.syntax import Syntax

ATTEMPTS = 4


class Writing:
    """One language. Subclasses say how it differs."""

    pieces: ClassVar[dict[str, str]]
    """Functions that are added where they are called."""
    syntax: Syntax

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        key = plan.description.key
        self.key_place = key.place if key.env and key.place in {"header", "query"} else None

    @property
    def origin(self) -> str:
        version = self.plan.description.version
        return (
            f"Printed by `bench snippet` from the measured description (version {version}); options are its defaults."
        )

    @property
    def given(self) -> str:
        """What the command line takes besides the file."""
        return "" if self.plan.language is None else " [language]"

    def language(self, sign: str) -> str:
        """The parameter, where the service is told a language."""
        return "" if self.plan.language is None else f", language{sign}{self.syntax.text(self.plan.language)}"

    def with_pieces(self, code: str) -> str:
        """Code with the functions it calls, and those that these call."""
        added: dict[str, str] = {}
        seen = code
        while missing := [name for name in self.pieces if name not in added and re.search(rf"\b{name}\(", seen)]:
            added |= {name: self.pieces[name].strip("\n") for name in missing}
            seen = "\n".join([code, *added.values()])
        return self.blank.join([code, *added.values()])

    def key(self) -> str:
        key = self.plan.description.key
        return self.syntax.literal({key.name: key.scheme + marked("key")})

    def address(self, path: str) -> str:
        """A path under the base address; one that is whole stands for itself."""
        return self.syntax.text(path if "://" in path or path.startswith(MARK) else marked("BASE") + path)

    def pairs(self, pairs: Sequence[tuple[str, str]], place: str) -> str:
        """An object of headers or parameters, with the key where it belongs there; empty: there is none."""
        return self.with_key(pairs, self.key_place == place)

    def with_key(self, pairs: Sequence[tuple[str, str]], has_key: bool) -> str:
        """An object of pairs and, where it is asked for, the key; empty: there is none."""
        entries = [f"{self.syntax.key(name)}: {self.syntax.text(value)}" for name, value in pairs]
        if not has_key:
            return self.syntax.braced(entries) if entries else ""
        return self.syntax.braced([f"{self.spread}KEY", *entries]) if entries else "KEY"

    def needed(self, name: str, value: str, answer: str) -> str:
        """A value of an answer that later requests are made of."""
        return self.assigned(name, f"need({value}, {answer})")

    def stream_values(self, session: Session, socket: str) -> dict[str, str]:
        """Constants of a stream by name, of which code has those that it uses."""
        stream = session.stream
        return {
            "SOCKET": socket,
            "CHUNK_S": f"{stream.chunk_ms / 1000:g}",
            "DEADLINE_S": f"{stream.finish.deadline_s:g}",
            "SETTLE_S": f"{stream.finish.settle_s or 0:g}",
            "ENDS": self.syntax.literal(list(stream.finish.close_codes)),
            "SIGNS": self.syntax.literal(list(stream.accumulate.control)),
            "RATES": self.syntax.literal(list(stream.accepts.rates or ())),
        }

    def opening(self, session: Session) -> tuple[str, str, str]:
        """Address, parameters and headers of the socket; what was prepared stands for the key."""
        address = session.address if session.address.startswith(MARK) else marked("SOCKET") + session.address
        place = None if session.prepare else self.key_place
        params = self.with_key(session.params, place == "query")
        return self.syntax.text(address), params, self.with_key(session.headers, place == "header")

    # What differs.

    blank: ClassVar[str]
    """Between functions."""
    spread: ClassVar[str]

    def asked(self, request: Request) -> str:
        """The answer to a request, parsed."""
        raise NotImplementedError

    def forgotten(self, request: Request) -> str:
        """A request whose answer does not matter."""
        raise NotImplementedError

    def assigned(self, name: str, value: str) -> str:
        raise NotImplementedError

    def returned(self, value: str) -> str:
        raise NotImplementedError

    def raised(self, answer: str) -> str:
        raise NotImplementedError

    def when(self, condition: str, statement: str) -> list[str]:
        raise NotImplementedError

    def whatever_comes(self, lines: Sequence[str], finally_: Sequence[str]) -> list[str]:
        raise NotImplementedError

    def polled(self, name: str, asked: str, poll: Poll) -> list[str]:
        """Asks after a job until it is over."""
        raise NotImplementedError

    def told(self, text: str, answer: str) -> list[str]:
        """Returns the text, or raises where there is none."""
        raise NotImplementedError

    def batch(self, base: str, lines: Sequence[str]) -> str:
        """The whole file, around the lines of `transcribe`."""
        raise NotImplementedError

    def stream(self, session: Session) -> str:
        """The whole file of a stream."""
        raise NotImplementedError
