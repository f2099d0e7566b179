"""The regression gate: baseline x candidate x rules -> Verdict. Pure; reads no file and knows no exit code.

Per rule and cell the paired difference on the utterances both answered is tested against the allowed worsening:
*pass* when it is shown to stay within, *regressed* when it is shown to exceed it, else *inconclusive*, with how much
speech would settle it. For the whole, all must pass (an intersection of tests, so each at alpha keeps alpha), while any
may accuse (a union, so accusations are adjusted by Holm over every check of the gate).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import combinations

from bench.comparison.rules import Rule
from bench.comparison.sample import Sample, incomparable
from bench.scoring.cells import ScoredTrial, coverage, of_unknown_speakers
from bench.scoring.columns import ScoredColumns
from bench.scoring.definitions import defined_as
from bench.scoring.measures import measure
from bench.scoring.pairing import FAILURES_DELETED, Pairing, pair_trials
from bench.scoring.timing.reference_error import ReferenceError, is_judged
from bench.stats.clusters import MIN_CLUSTERS, perfect_bound
from bench.stats.intervals import degrees_of_freedom
from bench.stats.multiple import holm
from bench.stats.noninferiority import (
    NO_NOISE,
    MarginTest,
    RunNoise,
    bound_test,
    bounds,
    filled_up,
    margin_test,
    moved,
    one_sided_half,
    run_noise,
)
from bench.stats.power import Needed, needed
from bench.stats.scales import Scale, limits
from bench.types import Cell, Interval

_ONE_RUN = "by one baseline run, so no drift from run to run is allowed for"
_MAY_BE_DRIFT = (
    "beyond the margin, but by no more than the drift that the rule allows an unchanged system; fewer than three "
    "baseline runs cannot tell, more can (bench baseline save RUN RUN RUN)"
)


class Outcome(StrEnum):
    PASS = "pass"
    REGRESSED = "regressed"
    INCONCLUSIVE = "inconclusive"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One rule in one cell."""

    rule: Rule
    cell: Mapping[str, str]
    outcome: Outcome
    reason: str
    baseline: float | None = None
    candidate: float | None = None
    difference: float | None = None
    """Candidate - baseline, positive is worse; under a ceiling, candidate - ceiling."""
    low: float | None = None
    """One-sided lower bound of `difference`, wrong with probability alpha; `high` likewise."""
    high: float | None = None
    allowed: float | None = None
    """The largest `difference` that is tolerated, at this baseline."""
    p_regressed: float | None = None
    """As adjusted by Holm over all checks of the gate."""
    n: int = 0
    n_clusters: int = 0
    needed: Needed | None = None
    """What would settle an inconclusive check; `None`: not a matter of amount, or it cannot be said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    outcome: Outcome
    checks: tuple[Check, ...]
    reasons: tuple[str, ...] = ()
    """Why nothing could be checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tested:
    """A check before its accusation is adjusted."""

    check: Check
    test: MarginTest | None = None
    effect: float = 0.0
    """Distance that more speech would have to resolve."""
    audio_s: float = 0.0
    unsure: str = "too close to tell"
    """What is said where neither is shown."""
    cautions: tuple[str, ...] = ()
    """What the verdict does not speak of: new speakers, trials that failed."""
    one_run: bool = False
    """Nothing tells how far an unchanged system moves from run to run."""
    undrifted: MarginTest | None = None
    """The test by what the baseline shows of drift alone, where the rule states how much is allowed."""


def evaluate(
    baseline: Sample, candidate: Sample, rules: Sequence[Rule], *, unchanged: Sequence[Sequence[ScoredTrial]] = ()
) -> Verdict:
    """Check every rule in every cell it speaks of.

    Args:
        baseline: what was.
        candidate: what is to be judged.
        rules: what is allowed.
        unchanged: whole runs of one unchanged system (A/A), from which its drift from run to run is estimated, so
            that drift is not called a regression. Without them, repeats within the baseline serve.
    """
    facts = incomparable(baseline.facts, candidate.facts)
    if facts:
        return Verdict(outcome=Outcome.INVALID, checks=(), reasons=facts)
    sides = [ScoredColumns.of(rows).by_cell() for rows in (baseline.rows, candidate.rows, *unchanged)]
    left_out, errors = {**baseline.left_out, **candidate.left_out}, candidate.reference_errors
    tested: dict[tuple[int, Cell], _Tested] = {}
    for cell in sorted(sides[0].keys() | sides[1].keys()):
        for number, check in _checked(rules, cell, sides).items():
            tested[number, cell] = _claimable(_why_without(check, left_out), errors)
    in_order = [tested[key] for key in sorted(tested)]
    checks = (*_decided(in_order), *_idle(rules, in_order))
    if not checks:
        return Verdict(outcome=Outcome.INVALID, checks=(), reasons=("no rule speaks of any cell of these runs",))
    return Verdict(outcome=_overall(checks), checks=checks)


def _checked(
    rules: Sequence[Rule], cell: Cell, sides: Sequence[Mapping[Cell, Sequence[ScoredTrial]]]
) -> dict[int, _Tested]:
    """By the number of the rule. The trials of this cell alone are in memory, and go when it returns."""
    compared = _Compared(*(side.get(cell, ()) for side in sides))
    spoken = [number for number, rule in enumerate(rules) if rule.speaks_of(cell._asdict())]
    return {number: _check(rules[number], cell, compared) for number in spoken}


def _idle(rules: Sequence[Rule], tested: Sequence[_Tested]) -> Iterator[Check]:
    """Rules that name a cell which is in neither run: a demand that nothing answers is not met."""
    spoke = {id(case.check.rule) for case in tested}
    for rule in rules:
        if rule.where and id(rule) not in spoke:
            reason = "no trial of either run is in this cell"
            yield Check(rule=rule, cell=rule.where, outcome=Outcome.INVALID, reason=reason)


def _overall(checks: Sequence[Check]) -> Outcome:
    """The worst outcome; what was invalid says nothing about the rest, so it comes first."""
    for outcome in (Outcome.INVALID, Outcome.REGRESSED, Outcome.INCONCLUSIVE):
        if any(check.outcome == outcome for check in checks):
            return outcome
    return Outcome.PASS


def _why_without(tested: _Tested, left_out: Mapping[str, str]) -> _Tested:
    """A check of a metric that was left out is invalid, and says why it was; a bound of its own compares nothing."""
    rule, why = tested.check.rule, left_out.get(defined_as(tested.check.rule.metric))
    has_value = tested.test is not None or tested.check.outcome != Outcome.INVALID
    if why is None or (has_value and (rule.ceiling is not None or rule.coverage is not None)):
        return tested
    return _Tested(check=replace(tested.check, outcome=Outcome.INVALID, reason=why))


def _claimable(tested: _Tested, errors: Mapping[str, ReferenceError]) -> _Tested:
    """A rule on word times that allows less than the reference's own error decides nothing, neither way."""
    check = tested.check
    bound = check.rule.ceiling if check.rule.ceiling is not None else check.allowed
    error = errors.get(check.cell["corpus"])
    if tested.test is None or error is None or bound is None or not is_judged(check.rule.metric):
        return tested
    said = error.below(check.rule.metric, bound)
    if said is None:
        return tested
    return _Tested(check=replace(check, outcome=Outcome.INCONCLUSIVE, reason=f"{said}; the rule allows {bound:g}"))


class _Compared:
    """Trials of one cell."""

    def __init__(self, a: Sequence[ScoredTrial], b: Sequence[ScoredTrial], *unchanged: Sequence[ScoredTrial]) -> None:
        self.a, self.b = a, b
        self._unchanged = [rows for rows in unchanged if rows]

    @cached_property
    def pairing(self) -> Pairing:
        return pair_trials(self.a, self.b)

    @cached_property
    def runs(self) -> Sequence[Sequence[ScoredTrial]]:
        """Of an unchanged system; where none are given, the repeats of the baseline."""
        return self._unchanged or _repeats(self.a)


def _check(rule: Rule, cell: Cell, compared: _Compared) -> _Tested:
    a, b = compared.a, compared.b
    blank = Check(rule=rule, cell=cell._asdict(), outcome=Outcome.INVALID, reason="")
    if not b:
        return _Tested(check=replace(blank, reason="the candidate has no trial in this cell"))
    if rule.coverage is not None:
        return _Tested(check=_coverage_check(blank, rule.coverage, b))
    if rule.ceiling is not None:
        return _ceiling(blank, rule.ceiling, b)
    if not a:
        return _Tested(check=replace(blank, reason="the baseline has no trial in this cell"))
    pairing = compared.pairing
    if pairing.changed:
        changed = f"{len(pairing.changed)} references changed since the baseline (first: {pairing.changed[0]})"
        return _Tested(check=replace(blank, reason=changed))
    return _margin(blank, pairing, _noise(rule, compared.runs))


def _coverage_check(blank: Check, kind: str, rows: Sequence[ScoredTrial]) -> Check:
    """A share of trials against its maximum, as observed: what failed, failed."""
    count = coverage(rows)
    if kind == "leaked_cards":
        leaked = measure(kind).of(rows)
        if leaked.value is None:
            return replace(blank, reason="no reference of this cell names a card number or a security code")
        share, of, what = leaked.value, leaked.n, "answers' card numbers and security codes can be read"
    elif kind == "failed_rate":
        share, of, what = count.failed_rate, count.attempted, "trials failed"
    else:
        share, of, what = count.empty_rate, count.answered, "answers are empty although there was speech"
    allowed = blank.rule.maximum
    broken = share > allowed
    return replace(
        blank,
        outcome=Outcome.REGRESSED if broken else Outcome.PASS,
        reason=f"{share:.2%} of {of} {what}; at most {allowed:.2%} allowed",
        candidate=share,
        difference=share - allowed,
        allowed=0.0,
        n=of,
    )


def _ceiling(blank: Check, ceiling: float, rows: Sequence[ScoredTrial]) -> _Tested:
    metric = measure(blank.rule.metric)
    measured = metric.of(rows, unit=blank.rule.unit)
    sign = 1.0 if blank.rule.lower_is_better else -1.0
    value = measured.value
    if value is None:
        return _Tested(check=replace(blank, reason=measured.note or "no value"))
    unvaried = not measured.standard_error and measured.degrees_of_freedom is not None
    if unvaried:  # a rate of 0 has a bound of its own, and no standard error
        measured = replace(measured, standard_error=0.0)
    above = moved(measured, sign=sign, by=-sign * ceiling)
    check = replace(blank, candidate=value)
    if unvaried and _without_errors(blank.rule, value) and measured.n >= blank.rule.min_utterances:
        return _flawless(replace(check, allowed=0.0), above, ceiling if blank.rule.lower_is_better else 1 - ceiling)
    tested = _tested(check, above, 0.0, abs(value - ceiling), NO_NOISE, sum(row.duration_s for row in rows))
    test = tested.test and bound_test(tested.test, value, ceiling, Scale(metric.within), sign=sign)
    if test is None or test is tested.test:  # an end of the scale: tested as a plain difference
        return tested
    ends = limits(value, one_sided_half(test, check.rule.alpha), metric.within)
    low, high = sorted(sign * (end - ceiling) for end in ends)
    return replace(tested, test=test, check=replace(tested.check, low=low, high=high))


def _without_errors(rule: Rule, value: float) -> bool:
    """Whether nothing was wrong: no error of a rate, everything of a share of which more is better."""
    return value == 0 if rule.lower_is_better else value == 1 and measure(rule.metric).is_share


def _flawless(check: Check, above: Interval, allowed: float) -> _Tested:
    """No error anywhere, so no spread to estimate.

    Were the rate as high as is allowed (c), at least a share c of clusters would have an error (a rate is at most 1 in
    practice), and none of G would with probability (1 - c)^G or less; G is their effective number.
    """
    freedom = degrees_of_freedom(above)
    p_within = (1 - min(1.0, max(0.0, allowed))) ** (freedom + 1)
    test = MarginTest(p_within=p_within, p_beyond=1.0, standard_error=0.0, degrees_of_freedom=freedom)
    check = replace(check, difference=above.value, n=above.n, n_clusters=above.n_clusters)
    bound = perfect_bound(freedom + 1, 1 - check.rule.alpha)
    unsure = f"no error at all, but {freedom + 1:.0f} clusters (speakers) cannot rule out a rate of {bound:.1%}"
    return _Tested(check=check, test=test, unsure=unsure)


def _margin(blank: Check, pairing: Pairing, noise: RunNoise) -> _Tested:
    """`noise` is of two runs, and charged whole though a baseline of several is their mean.

    So few runs know their spread badly: with the (1 + 1 / n) / 2 of it that the mean of n leaves, baselines of three
    and four drifting runs accused more often than alpha says.
    """
    rule, metric = blank.rule, measure(blank.rule.metric)
    pairs = pairing.measured_by(rule.metric)
    before = metric.of([row for pair in pairs for row in pair.a], unit=rule.unit)
    after = metric.of([row for pair in pairs for row in pair.b], unit=rule.unit)
    if before.value is None or after.value is None:
        return _Tested(check=replace(blank, reason="no utterance has this metric in both runs"))
    sign = 1.0 if rule.lower_is_better else -1.0
    excess = metric.difference(pairs, times_a=rule.times_baseline(before.value), unit=rule.unit)
    if excess.value is None:
        return _Tested(check=replace(blank, reason="no utterance has this metric in both runs"))
    # The bounds are shown as a plain difference, so the relative part of the margin moves to the other side.
    share = rule.margin.at(before.value) - rule.margin.absolute
    shifted = moved(excess, sign=sign, by=share)
    check = replace(blank, baseline=before.value, candidate=after.value)
    audio_s = sum(pair.b[0].duration_s for pair in pairs)
    allowed = rule.margin.at(before.value)
    unvaried = before.value == after.value and not excess.standard_error and excess.n >= rule.min_utterances
    if unvaried and _without_errors(rule, before.value) and excess.degrees_of_freedom is not None:
        tested = _flawless(replace(check, allowed=allowed), shifted, allowed)
    else:
        tested = _tested(check, shifted, allowed, allowed, noise, audio_s)
    cautious = replace(tested, cautions=tuple(_cautions(pairing, rule)), one_run=noise.n_runs < 2)
    return _allowing_for_drift(cautious, shifted, filled_up(noise, rule.drift.at(before.value)))


def _allowing_for_drift(tested: _Tested, difference: Interval, noise: RunNoise) -> _Tested:
    """An accusation by few runs must exceed the drift that the rule states; a pass speaks of these runs."""
    test, check = tested.test, tested.check
    if test is None or noise == NO_NOISE:
        return tested
    drifting = margin_test(difference, check.allowed or 0.0, noise)
    if drifting is None:
        return tested
    return replace(tested, test=replace(test, p_beyond=max(test.p_beyond, drifting.p_beyond)), undrifted=test)


def _cautions(pairing: Pairing, rule: Rule) -> Iterator[str]:
    b = [trial for pair in pairing.pairs for trial in pair.b]
    unknown = of_unknown_speakers(b) if rule.unit == "cluster" else None
    otherwise = None if rule.metric == FAILURES_DELETED else pairing.failing_otherwise
    yield from (caution for caution in (unknown, otherwise) if caution is not None)


def _tested(
    check: Check, difference: Interval, allowed: float, effect: float, noise: RunNoise, audio_s: float
) -> _Tested:
    """Test one difference against what is allowed; a lack of speech makes it inconclusive at once."""
    check = replace(
        check, difference=difference.value, allowed=allowed, n=difference.n, n_clusters=difference.n_clusters
    )
    test = margin_test(difference, allowed, noise)
    if test is not None and difference.value is not None:
        low, high = bounds(difference, test, check.rule.alpha)
        check = replace(check, low=low, high=high)
    if difference.n < check.rule.min_utterances:
        reason = f"{difference.n} utterances; the rule asks for at least {check.rule.min_utterances}"
    elif test is None:
        reason = _no_bound(difference)
    else:
        return _Tested(check=check, test=test, effect=effect, audio_s=audio_s)
    return _Tested(check=replace(check, outcome=Outcome.INCONCLUSIVE, reason=reason))


def _no_bound(difference: Interval) -> str:
    if difference.n_clusters >= MIN_CLUSTERS and difference.note is not None:
        return difference.note
    return f"{difference.n_clusters} clusters (speakers); at least {MIN_CLUSTERS} are needed for any bound"


def _repeats(rows: Sequence[ScoredTrial]) -> list[list[ScoredTrial]]:
    """A baseline's runs: each is a repeat of it."""
    return [[row for row in rows if row.repeat == repeat] for repeat in sorted({row.repeat for row in rows})]


def _noise(rule: Rule, runs: Sequence[Sequence[ScoredTrial]]) -> RunNoise:
    """Drift between runs of an unchanged system, for this rule's metric."""
    metric = measure(rule.metric)
    differences = [
        metric.difference(pair_trials(first, second).measured_by(rule.metric), unit=rule.unit)
        for first, second in combinations(runs, 2)
    ]
    return run_noise(differences, len(runs)) if differences else NO_NOISE


def _decided(tested: Sequence[_Tested]) -> Iterator[Check]:
    """Outcomes, with accusations adjusted over all that were tested."""
    adjusted = iter(holm([case.test.p_beyond for case in tested if case.test is not None]))
    for case in tested:
        check = case.check if case.test is None else _decide(case, case.test, next(adjusted))
        yield replace(check, reason="; ".join([check.reason, *case.cautions]))


def _decide(case: _Tested, test: MarginTest, p_regressed: float) -> Check:
    check = replace(case.check, p_regressed=p_regressed)
    if test.p_within < check.rule.alpha:
        return replace(check, outcome=Outcome.PASS, reason="shown to stay within what is allowed")
    if p_regressed < check.rule.alpha:
        unallowed = case.one_run and case.undrifted is None
        reason = "shown to exceed what is allowed" + (f"; {_ONE_RUN}" if unallowed else "")
        return replace(check, outcome=Outcome.REGRESSED, reason=reason)
    if case.undrifted is not None and case.undrifted.p_beyond < check.rule.alpha:
        return replace(check, outcome=Outcome.INCONCLUSIVE, reason=_MAY_BE_DRIFT)
    plan = _plan(check, test, case.effect, case.audio_s)
    worse = check.low is not None and check.low > 0 and check.rule.ceiling is None
    reason = "worse than the baseline, but not shown to exceed the margin" if worse else case.unsure
    return replace(check, outcome=Outcome.INCONCLUSIVE, reason=_with_plan(reason, plan), needed=plan)


def _plan(check: Check, test: MarginTest, effect: float, audio_s: float) -> Needed | None:
    """The speech that would let an unchanged system pass with 80 % probability.

    Where that much was there and did not settle it, what the observed difference would need, were it the truth.
    """
    gap = abs((check.difference or 0.0) - (check.allowed or 0.0))
    for distance in (effect, gap):
        if distance <= 0 or test.standard_error <= 0:
            return None
        plan = needed(
            distance,
            test.standard_error,
            n_clusters=check.n_clusters,
            effective=min(check.n_clusters, test.degrees_of_freedom + 1),
            n_utterances=check.n,
            audio_s=audio_s,
            alpha=check.rule.alpha,
            two_sided=False,
            known_by=test.degrees_of_freedom,
        )
        if plan.clusters > check.n_clusters:
            return plan
    return None


def _with_plan(reason: str, plan: Needed | None) -> str:
    if plan is None:
        return reason
    hours = "" if plan.hours is None else f", {plan.hours:.1f} h"
    return f"{reason} (need about {plan.utterances} utterances of {plan.clusters} clusters{hours})"
