"""Whole runs against an emulator that misbehaves: nothing is lost, every kind has its true count, no key leaks."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from click.testing import CliRunner

from bench.cli import app
from bench.emulator.faults import FaultPlan
from bench.emulator.process import EmulatorProcess
from bench.store import RunFolder
from bench.types import Failure, Mode
from tests.toy import LINES, Line, make_config, make_corpus, make_script

KEY = "sk_planted_5f2c90aa71"

_EXPECTED = {
    "status": "server",
    "malformed_json": "protocol",
    "wrong_field": "protocol",
    "error_message": "server",
    "missing_last": "truncated",
    "reset": "connection",
    "close": "server",
    "empty": "empty",
}


def _plan() -> dict[str, Any]:
    """5 % in all: eight kinds, shared out evenly over the modes they exist in."""
    batch = ["status", "malformed_json", "wrong_field", "error_message", "reset", "empty"]
    stream = [*batch, "missing_last", "close"]
    faults = [{"kind": kind, "mode": "batch", "fraction": 0.05 / len(batch)} for kind in batch]
    return {
        "seed": 11,
        "faults": faults + [{"kind": k, "mode": "stream", "fraction": 0.05 / len(stream)} for k in stream],
    }


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["batch", "stream"])
def test_a_run_with_mixed_faults_loses_nothing_and_counts_truly(tmp_path: Path, mode: Mode):
    count = 400
    lines = [Line(f"word{number} is said", f"word{number} is said") for number in range(count)]
    manifest = make_corpus(tmp_path, lines, duration_s=0.5)
    script = make_script(tmp_path, lines, close_delay_s=0.0, batch_delay_s=0.0)
    config = make_config(tmp_path, manifest, script, modes=[mode], retry={"attempts": 1}, batch={"concurrency": 8})
    with EmulatorProcess(f"script:{script}", faults=_plan()) as emulator:
        _point_at(config, emulator.base_url, api_key_env="", stream={"concurrency": 8, "speed": 5})
        done = CliRunner().invoke(app, ["run", str(config), "--out", str(tmp_path / "run"), "--no-report"])
        stats = httpx.get(f"{emulator.base_url}/emulator/stats", trust_env=False, timeout=120).json()
    assert done.exit_code == 4, done.output
    struck = Counter({key.removeprefix(f"{mode} "): number for key, number in stats["faults"].items()})
    drawn = [FaultPlan.model_validate(_plan()).draw(number, mode) for number in range(count)]
    assert struck == Counter(fault.kind for fault in drawn if fault)
    expected: Counter[str] = Counter()
    for kind, number in struck.items():
        expected[_EXPECTED[kind]] += number
    outcomes = [result.outcome for result in RunFolder(tmp_path / "run").results().values()]
    found = Counter(
        outcome.kind.value if isinstance(outcome, Failure) else "empty"
        for outcome in outcomes
        if isinstance(outcome, Failure) or not outcome.text
    )
    assert (stats["requests"], len(outcomes)) == (count, count)
    assert found == expected
    assert len(expected) >= 4


def _point_at(config: Path, base_url: str, *, stream: dict[str, Any] | None = None, **settings: Any) -> None:
    """Send a config's calls to an emulator that is already running."""
    content = yaml.safe_load(config.read_text(encoding="utf-8"))
    del content["engines"][0]["emulate"]
    content["engines"][0]["settings"] |= {"base_url": base_url, **settings}
    content |= {"stream": stream} if stream else {}
    config.write_text(yaml.safe_dump(content), encoding="utf-8")


_HOSTILE = {
    "seed": 5,
    "faults": [
        {"kind": "status", "status": 500, "fraction": 0.3},
        {"kind": "reset", "fraction": 0.3},
        {"kind": "error_message", "mode": "stream", "fraction": 0.4},
        {"kind": "wrong_field", "mode": "batch", "fraction": 0.4},
    ],
}


@pytest.mark.parametrize(
    ("behaviour", "seen"),
    [
        pytest.param({"api_key": "sk_another"}, {"auth"}, id="refused"),
        pytest.param({"plan": _HOSTILE}, {"server", "connection"}, id="broken"),
    ],
)
def test_a_planted_key_is_nowhere_in_a_failed_run(
    behaviour: dict[str, Any],
    seen: set[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    """The server repeats the request's headers, key and all, in every error."""
    manifest, script = make_corpus(tmp_path, LINES), make_script(tmp_path, LINES)
    config = make_config(tmp_path, manifest, script, retry={"attempts": 1})
    monkeypatch.setenv("SMALLEST_API_KEY", KEY)
    log, run = tmp_path / "emulator.log", tmp_path / "run"
    key = behaviour.get("api_key")
    with EmulatorProcess(
        f"script:{script}",
        api_key=key,
        behaviour={"quirks": ["echoes_key"], **{k: v for k, v in behaviour.items() if k != "api_key"}},
        log=log,
    ) as emulator:
        said = httpx.post(
            f"{emulator.base_url}/waves/v1/stt/", headers={"Authorization": f"Bearer {KEY}"}, trust_env=False
        )
        assert KEY in said.text, "the server is to repeat the key"
        _point_at(config, emulator.base_url, stream={"concurrency": 4, "speed": 5})
        done = CliRunner().invoke(app, ["run", str(config), "--out", str(run)])
    assert done.exit_code == 4, done.output
    failures = [r.outcome for r in RunFolder(run).results().values() if isinstance(r.outcome, Failure)]
    assert seen <= {failure.kind.value for failure in failures}
    assert any("request headers" in failure.message and "***" in failure.message for failure in failures)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) > 8
    assert not [path for path in written if KEY.encode() in path.read_bytes()]
    assert KEY not in done.output + repr(done.exception) + caplog.text
