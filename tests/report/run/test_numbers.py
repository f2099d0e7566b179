"""What figures are drawn from: each trap of the page before this one has its test."""

import re
from dataclasses import replace

import pytest

from bench.report.page import packed
from bench.report.run.columns import FLAG_EMPTY, shards
from bench.report.run.limits import limits
from bench.report.run.numbers import DOTS, LOST_DRAWN, Places, figures
from bench.report.run.sections import built
from bench.report.run.tables import latency
from bench.scoring.timing.over_time import OverTime, TimeBin


def cell(drawn, engine, mode=0, condition=0):
    return next(c for c in drawn["cells"] if (c["e"], c["m"], c["c"]) == (engine, mode, condition))


def test_a_stream_that_lost_its_end_is_counted_and_not_among_the_fast(runs):
    drawn = figures(runs("lost_ends"))
    anna, ravi = cell(drawn, 0), cell(drawn, 1)
    assert (anna["numLost"], ravi["numLost"]) == (0, 40)
    assert min(t for t, _ in ravi["dots"]) > 0
    assert ravi["timed"] == 80


def test_all_that_lost_their_end_are_counted_however_few_are_drawn(runs):
    """300 of more were once said to be all."""
    ravi = cell(figures(runs("slow_tail")), 1)
    assert len(ravi["lost"]) == LOST_DRAWN
    assert ravi["numLost"] == 180


def test_word_errors_against_the_dose_are_on_one_scale_in_both_modes(runs):
    data = runs("doses")
    batch, stream = figures(data)["curves"]
    assert (batch["m"], stream["m"]) == (0, 1)
    assert (batch["title"], batch["x"]) == ("Word errors against noise, SNR (dB)", "noise, SNR (dB)")
    assert batch["top"] == stream["top"] >= max(point["y"] for line in stream["lines"] for point in line["points"])
    first, last = batch["lines"][0]["points"][0], batch["lines"][-1]
    assert (first["x"], first["t"], last["e"]) == (0, "anna at 0: 5.1 % [4.8, 5.4]", 2)
    assert batch["ticks"] == [[0, "0"], [20, "20"]]


def test_no_95th_percentile_of_fewer_than_20_values(runs):
    assert all(c["lat"]["p95"] is None for c in figures(runs("too_small"))["cells"])
    assert all(c["lat"]["p95"] is not None for c in figures(runs("clear"))["cells"])


def test_what_an_invalid_run_timed_is_marked_in_every_figure_and_table(runs):
    data = runs("invalid")
    drawn = figures(data)
    assert [mode["invalid"] for mode in drawn["modes"]] == [False, True]
    tables = latency.more_latencies(data, Places(data))
    streams = [one for table in tables if table["m"] == 1 for row in table["rows"] for one in row["cells"] if one]
    assert streams
    assert all(one.get("struck") or one["t"] == "–" for one in streams)
    batch = [one for table in tables if table["m"] == 0 for row in table["rows"] for one in row["cells"] if one]
    assert not any(one.get("struck") for one in batch)


def test_failed_and_empty_stand_in_every_cell(runs):
    drawn = figures(runs("failing"))
    assert (cell(drawn, 0)["failed"], cell(drawn, 0)["empty"]) == (60, 1)
    assert (cell(drawn, 1)["failed"], cell(drawn, 1)["empty"]) == (0, 1)


def test_speakers_stand_in_for_an_interval_and_never_beside_one(runs):
    few, many = figures(runs("too_small"))["differences"], figures(runs("clear"))["differences"]
    assert all(d["d"]["lo"] is None and len(d["speakers"]) == 2 for d in few)
    assert all(not d["speakers"] for d in many if d["d"]["lo"] is not None)


def test_every_trial_is_in_the_page_once(runs):
    data = runs("languages")
    made = list(shards(data, 50))
    assert len(made) > 1
    assert sum(len(shard["T"]["u"]) for shard in made) == len(data.rows)
    keys = [key for shard in made for key in shard["U"]["key"]]
    assert sorted(keys) == sorted({row.utterance_id for row in data.rows})


def test_the_alignment_of_a_trial_spells_its_counts(runs):
    for name in ("clear", "failing", "languages"):
        for shard in shards(runs(name), 10_000):
            trials = shard["T"]
            for k, path in enumerate(trials["path"]):
                if trials["failed"][k] >= 0:
                    assert (path, trials["heard"][k]) == ("", None)
                    continue
                edits = {
                    edit: sum(int(n) for n, e in re.findall(r"(\d+)([=XDI])", path) if e == edit) for edit in "=XDI"
                }
                assert [edits["X"], edits["D"], edits["I"]] == [trials[c][k] for c in ("sub", "del", "ins")]
                assert edits["="] + edits["X"] + edits["D"] == trials["words"][k]
                assert edits["="] + edits["X"] + edits["I"] == len(trials["heard"][k].split())


def test_an_empty_answer_is_flagged(runs):
    (shard,) = shards(runs("failing"), 10_000)
    trials = shard["T"]
    assert [k for k, flags in enumerate(trials["flags"]) if flags & FLAG_EMPTY] == [
        k for k, heard in enumerate(trials["heard"]) if heard == ""
    ]


def test_the_same_numbers_pack_to_the_same_text(runs):
    assert packed(figures(runs("clear"))) == packed(figures(runs("clear")))


@pytest.mark.parametrize("name", ["clear", "invalid", "languages", "silent", "unfinished"])
def test_no_more_dots_than_are_drawn(runs, name):
    assert all(len(c["dots"]) <= DOTS for c in figures(runs(name))["cells"])


@pytest.mark.parametrize("name", ["clear", "lost_ends", "languages", "failing"])
def test_no_table_speaks_in_ids_of_metrics(runs, name):
    texts = []
    for section in built(runs(name)):
        for table in section.content.get("pivots", ()):
            texts += [table["title"], *(row["text"] for row in table["rows"])]
    assert texts
    assert [text for text in texts if "_" in text or text.endswith((".p50", ".p95"))] == []


def test_references_to_check_stand_under_their_own_language(runs):
    data = runs("languages")
    tables = [table for section in built(data) for table in section.content.get("pivots", ())]
    doubted = [table for table in tables if table["title"] == "References to check"]
    assert len(doubted) == 3
    for table in doubted:
        language = data.speech[table["s"]].language
        keys = {row["cells"][0]["search"] for row in table["rows"]}
        assert {data.utterances[key].language for key in keys} == {language}


def test_what_went_on_while_streams_went_on_is_no_line_and_says_of_how_many(runs):
    """A median of two or three streams, joined by a line, was noise drawn as a trend."""
    bins = (TimeBin(begin_s=0.0, end_s=1.0, num_lags=3, lag_p50_s=0.2),)
    part = {"engine": "anna", "condition": "clean", "corpus": "hand", "language": "en", "num_streams": 3}
    data = replace(runs("clear"), over_time=(OverTime(**part, bins=bins),))
    tables = list(latency.over_time(data, Places(data)))
    entries = [one for table in tables for row in table["rows"] for one in row["cells"] if one]
    assert [(one["t"], one["hint"]) for one in entries] == [("200 ms", "of 3")]
    assert figures(data)["curves"] == []


def test_batch_and_stream_of_other_utterances_are_said_to_be_of_others(runs):
    told = [text for limit in limits(runs("part_streamed")) for text in limit.texts]
    assert any("24 of 120 utterances were streamed" in text for text in told)
