"""What printed code makes of vendors' messages is what the drivers make of them; those without an emulator, too."""

import asyncio
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from websockets.frames import Close

from bench.engines import ENGINES
from bench.engines.dialect.engine import Vendor
from bench.engines.snippets import snippet
from bench.errors import UsageError
from tests.corpora.tiny import put_tone
from tests.engines.oddities import TOLD_WHOLE
from tests.node import HANGS_S, folder_with_ws

_FOLDER = Path(__file__).parents[1] / "messages"
_TOKENS = [
    {"text": text, "start_ms": 10 * number, "end_ms": 10 * number + 9, "is_final": True}
    for number, text in enumerate(["今", "<end>", "日", "<end>", " made", " ", "u", "p", "<fin>", "x"])
]
_ODDITIES: list[tuple[str, list[Any], int | None, str]] = [
    ("soniox", [{"tokens": _TOKENS, "finished": True}], None, "今日 made up x"),
    *TOLD_WHOLE,
    (
        "cartesia_turns",
        [{"type": "turn.update", "transcript": "made"}, {"type": "turn.eager_end", "transcript": "made up"}],
        1000,
        "made up",
    ),
    ("vosk_server", [{"partial": "ma"}, {"text": "今"}, {"text": "日"}, {"text": "up"}], 1000, "今日 up"),
    (
        "vllm_realtime",
        [{"type": "transcription.delta", "delta": "ma"}, {"type": "transcription.done", "text": "made up"}],
        None,
        "made up",
    ),
    (
        "sherpa_server",
        [{"segment": 0, "text": "made"}, {"segment": 1, "text": "up", "is_final": True}, {"is_eof": True}],
        None,
        "made up",
    ),
]

NOT_ASKED_FOR = {("openai_compatible", what) for what in ("plain text", "silence as text", "vLLM's chunks")}
"""Answers to `response_format: text` and `stream: true`, which printed code does not ask for: an error, and no text."""
HARNESS = """
const told = [];
for (const { frames, close, endSent } of JSON.parse(process.argv[2])) {
  const heard = new Heard();
  heard.endSent = endSent;
  for (const frame of frames) heard.listen(typeof frame === "string" ? frame : JSON.stringify(frame));
  if (close != null) heard.closedWith(close);
  else setTimeout(() => heard.fail(new Error("nothing more")), 500);
  told.push(await heard.all.then(() => heard.text(), () => null));
}
console.log(JSON.stringify(told));
"""


def printed(engine: str, mode: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names of the printed Python; an empty dict where none can be."""
    key = ENGINES.load(engine).description.key.env
    if key:
        monkeypatch.setenv(key, "a-key-of-nobody")
    code: dict[str, Any] = {"__name__": "printed"}
    try:
        exec(compile(snippet(engine, mode, "python"), f"{engine}_{mode}.py", "exec"), code)
    except UsageError:
        return {}
    return code


def messages(mode: str) -> list[Any]:
    return [
        pytest.param(name, case, id=f"{name}: {case['what']}")
        for name in sorted(name for name in ENGINES.names() if isinstance(ENGINES.load(name), Vendor))
        for case in json.loads((_FOLDER / name / "messages.json").read_text(encoding="utf-8"))
        if case["mode"] == mode and "none" not in case
    ]


class Socket:
    """Gives frames, and then the close; without one, nothing comes any more."""

    def __init__(self, frames: list[Any], code: int | None) -> None:
        self.frames, self.code = list(frames), code

    async def recv(self) -> str:
        if self.frames:
            frame = self.frames.pop(0)
            return frame if isinstance(frame, str) else json.dumps(frame)
        if self.code is not None:
            raise websockets.ConnectionClosedError(Close(self.code, ""), None)
        raise TimeoutError


def listened(code: dict[str, Any], frames: list[Any], close: int | None, *, end_sent: bool = True) -> str | None:
    """What a printed stream makes of frames; `None`: it failed."""

    async def listen() -> str | None:
        heard = code["Heard"]()
        heard.end_sent = end_sent
        try:
            await code["listen"](Socket(frames, close), heard)
        except (RuntimeError, TimeoutError, json.JSONDecodeError):
            return None
        return str(heard.text()) if heard.is_over or close is not None else None

    return asyncio.run(listen())


@pytest.mark.parametrize(("engine", "case"), messages("stream"))
def test_a_stream_is_heard_as_the_drivers_hear_it(engine: str, case: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    code = printed(engine, "stream", monkeypatch)
    if not code:
        assert engine in {"revai", "speechmatics"}, "test_snippets holds what these say"
        return
    close = case["close"][0] if isinstance(case["close"], list) else case["close"]
    told = listened(code, case["frames"], close, end_sent=not case.get("before_the_end"))
    assert told == case["expected"].get("text")


@pytest.mark.parametrize(("engine", "frames", "close", "text"), _ODDITIES)
def test_an_oddity_loses_nothing_and_says_nothing_twice(
    engine: str, frames: list[Any], close: int | None, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert listened(printed(engine, "stream", monkeypatch), frames, close) == text


@pytest.mark.parametrize(("engine", "case"), messages("batch"))
def test_an_answer_is_read_as_the_drivers_read_it(
    engine: str, case: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = printed(engine, "batch", monkeypatch)
    if not code:
        assert engine in {"google", "revai", "speechmatics", "whisper_cpp"}, "test_snippets holds what these say"
        return
    answers = list(case.get("responses", [case]))

    def request(method: str, url: str, **_: Any) -> httpx.Response:
        told = answers[0] if len(answers) == 1 else answers.pop(0)
        body = told["body"]
        content = body if isinstance(body, str) else json.dumps(body)
        return httpx.Response(told["status"], headers=told["headers"], content=content.encode())

    monkeypatch.setattr(httpx, "request", request)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    call = str(put_tone(tmp_path / "call.wav"))
    if "text" in case["expected"] and (engine, case["what"]) not in NOT_ASKED_FOR:
        assert code["transcribe"](call) == case["expected"]["text"]
    else:
        with pytest.raises((RuntimeError, json.JSONDecodeError)):
            code["transcribe"](call)


@pytest.mark.slow
def test_node_hears_a_stream_as_python_does(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = folder_with_ws(tmp_path_factory)
    asked: dict[str, list[tuple[dict[str, Any], str | None]]] = {}
    for engine, frames, close, text in _ODDITIES:
        asked.setdefault(engine, []).append(({"frames": frames, "close": close, "endSent": True}, text))
    for engine, case in (param.values for param in messages("stream")):
        close = case["close"][0] if isinstance(case["close"], list) else case["close"]
        given = {"frames": case["frames"], "close": close, "endSent": not case.get("before_the_end")}
        asked.setdefault(engine, []).append((given, case["expected"].get("text")))
    told = {
        engine: heard_by_node(folder, engine, [given for given, _ in cases])
        for engine, cases in asked.items()
        if engine not in {"revai", "speechmatics"}
    }
    assert told == {engine: [text for _, text in asked[engine]] for engine in told}
    assert len(told) >= 14


def heard_by_node(folder: Path, engine: str, cases: list[dict[str, Any]]) -> list[str | None]:
    """What the printed class makes of frames, one text a case."""
    code, main = snippet(engine, "stream", "node").rsplit("\n\n", 1)
    assert main.startswith("console.log(await transcribe(")
    code = re.sub(r"const SETTLE_S = [\d.]+;", "const SETTLE_S = 0.01;", code)
    (folder / f"{engine}.mjs").write_text(code + HARNESS, encoding="utf-8")
    command = ["node", f"{engine}.mjs", json.dumps(cases)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=HANGS_S)
    assert done.returncode == 0, done.stderr
    texts: list[str | None] = json.loads(done.stdout)
    return texts
