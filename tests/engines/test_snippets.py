"""Working integrations come by engine, call and language."""

import shutil
import subprocess
from pathlib import Path

import pytest

from bench.engines import ENGINES
from bench.engines.snippets import SUFFIXES, snippet
from bench.errors import UsageError

CALLS = ("batch", "stream", "url", "features", "finalize", "microphone")


@pytest.mark.parametrize("written_in", sorted(SUFFIXES))
@pytest.mark.parametrize("call", CALLS)
def test_pulse_has_every_call_in_every_language(call: str, written_in: str) -> None:
    assert "SMALLEST_API_KEY" in snippet("pulse", call, written_in)


def test_an_engine_without_examples_is_told_which_have_some() -> None:
    with pytest.raises(UsageError, match=r"an engine with examples \(.*pulse.*\), got none"):
        snippet("nobody", "batch", "python")


@pytest.mark.parametrize("call", CALLS)
def test_python_takes_every_call(call: str) -> None:
    compile(snippet("pulse", call, "python"), f"{call}.py", "exec")


@pytest.mark.parametrize("engine", sorted({*ENGINES.names()} - {"pulse"}))
def test_every_other_engine_says_that_it_has_none(engine: str) -> None:
    for call in CALLS:
        for language in SUFFIXES:
            with pytest.raises(UsageError, match=rf"--engine {engine}: expected an engine with examples \(pulse\)"):
                snippet(engine, call, language)


@pytest.mark.slow
@pytest.mark.parametrize("call", CALLS)
def test_node_takes_every_call(call: str, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    (tmp_path / "x.mjs").write_text(snippet("pulse", call, "node"), encoding="utf-8")
    checked = subprocess.run([node, "--check", "x.mjs"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert checked.returncode == 0, checked.stderr
