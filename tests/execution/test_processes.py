"""Trials dealt over worker processes."""

from bench.store import RunFolder
from tests.command import invoke
from tests.runs import estimates
from tests.toy import make_config, make_corpus, make_script


def test_streams_are_dealt_over_processes_with_the_same_results(tmp_path):
    manifest = make_corpus(tmp_path)
    script = make_script(tmp_path)
    config = make_config(tmp_path, manifest, script, modes=["stream"], stream={"concurrency": 4, "processes": 2})
    out = tmp_path / "run"
    invoke("run", config, "--out", out)
    lines = [shard.read_bytes().splitlines() for shard in (out / "results").iterdir()]
    assert [len(shard) for shard in lines] == [2, 2]
    found = estimates(out, mode="stream")
    assert (found["wer"].value, found["trials.answered"].value) == (5 / 16, 4)
    assert RunFolder(out).looks()
    assert RunFolder(out).validity().seen.streams == 4
