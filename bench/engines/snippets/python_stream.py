"""Streams in Python: websockets and asyncio. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

from bench.engines.reading import UNSPACED
from bench.engines.snippets.hearing import Hearing
from bench.engines.snippets.plan import Session, wave_form
from bench.engines.snippets.python import MAIN, PythonWriting
from bench.engines.snippets.writing import ATTEMPTS
from bench.types import JsonValue

_OPENED = f'''
async def opened(address, params, headers):
    """An open socket; what is refused for now is asked again."""
    address += ("&" if "?" in address else "?") + urlencode(params) if params else ""
    for attempt in range({ATTEMPTS}):
        try:
            return await websockets.connect(address, additional_headers=headers, max_size=None)
        except websockets.InvalidStatus as refused:
            if refused.response.status_code not in RETRIED or attempt + 1 == {ATTEMPTS}:
                raise
            await asyncio.sleep(wait_s(refused.response.headers, attempt))
'''
_APART = '''
def apart(texts, text):
    """What follows a sign begins a word, also where its blank is missing."""
    last = "".join(texts)
    return text if not last or last[-1].isspace() else joined([last[-1], text])[1:]
'''
_JOINED = '''
def joined(texts):
    """With blanks between, but for scripts that are written without."""
    whole = ""
    for text in filter(None, (text.strip() for text in texts)):
        is_one = not whole or (UNSPACED.match(whole[-1]) and UNSPACED.match(text[0]))
        whole += text if is_one else " " + text
    return whole
'''
_SAID = {
    "end sent": "self.end_sent",
    "over": "self.is_over = True",
    "ready": "self.ready.set()",
    "answered": "self.answers[NUMBER].set()",
    "nothing": "pass",
    "fail": "raise RuntimeError(message)",
    "heard": "self.is_answered = True",
    "nothing left": "self.is_sure = True",
    "settle": "self.is_over = self.end_sent and self.is_answered and self.closed >= {*self.order, *self.turns}",
    "partial": 'self.is_open = bool((TEXT or "").strip())',
    "replace final": "self.finals.append(said(TEXT, event))",
    "replace all open": "self.finals.append(said(TEXT, event))\nself.is_open = False",
    "keyed only": "self.turns[KEY] = said(TEXT, event)",
    "keyed final": "self.turns[KEY] = said(TEXT, event)\nself.closed.add(KEY)",
    "keyed open": "if KEY not in self.closed:\n    self.turns[KEY] = said(TEXT, event)",
    "delta": 'if KEY not in self.closed:\n    self.turns[KEY] = self.turns.get(KEY, "") + said(TEXT, event)',
    "close": "self.turns[KEY] = said(TEXT, event)\nself.closed.add(KEY)",
    "close empty": 'self.turns.setdefault(KEY, "")\nself.closed.add(KEY)',
    "spare": 'self.spare = TEXT or ""',
    "announce": "self.follow(KEY, PREVIOUS)",
    "tokens": "for token in TEXT:\n    self.take_token(token)",
    "turn": "len(self.closed)",
    "turns": "len(self.turns)",
}
_FOLLOW = '''
def follow(self, key, previous):
    """Keys in the order in which they follow each other."""
    if key not in self.order:
        self.order.insert(self.order.index(previous) + 1 if previous in self.order else len(self.order), key)
'''
_TAKE_TOKEN = """
def take_token(self, token):
    if token["text"] in SIGNS:
        self.is_apart = True
    elif token.get("is_final"):
        self.finals.append(apart(self.finals, token["text"]) if self.is_apart else token["text"])
        self.is_apart = self.is_apart and not token["text"].strip()
"""
_LISTEN = '''
async def listen(socket, heard):
    """Takes what is said, until all is."""
    while not heard.is_over:
        try:
            heard.take(await socket.recv())
        except websockets.ConnectionClosed as closed:
            if heard.end_sent and closed.rcvd and closed.rcvd.code in ENDS:
                return
            raise RuntimeError(f"closed before the end: {closed}") from closed
'''
_LISTEN_ON = '''
async def listen(socket, heard):
    """Takes what is said; a result may be on its way behind the one that seems the last."""
    while not (heard.is_over and heard.is_sure):
        quiet_s = SETTLE_S * (3 if heard.has_open() else 1) if heard.is_over else None
        try:
            heard.take(await asyncio.wait_for(socket.recv(), quiet_s))
        except TimeoutError:
            return
        except websockets.ConnectionClosed as closed:
            if heard.end_sent and closed.rcvd and closed.rcvd.code in ENDS:
                return
            raise RuntimeError(f"closed before the end: {closed}") from closed
'''


class PythonStreams(PythonWriting):
    """Files of streams besides those of batch."""

    pieces: ClassVar = {"opened": _OPENED, "apart": _APART, "joined": _JOINED, **PythonWriting.pieces}
    lines: ClassVar[Mapping[str, str]] = _SAID

    def chain(self, branches: list[tuple[str, list[str]]]) -> list[str]:
        lines: list[str] = []
        for number, (condition, body) in enumerate(branches):
            head = f"{'elif' if number else 'if'} {condition}:" if condition else "else:"
            lines += [head, self.syntax.shifted(*(body or ["pass"]))]
        return lines

    def stream(self, session: Session) -> str:
        hearing = Hearing(session.stream, self)
        functions = [self._transcribe(session), self._heard(hearing), self._speak(session)]
        functions.append((_LISTEN_ON if hearing.waits_longer else _LISTEN).strip("\n"))
        functions.append(self._samples(session))
        code = self.with_pieces(self.blank.join(functions))
        what = f"{self.plan.title}, real time: chunks as a microphone gives them, and the end flushed."
        install = "websockets httpx" if session.prepare else "websockets"
        head = [
            f'"""{what}', "", f"pip install {install}; python stream.py call.wav{self.given}", "",
            self.origin, f"The file must be {wave_form(session)}.", '"""', "", *self._imports(code),
        ]  # fmt: skip
        head += ["from array import array"] if "array(" in code else []
        head += [
            "from urllib.parse import urlencode",
            "",
            *(["import httpx"] if session.prepare else []),
            "import websockets",
            "",
        ]
        constants = [*self._constants(session.base), *self._stream_constants(session, code)]
        return "\n".join(
            [*head, *constants, "", "", code, *MAIN, "    print(asyncio.run(transcribe(*sys.argv[1:])))", ""]
        )

    def _stream_constants(self, session: Session, code: str) -> list[str]:
        named = self.stream_values(session, 'BASE.replace("http", "ws", 1)')
        named["UNSPACED"] = f're.compile("{self.syntax.pattern(UNSPACED.pattern)}")'
        return [f"{name} = {value}" for name, value in named.items() if name in code]

    def _transcribe(self, session: Session) -> str:
        lines = ["rate, pcm = samples(path)"]
        if session.prepare:
            lines.append(f"session = {self.asked(session.prepare)}")
            lines += [self.needed(name, self.syntax.at("session", path), "session") for name, path in session.saved]
        address, params, headers = self.opening(session)
        body = [f"await socket.send({self._frame(frame)})" for frame in session.opening]
        body.append("async with asyncio.timeout(None) as limit:")
        body.append(
            self.syntax.shifted("await asyncio.gather(listen(socket, heard), speak(socket, heard, pcm, rate, limit))")
        )
        lines += [
            "heard = Heard()",
            f"async with await opened({address}, {params or '{}'}, {headers or '{}'}) as socket:",
            self.syntax.shifted(*body),
            "return heard.text()",
        ]
        return f"async {self.signature}:\n{self.syntax.shifted(*lines)}"

    def _frame(self, frame: JsonValue) -> str:
        return self.syntax.text(frame) if isinstance(frame, str) else f"json.dumps({self.syntax.literal(frame)})"

    def _heard(self, hearing: Hearing) -> str:
        texts, parsed = hearing.take()
        if texts:
            texts.append("else:")
            take = [*texts, self.syntax.shifted("event = json.loads(message)", *parsed)]
        else:
            take = ["event = json.loads(message)", *parsed]
        how = hearing.stream.accumulate.how
        methods = [
            f"def take(self, message):\n{self.syntax.shifted(*take)}",
            f"def text(self):\n{self.syntax.shifted(*self._text(hearing))}",
        ]
        methods += [_FOLLOW.strip("\n")] if hearing.stream.accumulate.order == "chain" else []
        methods += [_TAKE_TOKEN.strip("\n")] if how == "tokens" else []
        if hearing.waits_longer:
            is_open = "self.is_open" if how == "replace" else "not self.closed >= {*self.turns}"
            methods.append(f"def has_open(self):\n{self.syntax.shifted(f'return {is_open}')}")
        used = "\n".join([*methods, _LISTEN_ON if hearing.waits_longer else _LISTEN, "heard.end_sent"])
        methods.insert(0, f"def __init__(self):\n{self.syntax.shifted(*self._state(hearing, used))}")
        return 'class Heard:\n    """What the service has said so far."""\n\n' + self.syntax.shifted(
            *methods, between="\n\n"
        )

    @staticmethod
    def _state(hearing: Hearing, used: str) -> list[str]:
        """What is kept, of what the other code names."""
        kept = {
            "finals": "[]", "turns": "{}", "closed": "set()", "order": "[]", "spare": '""', "ready": "asyncio.Event()",
            "answers": f"[asyncio.Event() for _ in range({len(hearing.answers())})]",
        }  # fmt: skip
        flags = ("end_sent", "is_over", "is_answered", "is_sure", "is_open", "is_apart")
        made = {**kept, **dict.fromkeys(flags, "False")}
        return [f"self.{name} = {value}" for name, value in made.items() if re.search(rf"\.{name}\b", used)]

    def _text(self, hearing: Hearing) -> list[str]:
        how = hearing.stream.accumulate
        if how.how in {"replace", "tokens"}:
            texts = "self.finals"
        else:
            keys = {"arrival": "self.turns", "key": "sorted(self.turns, key=float)"}.get(
                how.order, "[*self.order, *(key for key in self.turns if key not in self.order)]"
            )
            known = " if key in self.turns" if how.order == "chain" else ""
            closed = " if key in self.closed" if how.how == "delta" and not hearing.has_tail else known
            texts = f"[self.turns[key] for key in {keys}{closed}]"
        joined = "joined(texts)" if how.join == "space" else '"".join(texts).strip()'
        return [f"texts = {texts}", f"return {joined}" + (" or self.spare.strip()" if how.how == "delta" else "")]

    def _speak(self, session: Session) -> str:
        stream = session.stream
        wait = [f"await asyncio.wait_for(heard.ready.wait(), {stream.ready_within_s:g})"] if stream.ready else []
        chunk = "pcm[start : start + size]"
        if stream.accepts.min_chunk_ms:
            least = f"round({stream.accepts.min_chunk_ms / 1000:g} * rate) * {session.width}"
            chunk += f'.ljust({least}, b"\\0")'
        loop = [
            f"audio = {chunk}",
            "chunks += 1",
            "await asyncio.sleep(max(0.0, began + chunks * CHUNK_S - clock()))",
            f"await socket.send({'audio' if session.audio is None else self._frame(session.audio)})",
        ]
        lines = [
            *wait,
            f"size, chunks, clock = round(CHUNK_S * rate) * {session.width}, 0, asyncio.get_running_loop().time",
            "began = clock()",
            "for start in range(0, len(pcm), size):",
            self.syntax.shifted(*loop),
            "heard.end_sent = True",
            "limit.reschedule(clock() + DEADLINE_S)",
            *self._ending(session),
        ]
        what = '"""Chunks at the pace of a microphone, and then the end."""'
        return f"async def speak(socket, heard, pcm, rate, limit):\n{self.syntax.shifted(what, *lines)}"

    def _ending(self, session: Session) -> list[str]:
        lines: list[str] = []
        number = 0
        for stage, frames in zip(session.stream.end, session.end, strict=True):
            lines += [f"await socket.send({self._frame(frame)})" for frame in frames]
            if stage.until is not None and stage is not session.stream.end[-1]:
                waited = f"await asyncio.wait_for(heard.answers[{number}].wait(), {stage.within_s:g})"
                lines += ["with contextlib.suppress(TimeoutError):", self.syntax.shifted(waited)]
                number += 1
        return lines

    def _samples(self, session: Session) -> str:
        lines = [
            "with wave.open(path) as file:",
            self.syntax.shifted(
                "form, rate, pcm = file.getparams()[:2], file.getframerate(), file.readframes(file.getnframes())"
            ),
            *self.when("form != (1, 2)" + (" or rate not in RATES" if session.stream.accepts.rates else ""),
                       f'raise SystemExit(f"{{path}}: expected {wave_form(session)}, got {{form}} at {{rate}} Hz")'),
        ]  # fmt: skip
        if session.width == 4:
            lines.append('pcm = array("f", (sample / 32768 for sample in array("h", pcm))).tobytes()')
        return f"def samples(path):\n{self.syntax.shifted(*lines, 'return rate, pcm')}"
