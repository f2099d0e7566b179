"""Processes of ours: they leave with their parent, and inherit no keys."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import parent_process

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
def starting_keyless() -> Iterator[None]:
    """Processes started meanwhile, whoever starts them, inherit no keys."""
    with _changing:
        kept = keyless(os.environ)
        taken = {name: value for name, value in os.environ.items() if name not in kept}
        try:
            for name in taken:
                del os.environ[name]
            yield
        finally:
            os.environ.update(taken)
