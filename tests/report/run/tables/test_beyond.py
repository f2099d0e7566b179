"""What is judged beyond words, in the page's tables: a sweep of ends of turns."""

from __future__ import annotations

from dataclasses import replace

from bench.report.run.data import read
from bench.report.run.figures import svg_figures
from bench.report.run.numbers import Places
from bench.report.run.tables import beyond
from bench.store import RunFolder
from bench.types import Event, Timing, Transcript, Utterance, Word
from tests.runs import make_run, said, utterances


def tables(folder):
    data = read(RunFolder(folder))
    return {table["title"]: table for table in beyond.tables(data, Places(data))}


def cells(table):
    return {row["text"]: [cell and cell["t"] for cell in row["cells"]] for row in table["rows"]}


# -- ends of turns ----------------------------------------------------------------------------

SWEPT = [
    {"id": f"silence-{ms}", "engine": "silence", "settings": {"end_after_ms": ms}, "modes": ["stream"]}
    for ms in (200, 600)
]


def turns() -> list[Utterance]:
    words = (Word(text="alpha", start_s=0.1, end_s=0.4), Word(text="bravo", start_s=0.8, end_s=1.2))
    return [replace(u, text="alpha bravo", words=words, turn_end_s=1.2) for u in utterances(40, 20)]


def ended(utterance, trial):
    """In the pause of every fifth turn at 200 ms; the setting's delay after the end of all."""
    quiet_s = 0.2 if trial.engine_id == "silence-200" else 0.6
    early = trial.engine_id == "silence-200" and int(utterance.id[1:]) % 5 == 0
    at = [*([0.6] if early else []), 1.2 + quiet_s]
    events = tuple(Event(t_s=t_s, kind="vad", text="speech_ended") for t_s in at)
    return Transcript(recognised=said("").recognised, timing=Timing(chunk_s=0.1, audio_s=2.0), events=events)


def test_a_sweep_of_ends_of_turns_has_a_table_and_a_figure(tmp_path):
    folder = make_run(tmp_path / "run", ended, corpus=turns(), engines=SWEPT, modes=["stream"])
    table = tables(folder)["Ends of turns, over settings"]
    assert [column["text"] for column in table["columns"]] == ["silence by end_after_ms"]
    shown = cells(table)
    assert shown["turn end delay at 10 pct"][0].startswith("400 ms [")  # half way: a fifth at 200 ms, none at 600
    assert shown["early turn ends at 600 ms"] == ["0.0 %"]
    titles = [title for title, svg in svg_figures(read(RunFolder(folder))) if "silence by end_after_ms" in svg]
    assert titles == ["Ends of turns 1"]
