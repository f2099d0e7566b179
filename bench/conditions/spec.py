"""The short forms of a condition in a config, checked and expanded into `Condition`s. Pure but for the presets.

A spec is `clean`; the name of a preset or of a step; one step `{noise: {snr_db: 10}}` or `{gain: -6}`;
a list of steps; or `{id, about, steps, request, seed}` with all keys optional. A list where one value is
expected makes a grid: `{noise: {snr_db: [20, 10]}}` is two conditions. `{min: 5, max: 15}` in place of a
number is drawn once per utterance. All problems are reported at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Annotated, Any

from bench.conditions import STEPS
from bench.conditions.chain import info
from bench.conditions.params import REQUIRED, Param, is_draw, param_of, parameter
from bench.conditions.presets import load_presets
from bench.errors import ConfigError, Problem, did_you_mean
from bench.types import Condition, JsonValue, RequestSpec, Step

_KEYS = ("id", "about", "steps", "request", "seed")
_CLEAN = "clean"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")

_REQUEST: Mapping[str, Any] = {
    "sample_rate_hz": Annotated[int, parameter("wire rate; audio is resampled to it", "Hz", ge=4000, le=192_000)],
    "declared_sample_rate_hz": Annotated[int, parameter("a rate declared falsely", "Hz", ge=4000, le=192_000)],
    "encoding": Annotated[
        str, parameter("encoding on the wire", choices=("linear16", "linear32", "mulaw", "alaw", "opus"))
    ],
    "container": Annotated[str, parameter("batch only: the file around the samples", choices=("wav", "flac", "raw"))],
    "chunk_bytes": Annotated[int, parameter("stream only: size of one message", "bytes", ge=1, le=1_000_000)],
    "keywords": Annotated[str, parameter("corpus | utterance | a path | a list of terms")],
    "keyword_boost": Annotated[float, parameter("weight of each term", ge=0, le=100)],
    "max_keywords": Annotated[int, parameter("cap on the terms sent", "terms", ge=1, le=100_000)],
}
REQUEST_PARAMS: tuple[Param, ...] = tuple(
    param_of(name, annotation, getattr(RequestSpec(), name)) for name, annotation in _REQUEST.items()
)


@dataclass(slots=True)
class _Reader:
    """What has been found wrong so far, and the axes of the grid, in order of appearance."""

    problems: list[Problem] = field(default_factory=list)

    def wrong(self, where: str, expected: str, got: Any, advice: str = "") -> None:
        text = got if isinstance(got, str) and got.startswith("<") else _shown(got)
        self.problems.append(Problem(where, expected, text.strip("<>"), advice))


@dataclass(frozen=True, slots=True)
class _Draft:
    """One step or the request with its values: each a tuple of one or, in a grid, several."""

    name: str
    values: Mapping[str, tuple[JsonValue, ...]]
    explicit: tuple[str, ...]


def parse_condition(
    spec: Mapping[str, Any] | Sequence[Any] | str,
    *,
    id: str | None = None,
    seed: int = 0,
    where: str = "conditions",
    presets: Mapping[str, Any] | None = None,
) -> tuple[Condition, ...]:
    """Every condition a spec stands for. `id` `None`: from the spec, or made from steps and parameters.

    `presets` `None`: those that come with the package. Defaults of the steps are filled in.

    Raises:
        ConfigError: with every problem, each at its path below `where`.
    """
    known = load_presets() if presets is None else presets
    name, spec = _named(spec, known)
    reader = _Reader()
    parts = _parts(spec, where, reader, known)
    steps = [draft for place_of_step, content in parts.steps for draft in _step(content, place_of_step, reader)]
    request = _request(parts.request, parts.where_request, reader)
    base = id or parts.id or name
    if base is not None and not _ID.fullmatch(base):
        reader.wrong(f"{where}.id", "letters, digits and . _ + - only", base)
    chosen_seed = seed if parts.seed is None else parts.seed
    if isinstance(chosen_seed, bool) or not isinstance(chosen_seed, int):
        reader.wrong(f"{where}.seed", "a whole number", chosen_seed)
    conditions = [] if reader.problems else _expand(base, steps, request, chosen_seed)
    _refuse_duplicates([condition.id for condition in conditions], where, reader)
    if reader.problems:
        raise ConfigError(reader.problems)
    return tuple(conditions)


def _named(spec: Any, presets: Mapping[str, Any]) -> tuple[str | None, Any]:
    """The id a bare name gives, and the spec it stands for."""
    if spec == _CLEAN:
        return _CLEAN, []
    if isinstance(spec, str) and spec in presets:
        return spec, presets[spec]
    return None, spec


@dataclass(frozen=True, slots=True)
class _Parts:
    steps: list[tuple[str, Any]]
    request: Any
    where_request: str
    id: str | None
    seed: Any


def _parts(spec: Any, where: str, reader: _Reader, presets: Mapping[str, Any]) -> _Parts:
    """Steps with their places, and the request, of any form of spec."""
    if isinstance(spec, str) and spec not in STEPS:
        reader.wrong(where, "clean, a preset or a step", spec, _nearest(spec, [_CLEAN, *presets, *STEPS.names()]))
        return _Parts([], {}, where, None, None)
    if isinstance(spec, list | tuple):
        return _Parts([(f"{where}[{n}]", content) for n, content in enumerate(spec)], {}, where, None, None)
    if not isinstance(spec, Mapping) or not spec.keys() & set(_KEYS):
        return _Parts([(where, spec)], {}, where, None, None)
    for key in [key for key in spec if key not in _KEYS]:
        reader.wrong(f"{where}.{key}", f"one of {', '.join(_KEYS)}", "<an unknown key>", _nearest(key, _KEYS))
    steps = spec.get("steps", [])
    if not isinstance(steps, list | tuple):
        reader.wrong(f"{where}.steps", "a list of steps", steps)
        steps = []
    places = [(f"{where}.steps[{n}]", content) for n, content in enumerate(steps)]
    given_id = spec.get("id")
    return _Parts(places, spec.get("request", {}), f"{where}.request", given_id and str(given_id), spec.get("seed"))


def _nearest(name: Any, known: Sequence[Any]) -> str:
    return did_you_mean(str(name), [str(candidate) for candidate in known])


def _step(content: Any, where: str, reader: _Reader) -> list[_Draft]:
    """One step, or nothing if it is wrong."""
    name: Any = content
    given: Any = {}
    if isinstance(content, Mapping):
        if len(content) != 1:
            advice = "write several steps as a list, for their order matters"
            keys = f"<the keys {', '.join(map(str, content))}>" if content else "<none>"
            reader.wrong(where, "one step, {name: parameters}", keys, advice)
            return []
        name, given = next(iter(content.items()))
    if not isinstance(name, str) or name not in STEPS:
        expected = f"a step ({', '.join(STEPS.names())})"
        reader.wrong(where, expected, name, _nearest(name, STEPS.names()))
        return []
    params = info(name).params
    if not isinstance(given, Mapping) or (params and params[0].kind is not Mapping and is_draw(given)):
        if not params and given is not None:
            reader.wrong(f"{where}.{name}", "no parameters", given)
        given = {params[0].name: given} if params and given is not None else {}
    return [_draft(name, params, given, f"{where}.{name}", reader)]


def _draft(name: str, params: Sequence[Param], given: Mapping[str, Any], where: str, reader: _Reader) -> _Draft:
    names = [param.name for param in params]
    for key in [key for key in given if key not in names]:
        expected = f"one of {', '.join(names)}" if names else "no parameters"
        reader.wrong(f"{where}.{key}", expected, "<an unknown parameter>", _nearest(key, names))
    values: dict[str, tuple[JsonValue, ...]] = {}
    for param in params:
        if param.name in given:
            values[param.name] = _values(param, given[param.name], f"{where}.{param.name}", reader)
        elif param.default is REQUIRED:
            reader.wrong(f"{where}.{param.name}", param.range, "<nothing>", "give it a value")
        else:
            values[param.name] = (param.default,)
    return _Draft(name, values, tuple(key for key in given if key in values))


def _values(param: Param, value: Any, where: str, reader: _Reader) -> tuple[JsonValue, ...]:
    """The values of a parameter: several if a list stands where one value is expected."""
    grid = isinstance(value, list | tuple) and not param.is_list
    if grid and not value:
        reader.wrong(where, param.range, "<an empty list>")
    for single in value if grid else [value]:
        if not param.accepts(single):
            near = _nearest(single, param.choices) if param.choices else ""
            reader.wrong(where, param.range, single, near)
    return tuple(value) if grid else (value,)


def _request(given: Any, where: str, reader: _Reader) -> _Draft:
    if not isinstance(given, Mapping):
        reader.wrong(where, "a mapping", given)
        given = {}
    terms = given.get("keywords")
    listed = isinstance(terms, list | tuple)
    if listed and not (terms and all(isinstance(term, str) and term for term in terms)):
        reader.wrong(f"{where}.keywords", "a list of terms", terms)
    draft = _draft("request", REQUEST_PARAMS, {**given, "keywords": "corpus"} if listed else given, where, reader)
    values = {**draft.values, "keywords": (tuple(terms),)} if listed else dict(draft.values)
    if values.get("keywords") == ("none",):
        values["keywords"] = (None,)
    if "flac" in values.get("container", ()) and set(values.get("encoding", ())) - {"linear16"}:
        reader.wrong(f"{where}.container", "wav or raw with this encoding", "flac", "flac carries linear16 only")
    return _Draft("request", values, draft.explicit)


def _expand(base: str | None, steps: list[_Draft], request: _Draft, seed: int) -> list[Condition]:
    drafts = [*steps, request]
    grids = [[dict(zip(draft.values, row, strict=True)) for row in product(*draft.values.values())] for draft in drafts]
    return [
        Condition(
            id=_id(base, drafts, rows),
            steps=tuple(
                Step(name=draft.name, params=row, version=info(draft.name).version)
                for draft, row in zip(steps, rows, strict=False)
            ),
            request=RequestSpec(**rows[-1]),
            seed=seed,
        )
        for rows in product(*grids)
    ]


def _id(base: str | None, drafts: list[_Draft], rows: Sequence[Mapping[str, JsonValue]]) -> str:
    """`base` and the grid's values; without a base, the steps with the values that were given."""
    if base is None:
        named = [_joined([draft.name], draft.explicit, row) for draft, row in zip(drafts, rows, strict=True)]
        kept = named if drafts[-1].explicit else named[:-1]
        return "+".join(kept) or _CLEAN
    varied = [
        _joined([], [key for key in draft.values if len(draft.values[key]) > 1], row)
        for draft, row in zip(drafts, rows, strict=True)
    ]
    return "-".join([base, *(part for part in varied if part)])


def _joined(start: list[str], keys: Sequence[str], row: Mapping[str, JsonValue]) -> str:
    return "-".join([*start, *(f"{key}-{_slug(row[key])}" for key in keys)])


def _slug(value: JsonValue) -> str:
    if isinstance(value, Mapping):
        return "..".join(_slug(part) for part in value.values())
    if isinstance(value, list | tuple):
        return "_".join(_slug(part) for part in value)
    return re.sub(r"[^A-Za-z0-9._-]+", "_", f"{value:g}" if isinstance(value, float) else str(value)).strip("_")


def _refuse_duplicates(ids: list[str], where: str, reader: _Reader) -> None:
    for repeated in sorted({id for id in ids if ids.count(id) > 1}):
        reader.wrong(where, "different conditions", repeated, "the grid gives this id twice; remove the repeated value")


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
