"""How a command ends: by one of `ExitCode`, whatever happens.

An unexpected error is never a verdict: it exits 70, and leaves a report of itself that names no secret.
"""

from __future__ import annotations

import errno
import os
import platform
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import click

from bench import __version__
from bench.errors import BenchError, ExitCode

_STORAGE = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EFBIG, errno.EMFILE, errno.ENFILE, errno.EACCES}
    | {errno.EPERM, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP, errno.ESTALE}
)
_SECRET_NAMES = ("KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL")
_AGAIN_S = 0.01
_SECRET_CHARS = 6
"""A shorter value of such a variable is no secret, and would be masked everywhere."""


def ended(command: Callable[[], object]) -> int:
    """Run a command of click in its mode that is not standalone; returns the exit code it is to end with."""
    with _terminable() as is_terminated:
        code = _code(command)
    return ExitCode.TERMINATED if code == ExitCode.INTERRUPTED and is_terminated() else code


@contextmanager
def _terminable() -> Iterator[Callable[[], bool]]:
    """SIGTERM and SIGHUP stop a command as Ctrl-C does: what is answered is kept. Yields whether one came."""
    came: list[int] = []

    def stop(number: int, frame: object) -> None:
        came.append(number)
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as shells start what goes to the background
            signal.signal(signal.SIGINT, signal.default_int_handler)
        os.kill(os.getpid(), signal.SIGINT)

    ends = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    # Who was started with nohup goes on when the terminal closes.
    before = {number: signal.getsignal(number) for number in ends if signal.getsignal(number) is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, stop)
    hook = sys.unraisablehook
    sys.unraisablehook = lambda unraisable: _unraised(unraisable, hook)
    try:
        yield lambda: bool(came)
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


def _unraised(unraisable: sys.UnraisableHookArgs, hook: Callable[[sys.UnraisableHookArgs], object]) -> None:
    """A signal that struck where nothing can be raised, as while an object is put away, strikes again behind it."""
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        again = threading.Timer(_AGAIN_S, os.kill, (os.getpid(), signal.SIGINT))
        again.daemon = True
        again.start()
    else:
        hook(unraisable)


def _code(command: Callable[[], object]) -> int:
    try:
        returned = command()
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else ExitCode.OK if ending.code is None else ExitCode.USAGE
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except click.Abort:  # what click makes of Ctrl-C
        return ExitCode.INTERRUPTED
    except BaseException as error:  # whatever it is, it has a code
        return _told(error)
    return returned if isinstance(returned, int) else ExitCode.OK


def _told(error: BaseException) -> ExitCode:
    causes = list(_leaves(error))
    if any(isinstance(cause, KeyboardInterrupt) for cause in causes):
        return ExitCode.INTERRUPTED
    for cause in causes:
        if isinstance(cause, BrokenPipeError):  # whoever reads our output has enough
            with suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return ExitCode.STORAGE
        if isinstance(cause, BenchError):
            click.echo(f"bench: {_harmless(str(cause))}", err=True)
            return cause.exit_code
        if isinstance(cause, OSError) and cause.errno in _STORAGE:
            where = f"{cause.filename}: " if cause.filename else ""
            message = f"{where}expected to read and write, got: {cause.strerror}; see to it, and go on"
            click.echo(f"bench: {_harmless(message)}", err=True)
            return ExitCode.STORAGE
    fault = _fault_of_a_folder(error)
    if fault is not None:
        click.echo(f"bench: {_harmless(str(fault))}", err=True)
        return fault.exit_code
    path = _report(error)
    click.echo(
        f"bench: internal error: {type(error).__name__}; this is a fault of earwitness, and says nothing of an engine. "
        + (f"Please send {path} with what you did" if path else "".join(traceback.format_exception(error))),
        err=True,
    )
    return ExitCode.INTERNAL


def _fault_of_a_folder(error: BaseException) -> BenchError | None:
    """What to say where a run folder was changed since it was scored; `None`: none was, and the fault is ours."""
    store = sys.modules.get("bench.store.folder")
    if store is None or not isinstance(error, Exception):
        return None
    with suppress(Exception):  # a broken installation must not hide what is wrong
        from bench.store.changed import blamed

        return blamed(error)
    return None


def _leaves(error: BaseException) -> Iterator[BaseException]:
    """The error, or of a group (of tasks) every one in it."""
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    else:
        yield error


def _harmless(text: str) -> str:
    """A message may quote a server or a manifest: without keys, and nothing for a terminal or a CI to obey."""
    from bench.report.escape import lines

    return lines(_without_secrets(text))


def _report(error: BaseException) -> Path | None:
    """Write what happened, with secrets masked; `None`: not even that can be written."""
    text = "\n".join(
        [
            f"earwitness {__version__}, Python {platform.python_version()}, {platform.platform()}",
            f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}, command: {' '.join(sys.argv[1:])}",
            "",
            "".join(traceback.format_exception(error)),
        ]
    )
    try:
        file, name = tempfile.mkstemp(prefix="earwitness-error-", suffix=".txt")
        with os.fdopen(file, "w", encoding="utf-8") as opened:
            opened.write(_without_secrets(text))
    except OSError:
        return None
    return Path(name)


def _without_secrets(text: str) -> str:
    """Without keys that were read, and without values of variables whose names say that they are secret."""
    with suppress(Exception):  # a broken installation must not hide what is wrong
        from bench.engines.secrets import masked

        text = masked(text)
    for name, value in os.environ.items():
        if any(part in name.upper() for part in _SECRET_NAMES) and len(value) >= _SECRET_CHARS:
            text = text.replace(value, "***")
    return text
