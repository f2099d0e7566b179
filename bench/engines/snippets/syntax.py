"""Values, paths and blocks as Python and Node write them. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from bench.engines.dialect import paths
from bench.engines.dialect.model import Match
from bench.engines.snippets.plan import MARK
from bench.types import JsonValue

_WIDTH = 110
_NAME = re.compile(r"[A-Za-z_$][\w$]*")


class Syntax:
    """One language. Subclasses say how it differs."""

    indent: ClassVar[str]
    constants: ClassVar[Mapping[Any, str]]
    variables: Mapping[str, str]
    """What the marks of the run are called."""

    def literal(self, value: JsonValue) -> str:
        """A value with its marks as variables; broken into lines where it is long."""
        if not isinstance(value, list | dict):
            return self._flat(value)
        flat = self._flat(value)
        return flat if len(flat) <= _WIDTH else self._broken(list(self._entries(value, self.literal)), value)

    def braced(self, entries: Sequence[str]) -> str:
        """An object of entries that are written already."""
        flat = self.flat_object(", ".join(entries))
        return flat if len(flat) <= _WIDTH else self._broken(entries, {})

    def _broken(self, entries: Sequence[str], value: JsonValue) -> str:
        comma = ",\n"
        opening, closing = "[]" if isinstance(value, list) else "{}"
        return f"{opening}\n{self.shifted(*entries, between=comma)},\n{closing}"

    def _flat(self, value: JsonValue) -> str:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list | dict):
            inner = ", ".join(self._entries(value, self._flat))
            return f"[{inner}]" if isinstance(value, list) else self.flat_object(inner)
        return self.constants.get(value, str(value)) if value is None or isinstance(value, bool) else repr(value)

    def _entries(self, value: Any, written: Any) -> Iterable[str]:
        if isinstance(value, list):
            return (written(entry) for entry in value)
        return (f"{self.key(name)}: {written(entry)}" for name, entry in value.items())

    def text(self, value: str) -> str:
        """A text, whose odd parts between marks are variables."""
        parts = value.split(MARK)
        if len(parts) == 1:
            return json.dumps(value, ensure_ascii=False)
        if len(parts) == 3 and not parts[0] and not parts[2]:
            return self.variable(parts[1])
        written = [self.hole(part) if number % 2 else self.around_holes(part) for number, part in enumerate(parts)]
        return self.with_holes("".join(written))

    @staticmethod
    def pattern(pattern: str) -> str:
        """A regular expression with its letters as both languages escape them."""
        return "".join(letter if letter.isascii() else f"\\u{ord(letter):04x}" for letter in pattern)

    def variable(self, name: str) -> str:
        return self.variables.get(name, name)

    def shifted(self, *lines: str, between: str = "\n") -> str:
        """Lines one step to the right."""
        return "\n".join(self.indent + line if line else line for line in between.join(lines).split("\n"))

    def first(self, root: str, places: Sequence[str]) -> str:
        """The text at the first of some paths that has any."""
        written = [self.text_at(root, path) for path in places]
        return written[0] if len(written) == 1 else f"first({', '.join(written)})"

    def text_at(self, root: str, path: str) -> str:
        """The text at a path; of several parts, with blanks between them."""
        if "[*]" not in path:
            return self.at(root, path)
        before, after = path.split("[*]")
        return self.texts(root, before, after.removeprefix("."))

    def matches(self, root: str, match: Match) -> str:
        """Whether a message is the one that is meant."""
        if isinstance(match, str):
            return self.equal(root, match)
        return self.both.join(self.fits(self.at(root, path), wanted) for path, wanted in match.items())

    def fits(self, found: str, wanted: Any) -> str:
        if wanted == "*":
            return self.is_there(found)
        return self.among(found, wanted) if isinstance(wanted, list) else self.equal(found, wanted)

    # What differs.

    both: ClassVar[str]

    def flat_object(self, inner: str) -> str:
        raise NotImplementedError

    def key(self, name: str) -> str:
        raise NotImplementedError

    def hole(self, name: str) -> str:
        raise NotImplementedError

    def around_holes(self, text: str) -> str:
        raise NotImplementedError

    def with_holes(self, text: str) -> str:
        raise NotImplementedError

    def at(self, root: str, path: str) -> str:
        raise NotImplementedError

    def texts(self, root: str, before: str, after: str) -> str:
        raise NotImplementedError

    def equal(self, found: str, wanted: Any) -> str:
        raise NotImplementedError

    def is_there(self, found: str) -> str:
        raise NotImplementedError

    def among(self, found: str, wanted: Sequence[Any]) -> str:
        raise NotImplementedError


class Python(Syntax):
    """Python 3.11 and newer."""

    indent = "    "
    constants: ClassVar = {None: "None", True: "True", False: "False"}
    both = " and "

    def __init__(self, key_env: str) -> None:
        self.variables = {
            "key": f'os.environ["{key_env}"]',
            "sample_rate": "rate",
            "sample_rate_text": "str(rate)",
            "chunk_count": "chunks",
            "audio_b64": "base64.b64encode(audio).decode()",
        }

    def flat_object(self, inner: str) -> str:
        return f"{{{inner}}}"

    def key(self, name: str) -> str:
        return self.text(name)

    def hole(self, name: str) -> str:
        return "{" + self.variable(name).replace('"', "'") + "}"

    def around_holes(self, text: str) -> str:
        return json.dumps(text, ensure_ascii=False)[1:-1].replace("{", "{{").replace("}", "}}")

    def with_holes(self, text: str) -> str:
        return f'f"{text}"'

    def at(self, root: str, path: str) -> str:
        return f"at({', '.join([root, *self._steps(path)])})"

    def _steps(self, path: str) -> list[str]:
        steps = paths.parsed(path) if path else ()
        return [self.text(step.name) if step.name is not None else str(step.index) for step in steps]

    def texts(self, root: str, before: str, after: str) -> str:
        return f"texts({', '.join([self.at(root, before), *self._steps(after)])})"

    def equal(self, found: str, wanted: Any) -> str:
        sign = "is" if wanted is None or isinstance(wanted, bool) else "=="
        return f"{found} {sign} {self.literal(wanted)}"

    def is_there(self, found: str) -> str:
        return f"{found} is not None"

    def among(self, found: str, wanted: Sequence[Any]) -> str:
        return f"{found} in {self.literal(list(wanted))}"


class Node(Syntax):
    """Node 20 and newer, as a module."""

    indent = "  "
    constants: ClassVar = {None: "null", True: "true", False: "false"}
    both = " && "

    def __init__(self, key_env: str) -> None:
        self.variables = {
            "key": f"process.env.{key_env}",
            "sample_rate": "rate",
            "sample_rate_text": "String(rate)",
            "chunk_count": "chunks",
            "audio_b64": 'audio.toString("base64")',
        }

    def flat_object(self, inner: str) -> str:
        return f"{{ {inner} }}" if inner else "{}"

    def key(self, name: str) -> str:
        return name if _NAME.fullmatch(name) else self.text(name)

    def hole(self, name: str) -> str:
        return "${" + self.variable(name) + "}"

    def around_holes(self, text: str) -> str:
        return text.replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${")

    def with_holes(self, text: str) -> str:
        return f"`{text}`"

    def at(self, root: str, path: str) -> str:
        return root + "".join(
            f"?.[{step.index}]"
            if step.name is None
            else f"?.{step.name}"
            if _NAME.fullmatch(step.name)
            else f"?.[{self.text(step.name)}]"
            for step in (paths.parsed(path) if path else ())
        )

    def texts(self, root: str, before: str, after: str) -> str:
        return f"texts({self.at(root, before)}, (part) => {self.at('part', after)})"

    def equal(self, found: str, wanted: Any) -> str:
        return f"{found} {'==' if wanted is None else '==='} {self.literal(wanted)}"

    def is_there(self, found: str) -> str:
        return f"{found} != null"

    def among(self, found: str, wanted: Sequence[Any]) -> str:
        return f"{self.literal(list(wanted))}.includes({found})"
