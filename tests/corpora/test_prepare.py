import hashlib
from pathlib import Path

import numpy as np
import pytest

from bench import audio
from bench.corpora.cards import load_card
from bench.corpora.entry import Shelf
from bench.corpora.importers.common import ImportOptions
from bench.corpora.importing import import_corpus
from bench.corpora.locking import write_lock
from bench.corpora.manifest import load_manifest, write_manifest
from bench.corpora.prepare import prepare
from bench.errors import ConfigError, ManifestError, MissingExtraError, UnknownNameError
from tests.corpora.tiny import HEADER, put_tone

TWO_CITIES = (
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, "
    "it was the epoch of belief, it was the epoch of incredulity, it was the season of Light, it was the season of "
    "Darkness, it was the spring of hope, it was the winter of despair, we had everything before us, we had nothing "
    "before us, we were all going direct to Heaven, we were all going direct the other way--in short, the period was "
    "so far like the present period, that some of its noisiest authorities insisted on its being received, for good or "
    "for evil, in the superlative degree of comparison only."
)


def frame_level_db(samples: np.ndarray) -> float:
    return 10 * float(np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-12))


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory: pytest.TempPathFactory):
    return load_manifest(prepare("quickstart-en", tmp_path_factory.mktemp("corpora")))


def test_the_quickstart_clips_say_the_whole_published_text(quickstart) -> None:
    texts = [item.text for item in quickstart.utterances if item.cluster == "two-cities-reader"]
    assert " ".join(texts).replace("-- ", "--") == TWO_CITIES
    others = [item.text for item in quickstart.utterances if item.cluster == "beckett-reader"]
    assert " ".join(others) == "Ever tried. Ever failed. No matter. Try again. Fail again. Fail better."


def test_the_quickstart_is_cut_in_silence_with_speech_inside_every_clip(quickstart) -> None:
    for item in quickstart.utterances:
        recording = audio.read(quickstart.audio_path(item))
        edge = round(0.04 * recording.sample_rate_hz)
        loud = max(frame_level_db(part) for part in np.array_split(recording.samples, 20))
        quiet = max(frame_level_db(recording.samples[:edge]), frame_level_db(recording.samples[-edge:]))
        assert quiet < loud - 18, item.id
        assert item.speech_start_s > 0.1, item.id
        assert item.speech_end_s < item.duration_s - 0.02, item.id
        assert item.speech_end_s - item.speech_start_s > 1.0, item.id


def test_the_quickstart_says_whose_it_is_and_what_timed_it(quickstart) -> None:
    header = quickstart.header
    assert not header.synthetic
    assert "MIT" in header.licence
    assert header.source == "pypi:moonshine-voice==0.0.73"
    assert header.vad.startswith("silero@")
    assert {item.sample_rate_hz for item in quickstart.utterances} == {16_000, 48_000}


def test_the_smoke_corpus_is_labelled_synthetic_and_can_be_had_by_language(tmp_path: Path) -> None:
    loaded = load_manifest(prepare("audioeval-smoke:hi", tmp_path))
    assert loaded.path == tmp_path / "audioeval-smoke-hi" / "manifest.jsonl"
    assert loaded.header.synthetic
    assert {item.language for item in loaded.utterances} == {"hi"}
    assert len(loaded.utterances) == 3


def local_card(folder: Path, text: str = "one\ntwo\nthree") -> Path:
    """A card over a folder release of three pairs, which lies where the user would unpack it."""
    source = folder / "root" / "mine" / "source"
    for number, line in enumerate(text.split("\n")):
        put_tone(source / f"{number}.wav", 0.3, hz=200 + 50 * number)
        (source / f"{number}.txt").write_text(line, encoding="utf-8")
    card = folder / "mine.yaml"
    card.write_text(
        "summary: three tones\nlanguages: [en]\nlicence: CC0-1.0\naccess: local\nhomepage: none\ncitation: none\n"
        "synthetic: true\nsource:\n  kind: release\n  format: pairs\n",
        encoding="utf-8",
    )
    return card


def test_a_prepared_corpus_is_left_alone_until_its_card_changes(tmp_path: Path) -> None:
    card = local_card(tmp_path)
    path = prepare(str(card), tmp_path / "root")
    before = path.stat().st_mtime_ns
    assert prepare(str(card), tmp_path / "root") == path
    assert path.stat().st_mtime_ns == before
    card.write_text(card.read_text("utf-8").replace("three tones", "3 tones"), encoding="utf-8")
    prepare(str(card), tmp_path / "root")
    assert path.stat().st_mtime_ns != before
    assert load_manifest(path).header.card_sha256 == load_card(str(card)).sha256


def test_a_killed_prepare_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = local_card(tmp_path)
    put, seen = Shelf.put, []

    def dies_at_the_third(self, entry):
        seen.append(entry.id)
        if len(seen) == 3:
            raise KeyboardInterrupt
        return put(self, entry)

    monkeypatch.setattr(Shelf, "put", dies_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        prepare(str(card), tmp_path / "root")
    assert not (tmp_path / "root/mine/manifest.jsonl").exists()
    resumed = load_manifest(prepare(str(card), tmp_path / "root"))
    assert seen == ["0", "1", "2", "2"]
    assert [item.id for item in resumed.utterances] == ["0", "1", "2"]
    fresh = load_manifest(prepare(str(local_card(tmp_path / "again")), tmp_path / "again/root"))
    assert resumed.utterances == fresh.utterances


def test_audio_damaged_since_the_kill_is_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put, seen = Shelf.put, []

    def dies_at_the_third(self, entry):
        seen.append(entry.id)
        if len(seen) == 3:
            raise KeyboardInterrupt
        return put(self, entry)

    monkeypatch.setattr(Shelf, "put", dies_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        prepare("audioeval-smoke:en", tmp_path)
    (damaged,) = (tmp_path / "audioeval-smoke-en/audio").glob("*hello*")
    damaged.write_bytes(damaged.read_bytes()[:1000])
    loaded = load_manifest(prepare("audioeval-smoke:en", tmp_path))
    for item in loaded.utterances:
        assert hashlib.sha256(loaded.audio_path(item).read_bytes()).hexdigest() == item.sha256


def test_a_lock_makes_the_same_sample_on_another_machine(tmp_path: Path) -> None:
    here = load_manifest(prepare("audioeval-smoke:en", tmp_path / "here"))
    sample = tmp_path / "sample.jsonl"
    write_manifest(sample, here.header, here.utterances[1:])
    lock = tmp_path / "two.lock.jsonl"
    write_lock(load_manifest(sample), lock)
    assert str(tmp_path) not in lock.read_text("utf-8")
    there = load_manifest(prepare(str(lock), tmp_path / "there"))
    assert [item.id for item in there.utterances] == [item.id for item in here.utterances[1:]]
    assert [item.sha256 for item in there.utterances] == [item.sha256 for item in here.utterances[1:]]
    assert all(there.audio_path(item).is_file() for item in there.utterances)
    before = there.path.stat().st_mtime_ns
    assert prepare(str(lock), tmp_path / "there") == there.path
    assert there.path.stat().st_mtime_ns == before


def test_a_lock_that_no_longer_fits_names_every_difference(tmp_path: Path) -> None:
    whole = load_manifest(prepare("audioeval-smoke:en", tmp_path))
    lock = tmp_path / "x.lock.jsonl"
    write_lock(whole, lock)
    text = lock.read_text("utf-8").replace("Hello world", "Hello word").replace("en-counting", "en-gone")
    lock.write_text(text, encoding="utf-8")
    with pytest.raises(ManifestError) as caught:
        prepare(str(lock), tmp_path)
    assert len(caught.value.problems) == 2
    assert ":2: expected 'en-gone' in the corpus" in str(caught.value)
    assert "the reference has changed" in str(caught.value)


def own(folder: Path) -> Path:
    put_tone(folder / "calls/a.wav")
    put_tone(folder / "calls/b.wav", hz=500.0)
    rows = "audio,text\na.wav,hello\nb.wav,bye\n"
    (folder / "calls/t.csv").write_text(rows, encoding="utf-8")
    made = folder / "calls/manifest.jsonl"
    import_corpus("csv", folder / "calls/t.csv", made, HEADER, ImportOptions(language="en"), find_speech=False)
    return made


def test_a_lock_of_own_recordings_is_the_same_corpus_where_they_are_the_same(tmp_path: Path) -> None:
    lock = tmp_path / "here/nightly.lock.jsonl"
    lock.parent.mkdir()
    write_lock(load_manifest(own(tmp_path / "here")), lock)
    assert str(tmp_path) not in lock.read_text("utf-8")
    there = (tmp_path / "here").rename(tmp_path / "there") / lock.name
    prepared = load_manifest(prepare(str(there), tmp_path / "corpora"))
    assert [item.text for item in prepared.utterances] == ["hello", "bye"]
    assert all(prepared.audio_path(item).is_file() for item in prepared.utterances)
    assert prepare(str(there), tmp_path / "corpora") == prepared.path


def test_a_lock_of_own_recordings_names_each_that_is_missing_or_another(tmp_path: Path) -> None:
    lock = tmp_path / "nightly.lock.jsonl"
    write_lock(load_manifest(own(tmp_path)), lock)
    (tmp_path / "calls/a.wav").unlink()
    put_tone(tmp_path / "calls/b.wav", hz=600.0)
    with pytest.raises(ManifestError) as caught:
        prepare(str(lock), tmp_path / "corpora")
    missing, changed = map(str, caught.value.problems)
    assert ":2: expected the recording" in missing
    assert "the audio has changed" in changed


def test_an_unknown_corpus_gets_the_near_name(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'quickstart-en'"):
        prepare("quikstart-en", tmp_path)
    with pytest.raises(UnknownNameError, match="language of audioeval-smoke"):
        prepare("audioeval-smoke:xx", tmp_path)


def test_a_release_that_is_not_there_says_where_to_put_it(tmp_path: Path) -> None:
    from bench.errors import BenchError

    card = local_card(tmp_path)
    with pytest.raises(BenchError, match=r"expected the unpacked release in .*mine.source.*none"):
        prepare(str(card), tmp_path / "elsewhere")


PACKAGE_CARD = """
summary: x
languages: [en]
licence: MIT
access: bundled
homepage: none
citation: none
source:
  kind: package-recordings
  package: {package}
  distribution: {distribution}
  version: {version}
  extra: moonshine
  recordings:
    - file: assets/beckett.wav
      sha256: {digest}
      cluster: a
      cuts: [{{start_s: 0, end_s: 1, text: Ever tried.}}]
"""


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"package": "no_such_package_xyz"}, MissingExtraError, r"pip install 'earwitness\[moonshine\]'"),
        ({"version": "0.0.1"}, ManifestError, "pip install 'moonshine-voice==0.0.1'"),
        ({}, ManifestError, "expected sha256 0000"),
    ],
)
def test_a_package_that_is_not_the_one_meant_is_refused(tmp_path: Path, changes, error, message) -> None:
    values = {"package": "moonshine_voice", "distribution": "moonshine-voice", "version": "0.0.73", "digest": "'0000'"}
    card = tmp_path / "p.yaml"
    card.write_text(PACKAGE_CARD.format(**{**values, **changes}), encoding="utf-8")
    with pytest.raises(error, match=message):
        prepare(str(card), tmp_path)


def test_a_misspelt_source_key_is_named(tmp_path: Path) -> None:
    card = local_card(tmp_path)
    card.write_text(card.read_text("utf-8") + "  fromat: csv\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"source.fromat: .*did you mean 'format'"):
        prepare(str(card), tmp_path)
