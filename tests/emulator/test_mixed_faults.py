"""Whole runs against an emulator that misbehaves: nothing is lost, every kind has its true count, no key leaks."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from bench.cli import app
from bench.emulator.faults import FaultPlan
from bench.emulator.process import EmulatorProcess
from bench.store import RunFolder
from bench.types import Failure
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
def test_a_run_with_mixed_faults_loses_nothing_and_counts_truly(tmp_path: Path, mode: str):
    count = 400
    lines = [Line(f"word{number} is said", f"word{number} is said") for number in range(count)]
    manifest = make_corpus(tmp_path, lines, duration_s=0.5)
    script = make_script(tmp_path, lines, close_delay_s=0.0, batch_delay_s=0.0)
    config = make_config(tmp_path, manifest, script, modes=[mode], retry={"attempts": 1}, batch={"concurrency": 8})
    content = yaml.safe_load(config.read_text(encoding="utf-8"))
    content["engines"][0]["emulate"]["faults"] = _plan()
    content["stream"] = {"concurrency": 8, "speed": 5}
    config.write_text(yaml.safe_dump(content), encoding="utf-8")
    done = CliRunner().invoke(app, ["run", str(config), "--out", str(tmp_path / "run"), "--no-report"])
    assert done.exit_code == 4, done.output
    drawn = [FaultPlan.model_validate(_plan()).draw(number, mode) for number in range(count)]
    expected = Counter(_EXPECTED[fault.kind] for fault in drawn if fault)
    outcomes = [result.outcome for result in RunFolder(tmp_path / "run").results().values()]
    found = Counter(
        outcome.kind.value if isinstance(outcome, Failure) else "empty"
        for outcome in outcomes
        if isinstance(outcome, Failure) or not outcome.text
    )
    assert len(outcomes) == count
    assert found == expected
    assert len(expected) >= 4


def test_a_planted_key_is_nowhere_in_a_failed_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    manifest, script = make_corpus(tmp_path, LINES[:1]), make_script(tmp_path, LINES[:1])
    config = make_config(tmp_path, manifest, script)
    content = yaml.safe_load(config.read_text(encoding="utf-8"))
    del content["engines"][0]["emulate"]
    monkeypatch.setenv("PLANTED_KEY", KEY)
    log = tmp_path / "emulator.log"
    with EmulatorProcess(f"script:{script}", api_key="sk_another", log=log) as emulator:
        content["engines"][0]["settings"] |= {"base_url": emulator.base_url, "api_key_env": "PLANTED_KEY"}
        config.write_text(yaml.safe_dump(content), encoding="utf-8")
        done = CliRunner().invoke(app, ["run", str(config), "--out", str(tmp_path / "run")])
    assert done.exit_code == 4
    assert "status=401" in log.read_text(encoding="utf-8")
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any("auth" in path.read_text(errors="replace", encoding="utf-8") for path in written)
    assert not [path for path in written if KEY.encode() in path.read_bytes()]
    assert KEY not in done.output + repr(done.exception) + caplog.text
