"""A folder at a URL is worked on as one here, and nothing is lost when the store or the machine goes away."""

from __future__ import annotations

import os
import shutil
import time

import pytest

from bench import addresses, fetching, remote
from bench.errors import StorageError, UsageError
from bench.store.shards import Shard
from tests.command import invoke
from tests.toy import make_corpus

fsspec = pytest.importorskip("fsspec", reason="the extra `cloud` is not installed")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EARWITNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(remote, "_TRIES", 1)


@pytest.fixture
def bucket():
    """A store in memory."""
    store = fsspec.filesystem("memory")
    store.store.clear()
    return store


def put(store, name, content):
    store.makedirs(name.rpartition("/")[0], exist_ok=True)
    store.pipe_file(name, content)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("s3://bucket/run", True),
        ("s3:/bucket/run", True),
        ("gs://b/x", True),
        ("reports/run", False),
        ("/tmp/run", False),
        ("https://example.com/x", False),
        ("file:///tmp/run", False),
        ("C:/run", False),
        ("a:b", False),
    ],
)
def test_what_is_a_url(address, expected):
    assert addresses.is_url(address) is expected


def test_a_path_is_left_as_it_is(tmp_path):
    assert remote.local(tmp_path) == tmp_path
    remote.publish(tmp_path)
    with remote.publishing(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_mirror_knows_its_address():
    path = addresses.mirror("memory://bucket/nightly/run-1")
    assert addresses.address_of(path) == "memory://bucket/nightly/run-1"
    assert addresses.address_of(path / "results/0.jsonl") == "memory://bucket/nightly/run-1/results/0.jsonl"


@pytest.mark.parametrize("address", ["s3://bucket/../etc", "s3://bucket/./x", "s3://b/x\0y"])
def test_no_address_leads_out_of_the_mirrors(address):
    with pytest.raises(UsageError):
        addresses.mirror(address)


def test_a_folder_is_pulled_changed_and_pushed(bucket):
    put(bucket, "/b/run/a.txt", b"one")
    put(bucket, "/b/run/results/0.jsonl", b"{}\n")
    path = remote.local("memory://b/run")
    assert (path / "a.txt").read_bytes() == b"one"
    (path / "a.txt").write_bytes(b"two")
    (path / "results/1.jsonl").write_bytes(b"{}\n{}\n")
    (path / "results/0.jsonl").unlink()
    (path / ".hidden").write_bytes(b"")
    (path / "scratch").mkdir()
    (path / "scratch/audio.npz").write_bytes(b"0")
    remote.publish(path)
    assert {name: bucket.cat(name) for name in bucket.find("/b/run")} == {
        "/b/run/a.txt": b"two",
        "/b/run/results/1.jsonl": b"{}\n{}\n",
    }


def test_what_was_not_pushed_is_not_overwritten_and_goes_up_later(bucket):
    put(bucket, "/b/run/a.txt", b"one")
    path = remote.local("memory://b/run")
    (path / "results").mkdir()
    (path / "results/0.jsonl").write_bytes(b"answered\n")  # and then the process was killed
    (path / "a.txt").write_bytes(b"two")
    assert remote.local("memory://b/run") == path
    assert (path / "a.txt").read_bytes() == b"two"
    remote.publish(path)
    assert bucket.cat("/b/run/results/0.jsonl") == b"answered\n"


def test_a_cache_that_was_cleaned_takes_nothing_with_it(bucket):
    put(bucket, "/b/run/a.txt", b"one")
    put(bucket, "/b/run/results/0.jsonl", b"{}\n")
    path = remote.local("memory://b/run")
    (path / "a.txt").unlink()
    (path / "results/0.jsonl").unlink()  # and its record of what was pulled stays, whose name begins with a dot
    remote.local("memory://b/run")
    assert (path / "a.txt").read_bytes() == b"one"
    remote.publish(path)
    assert bucket.cat("/b/run/results/0.jsonl") == b"{}\n"


def test_what_others_changed_and_removed_is_followed(bucket):
    put(bucket, "/b/run/a.txt", b"one")
    put(bucket, "/b/run/b.txt", b"one")
    path = remote.local("memory://b/run")
    put(bucket, "/b/run/a.txt", b"changed")
    bucket.rm_file("/b/run/b.txt")
    remote.refresh(path)
    assert (path / "a.txt").read_bytes() == b"changed"
    assert not (path / "b.txt").exists()


def test_files_that_say_that_others_are_complete_go_last(bucket, monkeypatch):
    path = addresses.mirror("memory://b/run")
    for name in ("results/sealed.json", "results/part-0.parquet", "trials.jsonl", "zz.json"):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(name)
    order = []
    real = type(bucket).put_file
    monkeypatch.setattr(
        type(bucket), "put_file", lambda self, here, there, **more: (order.append(there), real(self, here, there))[1]
    )
    remote.publish(path)
    assert order[:2] == ["/b/run/results/part-0.parquet", "/b/run/zz.json"]
    assert set(order[2:]) == {"/b/run/results/sealed.json", "/b/run/trials.jsonl"}


def test_one_file_is_an_address_too(bucket):
    put(bucket, "/b/baseline.json", b"{}")
    path = remote.local("memory://b/baseline.json")
    assert path.read_bytes() == b"{}"
    path.write_bytes(b"[]")
    remote.publish(path)
    assert bucket.cat("/b/baseline.json") == b"[]"


def test_a_run_is_pushed_while_it_goes_on_and_by_one_machine_alone(bucket, monkeypatch):
    monkeypatch.setattr(remote, "_PUSH_S", 0.05)
    path = addresses.mirror("memory://b/run")
    path.mkdir(parents=True)
    (path / "trials.jsonl").write_bytes(b"{}\n")

    def pushed(name: str, content: bytes) -> bool:
        return (
            bucket.exists(name) and bucket.cat(name) == content
        )  # while it is put, the store in memory has half of it

    with remote.publishing(path):
        assert bucket.exists("/b/run/trials.jsonl"), "before anybody works on it"
        (path / "log.jsonl").write_bytes(b"1\n")
        deadline = time.monotonic() + 120
        while not pushed("/b/run/log.jsonl", b"1\n") and time.monotonic() < deadline:
            time.sleep(0.02)
        assert bucket.cat("/b/run/log.jsonl") == b"1\n"
        with monkeypatch.context() as elsewhere:
            elsewhere.setattr(remote, "_holder", lambda path: "other:/run")
            with pytest.raises(UsageError, match="nobody works on"), remote.publishing(path):
                pass
        (path / "log.jsonl").write_bytes(b"1\n2\n")
    assert bucket.cat("/b/run/log.jsonl") == b"1\n2\n"
    assert not bucket.exists("/b/run/.lease.json")


def test_a_store_that_is_away_for_a_while_costs_nothing(bucket, monkeypatch):
    monkeypatch.setattr(remote, "_PUSH_S", 0.02)
    path = addresses.mirror("memory://b/run")
    path.mkdir(parents=True)
    away, real = [False], type(bucket).put_file

    def put_file(self, here, there, **more):
        if away[0]:
            raise ConnectionError("refused")
        return real(self, here, there)

    monkeypatch.setattr(type(bucket), "put_file", put_file)
    with remote.publishing(path):
        away[0] = True
        (path / "log.jsonl").write_bytes(b"1\n")
        time.sleep(0.1)
        away[0] = False
    assert bucket.cat("/b/run/log.jsonl") == b"1\n"
    (path / "log.jsonl").write_bytes(b"1\n2\n")
    away[0] = True
    with pytest.raises(StorageError, match="nothing is lost"):
        remote.publish(path)
    assert (path / "log.jsonl").read_bytes() == b"1\n2\n"


def test_a_log_is_pushed_piece_by_piece_and_each_byte_about_once(bucket, monkeypatch):
    monkeypatch.setattr("bench.store.shards.PIECE_BYTES", 1_000)
    path = addresses.mirror("memory://b/run")
    (path / "results").mkdir(parents=True)
    pushed, real = [0], type(bucket).put_file

    def put_file(self, here, there, **more):
        pushed[0] += os.path.getsize(here)
        return real(self, here, there, **more)

    monkeypatch.setattr(type(bucket), "put_file", put_file)
    shard, lines = Shard(path / "results"), [b"%04d\n" % number for number in range(4_000)]
    for number, line in enumerate(lines, start=1):
        shard.append(line)
        if number % 100 == 0:
            remote.publish(path)
    shard.close()
    remote.publish(path)
    assert b"".join(bucket.cat(name) for name in sorted(bucket.find("/b/run/results"))) == b"".join(lines)
    assert pushed[0] <= 2 * sum(map(len, lines)), "whole each time, it would be 20 times as much"


def test_recordings_are_fetched_once_into_a_bounded_cache(bucket, monkeypatch):
    monkeypatch.setenv("EARWITNESS_CACHE_GB", str(25 / 1e9))
    for number in range(3):
        put(bucket, f"/b/audio/{number}.wav", bytes(10))
    paths = [addresses.mirror(f"memory://b/audio/{number}.wav") for number in range(3)]
    copies = [fetching.fetched(path) for path in paths[:2]]
    assert all(copy.read_bytes() == bytes(10) for copy in copies)
    bucket.rm_file("/b/audio/0.wav")
    assert fetching.fetched(paths[0]) == copies[0], "from the cache"
    fetching.fetched(paths[2])
    assert all(copy.exists() for copy in copies), "they were asked for a moment ago, and may not have been read yet"
    fetching.forget(fetching._copy("memory://b/audio/2.wav"))
    os.utime(copies[1], (1, 1))
    fetching.fetched(paths[2])
    assert len(list(copies[0].parent.iterdir())) == 2
    assert not copies[1].exists(), "the one that was not used for longest"
    fetching.forget(fetching.fetched(paths[2]))
    assert not fetching._copy("memory://b/audio/2.wav").exists()


def test_a_corpus_at_a_url_is_validated_and_sampled_to_wherever(bucket, tmp_path):
    for file in sorted(make_corpus(tmp_path / "corpus").parent.iterdir()):
        put(bucket, f"/b/corpus/{file.name}", file.read_bytes())
    manifest = "memory://b/corpus/manifest.jsonl"
    said = invoke("corpus", "validate", manifest)
    assert "0 errors" in said
    assert said.startswith(manifest), "and not the copy of it"
    for out in (tmp_path / "here.jsonl", "memory://c/other.jsonl", "memory://b/beside/part.jsonl"):
        assert str(out) in invoke("corpus", "sample", manifest, "--minutes", 1, "--out", out)
        assert "0 errors" in invoke("corpus", "validate", out)
    bucket.rm_file(next(name for name in bucket.find("/b/corpus") if name.endswith(".wav")))
    shutil.rmtree(addresses.cache_folder())
    assert "expected audio at memory://b/corpus/" in invoke("corpus", "validate", manifest, code=2)


def test_an_address_of_no_known_kind_is_told():
    with pytest.raises(UsageError, match="fsspec knows"):
        remote.local("nosuch://b/run")
