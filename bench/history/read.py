"""Many runs at once, by DuckDB on their Parquet files: for a thousand of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.corpora.identity import corpus_digests
from bench.errors import MissingExtraError, Problem, RunFolderError
from bench.history.series import Point
from bench.scoring.definitions import defined_as
from bench.scoring.records import estimate_of
from bench.store.folder import ESTIMATES_TABLE, RunFolder
from bench.types import Cell, Interval

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_COLUMNS = (
    *("metric", "unit", *Cell._fields, "value", "low", "high", "standard_error", "level", "n", "n_clusters", "note"),
    *("n_failed", "lower_is_better"),
)
_ESTIMATES = f"""
    SELECT filename, {", ".join(_COLUMNS)}
    FROM read_parquet(?, filename = true, union_by_name = true)
    WHERE scope = 'cell' AND isfinite(value) AND valid AND metric IN (SELECT unnest(?))
"""


def find_runs(folder: Path) -> list[Path]:
    """Scored run folders anywhere below `folder`.

    Raises:
        RunFolderError: if there are none.
    """
    tables = (path.relative_to(folder) for path in folder.rglob(ESTIMATES_TABLE))
    # What a scoring is at lies in a folder of the run whose name begins with a dot.
    shown = (table for table in tables if not any(part.startswith(".") for part in table.parts))
    folders = sorted(folder / table.parent for table in shown)
    if not folders:
        raise RunFolderError(
            Problem(str(folder), f"scored runs (folders with {ESTIMATES_TABLE})", "none", "run: bench score RUN")
        )
    return folders


def read_points(runs: Sequence[Path], metrics: Sequence[str]) -> list[Point]:
    """Estimates whose metric matches one of `metrics` (shell patterns), without what an INVALID run timed.

    Raises:
        MissingExtraError: without DuckDB.
        RunFolderError: if a folder is incomplete, or was scored by an earlier version.
    """
    try:
        import duckdb
    except ImportError as error:
        raise MissingExtraError("bench history", "history") from error
    started = {str(run): _started_at(run) for run in runs}
    tables = [str(run / ESTIMATES_TABLE) for run in runs]
    with duckdb.connect() as connection:
        try:
            _check_version(connection, tables)
            wanted = [name for name in _metric_names(connection, tables) if any(fnmatchcase(name, p) for p in metrics)]
            rows = connection.execute(_ESTIMATES, [tables, wanted]).fetchall()
        except duckdb.Error as error:
            raise _broken(connection, runs, error) from error
    material = {str(run): _material(run) for run in runs}
    points = [_point(row, started, material) for row in rows]
    versions = {str(run): _versions(run) for run in runs}
    return [_with_version(point, versions[point.run]) for point in points]


def _broken(connection: DuckDBPyConnection, runs: Sequence[Path], error: Exception) -> RunFolderError:
    """Which of the runs it is that cannot be read."""
    for run in runs:
        try:
            connection.execute(_ESTIMATES, [[str(run / ESTIMATES_TABLE)], ["wer"]]).fetchall()
        except Exception as own:
            return _not_as_written(str(run), str(own))
    return _not_as_written(str(runs[0].parent), str(error))


def _not_as_written(folder: str, got: str) -> RunFolderError:
    problem = Problem(
        f"{folder}/{ESTIMATES_TABLE}",
        "estimates of this version",
        f"others ({got[:200]})",
        f"run: bench score {folder}",
    )
    return RunFolderError(problem)


def _check_version(connection: DuckDBPyConnection, tables: Sequence[str]) -> None:
    """Estimates of an earlier version do not say what they are about."""
    query = "SELECT file_name FROM parquet_schema(?) GROUP BY file_name HAVING NOT bool_or(name = 'valid') ORDER BY ALL"
    earlier = [Path(file).parent for (file,) in connection.execute(query, [tables]).fetchall()]
    if earlier:
        raise RunFolderError(
            Problem(
                str(earlier[0]),
                "estimates as this version writes them",
                f"those of an earlier one in {len(earlier)} of {len(tables)} runs",
                f"score them again: bench score {earlier[0]}",
            )
        )


def _metric_names(connection: DuckDBPyConnection, tables: Sequence[str]) -> list[str]:
    query = "SELECT DISTINCT metric FROM read_parquet(?, union_by_name = true) ORDER BY metric"
    return [name for (name,) in connection.execute(query, [tables]).fetchall() if isinstance(name, str)]


def _material(run: Path) -> dict[str, str]:
    """Corpus -> what was scored there and by which rules, by the digests that the scores were written with."""
    folder = RunFolder(run)
    rules = folder.scored_rules()
    corpora = folder.scores_made_by().get("corpora") or corpus_digests(folder.utterances())
    return {corpus: f"{digest} {rules.short_hash}" for corpus, digest in corpora.items()}


def _versions(run: Path) -> dict[str, int]:
    """Metric -> by which version of its definition the run was scored, where its scores say."""
    scored = RunFolder(run).scored_versions()
    return {**scored.measures, **scored.metrics}


def _with_version(point: Point, versions: Mapping[str, int]) -> Point:
    """By another definition a value is of other material; the first version goes without saying."""
    version = versions.get(defined_as(point.metric), 1)
    return point if version == 1 else replace(point, material=f"{point.material} version {version}")


def _started_at(run: Path) -> str:
    return RunFolder(run).environment().started_at


def _point(row: Sequence[Any], started: Mapping[str, str], material: Mapping[str, Mapping[str, str]]) -> Point:
    file, metric, unit, *names, value, low, high, error, level, n, n_clusters, note, n_failed, lower_is_better = row
    folder, cell = str(Path(file).parent), Cell(*names)
    try:
        estimate_of({**dict(zip(_COLUMNS, row[1:], strict=True)), "scope": "cell"})
        own = material[folder][cell.corpus]
    except (ValueError, KeyError) as problem:
        raise _not_as_written(folder, f"{metric}: {problem}") from problem
    return Point(
        run=folder,
        started_at=started[folder],
        metric=metric,
        unit=unit,
        cell=cell,
        material=own,
        value=value,
        interval=Interval(
            value=value, low=low, high=high, standard_error=error, level=level, n=n, n_clusters=n_clusters, note=note
        ),
        n_failed=n_failed,
        lower_is_better=lower_is_better,
    )
