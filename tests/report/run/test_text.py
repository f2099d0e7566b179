from dataclasses import replace

from bench.report.run.text import further_table, language_table, sensitivity_tables
from bench.report.tables import Cells
from bench.scoring.sensitivity import TextPair, sensitivity
from bench.scoring.text.score import Spoken
from bench.stats.clusters import cluster_note
from bench.types import Estimate, Interval, Pool
from tests.report.test_tables import estimate

OVER = Pool(engine="e", mode="batch", condition="clean")


def across(metric, value, low=None, high=None, note=None, n_clusters=9, language=None):
    interval = Interval(value=value, low=low, high=high, n=40, n_clusters=n_clusters, note=note)
    return Estimate(metric=metric, unit="ratio", scope=replace(OVER, language=language), interval=interval)


def test_languages_stand_in_their_order_with_unit_and_interval():
    cells = Cells(
        [
            across("wer", 0.1, 0.05, 0.15, language="ja"),
            across("wer.rank", 1, 1, 2, language="ja"),
            across("wer", 0.2, None, None, "only 3 clusters", language="fi"),
            across("wer.rank", 2, 1, 2, language="fi"),
            across("wer.macro", 0.15, 0.1, 0.2),
        ]
    )
    table = language_table(cells, {"ja": "char", "fi": "word"}.__getitem__)
    assert table.columns == ("engine", "mode", "place", "language", "unit", "error rate", "answers", "clusters")
    assert [row[2:6] for row in table.rows] == [
        ("1 [1–2]", "ja", "char", "10.0 % [5.0, 15.0]"),
        ("2 [1–2]", "fi", "word", "20.0 %"),
        ("", "mean over 2 languages", "–", "15.0 % [10.0, 20.0]"),
    ]
    assert table.note.endswith("The mean counts every language alike. Only 3 clusters.")


def test_notes_of_many_languages_are_said_once():
    rough = [
        across("wer", 0.1 * n, 0.01, 0.9, cluster_note(n_clusters), n_clusters=n_clusters, language=language)
        for n, (language, n_clusters) in enumerate({"en": 9, "hi": 12, "ta": 12}.items(), start=1)
    ]
    ranks = [across("wer.rank", 1, 1, 3, language=language) for language in ("en", "hi", "ta")]
    mean = across("wer.macro", 0.2, 0.1, 0.3, "no errors in en, whose spread is unknown")
    note = language_table(Cells([*rough, *ranks, mean]), {"en": "word", "hi": "word", "ta": "word"}.__getitem__).note
    assert note.endswith(
        "alike. Fewer than 30 clusters: the interval is rough. Mean of e: no errors in en, whose spread is unknown."
    )


def test_a_language_without_any_answer_does_not_vanish():
    cells = Cells(
        [
            *(
                estimate("wer", 0.1, engine="e", condition="clean", language=language)
                for language in ("en", "he", "ta")
            ),
            *(across("wer", 0.1, 0.05, 0.15, language=language) for language in ("en", "ta")),
            *(across("wer.rank", 1, 1, 2, language=language) for language in ("en", "ta")),
        ]
    )
    note = language_table(cells, lambda language: "word").note
    assert "No answer of e, batch, clean in he: not ranked, and not in the mean." in note


def test_without_languages_and_other_counts_there_is_no_table():
    cells = Cells([estimate("wer", 0.1), estimate("trials.wrong_script", 0, unit="trials")])
    assert language_table(cells, str) is None
    assert further_table(cells) is None
    assert list(sensitivity_tables(())) == []


def test_other_counts_stand_beside_wer_where_they_exist():
    cells = Cells(
        [
            estimate("wer", 0.1),
            estimate("wer.without_variants", 0.2),
            estimate("trials.answered", 5, unit="trials"),
            estimate("trials.wrong_script", 2, unit="trials"),
            estimate("wer", 0.3, language="de"),
            estimate("trials.wrong_script", 0, unit="trials", language="de"),
        ]
    )
    table = further_table(cells)
    assert "language" in table.columns  # the one row is of one language of two
    assert table.columns[-3:] == ("WER", "first variants only", "answers in the wrong script")
    assert [row[-3:] for row in table.rows] == [("10.0 %", "20.0 %", "2 of 5")]


def pairs(*heard, reference="दस दस"):
    said = Spoken(text=reference, language="hi", alternatives={})
    return [TextPair(utterance_id=f"u{n}", spoken=said, heard=text) for n, text in enumerate(heard)]


GROUP = {"mode": "batch", "condition": "clean", "corpus": "c", "language": "hi"}


def test_a_ranking_that_the_normaliser_decides_is_shown_with_its_utterances():
    found = sensitivity({"a": pairs("10 10"), "b": pairs("दस मैल")}, ["earwitness", "none"], GROUP)
    rates, rankings, utterances = sensitivity_tables([found])
    assert [row[0] for row in rates.rows] == ["a", "b"]
    assert rates.rows[0][-2:] == ("0.0 %", "100.0 %")
    assert "changes" in rates.note
    assert rankings.rows == (("batch", "clean", "a", "earwitness", "b", "none"),)
    assert utterances.rows[0][2:4] == ("u0", "a - b")
    assert utterances.rows[0][-1] == "+1"


def test_a_ranking_that_changes_in_one_language_of_several_says_in_which():
    changed = sensitivity({"a": pairs("10 10"), "b": pairs("दस मैल")}, ["earwitness", "none"], GROUP)
    same = sensitivity({"a": pairs("दस"), "b": pairs("मैल")}, ["earwitness", "none"], {**GROUP, "language": "mr"})
    _, rankings, utterances = sensitivity_tables([changed, same])
    assert rankings.rows == (("batch", "clean", "hi", "a", "earwitness", "b", "none"),)
    assert utterances.rows[0][2] == "hi"


def test_where_nothing_changes_one_table_says_so():
    (table,) = sensitivity_tables([sensitivity({"a": pairs("दस"), "b": pairs("मैल")}, ["earwitness", "none"], GROUP)])
    assert table.note == "The ranking is the same under all."
    (alone,) = sensitivity_tables([sensitivity({"a": pairs("दस")}, ["earwitness", "none"], GROUP)])
    assert "One engine" in alone.note
