"""Integrations in Node: fetch for requests, ws for streams. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from bench.engines.dialect.model import Poll
from bench.engines.dialect.values import file_name
from bench.engines.snippets.plan import Plan, Request
from bench.engines.snippets.syntax import Node
from bench.engines.snippets.writing import ATTEMPTS, Writing

_TEXTS = """
// The texts of some parts, with blanks between them.
function texts(parts, of) {
  return Array.isArray(parts) ? parts.map(of).filter(Boolean).map((text) => text.trim()).join(" ") : undefined;
}
"""
_FIRST = """
// The first that says something; an empty text counts where nothing better is there.
function first(...found) {
  return found.find((text) => text) ?? found.find((text) => text != null);
}
"""
_NEED = """
function need(value, answer) {
  if (value == null || value === "") throw new Error(`not in the answer: ${JSON.stringify(answer)}`);
  return value;
}
"""
_SAID = """
function said(text, answer) {
  if (typeof text !== "string") throw new Error(`no text in ${JSON.stringify(answer)}`);
  return text;
}
"""
_FORM = """
function form(parts) {
  const made = new FormData();
  for (const part of parts) made.append(...part);
  return made;
}
"""
_WAIT = """
// What the service asks for, else longer each time.
function waitMs(asked, attempt) {
  return /^\\d+$/.test(asked ?? "") ? 1000 * Number(asked) : 500 * 2 ** attempt;
}
"""
_PAUSE = """
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
"""
_ASK = f"""
// The answer's JSON; what is refused for now is asked again.
async function ask(method, url, request = {{}}) {{
  for (let attempt = 0; ; attempt++) {{
    const answer = await fetch(url, {{ method, ...request }});
    if (answer.ok) return answer.json();
    if (!RETRIED.includes(answer.status) || attempt + 1 === {ATTEMPTS}) {{
      throw new Error(`${{answer.status}}: ${{await answer.text()}}`);
    }}
    await pause(waitMs(answer.headers.get("retry-after"), attempt));
  }}
}}
"""
_FORGET = """
// What was left with the service is taken away.
async function forget(method, url, request = {}) {
  await fetch(url, { method, ...request });
}
"""


class NodeWriting(Writing):
    pieces: ClassVar = {
        "said": _SAID, "ask": _ASK, "forget": _FORGET, "form": _FORM, "pause": _PAUSE,
        "waitMs": _WAIT, "need": _NEED, "first": _FIRST, "texts": _TEXTS,
    }  # fmt: skip
    blank = "\n\n"
    spread = "..."

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.syntax = Node(plan.description.key.env)

    def asked(self, request: Request) -> str:
        return f"await ask({self._arguments(request)})"

    def forgotten(self, request: Request) -> str:
        return f"await forget({self._arguments(request)});"

    def _arguments(self, request: Request) -> str:
        params = self.pairs(request.params, "query")
        url = self.address(request.address + "?" * bool(params)) + (
            f" + new URLSearchParams({params})" if params else ""
        )
        headers = dict(request.headers)
        if request.body == "json":
            headers.setdefault("Content-Type", "application/json")
        bodies = {
            "audio": "audio",
            "json": f"JSON.stringify({self.syntax.literal(request.content)})",
            "multipart": self._form(request),
        }
        said = [("headers", self.pairs(tuple(headers.items()), "header")), ("body", bodies.get(request.body, ""))]
        options = [f"{name}: {value}" for name, value in said if value]
        return ", ".join([self.syntax.text(request.method), url, *([self.syntax.braced(options)] if options else [])])

    def _form(self, request: Request) -> str:
        """Parts in the order of the description."""
        file = f'new Blob([audio], {{ type: "audio/wav" }}), "{file_name("audio/wav")}"'
        parts = [
            f"[{self.syntax.text(name)}, {file if value is None else self.syntax.text(value)}],"
            for name, value in request.parts
        ]
        return "form([\n" + self.syntax.shifted(*parts) + "\n])"

    def assigned(self, name: str, value: str) -> str:
        return f"const {name} = {value};"

    def returned(self, value: str) -> str:
        return f"return {value};"

    def raised(self, answer: str) -> str:
        return f"throw new Error(JSON.stringify({answer}));"

    def when(self, condition: str, statement: str) -> list[str]:
        return [f"if ({condition}) {{", self.syntax.shifted(statement), "}"]

    def whatever_comes(self, lines: Sequence[str], finally_: Sequence[str]) -> list[str]:
        shifted = self.syntax.shifted
        return ["try {", shifted(*lines), "} finally {", shifted(*finally_), "}"]

    def polled(self, name: str, asked: str, poll: Poll) -> list[str]:
        loop = [
            f"{name} = {asked};",
            f"const state = {self.syntax.at(name, poll.at)};",
            *self.when(self.syntax.among("state", poll.done), "break;"),
            *self.when(
                f"{self.syntax.among('state', poll.failed)} || performance.now() - began > {1000 * poll.within_s:g}",
                f"throw new Error(`the job ended as ${{state}}: ${{JSON.stringify({name})}}`);",
            ),
            f"await pause({1000 * poll.every_s:g});",
        ]
        return [
            "const began = performance.now();", f"let {name};", "for (;;) {", self.syntax.shifted(*loop), "}",
        ]  # fmt: skip

    def told(self, text: str, answer: str) -> list[str]:
        return [f"return said({text}, {answer}).trim();"]

    def batch(self, base: str, lines: Sequence[str]) -> str:
        read = "const audio = await readFile(path);"
        code = self.with_pieces(f"{self.signature} {{\n{self.syntax.shifted(read, *lines)}\n}}")
        head = [
            f"// {self.plan.title}, batch: one recording. Node 20 or newer; node batch.mjs call.wav{self.given}",
            f"// {self.origin}",
            'import { readFile } from "node:fs/promises";',
            "",
        ]
        main = ("", "console.log(await transcribe(...process.argv.slice(2)));", "")
        return "\n".join([*head, *self._constants(base), "", code, *main])

    @property
    def signature(self) -> str:
        return f"export async function transcribe(path{self.language(' = ')})"

    def _constants(self, base: str) -> list[str]:
        """The address, the key, and after which statuses a request is made again."""
        said = [f"const BASE = process.env.{self.plan.base_env} ?? {self.syntax.text(base)};"]
        said += [f"const KEY = {self.key()};"] if self.key_place else []
        return [*said, f"const RETRIED = {self.syntax.literal(list(self.plan.retried))};"]
