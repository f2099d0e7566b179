"""The one place that maps exceptions."""

import inspect
import ssl

import pytest
from websockets import exceptions as ws

from bench.drivers import failures as ws_failures
from bench.drivers.failures import HalfOpenError, failure
from bench.drivers.websocket import stream
from bench.types import Failure, FailureKind
from tests.drivers.stream_server import ScriptAdapter, recording, run


def every_error():
    """One of each exception that `websockets` and the operating system's network layer define."""
    for kind in vars(ws).values():
        if inspect.isclass(kind) and issubclass(kind, ws.WebSocketException):
            error = kind.__new__(kind)
            Exception.__init__(error, "Bearer s3cret-key")
            yield error
    for kind in [OSError, *all_subclasses(OSError)]:
        error = kind.__new__(kind)
        Exception.__init__(error, "s3cret-key")
        yield error


def all_subclasses(kind):
    for child in kind.__subclasses__():
        if child.__module__ in {"builtins", "socket", "ssl"}:
            yield child
            yield from all_subclasses(child)


@pytest.mark.parametrize("error", list(every_error()), ids=lambda error: type(error).__name__)
def test_no_exception_of_a_socket_is_left_unmapped_and_none_is_quoted(error):
    assert isinstance(error, ws_failures.HANDLED)
    outcome = failure(error, "connecting")
    assert isinstance(outcome, Failure)
    assert "s3cret" not in outcome.message


def test_trouble_is_named_by_its_kind():
    assert failure(ssl.SSLCertVerificationError(1, "x"), "connecting").message.count("certificate") == 1
    assert failure(TimeoutError(), "connecting").kind is FailureKind.TIMEOUT
    assert failure(HalfOpenError(), "streaming").kind is FailureKind.CONNECTION


def test_what_no_socket_raises_is_not_explained_away():
    with pytest.raises(TypeError):
        failure(KeyError("bug"), "connecting")


def test_secrets_are_in_no_message():
    outcome = run(stream(ScriptAdapter("wss://127.0.0.1:1/?token=s3cret-key"), recording()))
    assert isinstance(outcome, Failure)
    assert "s3cret" not in repr(outcome)
