"""The clips of a scored run: made once, of the worst trials, and gone with the scores they were chosen from."""

import pytest

import bench
from bench.audio import from_file_bytes
from bench.execution.clips import write_clips
from bench.store import RunFolder
from tests.toy import make_config, make_corpus, make_script


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    noisy = {"id": "noisy", "steps": [{"noise": {"snr_db": 5}}]}
    config = make_config(folder, make_corpus(folder), make_script(folder), modes=["batch"], conditions=["clean", noisy])
    return RunFolder(bench.run(config, out=folder / "run").path)


def test_what_was_sent_lies_beside_the_recording(run):
    assert run.clips() is None
    clips = write_clips(run)
    assert run.clips() == clips
    conditions = {trial.id: trial.condition_id for trial in run.trials()}
    assert clips.examples
    for example in clips.examples:
        assert len(from_file_bytes(run.clip(example.clean)).samples)
        assert (example.sent is not None) == (conditions[example.trial_id] == "noisy")
    assert [condition for condition, _ in clips.listening.conditions] == ["noisy"]


def test_new_scores_have_no_clips_of_old_ones(run):
    write_clips(run)
    bench.open_run(run.path).score()
    assert run.clips() is None
    assert not (run.path / "clips").exists()
