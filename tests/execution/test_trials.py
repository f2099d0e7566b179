"""The runner on the streaming driver alone, against a server in this process: who does what, in which thread, when."""

import asyncio
import threading
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

import bench
from bench.config import RunConfig
from bench.corpora.manifest import load_manifest
from bench.drivers.clock import clock
from bench.drivers.log import StreamLog
from bench.engines.pulse.adapter import PulseBatch
from bench.execution.arrivals import Arrivals
from bench.execution.loop import on_loop
from bench.execution.plan import resolve
from bench.execution.trials import Work, run_trials
from bench.store import RunFolder
from bench.types import Failure, FailureKind
from tests.drivers.stream_server import HANGS_S, ScriptAdapter, run, server
from tests.toy import LINES, make_config, make_corpus, make_script

DURATION_S = 0.4


def executed(tmp_path, on_result, due_s):
    """Streams of one recording, due at such times; the run folder, the begin, and what the server heard."""
    manifest = make_corpus(tmp_path, LINES[:1], DURATION_S)
    engine = {"id": "server", "engine": "pulse"}
    config = RunConfig.model_validate(
        {"name": "streams", "corpora": [str(manifest)], "engines": [engine], "modes": ["stream"]}
    )
    plan = resolve(config, {str(manifest): load_manifest(manifest)}, where="streams")
    trials = tuple(replace(plan.trials[0], id=str(number)) for number in range(len(due_s)))
    arrivals = Arrivals(due_s=dict(zip("0123456789", due_s, strict=False)))
    folder, begins = RunFolder(tmp_path / "run"), []

    def begin():
        begins.append(clock())
        return begins[0]

    async def main():
        async with server() as (url, heard):
            engines = {"server": SimpleNamespace(stream=ScriptAdapter(url), batch=None, version=None)}
            work = Work(
                plan=plan,
                trials=trials,
                engines=engines,
                folder=folder,
                on_result=lambda *told: on_result(folder, *told),
                arrivals=arrivals,
                begin=begin,
            )
            await asyncio.to_thread(lambda: on_loop(run_trials(work)))
        return heard

    heard = run(main())
    return folder, begins[0], heard


def test_nothing_that_is_paced_waits_for_who_is_told_of_results(tmp_path, monkeypatch):
    """Were it told on the pacing loop, no chunk of the second stream could be sent while it dawdles over the first."""
    told, is_sent, note = [], threading.Event(), StreamLog.sent_end
    logs = []

    def noted(log):
        note(log)
        logs.append(log)
        if len(logs) == 2:
            is_sent.set()

    monkeypatch.setattr(StreamLog, "sent_end", noted)

    def dawdle(folder, trial, result):
        told.append((trial.id, threading.current_thread().name, trial.id in folder.results()))
        assert is_sent.wait(HANGS_S / 2), "the second stream is not sent"

    _, begin, heard = executed(tmp_path, dawdle, due_s=(0.1, 0.3))
    assert [id for id, _, _ in told] == ["0", "1"]
    assert {thread for _, thread, _ in told} == {"results_0"}
    assert all(on_disk for _, _, on_disk in told)
    starts = sorted(one.arrivals_s[0] - begin for one in heard)
    assert starts[0] >= 0.1 + 0.02
    assert starts[1] >= 0.3 + 0.02


@pytest.mark.parametrize("trouble", [RuntimeError, KeyboardInterrupt])
def test_what_whoever_is_told_raises_ends_the_run(tmp_path, trouble):
    told = []

    def fail(folder, trial, result):
        told.append(trial.id)
        raise trouble

    with pytest.raises(BaseException) as raised:  # noqa: PT011 (a group of the one kind, or the other itself)
        executed(tmp_path, fail, due_s=(0.0, 2 * HANGS_S))
    found: Any = raised.value
    assert isinstance(found, trouble) or found.split(trouble)[1] is None
    assert told == ["0"]
    assert RunFolder(tmp_path / "run").results().keys() == {"0"}


def test_an_adapter_that_raises_fails_its_trial_and_no_other(tmp_path, monkeypatch):
    parse, asked = PulseBatch.parse, []

    def choking(self, response):
        asked.append(response)
        if len(asked) == 2:
            raise KeyError("\ud800 what no adapter should raise")
        return parse(self, response)

    monkeypatch.setattr(PulseBatch, "parse", choking)
    config = make_config(tmp_path, make_corpus(tmp_path), make_script(tmp_path), modes=["batch"])
    results = RunFolder(bench.run(config, out=tmp_path / "run").path).results()
    assert len(results) == len(LINES) == len(asked)
    (failed,) = [result.outcome for result in results.values() if isinstance(result.outcome, Failure)]
    assert failed.kind is FailureKind.ENGINE
    assert "raised KeyError" in failed.message
