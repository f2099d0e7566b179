"""What was done to the audio, in numbers a reader can take in."""

import pytest

from bench.report.run.tables.conditions import _dose_text


@pytest.mark.parametrize(
    ("value", "text"),
    [(7000.0, "7,000"), (-1234.6, "\u22121,235"), (-0.001, "0.00"), (0.0, "0.00"), (-3.0, "\u22123.0")],
)
def test_a_dose_of_any_size_is_written(value, text):
    assert _dose_text("band_high_hz", value) == text
