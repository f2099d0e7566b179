"""Working integrations come by engine, call and language, and say what was said."""

import asyncio
import contextlib
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bench.cli.snippet import snippet_command
from bench.emulator.faults import FaultPlan
from bench.emulator.script import Script, ScriptRecognizer
from bench.engines import ENGINES, is_local_engine
from bench.engines.dialect.engine import Vendor
from bench.engines.snippets import SUFFIXES, snippet
from bench.errors import UsageError
from bench.types import Mode
from tests.corpora.tiny import put_tone
from tests.emulator.running import running
from tests.node import HANGS_S, folder_with_ws

CALLS = ("batch", "stream", "url", "features", "finalize", "microphone")
KEY = "key-of-the-emulator-0123456789"
TEXT = "good morning to all of you"
SCRIPT = Script.model_validate(
    {
        "default": {
            "speech_end_s": 1.0,
            "segments": [
                {"text": "good morning", "start_s": 0.1, "end_s": 0.5},
                {"text": "to all of you", "start_s": 0.5, "end_s": 1.0},
            ],
        }
    }
)
VENDORS = {name: vendor for name in ENGINES.names() if isinstance(vendor := ENGINES.load(name), Vendor)}
RATES = {"openai": 24_000}
NONE = {
    ("google", "batch"): "`py:whole`",
    ("revai", "batch"): "`py:whole`",
    ("revai", "stream"): "`py:final`",
    ("speechmatics", "stream"): "`py:following`",
    ("speechmatics", "batch"): "`py:joined`",
    ("whisper_cpp", "batch"): "`py:text`",
}
"""Described calls whose description holds a function of Python where the text lies."""
PRINTED = [(name, mode) for name, vendor in VENDORS.items() for mode in vendor.about.modes if (name, mode) not in NONE]
EMULATED = [(name, mode) for name, mode in PRINTED if VENDORS[name].about.dialect]


@pytest.mark.parametrize("written_in", sorted(SUFFIXES))
@pytest.mark.parametrize("call", CALLS)
def test_pulse_has_every_call_in_every_language(call: str, written_in: str) -> None:
    assert "SMALLEST_API_KEY" in snippet("pulse", call, written_in)


@pytest.mark.parametrize("call", CALLS)
def test_python_takes_every_call(call: str) -> None:
    compile(snippet("pulse", call, "python"), f"{call}.py", "exec")


@pytest.mark.parametrize(("engine", "mode"), PRINTED)
def test_python_takes_what_is_printed_of_a_description(engine: str, mode: str) -> None:
    code = snippet(engine, mode, "python")
    compile(code, f"{mode}.py", "exec")
    key = VENDORS[engine].description.key.env
    assert not key or f"os.environ['{key}']" in code or f'os.environ["{key}"]' in code
    assert "\0" not in code + snippet(engine, mode, "node")


@pytest.mark.parametrize(("engine", "mode"), sorted(NONE))
def test_what_cannot_be_printed_says_why(engine: str, mode: str) -> None:
    for language in SUFFIXES:
        with pytest.raises(
            UsageError, match=re.escape(f"--engine {engine} --mode {mode}: ") + f".*{NONE[engine, mode]}"
        ):
            snippet(engine, mode, language)


@pytest.mark.parametrize("engine", sorted(name for name in ENGINES.names() if name not in {"pulse", *VENDORS}))
def test_what_is_no_service_says_so(engine: str) -> None:
    why = "a recogniser on this machine" if is_local_engine(engine) else "no service of its own"
    with pytest.raises(UsageError, match=f"--engine {engine} --mode batch: .*{why}"):
        snippet(engine, "batch", "python")


@pytest.mark.parametrize("engine", sorted(VENDORS))
def test_a_mode_that_a_service_has_not_is_named(engine: str) -> None:
    for mode in {"batch", "stream"} - set(VENDORS[engine].about.modes):
        with pytest.raises(UsageError, match=f"--engine {engine} --mode {mode}: .*no {mode}"):
            snippet(engine, mode, "python")


def test_other_recipes_are_pulses() -> None:
    with pytest.raises(UsageError, match=r"--engine deepgram --recipe url: expected an engine with recipes \(pulse\)"):
        snippet("deepgram", "url", "python")


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """What code waits for between requests; it is made to only where a stream is spoken."""
    waits: list[float] = []
    real = time.sleep

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        real(min(seconds, 0.02))

    real_pause = asyncio.sleep

    async def pause(seconds: float) -> None:
        waits.append(seconds)
        await real_pause(seconds)

    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(asyncio, "sleep", pause)
    return waits


def patient(code: str) -> str:
    """The same code, for a machine that may stall: it waits long for an end, and for quiet four times as long."""
    code = re.sub(r"\b(DEADLINE_S = )[\d.]+", rf"\g<1>{HANGS_S}", code)
    return re.sub(r"\b(SETTLE_S = )([\d.]+)", lambda found: f"{found[1]}{4 * float(found[2])}", code)


def base_env(engine: str) -> str:
    return f"{engine.upper()}_BASE_URL"


def said_by(engine: str, mode: str, url: str, call: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the printed Python returns, run in this process against an emulator."""
    description = VENDORS[engine].description
    monkeypatch.setenv(base_env(engine), url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    if description.key.env:
        monkeypatch.setenv(description.key.env, KEY)
    code: dict[str, object] = {"__name__": "printed"}
    exec(compile(patient(snippet(engine, mode, "python")), f"{engine}_{mode}.py", "exec"), code)
    transcribe = code["transcribe"]
    assert callable(transcribe)
    text = transcribe(str(call))
    return str(asyncio.run(text) if asyncio.iscoroutine(text) else text)


def struck_once(mode: Mode) -> dict[str, object]:
    """A plan that refuses the first call of an emulator for now, and none of the next ten."""
    faults = [{"kind": "status", "status": 503, "retry_after_s": 1, "fraction": 0.1}]
    for seed in range(1000):
        plan = FaultPlan.model_validate({"seed": seed, "faults": faults})
        if [number for number in range(11) if plan.draw(number, mode)] == [0]:
            return {"seed": seed, "faults": faults}
    raise AssertionError("no such seed")


@contextlib.contextmanager
def service(engine: str, **settings: object) -> Iterator[str]:
    """The address of an emulator of an engine."""
    key = KEY if VENDORS[engine].description.key.env else None
    with running(ScriptRecognizer(SCRIPT), dialect=VENDORS[engine].about.dialect, api_key=key, **settings) as url:
        yield url


@pytest.mark.parametrize(
    ("engine", "mode"),
    # Streams take as long as what is spoken in them.
    [pytest.param(*call, marks=pytest.mark.slow) if call[1] == "stream" else call for call in EMULATED],
)
def test_printed_python_says_what_was_said_also_where_it_is_refused_at_first(
    engine: str, mode: Mode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slept: list[float]
) -> None:
    call = put_tone(tmp_path / "call.wav", 1.0, RATES.get(engine, 16_000))
    with service(engine, plan=struck_once(mode)) as url:
        assert said_by(engine, mode, url, call, monkeypatch) == TEXT
    assert 1.0 in slept, "as Retry-After asks"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything that is printed for Node."""
    folder = folder_with_ws(tmp_path_factory)
    for call in CALLS:
        (folder / f"pulse_{call}.mjs").write_text(snippet("pulse", call, "node"), encoding="utf-8")
    for engine, mode in PRINTED:
        code = patient(snippet(engine, mode, "node"))
        (folder / f"{engine}_{mode}.mjs").write_text(code, encoding="utf-8")
    return folder


@pytest.mark.slow
def test_node_takes_everything_that_is_printed(node: Path) -> None:
    for path in sorted(node.glob("*.mjs")):
        checked = subprocess.run(
            ["node", "--check", path.name], cwd=node, capture_output=True, text=True, timeout=HANGS_S
        )
        assert checked.returncode == 0, checked.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("engine", "mode"), EMULATED)
def test_printed_node_says_what_was_said(engine: str, mode: Mode, tmp_path: Path, node: Path) -> None:
    call = put_tone(tmp_path / "call.wav", 1.0, RATES.get(engine, 16_000))
    with service(engine, plan=struck_once(mode)) as url:
        changed = {VENDORS[engine].description.key.env or "NO_KEY": KEY, base_env(engine): url, "NO_PROXY": "127.0.0.1"}
        command = ["node", f"{engine}_{mode}.mjs", str(call)]
        done = subprocess.run(
            command, cwd=node, env={**os.environ, **changed}, capture_output=True, text=True, timeout=HANGS_S
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == TEXT


def test_the_command_offers_each_language() -> None:
    offered = {option.name: option.type for option in snippet_command.params}["in_language"]
    assert isinstance(offered, click.Choice)
    assert set(offered.choices) == set(SUFFIXES)
