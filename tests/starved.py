"""A machine without a processor to spare, for as long as a measurement goes on."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_HOG = "import sys; sys.stdin.read()\nwhile True: pass"


@contextmanager
def starved(begun: Callable[[], bool], over: Callable[[], bool], *, per_processor: int = 2) -> Iterator[None]:
    """Keep every processor busy from when `begun` is true until `over` is, and no longer: what comes before and after
    (imports, scoring) is not to be measured, and takes long enough. What is to keep them busy waits until then."""
    left = threading.Event()
    number = per_processor * (os.cpu_count() or 1)
    hogs = [subprocess.Popen([sys.executable, "-c", _HOG], stdin=subprocess.PIPE) for _ in range(number)]

    def hog() -> None:
        while not begun() and not left.wait(0.01):
            pass
        for each in hogs:
            each.stdin.close()
        while not over() and not left.wait(0.05):
            pass
        for each in hogs:
            each.kill()
            each.wait()

    thread = threading.Thread(target=hog)
    thread.start()
    try:
        yield
    finally:
        left.set()
        thread.join()
