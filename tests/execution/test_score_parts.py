"""Scores do not hang on how a run is cut into work: same rows, same bytes, same facts, with one process or more."""

import gc
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from bench.errors import RunFolderError
from bench.execution import score_parts
from bench.execution.score import score
from bench.machine import collecting_seldom
from bench.store import RunFolder, folder
from bench.store.digests import MADE

GOLDEN = Path(__file__).parents[1] / "golden/run"
WRITTEN = ("scores.parquet", "estimates.json", "analysis.json", "validity.json", "over_time.json", "sensitivity.json")


def scored(path: Path, workers: int | None, *, is_sealed: bool = False) -> dict[str, bytes]:
    shutil.copytree(GOLDEN, path)
    if is_sealed:
        RunFolder(path).seal()
    score(RunFolder(path), workers=workers)
    assert not (path / ".scored").exists()
    return {name: (path / name).read_bytes() for name in WRITTEN}


@pytest.mark.slow
def test_bytes_are_the_same_whatever_the_number_of_processes_and_of_logs_or_sealed_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "SEALED_FROM", 1)
    monkeypatch.setattr(score_parts, "TRIALS", 50)
    monkeypatch.setattr("bench.execution.score.TRIALS", 50)
    alone = scored(tmp_path / "alone", 1)
    assert scored(tmp_path / "two", 2) == alone
    assert scored(tmp_path / "sealed", 1, is_sealed=True) == alone


def test_however_a_run_is_cut_the_numbers_are_the_same(tmp_path, monkeypatch):
    whole = scored(tmp_path / "whole", 1)
    rows = RunFolder(tmp_path / "whole").scores()
    for trials in (7, 100):
        monkeypatch.setattr(score_parts, "TRIALS", trials)
        monkeypatch.setattr("bench.execution.score.TRIALS", trials)
        folder = tmp_path / str(trials)
        cut = scored(folder, 1)
        assert {name for name in WRITTEN if cut[name] != whole[name]} <= {"scores.parquet"}, "but how the table is cut"
        assert RunFolder(folder).scores() == rows


def allocations_between_collections(_: int) -> int:
    return gc.get_threshold()[0]


def test_processes_look_for_circles_as_seldom_as_the_one_that_asked_for_them():
    own = gc.get_threshold()[0]
    with collecting_seldom():
        seldom = allocations_between_collections(0)
    assert seldom > own
    assert [*score_parts.over_processes(allocations_between_collections, [0, 1, 2], processes=2)] == [seldom] * 3


def long_job(seen: Path) -> None:
    seen.touch()
    time.sleep(600)


INTERRUPTED = """
import sys
import threading
from pathlib import Path
from bench.execution.score_parts import over_processes
from tests.execution.test_score_parts import long_job

if __name__ == "__main__":
    try:
        list(over_processes(long_job, [Path(sys.argv[1], str(number)) for number in range(8)], processes=2))
    except KeyboardInterrupt:
        print("stopped")
"""


def test_an_interrupt_ends_processes_amid_their_work_without_a_word(tmp_path):
    script, seen = tmp_path / "interrupted.py", tmp_path / "seen"
    script.write_text(INTERRUPTED, encoding="utf-8")
    seen.mkdir()
    parent = subprocess.Popen(
        [sys.executable, script, seen],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    while len(list(seen.iterdir())) < 2 and parent.poll() is None:
        time.sleep(0.05)
    os.killpg(parent.pid, signal.SIGINT)  # as a terminal does
    said, _ = parent.communicate(timeout=600)
    assert said == "stopped\n"


def test_who_scores_a_run_that_is_being_scored_waits_for_it(tmp_path, monkeypatch):
    monkeypatch.setattr(score_parts, "TRIALS", 100)
    monkeypatch.setattr("bench.execution.score.TRIALS", 100)
    alone = scored(tmp_path / "alone", 1)
    run = tmp_path / "both"
    shutil.copytree(GOLDEN, run)
    second = threading.Thread(target=score, args=(RunFolder(run),), kwargs={"workers": 1})

    def meanwhile(stage: str, done: int, total: int) -> None:
        if stage == "scoring" and second.ident is None:
            second.start()
            second.join(0.3)

    score(RunFolder(run), workers=1, tell=meanwhile)
    assert len(RunFolder(run).scores()) == len(RunFolder(tmp_path / "alone").scores())
    second.join()
    assert {name: (run / name).read_bytes() for name in WRITTEN} == alone


@pytest.mark.parametrize("stage", ["scoring", "estimates", "analysis of errors"])
def test_a_scoring_that_did_not_end_leaves_all_of_the_one_before(tmp_path, stage):
    run = tmp_path / "run"
    shutil.copytree(GOLDEN, run)
    score(RunFolder(run), workers=1)
    whole = contents(run)

    def interrupted(now: str, done: int, total: int) -> None:
        if now == stage:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score(RunFolder(run), normalizer="basic", workers=1, tell=interrupted)
    assert contents(run) == whole


def test_killed_as_it_takes_the_place_of_another_it_leaves_no_numbers_of_two(tmp_path, monkeypatch):
    for name, normalizer in (("old", None), ("new", "basic")):
        shutil.copytree(GOLDEN, tmp_path / name)
        score(RunFolder(tmp_path / name), normalizer=normalizer, workers=1)
    old, new = (RunFolder(tmp_path / name) for name in ("old", "new"))
    made, replace = [name for name in MADE if (new.path / name).exists()], Path.replace
    for number in range(len(made) + 1):
        run = RunFolder(tmp_path / f"run-{number}")
        shutil.copytree(old.path, run.path)
        moved: list[Path] = []

        def killed(path: Path, target: Path, last: int = number, moved: list[Path] = moved) -> Path:
            if len(moved) == last:
                raise KeyboardInterrupt
            moved.append(target)
            return replace(path, target)

        with suppress(KeyboardInterrupt), run.staged() as staged:
            for name in made:
                shutil.copy(new.path / name, staged.path / name)
            monkeypatch.setattr(Path, "replace", killed)
        monkeypatch.undo()
        assert len(moved) == number
        if number < len(made):
            with pytest.raises(RunFolderError, match="run: bench score"):
                run.estimates()
        else:
            assert (run.estimates(), run.scores()) == (new.estimates(), new.scores())
    assert old.estimates() != new.estimates()


def contents(run: Path) -> dict[str, bytes]:
    """Of all files, what a stopped scoring may have left included."""
    return {path.relative_to(run).as_posix(): path.read_bytes() for path in run.rglob("*") if path.is_file()}
