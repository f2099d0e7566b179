"""Errors carry fields: the sentence is made of them, at any depth, and they survive the way out of another process."""

import pickle

import pytest

import bench.errors as module
from bench.errors import AudioError, BenchError, ConfigError, MissingExtraError, Problem, UnknownNameError

PROBLEM = Problem("u1.wav", "audio samples", "none", "record it again")
MADE = {
    ConfigError: ([PROBLEM, Problem("c.yaml: sead", "a known key", "another")],),
    module.ManifestError: ([PROBLEM],),
    UnknownNameError: ("engine", "puls", ["pulse", "replay"]),
    MissingExtraError: ("step room", "rooms", "codecs"),
}


def kinds(of=BenchError):
    return [
        of,
        *(deeper for kind in of.__subclasses__() if kind.__module__ == module.__name__ for deeper in kinds(kind)),
    ]


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_every_error_comes_whole_out_of_another_process(kind):
    error = kind(*MADE.get(kind, (PROBLEM,)))
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert again.problems == error.problems
    assert str(again) == str(error) == "\n".join(map(str, error.problems))
    assert vars(again) == vars(error)


def test_the_sentence_names_the_place_from_the_outside_in():
    inner = AudioError(Problem("", "speech to set the level of", "silence"))
    assert str(inner) == "expected speech to set the level of, got silence"
    outer = AudioError(*AudioError(*inner.at("step level")).at("u1.wav"))
    assert str(outer) == "u1.wav: step level: expected speech to set the level of, got silence"
    assert outer.problems[0].found == "silence"


def test_a_name_that_nobody_knows_keeps_what_is_known():
    error = UnknownNameError("engine", "puls", ["replay", "pulse"])
    assert (error.kind, error.name, error.known) == ("engine", "puls", ("pulse", "replay"))
    assert str(error) == "engine: expected one of pulse, replay, got 'puls'; did you mean 'pulse'?"


def test_what_is_missing_is_told_with_the_command_that_brings_it():
    assert "run: pip install 'earwitness[rooms,codecs]'" in str(MissingExtraError("step room", "rooms", "codecs"))


def test_an_error_made_of_what_cannot_be_sent_comes_out_of_another_process_all_the_same():
    for error in (ConfigError(each for each in [PROBLEM]), UnknownNameError("engine", "puls", {"pulse": 1}.keys())):
        again = pickle.loads(pickle.dumps(error))
        assert (again.problems, vars(again)) == (error.problems, vars(error))
