"""What each condition costs, and what the config asked to be set against each other. Formats; computes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.report.phrases import Sureness, bounds, listed, plain_points, plural, sentence, sureness
from bench.report.run.answers.parts import failures_differ, signed, too_few, turned
from bench.report.run.data import RunData
from bench.report.sentences import Sentence, Tone
from bench.report.tables import percent
from bench.types import Cell, Condition, Contrast, Estimate


def condition_costs(data: RunData, best: Cell) -> Iterator[Sentence]:
    """What every other condition adds for the best engine, the costliest in the headline."""
    costs = [
        (cell, difference)
        for condition in data.conditions
        if condition != data.base
        and (difference := data.difference(cell := best._replace(condition=condition), best)) is not None
        and difference.value is not None
    ]
    if not costs:
        return
    costs.sort(key=lambda cost: -(cost[1].value or 0.0))
    shown = [cost for cost in costs if sureness(cost[1]) is Sureness.SHOWN]
    if not any(cost.value for _, cost in costs):
        names = listed([other.condition for other, _ in costs])
        same = f"on the same {plural(costs[0][1].n, 'utterance')}"
        head = f"No condition changed the errors of {best.engine}"
        yield Sentence(tone="plain", head=head, detail=sentence(names, same), section="conditions")
        return
    cell, worst = _most_telling(shown or costs)
    rest = [f"{other.condition} {cost(difference)}" for other, difference in costs if other != cell]
    if sureness(worst) is Sureness.NOT_TOLD_APART:
        names = listed([f"{other.condition} {cost(difference)}" for other, difference in costs])
        yield Sentence(
            tone="plain",
            head=f"No condition is shown to cost {best.engine} anything",
            detail=sentence(f"against {data.base}, on the same {plural(worst.n, 'utterance')}", names),
            section="conditions",
        )
        return
    yield Sentence(
        tone=_cost_tone(worst),
        head=_cost_head(cell, worst),
        detail=sentence(
            f"from {percent(data.value(best, 'wer'))} to {percent(data.value(cell, 'wer'))}",
            bounds(turned(worst) if (worst.value or 0.0) < 0 else worst, signed) or too_few(worst),
            failures_differ(worst),
            listed(rest),
        ),
        section="conditions",
    )


def _most_telling(costs: Sequence[tuple[Cell, Estimate]]) -> tuple[Cell, Estimate]:
    """Of costs, the largest first: the largest, or the greatest gain where none costs anything."""
    return costs[0] if (costs[0][1].value or 0.0) > 0 else costs[-1]


def _cost_head(cell: Cell, difference: Estimate) -> str:
    amount = plain_points(difference.value, signed=False)
    if (difference.value or 0.0) < 0:
        return f"{cell.condition} makes {cell.engine} better by {amount}"
    return f"{cell.condition} costs {cell.engine} {amount}"


def _cost_tone(difference: Estimate) -> Tone:
    if sureness(difference) is not Sureness.SHOWN:
        return "unsure"
    return "bad" if (difference.value or 0.0) > 0 else "good"


def cost(difference: Estimate) -> str:
    """`+3.1`, or `not told apart (+0.2)`."""
    if sureness(difference) is Sureness.NOT_TOLD_APART:
        return f"not told apart ({signed(difference.value)})"
    return signed(difference.value)


def asked_contrasts(data: RunData, best: Cell) -> Iterator[Sentence]:
    """What the config asked to be set against each other, for the best engine."""
    for spec in data.spec.config.contrasts or ():
        for contrast in dict.fromkeys(data.contrasts(spec.name)):
            difference = data.difference(contrast.of, contrast.minus)
            if _is_of(contrast, best) and difference is not None and difference.value is not None:
                yield _contrast(data, contrast, difference)


def _is_of(contrast: Contrast, best: Cell) -> bool:
    """Whether it is of that cell, under another condition only where conditions are what it sets against each other."""
    of, minus = contrast.of, contrast.minus
    return of == best if of.condition == minus.condition else of._replace(condition=best.condition) == best


def _contrast(data: RunData, contrast: Contrast, difference: Estimate) -> Sentence:
    of, minus = contrast.of, contrast.minus
    a, b = _ways(data, of, minus)
    sure, amount = sureness(difference), plain_points(difference.value, signed=False)
    rates = f"{of.engine}: {percent(data.value(of, 'wer'))} against {percent(data.value(minus, 'wer'))}"
    same = f"on the same {plural(difference.n, 'utterance')}"
    detail = sentence(rates, bounds(difference, signed), same, failures_differ(difference))
    if sure is Sureness.NOT_TOLD_APART:
        return Sentence(tone="plain", head=f"{a}, or {b}: not told apart", detail=detail, section="conditions")
    better, worse = (a, b) if (difference.value or 0.0) < 0 else (b, a)
    if sure is Sureness.SHOWN:
        head = f"{better} beats {worse} by {amount}"
        return Sentence(tone="good", head=head, detail=detail, section="conditions")
    head = f"{a}, or {b}: {amount} apart here" if difference.value else f"{a}, or {b}: no difference here"
    return Sentence(tone="unsure", head=head, detail=sentence(detail, too_few(difference)), section="conditions")


def _ways(data: RunData, of: Cell, minus: Cell) -> tuple[str, str]:
    """The two sides in words: by what differs between them."""
    if of.condition != minus.condition:
        a, b = data.conditions.get(of.condition), data.conditions.get(minus.condition)
        rates = _resampled(a, b) if a is not None and b is not None else None
        if rates is not None:
            return f"{rates[0]:g} kHz as it is", f"resampled to {rates[1]:g} kHz"
        return of.condition, minus.condition
    return (of.engine, minus.engine) if of.engine != minus.engine else (of.mode, minus.mode)


def _resampled(of: Condition, minus: Condition) -> tuple[float, float] | None:
    """(kHz as it is, kHz sent) where `minus` is `of` and one more resampling; else `None`."""
    if not of.steps or minus.steps[:-1] != of.steps or minus.steps[-1].name != "resample":
        return None
    first, last = of.steps[-1], minus.steps[-1]
    if first.name != "resample" or "to" not in first.params or "to" not in last.params:
        return None
    return float(first.params["to"]) / 1000, float(last.params["to"]) / 1000
