"""Opus packets: their number, their size at a bit rate, and what they need."""

import builtins

import pytest

from bench.conditions.opus import ogg, packets
from bench.errors import MissingExtraError
from tests.conditions.signals import voice


def test_bit_rate_decides_the_size_and_time_the_number():
    pytest.importorskip("av", reason="extra codecs is not installed")
    few, many = packets(voice(4.0), 12), packets(voice(4.0), 48)
    assert len(few) == len(many) == 201  # 200 frames and the encoder's look-ahead
    assert sum(map(len, few)) * 8 / 4 == pytest.approx(12_000, rel=0.35)
    assert sum(map(len, few)) < sum(map(len, many))
    assert ogg(voice(1.0)).startswith(b"OggS")


def test_without_pyav_the_message_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name == "av":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(MissingExtraError, match=r"pip install 'earwitness\[codecs\]'"):
        packets(voice(0.1))
