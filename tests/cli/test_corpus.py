"""`bench corpus` and `bench prepare` as a user types them."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bench import audio
from bench.cli.corpus import corpus_command
from bench.cli.prepare import prepare_command
from bench.corpora.importers import IMPORTERS
from bench.corpora.manifest import load_manifest, read_header
from bench.errors import BenchError, UsageError
from tests.corpora.tiny import put_tone


def bench(*words: object) -> Result:
    """Errors a user can cause pass through, as they do to `bench.cli.main`."""
    command = prepare_command if words[0] == "prepare" else corpus_command
    arguments = [str(word) for word in words[1:]]
    result = CliRunner().invoke(command, arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    for number in range(8):
        speaker = tmp_path / "in" / f"s{number % 4}"
        put_tone(speaker / f"u{number}.wav", 0.5 + 0.1 * number, hz=200 + 30 * number)
        (speaker / f"u{number}.txt").write_text(f"words of clip {'abcdefgh'[number]}", encoding="utf-8")
    path = tmp_path / "corpora/mine/manifest.jsonl"
    options = ("--language", "en", "--licence", "CC0-1.0", "--cluster-by-folder", "--no-speech-bounds")
    result = bench("corpus", "import", "pairs", tmp_path / "in", path, *options)
    assert result.exit_code == 0, result.output
    assert "8 utterances; next: bench corpus validate" in result.output
    return path


def test_import_names_the_corpus_after_its_folder(manifest: Path) -> None:
    header = read_header(manifest)
    assert (header.name, header.licence, header.source) == ("mine", "CC0-1.0", "import:pairs:in")


def test_import_names_every_format() -> None:
    told = bench("corpus", "import", "--help").output.replace(",", " ").split()
    assert {*IMPORTERS.names()} <= {*told}


def test_import_leaves_out_bad_lines_only_when_told(tmp_path: Path) -> None:
    put_tone(tmp_path / "a.wav")
    table = tmp_path / "t.csv"
    table.write_text("clip,said\na.wav,hello\ngone.wav,bye\n", encoding="utf-8")
    words = ["corpus", "import", "csv", table, tmp_path / "o/m.jsonl", "--language", "en", "--licence", "own"]
    words += ["--column", "audio=clip", "--column", "text=said"]
    with pytest.raises(BenchError, match=r"t.csv:3: expected audio that can be read"):
        bench(*words)
    result = bench(*words, "--skip-bad")
    assert result.exit_code == 0
    assert "left out:" in result.output
    assert "1 utterances" in result.output
    with pytest.raises(UsageError, match="expected NAME=VALUE"):
        bench(*words, "--column", "text")


def test_import_finds_where_speech_is_and_says_by_what(tmp_path: Path) -> None:
    put_tone(tmp_path / "in/a.wav")
    (tmp_path / "in/a.txt").write_text("hm", encoding="utf-8")
    bench("corpus", "import", "pairs", tmp_path / "in", tmp_path / "o/m.jsonl", "--language", "en", "--licence", "own")
    assert str(read_header(tmp_path / "o/m.jsonl").vad).startswith("silero@")


def test_validate_exits_by_what_it_finds(manifest: Path) -> None:
    assert bench("corpus", "validate", manifest).exit_code == 0
    load = load_manifest(manifest)
    load.audio_path(load.utterances[2]).unlink()
    result = bench("corpus", "validate", manifest)
    assert result.exit_code == 2
    assert f"{manifest}:4: error: expected audio at" in result.output
    assert "8 utterances, 1 errors, 0 warnings" in result.output
    assert bench("corpus", "validate", manifest, "--audio", "none").exit_code == 0


def test_validate_strict_fails_on_warnings(manifest: Path) -> None:
    manifest.write_text(manifest.read_text("utf-8").replace("clip a", "clip 7"), encoding="utf-8")
    assert bench("corpus", "validate", manifest).exit_code == 0
    assert bench("corpus", "validate", manifest, "--strict").exit_code == 2


def test_stats_show_groups(manifest: Path) -> None:
    output = bench("corpus", "stats", manifest, "--by", "cluster").output
    assert "mine: CC0-1.0" in output
    assert "cluster s3" in output
    assert "16000" in output


def test_a_sample_points_to_the_same_audio_and_says_how_it_was_drawn(manifest: Path, tmp_path: Path) -> None:
    out = tmp_path / "elsewhere/four.jsonl"
    result = bench("corpus", "sample", manifest, "--out", out, "--count", 4, "--by", "cluster", "--seed", 3)
    assert "4 utterances" in result.output
    drawn = load_manifest(out)
    assert {item.cluster for item in drawn.utterances} == {"s0", "s1", "s2", "s3"}
    assert all(drawn.audio_path(item).is_file() for item in drawn.utterances)
    assert drawn.header.sample == {
        "seed": 3,
        "count": 4,
        "minutes": None,
        "by": ["cluster"],
        "allocation": "proportional",
    }


def test_split_writes_a_manifest_a_part(manifest: Path) -> None:
    bench("corpus", "split", manifest, "--part", "dev=0.25", "--part", "test=0.75")
    dev, test = (load_manifest(manifest.with_name(f"{name}.jsonl")) for name in ("dev", "test"))
    assert len(dev.utterances) + len(test.utterances) == 8
    assert not {item.cluster for item in dev.utterances} & {item.cluster for item in test.utterances}
    with pytest.raises(UsageError, match="NAME=SHARE with a number"):
        bench("corpus", "split", manifest, "--part", "dev=some")


def test_terms_are_proposed_and_marked(manifest: Path, tmp_path: Path) -> None:
    manifest.write_text(manifest.read_text("utf-8").replace("of clip a", "of Priya B12"), encoding="utf-8")
    assert {"B12", "Priya"} <= set(bench("corpus", "terms", manifest).output.splitlines())
    (tmp_path / "terms.txt").write_text("priya\nb12\nunused\n", encoding="utf-8")
    out = manifest.with_name("marked.jsonl")
    bench("corpus", "terms", manifest, "--list", tmp_path / "terms.txt", "--out", out)
    assert [item.keywords for item in load_manifest(out).utterances].count(("priya", "b12")) == 1
    with pytest.raises(UsageError, match="--list, --out: expected both"):
        bench("corpus", "terms", manifest, "--out", out)


def test_an_exclusion_keeps_its_reason(manifest: Path) -> None:
    out = manifest.with_name("kept.jsonl")
    bench("corpus", "exclude", manifest, "--id", "s0/u0", "--reason", "wrong text", "--out", out)
    kept = load_manifest(out)
    assert len(kept.utterances) == 7
    assert kept.header.excluded == {"s0/u0": "wrong text"}


def test_prepare_says_whose_speech_it_is_and_a_lock_brings_it_back(tmp_path: Path) -> None:
    result = bench("prepare", "audioeval-smoke:it", "--root", tmp_path)
    assert "3 utterances, 0.1 minutes" in result.output
    assert "licence: MIT" in result.output
    assert "synthetic speech" in result.output
    lock = tmp_path / "it.lock.jsonl"
    bench("corpus", "lock", tmp_path / "audioeval-smoke-it/manifest.jsonl", "--out", lock)
    assert "it/manifest.jsonl: 3 utterances" in bench("prepare", lock, "--root", tmp_path / "there").output


def test_a_newcomer_is_led_from_recordings_to_a_manifest(tmp_path: Path) -> None:
    calls = tmp_path / "my-calls"
    put_tone(calls / "one.wav")
    put_tone(calls / "two.wav", 0.7)
    first = bench("corpus", "init", calls, "--language", "en")
    assert "2 recordings, 0.0 minutes; 0 with a speaker per channel; 0 with a transcript" in first.output
    assert f"next: bench annotate {calls}, or fill in the column text yourself; then run this again" in first.output
    sheet = calls / "annotation.csv"
    sheet.write_text(
        sheet.read_text("utf-8-sig").replace("one.wav,,,,0.50,,,", "one.wav,,,,0.50,ann,नमस्ते जी,"), encoding="utf-8"
    )
    second = bench("corpus", "init", calls, "--language", "en")
    assert "1 row of the annotation sheet has no text yet, left out" in second.output
    assert "1 references are mostly in devanagari letters: is the language really en?" in second.output
    assert "next: put this into a config under corpora" in second.output
    with pytest.raises(UsageError, match="expected a BCP-47 code such as es, pt-BR or multi, got 'english'"):
        bench("corpus", "init", calls, "--language", "english")
    (item,) = load_manifest(calls / "manifest.jsonl").utterances
    assert (item.text, item.cluster) == ("नमस्ते जी", "ann")


def test_a_sheet_that_came_back_with_semicolons_is_read(tmp_path: Path) -> None:
    put_tone(tmp_path / "a.wav")
    bench("corpus", "init", tmp_path, "--language", "en")
    sheet = tmp_path / "annotation.csv"
    filled = sheet.read_text("utf-8-sig").replace(",", ";").replace(";0.50;;", ";0.50;;hello")
    sheet.write_text(filled, encoding="utf-8")
    bench("corpus", "init", tmp_path, "--language", "en")
    (utterance,) = load_manifest(tmp_path / "manifest.jsonl").utterances
    assert utterance.text == "hello"


def test_a_draft_comes_from_a_local_engine_and_stays_marked(tmp_path: Path) -> None:
    spec = find_spec("moonshine_voice")
    assert spec is not None
    assert spec.origin is not None
    calls = tmp_path / "calls"
    audio.write_wav(calls / "one.wav", audio.read(Path(spec.origin).parent / "assets/beckett.wav", end_s=3.3))
    bench("corpus", "init", calls, "--language", "en", "--draft", "pocketsphinx")
    sheet = (calls / "annotation.csv").read_text("utf-8-sig").splitlines()
    assert sheet[1].endswith(",pocketsphinx,")
    assert "ever" in sheet[1]
    assert not (calls / "manifest.jsonl").exists()
    result = bench("corpus", "init", calls, "--language", "en", "--accept-drafts")
    assert "references were drafted by pocketsphinx: they favour it" in result.output
    assert read_header(calls / "manifest.jsonl").draft_engine == "pocketsphinx"


def test_a_remote_engine_cannot_draft(tmp_path: Path) -> None:
    put_tone(tmp_path / "calls/one.wav")
    with pytest.raises(UsageError, match="expected a local engine"):
        bench("corpus", "init", tmp_path / "calls", "--language", "en", "--draft", "pulse")
    assert not (tmp_path / "calls/annotation.csv").exists()
