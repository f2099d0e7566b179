"""Going on with a run: the same trials are kept, a changed plan is told or refused, and one process works at a time."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.config import parse_config
from bench.corpora.manifest import load_manifest
from bench.errors import ConfigError, RunFolderError
from bench.execution.plan import Plan, resolve
from bench.execution.stages import create
from bench.execution.trials import pending
from bench.store import RunFolder
from bench.types import Recognised, Result, Timing, Transcript
from tests.toy import LINES, make_corpus

CONFIG = "name: {name}\ncorpora: [{corpora}]\nmodes: [batch]\nengines:\n{engines}"


def engine(id: str = "a", language: str = "en") -> str:
    return f"  - {{id: {id}, engine: pulse, settings: {{language: {language}}}}}\n"


def plan_of(manifest: Path, *, name: str = "run", engines: str = engine(), limit: int | None = None) -> Plan:
    config = parse_config(CONFIG.format(name=name, corpora=manifest, engines=engines), where="run.yaml")
    manifests = {corpus.source: load_manifest(Path(corpus.source)) for corpus in config.corpora}
    return resolve(config, manifests, where="run.yaml", limit=limit)


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    return make_corpus(tmp_path / "corpus", LINES[:4], 0.2)


@pytest.fixture
def folder(tmp_path: Path, manifest: Path) -> RunFolder:
    """A run of four trials, two of them answered."""
    run = RunFolder(tmp_path / "run")
    plan = plan_of(manifest)
    assert create(plan, run) is None
    writer = run.writer()
    for trial in plan.trials[:2]:
        answer = Transcript(recognised=Recognised(text="x"), timing=Timing())
        writer.append(Result(trial_id=trial.id, outcome=answer, attempts=1, started_at="2026-01-01T00:00:00+00:00"))
    writer.close()
    return run


def test_the_same_plan_is_gone_on_with(folder: RunFolder, manifest: Path):
    assert create(plan_of(manifest), folder) is None
    assert folder.spec().replans == ()


def test_a_plan_that_only_adds_is_gone_on_with_and_told(folder: RunFolder, manifest: Path):
    change = create(plan_of(manifest, engines=engine() + engine("b")), folder)
    assert change is not None
    assert (change.kept, change.added, change.left_out) == (4, 4, 0)
    assert folder.spec().replans == (change,)
    assert create(plan_of(manifest, engines=engine() + engine("b")), folder) is None
    assert folder.spec().replans == (change,), "what was changed once is said in every report of the run"


@pytest.mark.parametrize("changed", [{"limit": 1}, {"engines": engine(language="hi")}, {"engines": engine("b")}])
def test_a_plan_that_leaves_trials_out_is_refused_unless_it_is_meant(folder: RunFolder, manifest: Path, changed: dict):
    before = folder.trials()
    with pytest.raises(RunFolderError, match=r"leaves out .*--replan"):
        create(plan_of(manifest, **changed), folder)
    assert folder.trials() == before
    change = create(plan_of(manifest, **changed), folder, may_leave_out=True)
    assert change is not None
    assert change.left_out >= 3
    assert change.kept + change.left_out == 4
    assert len(folder.results()) == 2, "what was paid stays on disk"


def test_another_run_is_refused_even_if_it_is_meant(folder: RunFolder, manifest: Path):
    with pytest.raises(RunFolderError, match="expected the run 'other', got the run 'run'"):
        create(plan_of(manifest, name="other"), folder, may_leave_out=True)


def test_a_corpus_taken_out_takes_its_manifest_with_it(folder: RunFolder, tmp_path: Path):
    other = make_corpus(tmp_path / "other", LINES[:2], 0.2)
    text = other.read_text(encoding="utf-8").replace('"toy"', '"other"')
    other.write_text(text, encoding="utf-8")
    create(plan_of(other), folder, may_leave_out=True)
    assert set(folder.utterances()) == {trial.utterance_id for trial in folder.trials()}


def test_one_process_works_on_a_folder(folder: RunFolder, manifest: Path):
    holding = "import sys; from pathlib import Path; from bench.store import RunFolder\n"
    holding += "with RunFolder(Path(sys.argv[1])).locked(): print('held', flush=True); sys.stdin.read()"
    held = subprocess.Popen(
        [sys.executable, "-c", holding, str(folder.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert held.stdout is not None
        assert held.stdout.readline() == "held\n"
        with pytest.raises(RunFolderError, match=f"process {held.pid} works on"):
            create(plan_of(manifest), folder)
    finally:
        held.kill()
        held.communicate()
    create(plan_of(manifest), folder)  # a lock is gone with its process, however that ended


def test_one_engine_under_two_ids_is_asked_twice(manifest: Path):
    trials = plan_of(manifest, engines=engine("a") + engine("b")).trials
    assert len({trial.id for trial in trials}) == len(trials) == 8


@pytest.mark.parametrize("corpora", ["{0}, {0}", "{0}, {{source: {0}, limit: 2}}"])
def test_a_corpus_listed_twice_is_refused(manifest: Path, corpora: str):
    text = CONFIG.format(name="run", corpora=corpora.format(manifest), engines=engine())
    config = parse_config(text, where="run.yaml")
    with pytest.raises(
        ConfigError, match=r"corpora\[1\]: expected utterances of its own, got \d of corpora\[0\] again"
    ):
        resolve(config, {str(manifest): load_manifest(manifest)}, where="run.yaml")


def test_two_manifests_of_one_name_are_refused(manifest: Path, tmp_path: Path):
    other = make_corpus(tmp_path / "other", LINES[:1], 0.2)
    with pytest.raises(ConfigError, match="a name of its own"):
        plan_of(Path(f"{manifest}, {other}"))


@pytest.mark.parametrize(("private", "mode"), [("true", 0o700), ("false", None)])
def test_a_private_run_is_for_its_user_alone(manifest: Path, tmp_path: Path, private: str, mode: int | None):
    text = f"private: {private}\n" + CONFIG.format(name="run", corpora=manifest, engines=engine())
    config = parse_config(text, where="run.yaml")
    run = RunFolder(tmp_path / "run")
    create(resolve(config, {str(manifest): load_manifest(manifest)}, where="run.yaml"), run)
    assert (run.path.stat().st_mode & 0o777 == 0o700) == (mode is not None)


def test_a_sealed_run_is_gone_on_with_and_nothing_answered_is_asked_again(folder, manifest, monkeypatch):
    monkeypatch.setattr("bench.store.folder.SEALED_FROM", 1)
    plan = plan_of(manifest)
    folder.seal()
    assert pending(plan, folder) == plan.trials[2:]
    writer = folder.writer()
    answer = Transcript(recognised=Recognised(text="y"), timing=Timing())
    writer.append(
        Result(trial_id=plan.trials[2].id, outcome=answer, attempts=1, started_at="2026-01-01T00:00:00+00:00")
    )
    assert pending(plan, folder) == plan.trials[3:]
    writer.close()
    folder.seal()
    assert pending(plan, folder) == plan.trials[3:]
    assert {result.outcome.text for result in folder.results().values()} == {"x", "y"}
