"""`bench history` over folders as runs leave them."""

import csv
import shutil
import sys
from pathlib import Path

import pytest

from bench.history.read import find_runs, read_points
from bench.scoring.cells import ScoredTrial
from bench.store import RunFolder
from bench.store.scores import score_table
from bench.types import Cell, Cluster, Contrast, ErrorCounts, Estimate, Interval, Pool
from tests.command import invoke
from tools.compare_scores import scored_again

pytest.importorskip("duckdb", reason="needs the extra `history`")

GOLDEN = Path(__file__).parents[1] / "golden/run"
CELL = Cell("e", "stream", "clean", "c", "en")


def write_run(folder, number, wer, *, latency_s=0.3, corpus="digest", valid=True, failed=False, version=1):
    """A scored run with one cell, on the same utterances as the others unless `corpus` differs."""
    run = RunFolder(folder / f"run-{number:02}")
    run.path.mkdir()
    run.write_json("environment.json", {"started_at": f"2026-01-{number + 1:02}T00:00:00+00:00"})
    latency, other = Interval(value=latency_s, n=10), Interval(value=9.0, n=10)
    pool = Pool(engine="e", mode="stream", condition="clean", language="en")
    contrast = Contrast(name="x", of=CELL, minus=CELL._replace(mode="batch"))
    run.write_estimates(
        [
            Estimate(metric="wer", unit="ratio", scope=CELL, interval=Interval(value=None if failed else wer, n=10)),
            Estimate(metric="final_latency_s.p50", unit="s", scope=CELL, interval=latency, valid=valid),
            *(
                Estimate(metric="wer", unit="ratio", scope=scope, interval=other)
                for scope in (Cluster(cell=CELL, cluster="s"), contrast, pool)
            ),
        ]
    )
    trials = [
        ScoredTrial(
            utterance_id=f"c/u{u}",
            cell=CELL,
            cluster="s",
            duration_s=1.0,
            reference_words=3,
            words=ErrorCounts(hits=3),
            reference="a b c",
        )
        for u in range(3)
    ]
    made_by = {
        "normalizer": {"id": "earwitness@1", "hash": "0123456789abcdef"},
        "metrics": {"final_latency_s": version},
        "measures": {"wer": 1},
        "corpora": {"c": f"2 {corpus}"},
    }
    with run.score_parts() as parts:
        parts.write(0, score_table(trials))
        run.write_scores(parts, made_by)


def test_a_change_of_level_is_marked_in_table_csv_and_page(tmp_path):
    (tmp_path / "runs").mkdir()
    for number in range(24):
        write_run(tmp_path / "runs", number, (0.10 if number < 12 else 0.14) + 0.001 * (number % 3))
    shown = invoke("history", tmp_path / "runs", "--out", tmp_path / "out", COLUMNS="80")
    assert "2026-01-13" in shown
    assert "worse since 2026-01-13, 10.1 % → 14.1 %" in shown
    assert max(map(len, shown.splitlines()[:-1])) <= 80  # the last is a path
    lines = list(csv.DictReader((tmp_path / "out" / "history.csv").read_text(encoding="utf-8").splitlines()))
    wer = [line for line in lines if line["metric"] == "wer"]
    assert len(wer) == 24
    assert [position for position, line in enumerate(wer) if line["change"]] == [12]
    assert wer[12]["change"] == "worse"
    page = (tmp_path / "out" / "history.html").read_text(encoding="utf-8")
    assert "Changes of level</h2>" in page
    assert "10.1\N{NO-BREAK SPACE}% → 14.1\N{NO-BREAK SPACE}%" in page


def test_another_definition_of_a_metric_begins_a_new_series_of_that_metric(tmp_path):
    for number in range(4):
        write_run(tmp_path, number, 0.1, version=1 if number < 2 else 2)
    found = {point.metric: set() for point in read_points(find_runs(tmp_path), ["*"])}
    for point in read_points(find_runs(tmp_path), ["*"]):
        found[point.metric].add(point.material)
    assert {metric: len(material) for metric, material in found.items()} == {"wer": 1, "final_latency_s.p50": 2}


def test_other_material_begins_a_new_series(tmp_path):
    for number in range(4):
        write_run(tmp_path, number, 0.1, corpus="digest" if number < 2 else "another")
    found = read_points(find_runs(tmp_path), ["wer"])
    assert len(found) == 4
    assert len({point.material for point in found}) == 2


def test_failed_runs_and_what_invalid_runs_timed_are_left_out(tmp_path):
    write_run(tmp_path, 0, 0.1)
    write_run(tmp_path, 1, 0.1, valid=False)
    write_run(tmp_path, 2, 0.1, failed=True)
    found = read_points(find_runs(tmp_path), ["*"])
    assert sorted((point.metric, point.run[-1]) for point in found) == [
        ("final_latency_s.p50", "0"),
        ("final_latency_s.p50", "2"),
        ("wer", "0"),
        ("wer", "1"),
    ]


def test_metrics_are_chosen_by_pattern(tmp_path):
    write_run(tmp_path, 0, 0.1)
    assert {point.metric for point in read_points(find_runs(tmp_path), ["final_*"])} == {"final_latency_s.p50"}


def test_a_folder_without_runs_says_what_is_missing(tmp_path):
    assert "expected scored runs (folders with estimates.parquet), got none" in invoke("history", tmp_path, code=2)


def test_the_history_of_a_run_with_two_languages_is_that_of_its_cells(tmp_path):
    """Pooled languages stood in the table like cells without a corpus, and ended in a KeyError."""
    scored_again(GOLDEN, tmp_path)
    cells = {point.cell for point in read_points(find_runs(tmp_path), ["wer"])}
    assert {cell.language for cell in cells} == {"en", "hi"}
    assert all(cell.corpus for cell in cells)
    invoke("history", tmp_path, "--out", tmp_path / "out")


def test_a_run_of_an_earlier_version_says_to_score_it_again(tmp_path):
    write_run(tmp_path, 0, 0.1)
    shutil.copytree(GOLDEN, tmp_path / "earlier")
    assert f"score them again: bench score {tmp_path / 'earlier'}" in " ".join(
        invoke("history", tmp_path, code=2).split()
    )


def test_without_duckdb_the_extra_is_named(tmp_path, monkeypatch):
    write_run(tmp_path, 0, 0.1)
    monkeypatch.setitem(sys.modules, "duckdb", None)
    assert "pip install 'earwitness[history]'" in invoke("history", tmp_path, code=2)
