"""What came back and what it cost: a currency, the audio it was paid for, and no place left empty."""

from dataclasses import replace

import numpy as np

from bench.report.run.numbers import Places
from bench.report.run.tables.failures import failures
from bench.types import Failure, FailureKind
from tests.report.run import made


def table(data, title):
    return next(pivot for pivot in failures(data, Places(data)) if pivot["title"].startswith(title))


def cells(data, label):
    row = next(row for row in table(data, "What came back")["rows"] if row["text"] == label)
    return [(cell["t"], cell.get("hint", "")) for cell in row["cells"]]


def priced(data, engine, trials=None):
    """The first trials of an engine, or all, cost 0.01 each."""
    own = np.flatnonzero(data.rows.texts("engine").are(engine))[:trials]
    cost = np.full(len(data.rows), np.nan)
    cost[own] = 0.01
    return replace(data, calls=replace(data.calls, cost=cost))


def test_what_was_paid_has_its_currency_and_an_engine_without_a_price_says_so(runs):
    data = priced(runs("failing"), "anna")
    assert cells(data, "paid") == [("1.2000 USD", ""), ("–", "the config gives it no price")]
    hours = 120 * 2.0 / 3600
    assert cells(data, "paid per hour of audio")[0][0] == f"{1.2 / hours:,.2f} USD"


def test_an_hour_is_of_the_audio_that_was_paid_for(runs):
    few, every = priced(runs("failing"), "anna", trials=30), priced(runs("failing"), "anna")
    paid, hint = cells(few, "paid per hour of audio")[0]
    assert paid == cells(every, "paid per hour of audio")[0][0]
    assert hint == "of the 30 of 120 trials that have a price"


def test_nothing_is_said_of_prices_where_there_are_none(runs):
    assert not [row for row in table(runs("failing"), "What came back")["rows"] if "paid" in row["text"]]


def test_a_failure_without_a_message_says_so_and_how_many_messages_are_left_out(tmp_path):
    def answer(utterance, trial):
        number = int(utterance.id[1:])
        return Failure(kind=FailureKind.TIMEOUT, message="" if number < 50 else f"late {number}")

    messages = table(made.run_data(tmp_path / "run", answer), "Messages")
    assert [cell["t"] for cell in messages["rows"][0]["cells"]] == ["timeout", "no message", "50"]
    assert messages["note"] == "The 15 that came most often, of 142."
    assert len(messages["rows"]) == 15
