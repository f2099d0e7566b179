"""The driver's side of a run over a Ray cluster: trials dealt in shards, and dealt again where a worker or a node died.

Quotas of requests are leased from one small actor, and the budget is dealt with the shards, so both hold for the whole
cluster.
"""

from __future__ import annotations

import logging
import pickle
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.addresses import address_of
from bench.config import BudgetSpec
from bench.engines.replay import ReplayEngine
from bench.errors import BenchError, Problem, UsageError
from bench.execution.answers import Answers
from bench.execution.limits import Spent, Stop
from bench.execution.node import LOOK_S, Coordinator, Done, Packed, TrialShard, push_there, ray_module, run_shard
from bench.execution.plan import Plan
from bench.execution.processes import need_of, without_log
from bench.execution.trials import Work, unheard
from bench.remote import refresh
from bench.types import Mode, Result, Trial

_SHARD_TRIALS = 5_000
"""Of a shard at most: what is read and opened for a shard is little beside them."""
_SHARDS_PER_PLACE = 4
"""At least, where there are trials enough: so that no place is idle while another has much left."""
DEALS = 5
"""How often a shard is dealt whose worker died without storing anything: then it is the shard's fault."""
_STOP_S = 10.0
_PATIENCE_S = 20.0
_LOG = logging.getLogger(__name__)
_PUSH_WITHIN_S = 30.0
_ATTEMPTS_AHEAD = 2
"""A shard takes this many times what its trials need from the budget; what it leaves goes back."""


class Deal:
    """Deals the trials of one mode, and deals again what died."""

    def __init__(self, work: Work, mode: Mode, allow_keys: tuple[str, ...]) -> None:
        ray = ray_module()
        self._work = work
        config = work.plan.config
        width = config.batch.width if mode == "batch" else config.stream.width
        self._places = max(1, min(int(ray.cluster_resources().get("CPU", 1)), width, len(work.trials)))
        self._free = deque(width // self._places + (index < width % self._places) for index in range(self._places))
        self._waiting = deque(shards(work.trials, self._places))
        self._running: dict[Any, TrialShard] = {}
        self._failed_before = set(work.folder.places().trial_ids())
        self._trials = {trial.id: trial for trial in work.trials}
        self._told: set[str] = set()
        self._spent = work.spent
        self._stops: dict[str, Stop] = {}
        own_node = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(
            ray.get_runtime_context().get_node_id(), soft=False
        )
        quotas = {
            id: engine.spec.requests_per_minute
            for id, engine in work.plan.engines.items()
            if engine.spec.requests_per_minute is not None
        }
        self._coordinator = (
            ray.remote(Coordinator)
            .options(num_cpus=0, scheduling_strategy=own_node)
            .remote(quotas, work.answers if work.answers else None)
        )
        self._task = ray.remote(run_shard).options(num_cpus=1, max_retries=0, scheduling_strategy="SPREAD")
        served = {
            id: engine
            for id, engine in work.engines.items()
            if work.plan.engines[id].spec.emulate or isinstance(engine, ReplayEngine)
        }
        self._common = ray.put(
            Packed.of(
                replace(
                    work, plan=addressed(work.plan), trials=(), engines=served, on_result=unheard, answers=Answers()
                )
            )
        )
        self._allow_keys = allow_keys

    def run(self) -> tuple[Stop, ...]:
        ray = ray_module()
        try:
            patience = _Patience()
            while self._waiting or self._running:
                while self._waiting and self._free and self._can_afford(self._waiting[0]):
                    self._submit(self._waiting.popleft())
                if not self._running:
                    break
                done, _ = ray.wait(list(self._running), num_returns=1, timeout=LOOK_S)
                self._hear()
                patience.look(is_idle=not self._told and not done)
                for reference in done:
                    self._end(reference)
            self._hear()
            refresh(self._work.folder.path)
        except BaseException:
            self._cancel()
            raise
        return tuple(self._stops.values())

    def _submit(self, shard: TrialShard) -> None:
        given_up = {stop.engine_id: reason for reason, stop in self._stops.items() if stop.engine_id is not None}
        trials = tuple(trial for trial in shard.trials if trial.engine_id not in given_up)
        for trial in shard.trials:
            if trial.engine_id in given_up:
                self._leave(given_up[trial.engine_id], trial.engine_id)
        if not trials:
            return
        shard = replace(shard, trials=trials, width=self._free.popleft(), budget=self._grant(trials))
        address = address_of(self._work.folder.path)
        reference = self._task.remote(
            self._common, Packed.of(shard), self._coordinator, self._allow_keys, address, bool(self._work.answers)
        )
        self._running[reference] = shard

    def _leave(self, reason: str, engine_id: str | None, number: int = 1) -> None:
        left = self._stops[reason].left if reason in self._stops else 0
        self._stops[reason] = Stop(engine_id=engine_id, reason=reason, left=left + number)

    def _grant(self, trials: Sequence[Trial]) -> BudgetSpec:
        """What a shard may spend: some more than it needs if all goes well, of what nobody else was given."""
        config = self._work.plan.config
        given = self._spent + self._held()
        need = need_of(self._work.plan, trials, min(_ATTEMPTS_AHEAD, config.retry.attempts))
        return bounded(given.rest_of(config.budget), need)

    def _held(self) -> Spent:
        """What those that run were given: of it, what they leave comes back."""
        return sum((spent_by(shard.budget) for shard in self._running.values()), start=Spent())

    def _can_afford(self, shard: TrialShard) -> bool:
        """Whether there is enough for it now, or no more is to come: what others were given and leave goes back."""
        if self._held() == Spent():
            return True
        need = need_of(self._work.plan, shard.trials)
        return bounded(self._grant(shard.trials), need) == bounded(self._work.plan.config.budget, need)

    def _hear(self) -> None:
        ray = ray_module()
        for finished in ray.get(self._coordinator.heard.remote()):
            for result in pickle.loads(finished):
                self._tell(result)

    def _tell(self, result: Result) -> None:
        """Once: what a worker told before it died may be heard after it was found in the store."""
        if result.trial_id not in self._told:
            self._told.add(result.trial_id)
            self._work.on_result(self._trials[result.trial_id], result)

    def _end(self, reference: Any) -> None:
        """A shard is done, or its worker is gone."""
        ray = ray_module()
        shard = self._running.pop(reference)
        self._free.append(shard.width)
        try:
            done: Done = ray.get(reference)
        except ray.exceptions.RayTaskError as error:
            cause = error.cause
            if isinstance(cause, BenchError):
                raise cause from None
            if "failed to import" in str(error) or isinstance(cause, ImportError):
                expected, advice = "earwitness and what the config needs installed there", "install it on every node"
                raise UsageError(Problem("a node of the cluster", expected, _last_line(error), advice)) from error
            raise error from cause
        except ray.exceptions.RayError as error:
            self._deal_again(shard, error)
            return
        self._spent = self._spent + done.spent
        is_short = any(stop.engine_id is None for stop in done.stops)
        has_hope = is_short and (self._held() != Spent() or has_more(self._grant(shard.trials), shard.budget))
        for stop in done.stops:
            if not has_hope:
                self._leave(stop.reason, stop.engine_id, stop.left)
            elif stop.engine_id is not None:
                self._leave(stop.reason, stop.engine_id, 0)  # counted when the rest of the shard is dealt
        if has_hope:
            self._deal_again(shard, None)

    def _deal_again(self, shard: TrialShard, error: Exception | None) -> None:
        """What has no result yet; of what has one and was not told, tell. A worker that died said not what it spent."""
        if error is not None:
            self._push_what_is_left()
        refresh(self._work.folder.path)
        stored = self._work.folder.places()
        has = set(stored.trial_ids()) - self._failed_before | set(stored[stored.answered].trial_ids())
        left = tuple(trial for trial in shard.trials if trial.id not in has)
        done = {trial.id: trial for trial in shard.trials if trial.id in has}
        for result in stored[np.isin(stored.ids, [id.encode() for id in done])].results():
            trial = done[result.trial_id]
            if error is not None:
                self._spent.add(*self._work.plan.billed(trial), result.attempts)
            self._tell(without_log(result))
        if not left:
            return
        deals = shard.deals + 1 if error is not None and len(left) == len(shard.trials) else 1
        if deals > DEALS:
            raise BenchError(
                Problem(
                    f"a shard of {len(left)} trials",
                    "a worker that lives through it",
                    f"{DEALS} that died ({error})",
                    "what was answered is kept; see to the nodes' memory, then go on with --resume",
                )
            )
        self._waiting.append(replace(shard, trials=left, deals=deals))

    def _push_what_is_left(self) -> None:
        """On each node that lives: a worker that died had answers on its node's own disk that it had not pushed yet."""
        ray, address = ray_module(), address_of(self._work.folder.path)
        if address is None:
            return
        task = ray.remote(push_there)
        on = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy
        pushing = [
            task.options(num_cpus=0, max_retries=0, scheduling_strategy=on(node["NodeID"], soft=True)).remote(address)
            for node in ray.nodes()
            if node["Alive"]
        ]
        ray.wait(pushing, num_returns=len(pushing), timeout=_PUSH_WITHIN_S)

    def _cancel(self) -> None:
        """As Ctrl-C on each: open calls are abandoned, what is answered is stored."""
        ray = ray_module()
        for reference in self._running:
            ray.cancel(reference, force=False)
        ray.wait(list(self._running), num_returns=len(self._running), timeout=_STOP_S)


@dataclass(slots=True)
class _Patience:
    """Says so where no trial begins for long: a cluster whose processors are taken, or has none, waits in silence."""

    looks: int = 0

    def look(self, *, is_idle: bool) -> None:
        """About every `LOOK_S`."""
        self.looks = self.looks + 1 if is_idle else 0
        if self.looks and self.looks % round(_PATIENCE_S / LOOK_S) == 0:
            ray = ray_module()
            known, free = ray.cluster_resources().get("CPU", 0), ray.available_resources().get("CPU", 0)
            _LOG.warning(
                "no trial has ended for %d s: the Ray cluster has %d processors, %d of them free; "
                "what is free is taken as soon as it is (Ctrl-C stops)",
                round(self.looks * LOOK_S), known, free,
            )  # fmt: skip


def _last_line(error: Exception) -> str:
    return str(error).strip().rpartition("\n")[2][:200]


def shards(trials: Sequence[Trial], places: int) -> list[TrialShard]:
    """In the plan's order: trials of one recording are neighbours there, and its audio is made ready once."""
    size = max(1, min(_SHARD_TRIALS, -(-len(trials) // (places * _SHARDS_PER_PLACE))))
    return [TrialShard(trials=tuple(trials[begin : begin + size])) for begin in range(0, len(trials), size)]


def addressed(plan: Plan) -> Plan:
    """Without its trials, and with manifests by their URLs where they have one, as every node finds them."""
    manifests = {name: address_of(Path(path)) or path for name, path in plan.manifests.items()}
    return replace(plan, trials=(), manifests=manifests)


def spent_by(budget: BudgetSpec) -> Spent:
    """As if all of it were spent."""
    return Spent(budget.max_requests or 0, (budget.max_audio_hours or 0.0) * 3600, budget.max_cost or 0.0)


def bounded(budget: BudgetSpec, need: Spent) -> BudgetSpec:
    """No more of a budget than is needed; what has no bound keeps none."""
    requests, hours, cost = budget.max_requests, budget.max_audio_hours, budget.max_cost
    return budget.model_copy(
        update={
            "max_requests": None if requests is None else min(requests, need.requests),
            "max_audio_hours": None if hours is None else min(hours, need.audio_s / 3600),
            "max_cost": None if cost is None else min(cost, need.cost),
        }
    )


def has_more(budget: BudgetSpec, than: BudgetSpec) -> bool:
    """Whether no bound is smaller, and one is larger."""
    pairs = [
        (own, other)
        for own, other in zip(budget.model_dump().values(), than.model_dump().values(), strict=True)
        if own is not None and other is not None
    ]
    return all(own >= other for own, other in pairs) and any(own > other for own, other in pairs)
