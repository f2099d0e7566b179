"""Every way a command can end, by its code; and that nothing secret is left behind."""

import errno
import os
import signal
import time
from pathlib import Path

import click
import pytest

import bench
from bench.cli.ending import ended
from bench.errors import ConfigError, ExitCode, Problem, StorageError


def raising(error):
    def command():
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ConfigError([Problem("x.yaml: name", "text", "1")]), ExitCode.USAGE, "x.yaml: name: expected text, got 1"),
        (
            StorageError(Problem("s3://runs", "a store", "none")),
            ExitCode.STORAGE,
            "s3://runs: expected a store, got none",
        ),
        (OSError(errno.ENOSPC, "No space left on device", "/runs/x"), ExitCode.STORAGE, "/runs/x: expected"),
        (
            OSError(errno.EACCES, "Permission denied", "/runs/x"),
            ExitCode.STORAGE,
            "leave to read and write, got",
        ),
        (OSError(errno.EROFS, "Read-only file system", "/runs/x"), ExitCode.STORAGE, "/runs/x: expected to read and"),
        (OSError(errno.EMFILE, "Too many open files", "/runs/x"), ExitCode.STORAGE, "raise it (ulimit -n), and go on"),
        (OSError(errno.EISDIR, "Is a directory", "/runs"), ExitCode.USAGE, "/runs: expected a file, got a folder"),
        (
            OSError(errno.ENOTDIR, "Not a directory", "/x/y"),
            ExitCode.USAGE,
            "folders above it, got a file among",
        ),
        (OSError(errno.EEXIST, "File exists", "/x"), ExitCode.USAGE, "/x: expected a folder, got a file; name another"),
        (OSError(errno.ENOENT, "No such file", b"/x/y"), ExitCode.USAGE, "/x/y: expected a file or folder, got none"),
        (OSError(errno.ENOENT, "No such file", bench.__file__ + ".yaml"), ExitCode.INTERNAL, "a fault of earwitness"),
        (ExceptionGroup("tasks", [OSError(errno.ENOSPC, "No space left on device")]), ExitCode.STORAGE, "No space"),
        (click.UsageError("no such option"), ExitCode.USAGE, "no such option"),
        (click.FileError("x", "gone"), ExitCode.USAGE, "x"),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED, ""),
        (click.Abort(), ExitCode.INTERRUPTED, ""),
        (SystemExit(4), ExitCode.TRIALS_FAILED, ""),
        (SystemExit(None), ExitCode.OK, ""),
        (TypeError("building a validator:\\n  KeyboardInterrupt: "), ExitCode.INTERRUPTED, ""),
        (AssertionError(), ExitCode.INTERNAL, "a fault of earwitness"),
        (FileNotFoundError("who knows"), ExitCode.INTERNAL, "a fault of earwitness"),
        (
            ModuleNotFoundError("No module named 'starlette'", name="starlette.routing"),
            ExitCode.USAGE,
            "starlette.routing: expected what it needs to be installed, got a Python without it; "
            "run: pip install 'earwitness[emulator]'",
        ),
        (ModuleNotFoundError("No module named 'numpy'", name="numpy"), ExitCode.INTERNAL, "a fault of earwitness"),
        (ExceptionGroup("tasks", [ValueError("odd")]), ExitCode.INTERNAL, "a fault of earwitness"),
    ],
)
def test_an_error_has_its_code_and_is_told(error, code, said, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert ended(raising(error)) == code
    told = capsys.readouterr().err
    assert said in told
    assert "[Errno" not in told
    assert len(list(tmp_path.glob("earwitness-error-*.txt"))) == (code is ExitCode.INTERNAL)


def test_what_a_command_returns_is_its_code():
    assert ended(lambda: None) == ExitCode.OK
    assert ended(lambda: 3) == ExitCode.INCONCLUSIVE


def test_the_report_of_an_internal_error_holds_where_and_no_secret(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("SOME_VENDOR_API_KEY", "sk-very-secret-1")
    ended(raising(RuntimeError("sent with sk-very-secret-1")))
    (path,) = tmp_path.iterdir()
    text = path.read_text(encoding="utf-8")
    assert "sent with ***" in text
    assert "very-secret" not in text + capsys.readouterr().err
    assert Path(__file__).name in text


def test_a_command_that_is_terminated_stops_as_by_ctrl_c_and_says_by_which():
    cleaned = []

    def command():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(120)
        except KeyboardInterrupt:
            cleaned.append(True)
            raise SystemExit(ExitCode.INTERRUPTED) from None

    assert ended(command) == ExitCode.TERMINATED
    assert cleaned == [True]
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_signal_that_strikes_where_nothing_can_be_raised_strikes_again(capfd):
    class PutAway:
        def __del__(self):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.01)

    def command():
        thing = PutAway()
        del thing
        time.sleep(120)

    assert ended(command) == ExitCode.TERMINATED
    assert "Traceback" not in capfd.readouterr().err


def test_what_fails_while_an_interrupt_is_handled_is_one(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def command() -> None:
        try:
            raise KeyboardInterrupt
        finally:
            _ = 1 / 0

    assert ended(command) == ExitCode.INTERRUPTED
    assert list(tmp_path.iterdir()) == []


class HalfMade:
    def __init__(self) -> None:
        raise KeyboardInterrupt

    def __del__(self) -> None:
        self.handle.close()  # type: ignore[attr-defined]  # as a recogniser that was interrupted while it was loaded


@pytest.mark.parametrize("is_clicks", [False, True])
def test_what_an_interrupt_left_half_made_says_nothing(capfd: pytest.CaptureFixture[str], is_clicks: bool):
    command = click.command()(HalfMade)
    assert ended(lambda: command.main([], standalone_mode=False) if is_clicks else HalfMade()) == ExitCode.INTERRUPTED
    assert capfd.readouterr().err.strip() == ""


def test_what_cannot_be_put_away_is_told_where_nothing_was_interrupted(monkeypatch: pytest.MonkeyPatch):
    told: list[type[BaseException]] = []
    monkeypatch.setattr("sys.unraisablehook", lambda unraisable: told.append(unraisable.exc_type))

    def command() -> None:
        HalfMade.__new__(HalfMade)

    assert ended(command) == ExitCode.OK
    assert told == [AttributeError]
