"""Corpora whose names of files and folders say what is true, laid out as their makers publish them."""

from pathlib import Path

from tests.corpora.test_importing import bring_in, out, put_tone, refused, text_file


def test_crema_d_names_say_text_emotion_and_actor(tmp_path: Path):
    for name in ("1001_DFA_ANG_XX", "1002_IEO_SAD_HI", "1003_TSI_NEU_XX"):
        put_tone(tmp_path / f"in/AudioWAV/{name}.wav")
    table = "ActorID,Age,Sex,Race,Ethnicity\n1001,51,Male,Caucasian,Not Hispanic\n1002,21,Female,Asian,Not Hispanic\n"
    text_file(tmp_path / "in/VideoDemographics.csv", table)
    first, second, third = bring_in("crema-d", tmp_path / "in", out(tmp_path)).utterances
    assert (first.text, first.cluster) == ("Don't forget a jacket.", "actor-1001")
    assert first.labels == {"emotion": "angry", "gender": "male", "age": "51"}
    assert second.labels == {"emotion": "sad", "gender": "female", "age": "21"}
    assert third.labels == {"emotion": "neutral"}


def test_ravdess_names_say_emotion_text_and_actor_and_songs_are_left_out(tmp_path: Path):
    for name in ("03-01-06-01-02-01-12", "03-01-01-01-01-01-01", "03-02-06-01-02-01-12"):
        put_tone(tmp_path / f"in/Actor_{name[-2:]}/{name}.wav")
    first, second = bring_in("ravdess", tmp_path / "in", out(tmp_path)).utterances
    assert (first.cluster, first.labels) == ("actor-01", {"emotion": "neutral", "gender": "male"})
    assert (second.text, second.labels) == (
        "Dogs are sitting by the door.",
        {"emotion": "fearful", "gender": "female"},
    )


def test_a_folder_is_a_language(tmp_path: Path):
    for name in ("hi/a", "iw/b"):
        put_tone(tmp_path / f"in/{name}.wav")
    hindi, hebrew = bring_in("language-folders", tmp_path / "in", out(tmp_path)).utterances
    assert (hindi.language, hindi.labels, hindi.text) == ("hi", {"language": "hi"}, "")
    assert (hebrew.language, hebrew.labels) == ("he", {"language": "he"})


def test_names_that_say_nothing_are_refused(tmp_path: Path):
    put_tone(tmp_path / "in/hello.wav")
    assert "a name such as 1001_DFA_ANG_XX" in refused("crema-d", tmp_path / "in", out(tmp_path))
    assert "a name such as 03-01-06-01-02-01-12" in refused("ravdess", tmp_path / "in", out(tmp_path))
    assert "folders called by the code" in refused("language-folders", tmp_path / "in", out(tmp_path))


def test_a_figure_that_is_no_digit_names_no_actor(tmp_path: Path):
    put_tone(tmp_path / "in/03-01-06-01-02-01-\u00b2.wav")
    assert "a name such as 03-01-06-01-02-01-12" in refused("ravdess", tmp_path / "in", out(tmp_path))
