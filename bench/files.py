"""Where the data files that travel with the package lie: `datasets/` cards and preset `configs/`; and how a file is
written whole or not at all.

In a clone they are the top-level folders; in an installed wheel they are under `bench/_data/`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

CORPORA_ROOT = Path("corpora")
"""Where prepared corpora lie, relative to the working directory."""
REPORTS_ROOT = Path("reports")
"""Where runs lie, likewise."""
_PACKAGE = Path(__file__).parent


def resource_dir(name: str) -> Path:
    """The folder `datasets` or `configs`, wherever this installation keeps it."""
    packaged = _PACKAGE / "_data" / name
    return packaged if packaged.is_dir() else _PACKAGE.parent / name


def packaged_config(path: Path) -> Path:
    """`path` itself, or where there is no such file the config of that name that travels with the package.

    So `configs/quickstart.yaml`, and `quickstart` for short, mean the same file from anywhere.
    """
    if path.exists() or path.is_absolute() or ".." in path.parts:
        return path
    name = (path.relative_to("configs") if path.parts[:1] == ("configs",) else path).as_posix()
    packaged = resource_dir("configs") / (name if name.endswith(".yaml") else f"{name}.yaml")
    return packaged if packaged.is_file() else path


def packaged_text(name: str) -> str:
    """The text of a file that lies within the package, named from its root."""
    return (_PACKAGE / name).read_text(encoding="utf-8")


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a path beside `path` to write to; it becomes `path` when the block ends, and goes if the block fails.

    So nobody ever reads half a file, and of several who write it at once the last one wins. What must outlive a loss
    of power is synced within the block.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        yield partial
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@contextmanager
def one_at_a_time(lock: Path) -> Iterator[None]:
    """Wait for every thread and process of this machine that is in such a block with the same file, which is made.

    On a file system without locks, nobody waits.
    """
    with lock.open("a", encoding="utf-8") as file:
        with suppress(ImportError, OSError):
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield
