"""The tables of a run as pandas frames, read from its folder afresh each time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from bench.errors import Problem, RunFolderError
from bench.store.folder import ESTIMATES_TABLE, SCORES_TABLE, RunFolder
from bench.types import Failure, Result, Transcript

if TYPE_CHECKING:
    import pandas as pd

_CELL = {
    "engine": "the run's id of the engine",
    "mode": "batch or stream",
    "condition": "id of the condition",
    "corpus": "name of the corpus",
    "language": "BCP-47 tag",
}
TRIALS: Mapping[str, str] = {
    "trial_id": "digest of what decides the answer",
    "utterance_id": "corpus/id",
    **_CELL,
    "repeat": "0, 1, ... of the same call",
    "cluster": "speaker or conversation; missing: the utterance stands alone",
    "duration_s": "seconds of the recording, before the condition",
    "reference": "what was said, as published",
}
RESULTS: Mapping[str, str] = {
    "trial_id": "of the trial",
    "text": "the answer as given; missing: the trial failed",
    "failure_kind": "audio, connection, timeout, rate_limit, ...; missing: it was answered",
    "failure": "the message; missing: it was answered",
    "http_status": "of a failure; missing: there was none",
    "attempts": "calls made; 0: the audio could not be made ready",
    "started_at": "UTC, of the last attempt",
    "engine_version": "as the engine says; missing: it does not",
    "cost": "in the config's currency; missing: no price is given",
    "connect_s": "seconds to set the connection up; missing: an open one was used",
    "done_s": "seconds from zero to the last message that counts",
    "max_send_lag_s": "seconds by which the latest chunk was late",
    "backpressure_s": "seconds for which the socket took no data",
}
EVENTS: Mapping[str, str] = {
    "trial_id": "of the trial",
    "index": "0, 1, ... in the order of arrival",
    "t_s": "seconds from the start of the audio's clock (batch: of the request) to the message",
    "kind": "partial, final, vad, error, meta",
    "text": "of the message",
    "audio_sent_s": "seconds of audio handed to the socket by then",
    "start_s": "where in the audio it begins, in seconds, as the engine says; missing: it does not",
    "end_s": "where in the audio it ends",
    "is_last": "whether nothing more counts after it",
}
_NAMES = {name: f"{text}; missing: it speaks of all of them" for name, text in _CELL.items()}
ESTIMATES: Mapping[str, str] = {
    "scope": "cell, contrast, cluster or pool (over cells)",
    **_NAMES,
    "contrast": "of a contrast: its name",
    **{f"minus_{name}": f"of a contrast: the {name} that is subtracted" for name in _CELL},
    "cluster": "of a cluster: the speaker or conversation",
    "metric": "with its statistic, such as final_latency_s.p95",
    "unit": "of value, low, high and standard_error",
    "value": "the estimate; missing: cannot be had, see note",
    "low": "lower end of the interval; missing: none may be given",
    "high": "upper end",
    "standard_error": "of the value; missing: not known",
    "level": "of the interval, such as 0.95",
    "n": "trials behind it",
    "n_clusters": "clusters behind it",
    "n_failed": "trials left out, since they failed",
    "lower_is_better": "whether a lower value is a better one",
    "note": "why there is no value or interval, or a caution",
}
_WHY_NOT = "_unavailable"


def trials(folder: RunFolder) -> pd.DataFrame:
    """The plan, one row a trial, in its order. Columns: `TRIALS`."""
    utterances = folder.utterances()
    rows = (
        {
            "trial_id": trial.id,
            "utterance_id": trial.utterance_id,
            "engine": trial.engine_id,
            "mode": trial.mode,
            "condition": trial.condition_id,
            "corpus": (utterance := utterances[trial.utterance_id]).corpus,
            "language": utterance.language,
            "repeat": trial.repeat,
            "cluster": utterance.cluster,
            "duration_s": utterance.duration_s,
            "reference": utterance.text,
        }
        for trial in folder.trials()
    )
    return _frame(rows, TRIALS)


def results(folder: RunFolder) -> pd.DataFrame:
    """What became of each trial that has a result, one row each, by trial id. Columns: `RESULTS`."""
    return _frame(map(_result, folder.places().results()), RESULTS)


def _result(result: Result) -> dict[str, Any]:
    row = {name: getattr(result, name) for name in ("trial_id", "attempts", "started_at", "engine_version", "cost")}
    outcome = result.outcome
    if isinstance(outcome, Failure):
        about = {"failure_kind": outcome.kind.value, "failure": outcome.message, "http_status": outcome.http_status}
        return {**row, **about}
    timing = outcome.timing
    names = ("connect_s", "done_s", "max_send_lag_s", "backpressure_s")
    return {**row, "text": outcome.text, **{name: getattr(timing, name) for name in names}}


def events(folder: RunFolder) -> pd.DataFrame:
    """Every message of every answer, one row each, in the order of arrival. Columns: `EVENTS`."""
    names = ("t_s", "kind", "text", "audio_sent_s", "start_s", "end_s", "is_last")
    rows = (
        {"trial_id": result.trial_id, "index": index, **{name: getattr(event, name) for name in names}}
        for result in folder.places().results()
        if isinstance(result.outcome, Transcript)
        for index, event in enumerate(result.outcome.events)
    )
    return _frame(rows, EVENTS)


def scores(folder: RunFolder) -> pd.DataFrame:
    """One row a trial: counts of errors, and each metric as a column, in the unit that its name ends with.

    Why a metric is missing is in the column of its name with `_unavailable`, a categorical one: a few sentences are
    those of all trials.

    Raises:
        RunFolderError: if the run is not scored.
    """
    import pyarrow.parquet

    path = folder.table(SCORES_TABLE)
    with pyarrow.parquet.ParquetFile(path) as file:
        sentences = [name for name in file.schema_arrow.names if name.startswith("reasons.")]
    table = pyarrow.parquet.read_table(path, read_dictionary=sentences, partitioning=None)
    frame: pd.DataFrame = table.to_pandas(split_blocks=True, self_destruct=True)
    return frame.rename(columns=_plain_name)


def _plain_name(column: str) -> str:
    """`metrics.NAME` as NAME, `reasons.NAME` as NAME_unavailable; others as they are."""
    kind, _, name = column.partition(".")
    return {"metrics": name, "reasons": f"{name}{_WHY_NOT}"}.get(kind, column)


def estimates(folder: RunFolder) -> pd.DataFrame:
    """What the report shows, one row an estimate, with intervals. Columns: `ESTIMATES`.

    Raises:
        RunFolderError: if the run is not scored, or was by an older version.
    """
    import pandas as pd

    table = pd.read_parquet(folder.table(ESTIMATES_TABLE))
    if "scope" not in table.columns:
        raise RunFolderError(
            Problem(
                str(folder.path),
                "estimates with a scope",
                "those of an earlier version",
                f"run: bench score {folder.path}",
            )
        )
    return table[list(ESTIMATES)]


def _frame(rows: Iterator[dict[str, Any]], columns: Mapping[str, str]) -> pd.DataFrame:
    """Each row goes into its columns as it comes: a dictionary a row takes five times the memory of its values."""
    import pandas as pd

    values: dict[str, list[Any]] = {name: [] for name in columns}
    for row in rows:
        for name, column in values.items():
            column.append(row.get(name, math.nan))
    is_empty = not any(values.values())
    return pd.DataFrame(values, columns=list(columns), dtype=object if is_empty else None)
