"""The gate's rules as a YAML file: a closed world, every problem reported at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import BeforeValidator, Field

from bench.comparison.rules import CoverageKind, Margin, Rule, parse_margin
from bench.config import SpecModel, validated
from bench.config.spec import read_yaml
from bench.errors import BenchError, ConfigError, Problem, did_you_mean
from bench.files import packaged_config
from bench.scoring.cells import CELL_KEYS
from bench.scoring.measures import Unit, measure
from bench.scoring.timing.metrics import METRICS

_COVERAGE = get_args(CoverageKind)


def _rule(value: object) -> object:
    """`wer: +0.5pp` is short for `{metric: wer, margin: +0.5pp}`; for a share of trials it is the maximum."""
    if isinstance(value, dict) and len(value) == 1 and "metric" not in value:
        ((metric, bound),) = value.items()
        return {"metric": metric, "maximum" if metric in _COVERAGE else "margin": bound}
    return value


def _share(value: object) -> object:
    """`2%` is 0.02."""
    if isinstance(value, str) and value.strip().endswith("%"):
        try:
            return float(value.strip().removesuffix("%")) / 100
        except ValueError:
            return value
    return value


def _text(value: object) -> object:
    return str(value) if isinstance(value, int | float) else value


Share = Annotated[float, BeforeValidator(_share), Field(ge=0)]
Alpha = Annotated[float, Field(gt=0, lt=0.5)]


class RuleSpec(SpecModel):
    metric: str
    margin: Annotated[str, BeforeValidator(_text)] | None = None
    ceiling: Annotated[float, BeforeValidator(_share)] | None = None
    maximum: Share | None = None
    where: dict[str, str] = Field(default_factory=dict)
    alpha: Alpha | None = None
    min_utterances: Annotated[int, Field(ge=1)] | None = None
    unit: Unit | None = None
    drift: Annotated[str, BeforeValidator(_text)] | None = None


class RulesFile(SpecModel):
    alpha: Alpha = 0.05
    min_utterances: Annotated[int, Field(ge=1)] = 50
    unit: Unit = "cluster"
    rules: Annotated[
        tuple[
            Annotated[RuleSpec, BeforeValidator(_rule, json_schema_input_type=RuleSpec | dict[str, str | float])], ...
        ],
        Field(min_length=1),
    ]


def load_rules(path: Path) -> tuple[Rule, ...]:
    """The rules of a file, or of one that comes with the package, by name.

    Raises:
        ConfigError: with every problem.
    """
    path = packaged_config(path)
    return parse_rules(read_yaml(path, "a readable YAML file of rules"), where=str(path))


def parse_rules(content: Any, *, where: str) -> tuple[Rule, ...]:
    """As `load_rules`, from parsed YAML; `where` names it in messages."""
    file = validated(RulesFile, content, where)
    problems: list[Problem] = []
    rules = [_made(spec, file, f"{where}: rules[{index}]", problems) for index, spec in enumerate(file.rules)]
    if problems:
        raise ConfigError(problems)
    return tuple(rule for rule in rules if rule is not None)


def _made(spec: RuleSpec, file: RulesFile, where: str, problems: list[Problem]) -> Rule | None:
    """The rule; `None` after noting what is wrong with it."""
    own_problems = [*_metric_problems(spec, where), *_bound_problems(spec, where), *_where_problems(spec, where)]
    margin, drift = (_margin(spec, name, where, own_problems) for name in ("margin", "drift"))
    problems += own_problems
    if own_problems:
        return None
    metric = METRICS.get(spec.metric.rpartition(".")[0])
    return Rule(
        metric=spec.metric,
        where=spec.where,
        modes=() if metric is None else metric.modes,
        margin=margin,
        ceiling=spec.ceiling,
        maximum=spec.maximum or 0.0,
        alpha=spec.alpha or file.alpha,
        min_utterances=spec.min_utterances or file.min_utterances,
        unit=spec.unit or file.unit,
        drift=drift,
        lower_is_better=_lower_is_better(spec.metric),
    )


def _margin(spec: RuleSpec, name: str, where: str, problems: list[Problem]) -> Margin:
    """What stands under that key; nothing, after noting what is wrong with it."""
    text: str | None = getattr(spec, name)
    if text is None:
        return Margin()
    try:
        return parse_margin(text, f"{where}.{name}")
    except ConfigError as error:
        problems += error.problems
        return Margin()


def _lower_is_better(metric: str) -> bool:
    if metric in _COVERAGE:
        return True
    known = measure(metric)
    return known.lower_is_better if known.values_of is None else METRICS[known.values_of].lower_is_better


def _metric_problems(spec: RuleSpec, where: str) -> Sequence[Problem]:
    if spec.metric in _COVERAGE:
        return ()
    try:
        known = measure(spec.metric)
    except BenchError as error:
        return (Problem(f"{where}.metric", "a metric", repr(spec.metric), str(error)),)
    if known.values_of is not None and known.values_of not in METRICS:
        advice = did_you_mean(known.values_of, METRICS)
        return (Problem(f"{where}.metric", "a metric of bench list metrics", repr(known.values_of), advice),)
    if known.best is not None:
        got = f"{spec.metric}, of which nearest {known.best:g} is best"
        return (Problem(f"{where}.metric", "a metric of which less, or more, is better", got, "judge errors instead"),)
    return ()


def _bound_problems(spec: RuleSpec, where: str) -> Sequence[Problem]:
    if spec.drift is not None and spec.margin is None:
        return (Problem(f"{where}.drift", "a rule with a margin", "none", "only a comparison can drift: remove it"),)
    given = [name for name in ("margin", "ceiling", "maximum") if getattr(spec, name) is not None]
    wanted = ["maximum"] if spec.metric in _COVERAGE else ["margin", "ceiling"]
    if len(given) != 1 or given[0] not in wanted:
        given_names = " and ".join(given) or "neither" if len(wanted) > 1 else " and ".join(given) or "nothing"
        return (Problem(where, " or ".join(wanted), given_names, "one demand a rule: make two of it, or remove one"),)
    return ()


def _where_problems(spec: RuleSpec, where: str) -> Sequence[Problem]:
    return [
        Problem(
            f"{where}.where.{key}", f"one of {', '.join(CELL_KEYS)}", "an unknown key", did_you_mean(key, CELL_KEYS)
        )
        for key in spec.where
        if key not in CELL_KEYS
    ]
