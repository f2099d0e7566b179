"""Mirrors of folders at a URL where something breaks in between: nothing is lost, doubled or written over."""

from __future__ import annotations

import errno
import json
import threading
from pathlib import Path

import pytest
import yaml

import bench
from bench import addresses, fetching, remote
from bench.errors import RunFolderError, StorageError, UsageError
from bench.execution import audio
from bench.store import RunFolder
from bench.types import Failure, FailureKind
from tests.command import invoke
from tests.toy import LINES, make_config, make_corpus, make_script

fsspec = pytest.importorskip("fsspec", reason="the extra `cloud` is not installed")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EARWITNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(remote, "_TRIES", 1)
    monkeypatch.setattr(remote, "_SETTLE_S", 0.0)


@pytest.fixture
def bucket():
    """A store in memory."""
    store = fsspec.filesystem("memory")
    store.store.clear()
    return store


def put(bucket, name, content):
    bucket.makedirs(name.rpartition("/")[0], exist_ok=True)
    bucket.pipe_file(name, content)


def killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_answers_that_came_after_a_push_that_was_killed_before_it_was_noted(bucket, monkeypatch):
    path = remote.local("memory://b/run")
    log = path / "results/0.jsonl"
    log.parent.mkdir(parents=True)
    log.write_bytes(b"1\n")
    with monkeypatch.context() as dying:
        dying.setattr(type(bucket), "info", killed)
        with pytest.raises(KeyboardInterrupt):
            remote.publish(path)
    assert bucket.cat("/b/run/results/0.jsonl") == b"1\n"
    log.write_bytes(b"1\n2\n")
    remote.local("memory://b/run")
    assert log.read_bytes() == b"1\n2\n"
    remote.publish(path)
    assert bucket.cat("/b/run/results/0.jsonl") == b"1\n2\n"


def test_what_is_pulled_while_others_push_is_known_to_both(bucket, monkeypatch):
    put(bucket, "/b/run/a.txt", b"one")
    path = addresses.mirror("memory://b/run")
    log = path / "results/0.jsonl"
    log.parent.mkdir(parents=True)
    log.write_bytes(b"1\n")
    pushing = threading.Thread(target=remote.publish, args=(path,))
    real = type(bucket).get_file

    def get_file(self, *args, **more):
        pushing.start()
        pushing.join(0.5)
        return real(self, *args, **more)

    with monkeypatch.context() as slow:
        slow.setattr(type(bucket), "get_file", get_file)
        remote.refresh(path)
        pushing.join()
    record = remote._Record(path)
    assert sorted(record.names()) == ["a.txt", "results/0.jsonl"]


def test_an_address_and_one_below_it_know_the_same(bucket):
    """All runs, and one of them: what is new there is not written over by what is older here."""
    put(bucket, "/b/runs/a/estimates.json", b"first")
    remote.local("memory://b/runs")
    put(bucket, "/b/runs/a/estimates.json", b"second")
    path = remote.local("memory://b/runs/a")
    assert (path / "estimates.json").read_bytes() == b"second"
    put(bucket, "/b/runs/a/estimates.json", b"third, by another machine")
    all_runs = remote.local("memory://b/runs")
    assert (all_runs / "a/estimates.json").read_bytes() == b"third, by another machine"
    remote.publish(all_runs)
    assert bucket.cat("/b/runs/a/estimates.json") == b"third, by another machine"
    put(bucket, "/b/runs/a/estimates.json", b"fourth")
    assert remote.local("memory://b/runs/a/estimates.json").read_bytes() == b"fourth"


def test_a_run_begins_with_what_another_machine_left_since_it_was_opened(bucket):
    put(bucket, "/b/run/trials.jsonl", b"{}\n")
    path = remote.local("memory://b/run")
    put(bucket, "/b/run/results/9.jsonl", b"answered meanwhile\n")
    with remote.publishing(path):
        assert (path / "results/9.jsonl").read_bytes() == b"answered meanwhile\n"


def test_a_run_that_was_taken_over_is_left_to_the_other_machine(bucket, monkeypatch):
    monkeypatch.setattr(remote, "_PUSH_S", 0.02)
    path = addresses.mirror("memory://b/run")
    path.mkdir(parents=True)
    lease = json.dumps({"holder": "other:/run", "until": remote._now() + 60}).encode()

    def taken_over() -> None:
        bucket.pipe_file("/b/run/.lease.json", lease)
        next(thread for thread in threading.enumerate() if thread.name == "publishing").join()
        (path / "log.jsonl").write_bytes(b"1\n")

    with pytest.raises(UsageError, match="other:/run works on"), remote.publishing(path):
        taken_over()
    assert bucket.cat("/b/run/.lease.json") == lease, "it is not ours to release"
    assert not bucket.exists("/b/run/log.jsonl")
    assert (path / "log.jsonl").read_bytes() == b"1\n"


def test_of_two_that_take_a_lease_at_once_one_has_it(bucket, monkeypatch):
    path = addresses.mirror("memory://b/run")
    path.mkdir(parents=True)
    other = json.dumps({"holder": "other:/run", "until": remote._now() + 60}).encode()
    monkeypatch.setattr("time.sleep", lambda seconds: bucket.pipe_file("/b/run/.lease.json", other))
    with pytest.raises(UsageError, match="other:/run works on"), remote.publishing(path):
        pass


def test_a_lease_that_says_nothing_is_none(bucket):
    put(bucket, "/b/run/.lease.json", b"[]")
    with remote.publishing(remote.local("memory://b/run")):
        pass


def test_a_disk_that_is_full_is_told_as_such(bucket, monkeypatch):
    put(bucket, "/b/run/a.txt", b"one")

    def get_file(self, there, here, **more):
        raise OSError(errno.ENOSPC, "No space left on device", here)

    monkeypatch.setattr(type(bucket), "get_file", get_file)
    with pytest.raises(StorageError, match=r"to keep here what is at memory://b/run, got No space left .*make room"):
        remote.local("memory://b/run")


def test_a_cache_that_is_named_from_here_is_one_all_the_same(bucket, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EARWITNESS_CACHE", "kept")
    path = remote.local("memory://b/run")
    path.mkdir(parents=True)
    (path / "a.txt").write_bytes(b"one")
    remote.publish(path)
    assert bucket.cat("/b/run/a.txt") == b"one"


def test_recordings_on_their_way_are_not_dropped_from_a_full_cache(bucket, monkeypatch):
    monkeypatch.setenv("EARWITNESS_CACHE_GB", "0")
    put(bucket, "/b/0.wav", bytes(10))
    copy = fetching._copy("memory://b/0.wav")
    copy.parent.mkdir(parents=True)
    on_its_way = copy.with_name(".1.wav.7-7.tmp")
    on_its_way.write_bytes(b"half")
    assert fetching.fetched(addresses.mirror("memory://b/0.wav")).read_bytes() == bytes(10)
    assert on_its_way.exists()


@pytest.mark.parametrize("room", ["much", "-1", "nan"])
def test_the_room_of_the_cache_is_a_number(bucket, monkeypatch, room):
    put(bucket, "/b/0.wav", bytes(10))
    monkeypatch.setenv("EARWITNESS_CACHE_GB", room)
    with pytest.raises(UsageError, match="EARWITNESS_CACHE_GB: expected a number of gigabytes"):
        fetching.fetched(addresses.mirror("memory://b/0.wav"))


# -- runs -------------------------------------------------------------------------------------


@pytest.fixture
def toy(tmp_path, monkeypatch):
    config = make_config(tmp_path, make_corpus(tmp_path, LINES[:2]), make_script(tmp_path, LINES[:2]), modes=["batch"])
    monkeypatch.setenv("SMALLEST_API_KEY", "toy-key-0123456789")
    return config


def test_a_run_that_another_machine_works_on_is_refused_and_nothing_of_it_is_written(bucket, toy):
    lease = json.dumps({"holder": "other:/run", "until": remote._now() + 60}).encode()
    put(bucket, "/b/run/.lease.json", lease)
    with pytest.raises(UsageError, match="other:/run works on"):
        bench.run(toy, out="memory://b/run")
    left = [file.name for file in addresses.mirror("memory://b/run").rglob("*") if not file.name.startswith(".")]
    assert left == [], "what is here would be pushed over the other machine's plan"


def test_a_run_that_another_machine_began_meanwhile_is_not_gone_on_with(bucket, toy, monkeypatch):
    real = remote._Remote.lease

    def lease(self, *args, **more):
        put(bucket, "/b/run/trials.jsonl", b"{}\n")
        return real(self, *args, **more)

    monkeypatch.setattr(remote._Remote, "lease", lease)
    with pytest.raises(RunFolderError, match="expected a new folder, got a run"):
        bench.run(toy, out="memory://b/run")


@pytest.mark.parametrize("_run_of_this_process", [1, 2])  # workers keep the environment in which the first were started
def test_a_recording_that_was_replaced_at_its_address_is_fetched_again(bucket, toy, tmp_path, _run_of_this_process):
    manifest = next(tmp_path.glob("*.jsonl"))
    for file in (manifest, *tmp_path.glob("*.wav")):
        put(bucket, f"/b/corpus/{file.name}", file.read_bytes())
    for file in tmp_path.glob("*.wav"):
        stale = fetching._copy(f"memory://b/corpus/{file.name}")
        stale.parent.mkdir(parents=True, exist_ok=True)
        stale.write_bytes(b"half of an older one")
    config = yaml.safe_load(toy.read_text("utf-8")) | {"corpora": [f"memory://b/corpus/{manifest.name}"]}
    done = bench.run(config, out=tmp_path / "run")
    assert done.num_failed == 0


def test_a_recording_that_another_trial_fetched_again_meanwhile_is_read_again(bucket, toy, tmp_path, monkeypatch):
    """Both read the older one; the first to say so has dropped it, and it is there again when the second says so."""
    manifest = next(tmp_path.glob("*.jsonl"))
    for file in (manifest, *tmp_path.glob("*.wav")):
        put(bucket, f"/b/corpus/{file.name}", file.read_bytes())
    real, asked = audio._in_pool, set()

    async def in_pool(pool, job):
        if job.utterance.id in asked:
            return await real(pool, job)
        asked.add(job.utterance.id)
        return Failure(kind=FailureKind.AUDIO, message="SHA-256 differs")

    monkeypatch.setattr(audio, "_in_pool", in_pool)
    config = yaml.safe_load(toy.read_text("utf-8")) | {"corpora": [f"memory://b/corpus/{manifest.name}"]}
    assert bench.run(config, out=tmp_path / "run").num_failed == 0
    assert asked


def test_a_config_at_a_url_finds_its_manifest_and_recordings_beside_it(bucket, toy, tmp_path):
    manifest = next(tmp_path.glob("*.jsonl"))
    for file in (manifest, *tmp_path.glob("*.wav")):
        put(bucket, f"/b/corpus/{file.name}", file.read_bytes())
    config = yaml.safe_load(toy.read_text("utf-8")) | {"corpora": [f"corpus/{manifest.name}"]}
    put(bucket, "/b/my.yaml", yaml.safe_dump(config).encode())
    assert bench.run(remote.local("memory://b/my.yaml"), out=tmp_path / "run").num_failed == 0


def test_a_recording_that_is_another_one_is_named_by_its_address(bucket, toy, tmp_path):
    manifest = next(tmp_path.glob("*.jsonl"))
    put(bucket, f"/b/corpus/{manifest.name}", manifest.read_bytes())
    for file in tmp_path.glob("*.wav"):
        put(bucket, f"/b/corpus/{file.name}", b"half uploaded")
    config = yaml.safe_load(toy.read_text("utf-8")) | {"corpora": [f"memory://b/corpus/{manifest.name}"]}
    done = bench.run(config, out=tmp_path / "run")
    messages = {result.outcome.message for result in RunFolder(done.path).results().values()}
    assert all(message.startswith("memory://b/corpus/u") for message in messages), messages
    assert all("SHA-256 differs" in message for message in messages)


# -- addresses --------------------------------------------------------------------------------


def test_a_password_in_an_address_is_refused_and_not_said_again(tmp_path):
    with pytest.raises(UsageError) as refused:
        remote.local("ftp://user:very-secret@host/run")
    assert "very-secret" not in str(refused.value)
    assert "very-secret" not in invoke("report", "ftp://user:very-secret@host/run", code=2)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("name", ["a@b:c", "x@y"])
def test_a_name_below_the_bucket_may_hold_any_character(name):
    assert addresses.url(f"s3://bucket/{name}") == f"s3://bucket/{name}"


def test_file_addresses_are_paths(tmp_path):
    assert remote.local("file:///tmp/run") == Path("/tmp/run")
    assert remote.local("file:/tmp/run") == Path("/tmp/run")
    assert remote.local("file://localhost/tmp/run") == Path("/tmp/run")
    said = invoke("report", f"file://{tmp_path}/nothing", code=2)
    assert f"bench: {tmp_path}/nothing: expected a run folder" in said


@pytest.mark.parametrize("address", ["https://host/run", "http:/host/run", "s3://", "file://host/run", "wss://host"])
def test_an_address_that_is_no_folder_is_told_and_nothing_is_made(address, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = invoke("leaderboard", tmp_path, "--out", address, code=2)
    assert f"bench: {address}: expected a path, or a folder's address" in said
    assert not list(tmp_path.iterdir())


def test_the_scheme_of_an_address_may_be_written_large():
    assert addresses.mirror("S3://bucket/Run") == addresses.mirror("s3://bucket/Run")


def test_the_mirror_that_a_message_names_is_its_address(bucket, tmp_path):
    put(bucket, "/b/other.txt", b"")
    said = invoke("report", addresses.mirror("memory://b/run"), code=2)
    assert "memory://b/run: expected a run folder" in said
