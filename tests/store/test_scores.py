"""Scores on disk, by whichever version they were written."""

import json
import math
import shutil
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

import bench
from bench.errors import RunFolderError
from bench.store import RunFolder
from bench.store.spec import NormalizerIdentity

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


@pytest.mark.parametrize("rules", [None, "standard@1", {"id": "standard@1"}, {"id": 1, "hash": "x"}])
def test_rules_that_the_scores_do_not_say_are_one_message_with_what_to_do(tmp_path, rules):
    run = tmp_path / "run"
    shutil.copytree(GOLDEN, run)
    path = run / "scores.parquet"
    table = pyarrow.parquet.read_table(path)
    metadata = {**table.schema.metadata, b"earwitness.made_by": json.dumps({"normalizer": rules}).encode()}
    pyarrow.parquet.write_table(table.replace_schema_metadata(metadata), path)
    with pytest.raises(RunFolderError, match=r"scores\.parquet.*bench score"):
        RunFolder(run).scored_rules()


def test_rules_are_shown_by_version_and_digest_and_had_by_name():
    rules = NormalizerIdentity(id="standard@6", hash="0123456789abcdef")
    assert (rules.name, str(rules)) == ("standard", "standard@6 (0123456789ab)")
