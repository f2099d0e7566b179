"""Integrations in Python: httpx for requests, websockets for streams. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from bench.engines.dialect.model import Poll
from bench.engines.dialect.values import file_name
from bench.engines.snippets.plan import Plan, Request
from bench.engines.snippets.syntax import Python
from bench.engines.snippets.writing import ATTEMPTS, Writing

_AT = '''
def at(value, *steps):
    """What lies there; None: nothing does."""
    for step in steps:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value
'''
_TEXTS = '''
def texts(parts, *steps):
    """The texts of some parts, with blanks between them; None: there are no parts."""
    if not isinstance(parts, list):
        return None
    return " ".join(text.strip() for part in parts if (text := at(part, *steps)))
'''
_FIRST = '''
def first(*found):
    """The first that says something; an empty text counts where nothing better is there."""
    return next((text for text in found if text), next((text for text in found if text is not None), None))
'''
_NEED = """
def need(value, answer):
    if value in (None, ""):
        raise RuntimeError(f"not in the answer: {answer}")
    return value
"""
_SAID = """
def said(text, answer):
    if not isinstance(text, str):
        raise RuntimeError(f"no text in {answer}")
    return text
"""
_WAIT = '''
def wait_s(headers, attempt):
    """What the service asks for, else longer each time."""
    asked = headers.get("retry-after", "")
    return float(asked) if asked.isdigit() else 0.5 * 2**attempt
'''
_ASK = f'''
def ask(method, url, **request):
    """The answer's JSON; what is refused for now is asked again."""
    for attempt in range({ATTEMPTS}):
        answer = httpx.request(method, url, timeout=120, **request)
        if answer.status_code not in RETRIED or attempt + 1 == {ATTEMPTS}:
            break
        time.sleep(wait_s(answer.headers, attempt))
    if not answer.is_success:
        raise RuntimeError(f"{{answer.status_code}}: {{answer.text}}")
    return answer.json()
'''
_FORGET = '''
def forget(method, url, **request):
    """What was left with the service is taken away."""
    httpx.request(method, url, timeout=60, **request)
'''


class PythonWriting(Writing):
    pieces: ClassVar = {
        "said": _SAID, "ask": _ASK, "forget": _FORGET, "wait_s": _WAIT, "need": _NEED,
        "first": _FIRST, "texts": _TEXTS, "at": _AT,
    }  # fmt: skip
    blank = "\n\n\n"
    spread = "**"

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.syntax = Python(plan.description.key.env)

    def asked(self, request: Request) -> str:
        return f"ask({self._arguments(request)})"

    def forgotten(self, request: Request) -> str:
        return f"forget({self._arguments(request)})"

    def _arguments(self, request: Request) -> str:
        said = [
            ("params", self.pairs(request.params, "query")),
            ("headers", self.pairs(tuple(request.headers.items()), "header")),
            ("content", "audio" if request.body == "audio" else ""),
            ("json", self.syntax.literal(request.content) if request.body == "json" else ""),
            ("files", self._form(request)),
        ]
        arguments = [self.syntax.text(request.method), self.address(request.address)]
        arguments += [f"{name}={value}" for name, value in said if value]
        flat = ", ".join(arguments)
        if len(flat) <= 90 and "\n" not in flat:
            return flat
        comma = ",\n"
        return f"\n{self.syntax.shifted(*arguments, between=comma)},\n"

    def _form(self, request: Request) -> str:
        """Parts in the order of the description; `(None, text)` is one that is no file."""
        file = f'("{file_name("audio/wav")}", audio, "audio/wav")'
        parts = [
            f"({self.syntax.text(name)}, {file if value is None else f'(None, {self.syntax.text(value)})'}),"
            for name, value in request.parts
        ]
        return "[\n" + self.syntax.shifted(*parts) + "\n]" if parts else ""

    def assigned(self, name: str, value: str) -> str:
        return f"{name} = {value}"

    def returned(self, value: str) -> str:
        return f"return {value}"

    def raised(self, answer: str) -> str:
        return f"raise RuntimeError({answer})"

    def when(self, condition: str, statement: str) -> list[str]:
        return [f"if {condition}:", self.syntax.shifted(statement)]

    def whatever_comes(self, lines: Sequence[str], finally_: Sequence[str]) -> list[str]:
        shifted = self.syntax.shifted
        return ["try:", shifted(*lines), "finally:", shifted(*finally_)]

    def polled(self, name: str, asked: str, poll: Poll) -> list[str]:
        loop = [
            f"{name} = {asked}",
            f"state = {self.syntax.at(name, poll.at)}",
            *self.when(self.syntax.among("state", poll.done), "break"),
            *self.when(
                f"{self.syntax.among('state', poll.failed)} or time.monotonic() - began > {poll.within_s:g}",
                f'raise RuntimeError(f"the job ended as {{state}}: {{{name}}}")',
            ),
            f"time.sleep({poll.every_s:g})",
        ]
        return ["began = time.monotonic()", "while True:", self.syntax.shifted(*loop)]

    def told(self, text: str, answer: str) -> list[str]:
        return [f"return said({text}, {answer}).strip()"]

    def batch(self, base: str, lines: Sequence[str]) -> str:
        read = ['with open(path, "rb") as file:', self.syntax.shifted("audio = file.read()")]
        code = self.with_pieces(f"{self.signature}:\n{self.syntax.shifted(*read, *lines)}")
        told = f"{self.plan.title}, batch: one recording. pip install httpx; python batch.py call.wav{self.given}"
        head = [f'"""{told}', "", self.origin, '"""', "", *self._imports(code), "", "import httpx", ""]
        return "\n".join(
            [*head, *self._constants(base), "", "", code, *MAIN, "    print(transcribe(*sys.argv[1:]))", ""]
        )

    @property
    def signature(self) -> str:
        return f"def transcribe(path{self.language('=')})"

    def _imports(self, code: str) -> list[str]:
        names = ("asyncio", "base64", "contextlib", "json", "time", "wave")
        used = [name for name in names if re.search(rf"(?<![\w.]){name}\.\w", code)]
        used += ["re"] if "UNSPACED" in code else []
        return [f"import {name}" for name in sorted([*used, "os", "sys"])]

    def _constants(self, base: str) -> list[str]:
        """The address, the key, and after which statuses a request is made again."""
        said = [f'BASE = os.environ.get("{self.plan.base_env}", {self.syntax.text(base)})']
        said += [f"KEY = {self.key()}"] if self.key_place else []
        return [*said, f"RETRIED = {self.syntax.literal(list(self.plan.retried))}"]


MAIN = ("", "", 'if __name__ == "__main__":')
