"""Local datasets with the real schemas, mostly with HF_HUB_OFFLINE=1: nothing here leaves this machine."""

import gc
import io
import socket
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
import soundfile

from bench.corpora.entry import Shelf
from bench.corpora.manifest import load_manifest
from bench.corpora.prepare import prepare
from bench.errors import BenchError
from tests.corpora.tiny import put_tone, tone

pytestmark = [
    pytest.mark.skipif(find_spec("datasets") is None, reason="extra hf is not installed"),
    # The library leaves metadata.csv open; it is noticed whenever garbage is next collected.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def encoded(number: int, suffix: str = "wav") -> bytes:
    made = tone(0.3 + 0.05 * number, hz=200 + 40 * number)
    buffer = io.BytesIO()
    soundfile.write(buffer, made.samples, made.sample_rate_hz, format=suffix)
    return buffer.getvalue()


def card(folder: Path, source: str, languages: str = "hi", name: str = "local") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(
        f"summary: x\nlanguages: [{languages}]\nlicence: CC-BY-4.0\naccess: open\nhomepage: https://example.org\n"
        f"citation: none\nsource:\n  kind: huggingface\n{source}",
        encoding="utf-8",
    )
    return path


def to_parquet(rows: list[dict], features, path: Path) -> None:
    """As the library writes it (schema with the features in its metadata), but without encoding audio again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, schema=features.arrow_schema), path)


def fleurs(folder: Path, config: str, count: int) -> None:
    """A repository of parquet files with the columns and types of google/fleurs."""
    datasets = import_module("datasets")  # by name, since mypy takes our own folder for it

    features = datasets.Features(
        {
            "id": datasets.Value("int32"),
            "num_samples": datasets.Value("int32"),
            "path": datasets.Value("string"),
            "audio": datasets.Audio(sampling_rate=16_000),
            "transcription": datasets.Value("string"),
            "raw_transcription": datasets.Value("string"),
            "gender": datasets.ClassLabel(names=["male", "female", "other"]),
            "lang_id": datasets.ClassLabel(names=["hi_in", "ta_in"]),
            "language": datasets.Value("string"),
            "lang_group_id": datasets.ClassLabel(names=["south_asian_sa"]),
        }
    )
    rows = [
        {
            "id": 1900 + number // 2,
            "num_samples": 4800,
            "path": f"{config}/{number}.wav",
            "audio": {"bytes": encoded(number), "path": f"{number}.wav"},
            "transcription": f"वाक्य {number}",
            "raw_transcription": f"वाक्य {number}।",
            "gender": number % 2,
            "lang_id": 0,
            "language": "Hindi",
            "lang_group_id": 0,
        }
        for number in range(count)
    ]
    to_parquet(rows, features, folder / config / "test-00000-of-00001.parquet")


FLEURS_CARD = (
    "  dataset: repo\n  configs: {hi: hi_in, ta: ta_in}\n  split: test\n  text: raw_transcription\n  id: path\n"
    "  cluster: id\n  cluster_prefix: sentence-\n  tags: {gender: gender}\n"
)
README = (
    "---\nconfigs:\n- config_name: hi_in\n  data_files:\n  - split: test\n    path: hi_in/test-*\n"
    "- config_name: ta_in\n  data_files:\n  - split: test\n    path: ta_in/test-*\n---\n"
)


def test_fleurs_schema_by_language(tmp_path: Path) -> None:
    fleurs(tmp_path / "repo", "hi_in", 4)
    fleurs(tmp_path / "repo", "ta_in", 2)
    (tmp_path / "repo/README.md").write_text(README, encoding="utf-8")
    loaded = load_manifest(prepare(str(card(tmp_path, FLEURS_CARD, "hi, ta")), tmp_path / "corpora"))
    assert [item.id for item in loaded.utterances] == [f"hi_in-{n}" for n in range(4)] + ["ta_in-0", "ta_in-1"]
    first = loaded.utterances[0]
    assert (first.text, first.language, first.cluster) == ("वाक्य 0।", "hi", "sentence-1900")
    assert [item.tags["gender"] for item in loaded.utterances[:2]] == ["male", "female"]
    assert first.num_samples == 4800
    assert loaded.header.source == "huggingface:repo@local split test"
    only = load_manifest(prepare(f"{card(tmp_path, FLEURS_CARD, 'hi, ta')}:ta", tmp_path / "corpora"))
    assert {item.language for item in only.utterances} == {"ta"}


def test_common_voice_schema_with_mp3(tmp_path: Path) -> None:
    datasets = import_module("datasets")  # by name, since mypy takes our own folder for it

    features = datasets.Features(
        {
            **{
                name: datasets.Value("string") for name in ("client_id", "path", "sentence", "age", "gender", "accents")
            },
            **{name: datasets.Value("string") for name in ("locale", "segment", "variant")},
            "audio": datasets.Audio(sampling_rate=48_000),
            "up_votes": datasets.Value("int64"),
            "down_votes": datasets.Value("int64"),
        }
    )
    rows = [
        {
            "client_id": f"client{number // 2}",
            "path": f"common_voice_ta_{number}.mp3",
            "sentence": f"வாக்கியம் {number}",
            "age": "twenties",
            "gender": "",
            "accents": "",
            "locale": "ta",
            "segment": None,
            "variant": "",
            "audio": {"bytes": encoded(number, "mp3"), "path": f"common_voice_ta_{number}.mp3"},
            "up_votes": 2,
            "down_votes": 0,
        }
        for number in range(3)
    ]
    to_parquet(rows, features, tmp_path / "repo/ta/test-00000-of-00001.parquet")
    source = "  dataset: repo\n  text: sentence\n  id: path\n  cluster: client_id\n  tags: {age: age, gender: gender}\n"
    loaded = load_manifest(prepare(str(card(tmp_path, source, "ta")), tmp_path / "corpora"))
    first = loaded.utterances[0]
    assert (first.id, first.cluster, first.tags) == ("ta-common_voice_ta_0", "client0", {"age": "twenties"})
    assert first.audio.endswith(".mp3")
    assert loaded.audio_path(first).read_bytes() == encoded(0, "mp3")


def test_an_audiofolder(tmp_path: Path) -> None:
    put_tone(tmp_path / "repo/test/a.flac")
    (tmp_path / "repo/test/metadata.csv").write_text("file_name,sentence\na.flac,one two\n", encoding="utf-8")
    source = "  dataset: repo\n  text: sentence\n"
    (item,) = load_manifest(prepare(str(card(tmp_path, source, "en")), tmp_path / "corpora")).utterances
    assert (item.id, item.text, item.num_samples) == ("en-000000", "one two", 8_000)
    assert item.audio.endswith(".flac")
    gc.collect()


def test_a_bounded_sample_resumes_to_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    fleurs(tmp_path / "repo", "hi_in", 30)
    (tmp_path / "repo/README.md").write_text(README.replace("ta_in/test", "hi_in/test"), encoding="utf-8")
    path = str(card(tmp_path, name="five", source=FLEURS_CARD + "  keep_one_in: 3\n  max_utterances: 5\n  seed: 7\n"))
    whole = load_manifest(prepare(path, tmp_path / "one"))
    assert len(whole.utterances) == 5
    numbers = [int(item.id.removeprefix("hi_in-")) for item in whole.utterances]
    assert numbers == sorted(numbers)
    assert numbers != list(range(5))
    other = load_manifest(
        prepare(str(card(tmp_path, FLEURS_CARD + "  keep_one_in: 3\n  seed: 8\n")), tmp_path / "other")
    )
    assert 4 <= len(other.utterances) <= 16
    assert {item.id for item in other.utterances} != {item.id for item in whole.utterances}
    put, count = Shelf.put, iter(range(100))

    def dies_once(self, entry):
        if next(count) == 3:
            raise KeyboardInterrupt
        return put(self, entry)

    monkeypatch.setattr(Shelf, "put", dies_once)
    with pytest.raises(KeyboardInterrupt):
        prepare(path, tmp_path / "two")
    assert load_manifest(prepare(path, tmp_path / "two")).utterances == whole.utterances


def test_a_wrong_column_or_split_says_what_there_is(tmp_path: Path) -> None:
    fleurs(tmp_path / "repo", "hi_in", 1)
    (tmp_path / "repo/README.md").write_text(README.replace("ta_in/test", "hi_in/test"), encoding="utf-8")
    wrong = FLEURS_CARD.replace("raw_transcription", "sentence")
    with pytest.raises(BenchError, match=r"expected a column 'sentence', got .*raw_transcription"):
        prepare(str(card(tmp_path, wrong)), tmp_path / "corpora")
    with pytest.raises(BenchError, match="expected to read it from Hugging Face"):
        prepare(str(card(tmp_path, FLEURS_CARD.replace("split: test", "split: tset"))), tmp_path / "corpora")


def test_a_dataset_on_the_hub_cannot_be_had_offline(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match=r"some/where: expected to read it from Hugging Face.*HF_HUB_OFFLINE"):
        prepare(str(card(tmp_path, "  dataset: some/where\n")), tmp_path / "corpora")


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Online by its settings, with a hub at an address where nobody listens."""
    import huggingface_hub

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.delenv("HF_HUB_OFFLINE")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{port}")
    huggingface_hub.close_session()  # a session remembers whether it may go online, and its proxies
    yield
    huggingface_hub.close_session()


@pytest.mark.usefixtures("unreachable")
def test_a_hub_that_cannot_be_reached_is_one_message(tmp_path: Path) -> None:
    expected = r"some/where: expected to read it from Hugging Face, got Connect\w*Error: .*; check the network"
    with pytest.raises(BenchError, match=expected):
        prepare(str(card(tmp_path, "  dataset: some/where\n")), tmp_path / "corpora")


def test_a_connection_lost_while_rows_are_read_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fleurs(tmp_path / "repo", "hi_in", 1)
    (tmp_path / "repo/README.md").write_text(README, encoding="utf-8")
    import huggingface_hub.errors

    lost = huggingface_hub.errors.HfHubHTTPError.__bases__[0]("connection lost")

    def fail(*given: object, **named: object) -> None:
        raise lost

    monkeypatch.setattr("datasets.load_dataset", fail)
    with pytest.raises(BenchError, match=r"repo: expected to read it from Hugging Face, got .*: connection lost"):
        prepare(str(card(tmp_path, FLEURS_CARD)), tmp_path / "corpora")
