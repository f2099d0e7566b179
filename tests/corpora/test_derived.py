"""What is made of a manifest is a manifest that opens where it lies."""

from pathlib import Path

import pytest

from bench.corpora.derived import draw_parts, draw_sample, exclude, propose_terms, with_terms
from bench.corpora.manifest import load_manifest, write_manifest
from bench.errors import UsageError
from tests.corpora.tiny import HEADER, utterance


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "whole/manifest.jsonl"
    texts = ["please book the QX200 today", "ask Mrs Ranevskaya first", "the usual words", "and some more words"]
    utterances = [
        utterance(f"u{number}", text=text, cluster=f"s{number}", audio=f"audio/u{number}.wav")
        for number, text in enumerate(texts)
    ]
    write_manifest(path, HEADER, utterances)
    return path


def test_a_sample_elsewhere_names_its_recordings_and_how_it_was_drawn(manifest: Path, tmp_path: Path) -> None:
    made = draw_sample(manifest, tmp_path / "elsewhere/two.jsonl", seed=1, count=2)
    assert made == load_manifest(tmp_path / "elsewhere/two.jsonl")
    assert made.header.sample == {"seed": 1, "count": 2, "minutes": None, "by": [], "allocation": "proportional"}
    assert all(made.audio_path(each).parent.resolve() == tmp_path / "whole/audio" for each in made.utterances)
    assert made.minutes == pytest.approx(sum(each.duration_s for each in made.utterances) / 60)


def test_parts_lie_beside_the_manifest_and_hold_it_whole(manifest: Path) -> None:
    parts = draw_parts(manifest, {"dev": 0.5, "test": 0.5}, seed=2)
    assert [part.path.name for part in parts] == ["dev.jsonl", "test.jsonl"]
    assert {each.id for part in parts for each in part.utterances} == {"u0", "u1", "u2", "u3"}


def test_what_is_left_out_stays_on_the_record(manifest: Path, tmp_path: Path) -> None:
    made = exclude(manifest, tmp_path / "clean.jsonl", ["u3"], "wrong text")
    assert [each.id for each in made.utterances] == ["u0", "u1", "u2"]
    assert made.header.excluded == {"u3": "wrong text"}
    with pytest.raises(UsageError, match="the id of an utterance"):
        exclude(manifest, tmp_path / "clean.jsonl", ["nobody"], "wrong text")


def test_terms_are_proposed_and_then_marked(manifest: Path, tmp_path: Path) -> None:
    terms = propose_terms(manifest, 10)
    assert {"QX200", "Ranevskaya"} <= {*terms}
    listed = tmp_path / "terms.txt"
    listed.write_text("QX200\n", encoding="utf-8")
    made = with_terms(manifest, tmp_path / "marked.jsonl", listed)
    assert [each.keywords for each in made.utterances] == [("QX200",), (), (), ()]
