"""What a plan will take and what it can show, before anything is paid for. Pure: it calls and opens nothing.

Wall times are estimates from stated assumptions; streams are known best, because they last as long as their audio.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np

from bench.execution.plan import EnginePlan, Plan, is_local
from bench.stats.clusters import effective_number, enough
from bench.stats.power import minimum_detectable
from bench.types import Mode, Trial

MODES: tuple[Mode, ...] = ("batch", "stream")
REQUEST_S = 1.0
"""Assumed of a request to a service, beside its audio."""
REMOTE_RTF, LOCAL_RTF = 0.1, 0.3
"""Assumed: seconds of work a second of audio, of a service and of a recogniser on this machine."""
FLUSH_S = 1.5
"""Assumed of a stream: to connect, and from the last audio to the last text."""
WER, SHARED, DESIGN = 0.10, 0.5, 2.0
"""Assumed: word error rate, share of the errors that two systems have in common, and by how much speakers that differ
inflate the variance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeOutlook:
    """The trials of one mode."""

    mode: Mode
    trials: int
    audio_s: float
    wall_s: float
    concurrency: int
    limited_by: str
    """The engine whose requests per minute decide the wall time; empty: none does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    modes: tuple[ModeOutlook, ...]
    cost: float | None
    """In the config's currency; `None`: no engine has a price."""
    priceless: tuple[str, ...]
    """Remote engines without a price: what they cost is not in `cost`."""
    utterances: int
    words: int
    """In the references, at white space."""
    speakers: int
    unknown_speakers: int
    """Utterances of which the corpus does not say who speaks."""
    detectable: float | None
    """The true difference in WER between two engines that would be found, under the assumptions; `None`: too few
    speakers for an interval."""


def outlook(plan: Plan) -> Outlook:
    """What a plan will take and what it can show."""
    utterances = plan.utterances.values()
    clusters = {(utterance.corpus, utterance.cluster) for utterance in utterances if utterance.cluster is not None}
    unknown = sum(utterance.cluster is None for utterance in utterances)
    words = sum(len(utterance.text.split()) for utterance in utterances)
    of_each: dict[tuple[str, str], int] = {}
    for utterance in utterances:
        unit = (utterance.corpus, utterance.id if utterance.cluster is None else utterance.cluster)
        of_each[unit] = of_each.get(unit, 0) + len(utterance.text.split())
    units = effective_number(np.array(list(of_each.values()), dtype=np.float64))
    detectable = None
    if enough(units):
        error = sqrt(2 * WER * (1 - WER) * (1 - SHARED) * DESIGN / words)
        detectable = minimum_detectable(error, units)
    prices = {id: engine.spec.price_per_minute for id, engine in plan.engines.items()}
    return Outlook(
        modes=tuple(_of_mode(plan, mode) for mode in MODES if _trials(plan, mode)),
        cost=plan.cost(),
        priceless=tuple(id for id, price in prices.items() if price is None and not _is_free(plan.engines[id])),
        utterances=len(utterances),
        words=words,
        speakers=len(clusters),
        unknown_speakers=unknown,
        detectable=detectable,
    )


def _is_free(engine: EnginePlan) -> bool:
    return engine.spec.emulate is not None or is_local(engine.spec)


def _trials(plan: Plan, mode: Mode) -> list[Trial]:
    return [trial for trial in plan.trials if trial.mode == mode]


def _of_mode(plan: Plan, mode: Mode) -> ModeOutlook:
    trials = _trials(plan, mode)
    spec = plan.config.batch if mode == "batch" else plan.config.stream
    audio_s = dict.fromkeys(plan.engines, 0.0)
    count = dict.fromkeys(plan.engines, 0)
    for trial in trials:
        audio_s[trial.engine_id] += plan.utterances[trial.utterance_id].duration_s
        count[trial.engine_id] += 1
    work_s = sum(_work_s(plan, mode, id, audio_s[id], count[id]) for id in plan.engines)
    wall_s, limited_by = work_s / spec.width, ""
    for id, needed_s in _limits_s(plan, count).items():
        if mode == "batch" and needed_s > wall_s:
            wall_s, limited_by = needed_s, id
    return ModeOutlook(
        mode=mode,
        trials=len(trials),
        audio_s=sum(audio_s.values()),
        wall_s=wall_s,
        concurrency=spec.width,
        limited_by=limited_by,
    )


def _work_s(plan: Plan, mode: Mode, engine: str, audio_s: float, trials: int) -> float:
    """Seconds that the trials of an engine would take one after the other."""
    if mode == "stream":
        return audio_s / plan.config.stream.speed + FLUSH_S * trials
    if is_local(plan.engines[engine].spec):
        return LOCAL_RTF * audio_s
    return REMOTE_RTF * audio_s + REQUEST_S * trials


def _limits_s(plan: Plan, count: Mapping[str, int]) -> dict[str, float]:
    """Engine -> seconds that its requests take at its plan's limit."""
    return {
        id: 60.0 * count[id] / engine.spec.requests_per_minute
        for id, engine in plan.engines.items()
        if engine.spec.requests_per_minute
    }
