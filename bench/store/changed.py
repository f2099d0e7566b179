"""Which file of a scored run folder is not the one that scoring left: what to say where reading it fails.

Every file is read as a typed value, but two that are right by themselves may not be of one run: a cell that no config
names, a trial of an unknown utterance. Files written together agree, so it is told by their digests.
"""

from __future__ import annotations

from bench.errors import BenchError, Problem, RunFolderError
from bench.store.digests import INPUTS, MADE, digests_of
from bench.store.folder import RunFolder


def blamed(error: Exception) -> RunFolderError | None:
    """For an error that nothing expected: the run folder opened whose files were changed; `None`: there is none."""
    for folder in map(RunFolder, sorted(RunFolder.opened)):
        name = _changed(folder)
        if name is not None:
            got = f"another, of which nothing can be made ({type(error).__name__}: {str(error)[:200]})"
            advice = f"restore it, or run: bench score {folder.path}"
            return RunFolderError(Problem(str(folder.path / name), "the file that was scored", got, advice))
    return None


def _changed(folder: RunFolder) -> str | None:
    """The first file that is not as its digest says, or is gone."""
    try:
        known = folder.digests()
    except (BenchError, OSError):
        return None
    if known is None:
        return None
    said = {**known.inputs, **known.made}
    there = digests_of(folder.path, (*INPUTS, *MADE))
    return next((name for name, digest in said.items() if there.get(name) != digest), None)
