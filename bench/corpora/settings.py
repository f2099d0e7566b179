"""The keys under a card's `source`, checked by the source's own model; unknown keys are refused."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel

from bench.config import validated
from bench.corpora.cards import Card

Model = TypeVar("Model", bound=BaseModel)


def parse_settings(model: type[Model], card: Card) -> Model:
    """`card.source` as the model.

    Raises:
        ConfigError: with every problem.
    """
    return validated(model, dict(card.source), f"{card.path}: source")
