"""Processes of ours: they leave with their parent, and inherit neither its keys nor its Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import parent_process, resource_tracker

from bench.engines.secrets import shows_a_key

_NAMED_AS_KEYS = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|AUTH", re.IGNORECASE)
_changing = threading.Lock()


def leave_with_parent() -> None:
    """End this process when its parent does, whatever it is doing; a parent that is killed ends no child.

    A child of `multiprocessing` knows its parent; another one holds its parent's pipe as standard input.
    """
    threading.Thread(target=_leave, daemon=True).start()


def _leave() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


def keyless(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without variables that hold a key, or are named as if they did.

    What a child needs of them it is sent; those that decode audio from strangers need none.
    """
    return {
        name: value for name, value in environment.items() if not _NAMED_AS_KEYS.search(name) and not shows_a_key(value)
    }


@contextmanager
def starting_children() -> Iterator[None]:
    """Processes started meanwhile, whoever starts them, inherit no keys and are deaf to SIGINT from their first moment.

    Ctrl-C goes to the whole process group, and the parent alone decides when its children stop. One that comes
    meanwhile is heard at the end of the block at the latest.
    """
    with _changing, _keyless():
        if not hasattr(signal, "pthread_sigmask"):  # Windows, where a child is told by its parent alone
            yield
            return
        resource_tracker.ensure_running()  # the first start of it would open our ears again
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _keyless() -> Iterator[None]:
    kept = keyless(os.environ)
    taken = {name: value for name, value in os.environ.items() if name not in kept}
    try:
        for name in taken:
            del os.environ[name]
        yield
    finally:
        os.environ.update(taken)


@contextmanager
def hearing_interrupts() -> Iterator[None]:
    """For a child started deaf: SIGINT stops what is within, and neither an earlier nor a later one does anything."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # forgets one that waits since before it was ours to hear
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
