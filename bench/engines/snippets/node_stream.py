"""Streams in Node: ws and promises. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

from bench.engines.reading import UNSPACED
from bench.engines.snippets.hearing import Hearing
from bench.engines.snippets.node import NodeWriting
from bench.engines.snippets.plan import Session, wave_form
from bench.engines.snippets.writing import ATTEMPTS
from bench.types import JsonValue

_OPENED = f"""
// An open socket; what is refused for now is asked again.
async function opened(address, headers, heard) {{
  for (let attempt = 0; ; attempt++) {{
    try {{
      return await open(address, headers, heard);
    }} catch (refused) {{
      if (!RETRIED.includes(refused.status) || attempt + 1 === {ATTEMPTS}) throw refused;
      await pause(waitMs(refused.retryAfter, attempt));
    }}
  }}
}}
"""
_OPEN = """
// Messages are taken from the first on: they may come with the opening.
function open(address, headers, heard) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address, { headers });
    socket.on("error", reject);
    socket.on("unexpected-response", (request, answer) => {
      const told = { status: answer.statusCode, retryAfter: answer.headers["retry-after"] };
      reject(Object.assign(new Error(`HTTP ${answer.statusCode}`), told));
      request.destroy();
    });
    socket.on("open", () => {
      socket.on("error", heard.fail);
      socket.on("message", (data) => heard.listen(String(data)));
      socket.on("close", (code) => heard.closedWith(code));
      resolve(socket);
    });
  });
}
"""
_APART = """
// What follows a sign begins a word, also where its blank is missing.
function apart(texts, text) {
  const last = texts.join("").slice(-1);
  return !last.trim() ? text : joined([last, text]).slice(1);
}
"""
_JOINED = """
// With blanks between, but for scripts that are written without.
function joined(texts) {
  let whole = "";
  for (const text of texts.map((text) => text.trim()).filter(Boolean)) {
    const isOne = !whole || (UNSPACED.test(whole.at(-1)) && UNSPACED.test(text[0]));
    whole += isOne ? text : " " + text;
  }
  return whole;
}
"""
_SAID = {
    "end sent": "this.endSent",
    "over": "this.isOver = true;",
    "ready": "this.becomeReady();",
    "answered": "this.answers[NUMBER]();",
    "nothing": "// says nothing yet",
    "fail": "throw new Error(message);",
    "heard": "this.isAnswered = true;",
    "nothing left": "this.isSure = true;",
    "settle": (
        "this.isOver = this.endSent && this.isAnswered"
        " && [...this.order, ...this.turns.keys()].every((key) => this.closed.has(key));"
    ),
    "partial": 'this.isOpen = Boolean((TEXT ?? "").trim());',
    "replace final": "this.finals.push(said(TEXT, event));",
    "replace all open": "this.finals.push(said(TEXT, event));\nthis.isOpen = false;",
    "keyed only": "this.turns.set(KEY, said(TEXT, event));",
    "keyed final": "this.turns.set(KEY, said(TEXT, event));\nthis.closed.add(KEY);",
    "keyed open": "if (!this.closed.has(KEY)) this.turns.set(KEY, said(TEXT, event));",
    "delta": 'if (!this.closed.has(KEY)) this.turns.set(KEY, (this.turns.get(KEY) ?? "") + said(TEXT, event));',
    "close": "this.turns.set(KEY, said(TEXT, event));\nthis.closed.add(KEY);",
    "close empty": 'this.turns.set(KEY, this.turns.get(KEY) ?? "");\nthis.closed.add(KEY);',
    "spare": 'this.spare = TEXT ?? "";',
    "announce": "this.follow(KEY, PREVIOUS);",
    "tokens": "for (const token of TEXT) this.takeToken(token);",
    "turn": "this.closed.size",
    "turns": "this.turns.size",
}
_FOLLOW = """
// Keys in the order in which they follow each other.
follow(key, previous) {
  if (this.order.includes(key)) return;
  this.order.splice(this.order.includes(previous) ? this.order.indexOf(previous) + 1 : this.order.length, 0, key);
}
"""
_TAKE_TOKEN = """
takeToken(token) {
  if (SIGNS.includes(token.text)) {
    this.isApart = true;
  } else if (token.is_final) {
    this.finals.push(this.isApart ? apart(this.finals, token.text) : token.text);
    this.isApart = this.isApart && !token.text.trim();
  }
}
"""
_LISTEN = """
listen(message) {
  try {
    this.take(message);
    if (this.isOver) this.finish();
  } catch (error) {
    this.fail(error);
  }
}
"""
_LISTEN_ON = """
// A result may be on its way behind the one that seems the last.
listen(message) {
  try {
    this.take(message);
    clearTimeout(this.rest);
    if (this.isOver && this.isSure) this.finish();
    else if (this.isOver) this.rest = setTimeout(this.finish, 1000 * SETTLE_S * (this.hasOpen() ? 3 : 1));
  } catch (error) {
    this.fail(error);
  }
}
"""
_CLOSED_WITH = """
closedWith(code) {
  if (this.endSent && ENDS.includes(code)) this.finish();
  else this.fail(new Error(`closed before the end (${code})`));
}
"""
_EXPECT = """
expect(seconds, what) {
  const late = new Error(`${what}: not within ${seconds} s`);
  this.deadline = setTimeout(() => this.fail(late), 1000 * seconds);
}
"""
_FILLED = """
// A last chunk that is shorter than the service takes, filled up with silence.
function filled(chunk, least) {
  return Buffer.concat([chunk, Buffer.alloc(Math.max(0, least - chunk.length))]);
}
"""


class NodeStreams(NodeWriting):
    """Files of streams besides those of batch."""

    pieces: ClassVar = {
        "opened": _OPENED, "open": _OPEN, "filled": _FILLED, "apart": _APART, "joined": _JOINED, **NodeWriting.pieces,
    }  # fmt: skip
    lines: ClassVar[Mapping[str, str]] = _SAID

    def chain(self, branches: list[tuple[str, list[str]]]) -> list[str]:
        lines: list[str] = []
        for condition, body in branches:
            head = f"if ({condition}) {{" if condition else "{"
            lines += [f"}} else {head}" if lines else head, self.syntax.shifted(*body)]
        return [*lines, "}"] if lines else []

    def stream(self, session: Session) -> str:
        functions = [self._transcribe(session), self._heard(Hearing(session.stream, self))]
        functions += [self._speak(session), self._samples(session)]
        code = self.with_pieces(self.blank.join(functions))
        head = [
            f"// {self.plan.title}, real time: chunks as a microphone gives them, and the end flushed.",
            f"// Node 20 or newer; npm install ws; node stream.mjs call.wav{self.given}",
            f"// {self.origin}",
            f"// The file must be {wave_form(session)}.",
            'import { readFile } from "node:fs/promises";',
            'import WebSocket from "ws";',
            "",
        ]
        constants = [*self._constants(session.base), *self._stream_constants(session, code)]
        main = "console.log(await transcribe(...process.argv.slice(2)));"
        return "\n".join([*head, *constants, "", code, "", main, ""])

    def _stream_constants(self, session: Session, code: str) -> list[str]:
        named = self.stream_values(session, 'BASE.replace("http", "ws")')
        named["UNSPACED"] = f"/{self.syntax.pattern(UNSPACED.pattern)}/"
        return [f"const {name} = {value};" for name, value in named.items() if name in code]

    def _transcribe(self, session: Session) -> str:
        lines = ["const { rate, pcm } = samples(path, await readFile(path));"]
        if session.prepare:
            lines.append(self.assigned("session", self.asked(session.prepare)))
            lines += [self.needed(name, self.syntax.at("session", path), "session") for name, path in session.saved]
        address, params, headers = self.opening(session)
        if params:
            address += f' + "?" + new URLSearchParams({params})'
        lines += [
            "const heard = new Heard();",
            f"const socket = await opened({address}, {headers or '{}'}, heard);",
            "try {",
            self.syntax.shifted(
                *(f"socket.send({self._frame(frame)});" for frame in session.opening),
                "await Promise.all([heard.all, speak(socket, heard, pcm, rate)]);",
            ),
            "} finally {",
            self.syntax.shifted("heard.stop();", "socket.close();"),
            "}",
            "return heard.text();",
        ]
        return f"{self.signature} {{\n{self.syntax.shifted(*lines)}\n}}"

    def _frame(self, frame: JsonValue) -> str:
        return self.syntax.text(frame) if isinstance(frame, str) else f"JSON.stringify({self.syntax.literal(frame)})"

    def _heard(self, hearing: Hearing) -> str:
        texts, parsed = hearing.take()
        parse = ["const event = JSON.parse(message);", *parsed]
        take = [*texts[:-1], "} else {", self.syntax.shifted(*parse), "}"] if texts else parse
        accumulate = hearing.stream.accumulate
        method = self._method
        methods = [method("take(message)", *take), method("text()", *self._text(hearing))]
        methods += [_FOLLOW.strip("\n")] if accumulate.order == "chain" else []
        methods += [_TAKE_TOKEN.strip("\n")] if accumulate.how == "tokens" else []
        if hearing.waits_longer:
            keyed = "[...this.turns.keys()].some((key) => !this.closed.has(key))"
            methods.append(method("hasOpen()", f"return {'this.isOpen' if accumulate.how == 'replace' else keyed};"))
        methods += [(_LISTEN_ON if hearing.waits_longer else _LISTEN).strip("\n"), _CLOSED_WITH.strip("\n")]
        stop = ["clearTimeout(this.deadline);", *(["clearTimeout(this.rest);"] if hearing.waits_longer else [])]
        methods += [_EXPECT.strip("\n"), method("stop()", *stop)]
        methods.insert(0, method("constructor()", *self._state(hearing, "\n".join(methods))))
        return (
            "// What the service has said so far.\nclass Heard {\n"
            + self.syntax.shifted(*methods, between="\n\n")
            + "\n}"
        )

    def _method(self, head: str, *lines: str) -> str:
        return f"{head} {{\n{self.syntax.shifted(*lines)}\n}}"

    @staticmethod
    def _state(hearing: Hearing, used: str) -> list[str]:
        """What is kept, of what the other code names."""
        flags = ("endSent", "isOver", "isAnswered", "isSure", "isOpen", "isApart")
        kept = {
            "finals": "[]", "turns": "new Map()", "closed": "new Set()", "order": "[]", "spare": '""',
            **dict.fromkeys(flags, "false"),
        }  # fmt: skip
        lines = [f"this.{name} = {value};" for name, value in kept.items() if re.search(rf"\.{name}\b", used)]
        if hearing.stream.ready is not None:
            lines.append("this.ready = new Promise((resolve) => (this.becomeReady = resolve));")
        if hearing.answers():
            lines.append("this.answers = [];")
            lines.append(
                f"this.answered = Array.from({{ length: {len(hearing.answers())} }}, (_, number) =>"
                " new Promise((resolve) => (this.answers[number] = resolve)));"
            )
        told = "this.all = new Promise((resolve, reject) => Object.assign(this, { finish: resolve, fail: reject }));"
        return [*lines, told]

    def _text(self, hearing: Hearing) -> list[str]:
        how = hearing.stream.accumulate
        if how.how in {"replace", "tokens"}:
            texts = "this.finals"
        else:
            keys = {
                "arrival": "[...this.turns.keys()]",
                "key": "[...this.turns.keys()].sort((one, other) => Number(one) - Number(other))",
                "chain": "[...new Set([...this.order, ...this.turns.keys()])]",
            }[how.order]
            known = "closed" if how.how == "delta" and not hearing.has_tail else "turns"
            is_part = known == "closed" or how.order == "chain"
            chosen = f"{keys}.filter((key) => this.{known}.has(key))" if is_part else keys
            texts = f"{chosen}.map((key) => this.turns.get(key))"
        joined = "joined(texts)" if how.join == "space" else 'texts.join("").trim()'
        return [f"const texts = {texts};", f"return {joined}{' || this.spare.trim()' if how.how == 'delta' else ''};"]

    def _speak(self, session: Session) -> str:
        stream = session.stream
        wait = []
        if stream.ready:
            wait = [f'heard.expect({stream.ready_within_s:g}, "ready");', "await heard.ready;", "heard.stop();"]
        chunk = "pcm.subarray(start, start + size)"
        if stream.accepts.min_chunk_ms:
            chunk = f"filled({chunk}, {session.width} * Math.round({stream.accepts.min_chunk_ms / 1000:g} * rate))"
        loop = [
            f"const audio = {chunk};",
            "chunks += 1;",
            "await pause(Math.max(0, began + 1000 * chunks * CHUNK_S - performance.now()));",
            f"socket.send({'audio' if session.audio is None else self._frame(session.audio)});",
        ]
        lines = [
            *wait,
            f"const size = {session.width} * Math.round(CHUNK_S * rate);",
            "const began = performance.now();",
            "let chunks = 0;",
            "for (let start = 0; start < pcm.length; start += size) {",
            self.syntax.shifted(*loop),
            "}",
            "heard.endSent = true;",
            'heard.expect(DEADLINE_S, "the end");',
            *self._ending(session),
        ]
        what = "// Chunks at the pace of a microphone, and then the end."
        return f"{what}\n{self._method('async function speak(socket, heard, pcm, rate)', *lines)}"

    def _ending(self, session: Session) -> list[str]:
        lines: list[str] = []
        number = 0
        for stage, frames in zip(session.stream.end, session.end, strict=True):
            lines += [f"socket.send({self._frame(frame)});" for frame in frames]
            if stage.until is not None and stage is not session.stream.end[-1]:
                lines.append(f"await Promise.race([heard.answered[{number}], pause({1000 * stage.within_s:g})]);")
                number += 1
        return lines

    def _samples(self, session: Session) -> str:
        wrong = "file.readUInt16LE(22) !== 1 || file.readUInt16LE(34) !== 16"
        wrong += " || !RATES.includes(rate)" if session.stream.accepts.rates else ""
        pcm = 'file.subarray(file.indexOf("data") + 8)'
        lines = ["const rate = file.readUInt32LE(24);"]
        lines += self.when(wrong, f"throw new Error(`${{path}}: expected {wave_form(session)}`);")
        if session.width == 2:
            return (
                f"function samples(path, file) {{\n{self.syntax.shifted(*lines, f'return {{ rate, pcm: {pcm} }};')}\n}}"
            )
        lines += [
            f"const pcm = {pcm};",
            "const floats = Float32Array.from({ length: pcm.length / 2 }, (_, at) => pcm.readInt16LE(2 * at) / 32768);",
            "return { rate, pcm: Buffer.from(floats.buffer) };",
        ]
        return self._method("function samples(path, file)", *lines)
