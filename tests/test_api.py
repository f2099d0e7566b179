"""The public API: pinned, lazy, and as documented."""

from __future__ import annotations

import gc
import inspect
import pkgutil
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import bench
from bench.errors import RunFolderError, UsageError
from bench.execution.plan import Plan
from tests.toy import make_config, make_corpus, make_script

GOLDEN = Path(__file__).parent / "golden" / "run"
PINNED = """
AudioError Audio BatchAdapter BenchError Call Cell Changes Close Cluster Condition Conditioned ConfigError Connect
Contrast EngineFactory ErrorCounts Estimate Event ExitCode Failure FailureKind Figure HttpRequest HttpResponse
Interval Judgement Listener LocalEngine LocalStream Log ManifestError Metric MissingExtraError Normalizer Pool Problem
Recognised RemoteEngine Report RequestSpec Result Run RunFolderError Segment Step StepContext StorageError
StreamAdapter StreamSession Sweep Timing Transcript Trial Unavailable UnknownNameError UsageError Utterance Word
__version__ get_normalizer open_run plan run step
"""
HEAVY = {
    "numpy",
    "scipy",
    "pandas",
    "pydantic",
    "httpx",
    "websockets",
    "pyarrow",
    "matplotlib",
    "yaml",
    "asyncio",
    "click",
}


def test_the_names_are_pinned_and_sorted():
    assert bench.__all__ == sorted(PINNED.split())
    for name in bench.__all__:
        assert getattr(bench, name) is not None
    assert set(bench.__all__) <= set(dir(bench))


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'runn'"):
        bench.runn  # noqa: B018


def test_to_import_it_imports_nothing_heavy():
    code = "import sys; import bench; dir(bench); print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not HEAVY & set(shown)
    assert [name for name in shown if name.startswith("bench")] == ["bench"]


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("api")
    return make_config(folder, make_corpus(folder), make_script(folder), modes=["batch"])


def test_every_function_is_still_one_after_every_module_is_imported(toy, tmp_path):
    """A module named like a function would take its place in the package."""
    for module in pkgutil.walk_packages(bench.__path__, "bench."):
        if module.name != "bench.__main__" and "espeak_worker" not in module.name:
            import_module(module.name)
    for name in ("get_normalizer", "open_run", "plan", "run", "step"):
        assert inspect.isfunction(getattr(bench, name)), name
    for number in range(2):
        out = tmp_path / str(number)
        planned = bench.plan(toy, limit=2)
        made = bench.run(planned, out=out)
        assert bench.open_run(out).path == made.path == out
        assert made.score() is made
        assert made.report().path.is_file()
        assert "Word error rate" in made.figures
        assert made.compare(made).json()
        assert made.gate(rules=[{"metric": "wer", "ceiling": 0.9, "min_utterances": 1}]).outcome == "inconclusive"
        assert bench.get_normalizer("earwitness")("A", "en") == "a"
        for frame in (made.trials, made.results, made.events, made.scores):
            assert set(frame["trial_id"]) == {trial.id for trial in planned.trials}
        assert len(made.estimates)
    assert made.num_failed == 0
    assert made.invalid == ()


def test_a_config_may_be_its_content(toy, tmp_path):
    import yaml

    content = yaml.safe_load(Path(toy).read_text(encoding="utf-8"))
    heard = []

    class Listener(bench.Listener):
        def started(self, path, *, answered, total):
            heard.append((path, answered, total))

        def finished(self, trial, result):
            heard.append(trial.id)

    made = bench.run(content, out=tmp_path / "run", listener=Listener())
    assert heard[0] == (tmp_path / "run", 0, len(made.trials))
    assert sorted(heard[1:]) == sorted(made.trials["trial_id"])
    with pytest.raises(RunFolderError, match="got a run; add --resume"):
        bench.run(content, out=tmp_path / "run")
    assert bench.run(content, out=tmp_path / "run", resume=True, listener=Listener()).path == made.path
    assert heard[-1] == (tmp_path / "run", len(made.trials), len(made.trials))


def test_a_plan_is_shown_first_and_not_kept_while_the_run_is_scored(toy, tmp_path):
    """Both take much memory of a million trials."""
    heard, shown, alive = [], [], []

    class Listener(bench.Listener):
        def planned(self, plan):
            heard.append(len(plan.trials))
            shown.append(id(plan))

        def started(self, path, *, answered, total):
            heard.append(total)

        def scoring(self, stage, done, total):
            if stage == "scoring":
                gc.collect()
                alive.extend(kept for kept in gc.get_objects() if isinstance(kept, Plan) and id(kept) in shown)

    made = bench.run(toy, limit=2, out=tmp_path / "run", listener=Listener())
    assert heard == [len(made.trials)] * 2
    assert not alive


def test_what_is_no_run_is_refused(tmp_path):
    with pytest.raises(RunFolderError, match="expected a run folder"):
        bench.open_run(tmp_path)
    with pytest.raises(UsageError, match="expected a baseline or rules"):
        bench.open_run(GOLDEN).gate()


def test_frames_of_a_run_of_older_code(tmp_path):
    golden = bench.open_run(GOLDEN)
    events, results = golden.events, golden.results
    assert set(events["kind"]) >= {"partial", "final"}
    assert events.groupby("trial_id")["index"].apply(lambda index: list(index) == list(range(len(index)))).all()
    assert results["text"].isna().equals(results["failure"].notna())
    with pytest.raises(RunFolderError, match="run: bench score"):
        golden.estimates  # noqa: B018
    shutil.copytree(GOLDEN, tmp_path / "run")
    again = bench.open_run(tmp_path / "run").score()
    assert set(again.estimates["unit"]) >= {"ratio", "s"}
    assert set(again.estimates["scope"]) >= {"cell", "contrast", "cluster"}
    scores = again.scores
    streams = scores[(scores["mode"] == "stream") & scores["failure_kind"].isna()]
    told = streams["final_latency_s"].notna() | streams["final_latency_s_unavailable"].notna()
    assert len(streams)
    assert told.all()


def test_it_runs_where_a_loop_is_running_as_in_a_notebook(toy, tmp_path):
    import asyncio

    async def cell():
        return bench.run(toy, out=tmp_path / "run")

    assert asyncio.run(cell()).num_failed == 0
