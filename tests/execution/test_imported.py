import json
from pathlib import Path

import pytest

import bench
from bench.corpora.importers.common import ImportOptions
from bench.corpora.importing import import_corpus
from bench.errors import ConfigError, UsageError
from bench.execution.imported import import_answers
from bench.store import RunFolder
from bench.types import Recognised, Segment, Transcript, Word
from tests.command import invoke
from tests.corpora.tiny import HEADER, put_tone

ERRORS = ("words_substitutions", "words_deletions", "words_insertions")
PULSE = {"status": "success", "transcription": "good morning", "words": [{"word": "good", "start": 0.1, "end": 0.3}]}


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    folder = tmp_path / "calls"
    for name in ("one", "Two"):
        put_tone(folder / f"{name}.wav")
    (folder / "t.csv").write_text("audio,text\none.wav,good morning\nTwo.wav,how are you\n", encoding="utf-8")
    path = folder / "manifest.jsonl"
    import_corpus("csv", folder / "t.csv", path, HEADER, ImportOptions(language="en"), find_speech=False)
    return path


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "id,hypothesis\none,good morning\nTWO,how are you\n"),
        ("a.csv", "audio,text\ncalls/one.wav,good morning\nTwo.wav,how are you\n"),
        ("a.tsv", "file\ttranscript\none.wav\tgood morning\ntwo.wav\thow are you\n"),
        ("a.jsonl", '{"id": "tiny/one", "text": "good morning"}\n{"id": "Two", "pred_text": "how are you"}\n'),
        ("a.ctm", "one 1 0.5 0.1 morning\none 1 0.1 0.1 good\ntwo 1 0 1 how\ntwo 1 1 1 are\ntwo 1 2 1 you\n"),
        (
            "a.json",
            json.dumps(
                [
                    {"session_id": id, "speaker": "a", "words": words, "start_time": start, "end_time": start + 1}
                    for id, words, start in (("two", "are you", 1), ("one", "good morning", 0), ("two", "how", 0))
                ]
            ),
        ),
        ("a.stm", ";; x\none 1 a 0 1 <o> good morning\ntwo 1 a 2 3 are you\ntwo 1 a 0 1 how\n"),
    ],
)
def test_answers_of_any_shape_find_their_utterances(tmp_path: Path, manifest: Path, name: str, text: str) -> None:
    if "calls/" in text:
        text = text.replace("calls/", "")
    done = import_answers(put(tmp_path / name, text), manifest, engine="production", out=tmp_path / "run")
    assert (done.answered, done.missing, done.unused) == (2, 0, ())
    scores = bench.open_run(done.path).score().scores
    assert scores[list(ERRORS)].to_numpy().sum() == 0


def test_time_marks_keep_their_times_and_speakers(tmp_path: Path, manifest: Path) -> None:
    def answer(name: str, text: str) -> Recognised:
        done = import_answers(put(tmp_path / name, text), manifest, engine="p", out=tmp_path / f"of {name}")
        (heard,) = [
            result.outcome.recognised
            for result in RunFolder(done.path).places().results()
            if isinstance(result.outcome, Transcript)
        ]
        return heard

    stm = answer("a.stm", "one 1 ann 0.5 0.9 morning\none 1 ben 0 0.4 good\n")
    assert stm.segments == (
        Segment(text="good", start_s=0.0, end_s=0.4, speaker="ben"),
        Segment(text="morning", start_s=0.5, end_s=0.9, speaker="ann"),
    )
    ctm = answer("a.ctm", "one 1 0.5 0.25 morning\none 1 0 0.5 good\n")
    assert ctm.words == (Word(text="good", start_s=0.0, end_s=0.5), Word(text="morning", start_s=0.5, end_s=0.75))


def test_a_folder_of_files_and_a_vendors_own_json(tmp_path: Path, manifest: Path) -> None:
    folder = tmp_path / "answers"
    put(folder / "one.json", json.dumps(PULSE))
    put(folder / "TWO.srt", "1\n00:00:00,000 --> 00:00:01,000\nhow are\n2\n00:00:01,000 --> 00:00:02,000\nyou\n")
    done = import_answers(folder, manifest, engine="pulse-june", reader="pulse", out=tmp_path / "run")
    run = bench.open_run(done.path).score()
    assert run.scores[list(ERRORS)].to_numpy().sum() == 0
    assert done.answered == 2


def test_what_a_vendor_refused_is_a_failure_and_what_is_missing_too(tmp_path: Path, manifest: Path) -> None:
    folder = tmp_path / "answers"
    put(folder / "one.json", '{"status": "error", "message": "quota"}')
    done = import_answers(folder, manifest, engine="p", reader="pulse", out=tmp_path / "run")
    run = bench.open_run(done.path).score()
    assert run.num_failed == 2
    assert done.missing == 1


def test_there_is_no_latency_and_it_says_why(tmp_path: Path, manifest: Path) -> None:
    out = tmp_path / "run"
    table = put(tmp_path / "a.csv", "id,text\none,good mourning\nzzz,x\n")
    said = invoke("import-answers", table, manifest, "--out", out)
    assert "1 answers; 1 utterances have none, and count as failures" in said
    assert "not used: zzz" in said
    assert "the answer was imported: no call was timed" in said
    run = bench.open_run(out)
    assert {
        item.metric for item in run._folder.estimates() if "latency" in item.metric and item.interval.value
    } == set()
    assert invoke("score", out)
    with pytest.raises(UsageError, match="got a run"):
        import_answers(table, manifest, engine="x", out=out)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.csv", "id,text\none,a\none,b\n", "a.csv:3: expected one answer an utterance, got 'one' again"),
        ("a.csv", "x,y\n1,2\n", "a.csv:2: expected an id (or audio) and hypothesis"),
        ("a.jsonl", "{oops\n", "a.jsonl:1: expected one JSON object"),
        ("a.ctm", "one 1 x 1 word\n", "a.ctm:1: expected a line of time marks"),
        ("a.ctm", "one 1 nan 1 word\n", "a.ctm:1: expected a line of time marks"),
        ("a.stm", "one 1 a 0 inf word\n", "a.stm:1: expected a line of time marks"),
        ("a.json", '[{"session_id": "one", "words": "x"}]', "a.json: [0]: expected speaker"),
        ("a.json", '{"words": []}', "name the vendor: --reader pulse"),
        ("a.xml", "<x/>", "expected a folder, or a file that ends in .csv"),
        ("a.csv", "id,text\nzzz,a\n", "expected ids of the corpus, such as tiny/one"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(
    tmp_path: Path, manifest: Path, name: str, text: str, told: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        import_answers(put(tmp_path / name, text), manifest, engine="x", out=tmp_path / "run")
    assert told in str(caught.value)
    assert not (tmp_path / "run").exists()
