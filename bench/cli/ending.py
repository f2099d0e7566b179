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
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from bench import __version__
from bench.errors import BenchError, ExitCode, MissingExtraError, Problem
from bench.extras import extra_of

_NAMED_WRONGLY: Mapping[int, tuple[str, str, str]] = {
    errno.EISDIR: ("a file", "a folder", "name a file"),
    errno.ENOTDIR: ("folders above it", "a file among them", "name another place"),
    errno.EEXIST: ("a folder", "a file", "name another place"),
    errno.ENOENT: ("a file or folder", "none", "see to its path"),
    errno.ENAMETOOLONG: ("a name that the file system can hold", "a longer one", ""),
}
"""What to say of a path that is not what it should be."""
_NOT_TO_BE_USED: Mapping[int, tuple[str, str]] = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), ("room to write", "make room, and go on")),
    **dict.fromkeys((errno.EACCES, errno.EPERM), ("leave to read and write", "see to its permissions, and go on")),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), ("leave to open one more file", "raise it (ulimit -n), and go on")),
    **dict.fromkeys((errno.EROFS, errno.EIO, errno.ELOOP, errno.ESTALE), ("to read and write", "see to it, and go on")),
}  # fmt: skip
"""What to say of a place that cannot be used as it is."""
_SECRET_NAMES = ("KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL")
_AGAIN_S = 0.01
_SECRET_CHARS = 6
"""A shorter value of such a variable is no secret, and would be masked everywhere."""


def ended(command: Callable[[], object]) -> int:
    """Run a command of click in its mode that is not standalone; returns the exit code it is to end with."""
    with _terminable() as stopping:
        code = _code(command, stopping)
    return ExitCode.TERMINATED if code == ExitCode.INTERRUPTED and stopping.is_terminated else code


@dataclass(slots=True)
class _Stopping:
    """What is known of how a command is being stopped."""

    is_terminated: bool = False
    """Whether by SIGTERM or SIGHUP."""
    is_interrupted: bool = False
    """Whether it is over: what is put away now was interrupted, and what it says of that is noise."""


@contextmanager
def _terminable() -> Iterator[_Stopping]:
    """SIGTERM and SIGHUP stop a command as Ctrl-C does: what is answered is kept."""
    stopping = _Stopping()

    def stop(number: int, frame: object) -> None:
        stopping.is_terminated = True
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as shells start what goes to the background
            signal.signal(signal.SIGINT, signal.default_int_handler)
        os.kill(os.getpid(), signal.SIGINT)

    ends = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    # Who was started with nohup goes on when the terminal closes.
    before = {number: signal.getsignal(number) for number in ends if signal.getsignal(number) is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, stop)
    hook = sys.unraisablehook
    sys.unraisablehook = lambda unraisable: None if stopping.is_interrupted else _unraised(unraisable, hook)
    try:
        yield stopping
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


def _code(command: Callable[[], object], stopping: _Stopping) -> int:
    try:
        returned = command()
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else ExitCode.OK if ending.code is None else ExitCode.USAGE
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except click.Abort:  # what click makes of Ctrl-C
        stopping.is_interrupted = True
        return ExitCode.INTERRUPTED
    except BaseException as error:  # whatever it is, it has a code
        code = _told(error)
        stopping.is_interrupted = code == ExitCode.INTERRUPTED  # before the error, and all that it holds, goes
        return code
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
            click.echo(f"bench: {harmless(str(cause))}", err=True)
            return cause.exit_code
        if isinstance(cause, OSError) and (told := _of_a_file(cause)) is not None:
            code, problem = told
            click.echo(f"bench: {harmless(str(problem))}", err=True)
            return code
    if _hides_an_interrupt(error):
        return ExitCode.INTERRUPTED
    fault = _not_installed(causes) or _fault_of_a_folder(error)
    if fault is not None:
        click.echo(f"bench: {harmless(str(fault))}", err=True)
        return fault.exit_code
    path = _report(error)
    click.echo(
        f"bench: internal error: {type(error).__name__}; this is a fault of earwitness, and says nothing of an engine. "
        + (f"Please send {path} with what you did" if path else "".join(traceback.format_exception(error))),
        err=True,
    )
    return ExitCode.INTERNAL


def _not_installed(causes: list[BaseException]) -> BenchError | None:
    """What to install where an optional part was imported that is not there; `None`: nothing was."""
    missing = [cause.name for cause in causes if isinstance(cause, ModuleNotFoundError) and cause.name]
    extras = {name: extra for name in missing if (extra := extra_of(name)) is not None}
    return MissingExtraError(", ".join(extras), *sorted(set(extras.values()))) if extras else None


def _hides_an_interrupt(error: BaseException) -> bool:
    """Whether an error is what became of a Ctrl-C: raised while one was handled, or made of one by a compiled library,
    as pydantic does where it strikes while a model is built.
    """
    known = set[int]()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in known:
        if isinstance(cause, KeyboardInterrupt) or KeyboardInterrupt.__name__ in str(cause):
            return True
        known.add(id(cause))
        cause = cause.__cause__ or cause.__context__
    return False


def _of_a_file(error: OSError) -> tuple[ExitCode, Problem] | None:
    """What is wrong with the file or folder that an error names; `None`: the fault is ours."""
    where = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
    number = error.errno or 0
    if number in _NOT_TO_BE_USED:
        expected, advice = _NOT_TO_BE_USED[number]
        return ExitCode.STORAGE, Problem(where, expected, str(error.strerror), advice)
    is_ours = not where or Path(where).absolute().is_relative_to(_PACKAGE)
    if number in _NAMED_WRONGLY and not is_ours:
        return ExitCode.USAGE, Problem(where, *_NAMED_WRONGLY[number])
    return None


_PACKAGE = Path(__file__).parents[1]


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


def harmless(text: str) -> str:
    """A message may quote a server or a manifest: without keys, and nothing for a terminal or a CI to obey."""
    from bench.addresses import by_address
    from bench.report.escape import lines

    return lines(_without_secrets(by_address(text)))


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
