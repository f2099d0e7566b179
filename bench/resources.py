"""Where the data files that travel with the package lie: `datasets/` cards and preset `configs/`.

In a clone they are the top-level folders; in an installed wheel they are under `bench/_data/`.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def resource_dir(name: str) -> Path:
    """The folder `datasets` or `configs`, wherever this installation keeps it."""
    packaged = _PACKAGE / "_data" / name
    return packaged if packaged.is_dir() else _PACKAGE.parent / name
