"""Frames of a run, as pandas makes them of one dictionary a row."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

import bench
from bench.store import RunFolder, frames

GOLDEN = Path(__file__).parent.parent / "golden" / "run"
COLUMNS = {"trials": frames.TRIALS, "results": frames.RESULTS, "events": frames.EVENTS}


@pytest.mark.parametrize("name", sorted(COLUMNS))
@pytest.mark.parametrize("kept", [0, 1, 312])
def test_a_frame_is_what_pandas_makes_of_its_rows(tmp_path, name, kept):
    shutil.copytree(GOLDEN, tmp_path / "run")
    logs = sorted((tmp_path / "run/results").glob("*.jsonl"))
    lines = b"".join(log.read_bytes() for log in logs).splitlines(keepends=True)
    for log in logs:
        log.write_bytes(b"")
    logs[0].write_bytes(b"".join(lines[:kept]))
    folder, taken = RunFolder(tmp_path / "run"), []

    def by_dictionaries(rows, columns):
        taken.extend(rows)
        return pd.DataFrame(taken, columns=list(columns))

    frame = getattr(frames, name)(folder)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(frames, "_frame", by_dictionaries)
        expected = getattr(frames, name)(folder)
    pd.testing.assert_frame_equal(frame, expected)
    assert len(taken) or not kept
    assert list(frame.columns) == list(COLUMNS[name])


def test_scores_are_the_table_with_each_sentence_kept_once(tmp_path):
    shutil.copytree(GOLDEN, tmp_path / "run")
    table = pd.read_parquet(bench.open_run(tmp_path / "run").score().path / "scores.parquet")
    frame = frames.scores(RunFolder(tmp_path / "run"))
    why_not = [name for name in frame.columns.astype(str) if name.endswith("_unavailable")]
    assert why_not
    assert all(isinstance(frame[name].dtype, pd.CategoricalDtype) for name in why_not)
    expected = table.set_axis(list(frame), axis=1)
    pd.testing.assert_frame_equal(frame.astype(expected.dtypes), expected)
