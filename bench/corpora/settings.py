"""The keys under a card's `source`, checked by the source's own model; unknown keys are refused."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from bench.corpora.cards import Card
from bench.errors import ConfigError, Problem, did_you_mean

Model = TypeVar("Model", bound=BaseModel)


def parse_settings(model: type[Model], card: Card) -> Model:
    """`card.source` as the model.

    Raises:
        ConfigError: with every problem.
    """
    try:
        return model.model_validate(dict(card.source))
    except ValidationError as error:
        problems = []
        for detail in error.errors(include_url=False):
            place = ".".join(str(part) for part in detail["loc"])
            hint = did_you_mean(place, model.model_fields) if detail["type"] == "extra_forbidden" else ""
            found = "no such key" if detail["type"] == "missing" else repr(detail["input"])
            expected = detail["msg"].removeprefix("Input should be ")
            problems.append(Problem(f"{card.path}: source.{place}", expected, found + hint))
        raise ConfigError(problems) from error
