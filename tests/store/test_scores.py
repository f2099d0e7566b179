"""Scores on disk, by whichever version they were written."""

import math
import shutil
from pathlib import Path

import pyarrow
import pyarrow.parquet

import bench
from bench.store import RunFolder

GOLDEN = Path(__file__).parent.parent / "golden" / "run"


def test_a_number_of_no_size_is_missing_and_kills_no_estimate(tmp_path):
    run = tmp_path / "run"
    shutil.copytree(GOLDEN, run)
    bench.open_run(run).score()
    path = run / "scores.parquet"
    table = pyarrow.parquet.read_table(path)
    places = [name for name in table.column_names if name.startswith("metrics.")]
    assert places
    for number in (math.inf, -math.inf, math.nan):
        damaged = table
        for name in places:
            values = table[name].to_pylist()
            values[::3] = [number] * len(values[::3])
            index = table.column_names.index(name)
            damaged = damaged.set_column(index, table.schema.field(index), pyarrow.array(values, pyarrow.float64()))
        pyarrow.parquet.write_table(damaged, path)
        trials = RunFolder(run).scores()
        assert len(trials) == len(table)
        assert all(math.isfinite(value) for trial in trials for value in trial.metrics.values() if value is not None)
