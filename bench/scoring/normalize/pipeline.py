"""Compiles a profile for one language into a function. Which steps run, and with what, is data; how, is `steps`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bench.scoring.normalize import data
from bench.scoring.normalize.steps import TEXT_STEPS, TOKEN_STEPS, TextStep, TokenStep

Pipeline = Callable[[str], str]


def compile_pipeline(profile: Mapping[str, Any], language: str) -> Pipeline:
    """The profile's steps with the language's parameters; a step the language has nothing for is left out."""
    rules = data.rules(language)
    text_steps = [step for name in profile["text"] if (step := TEXT_STEPS[name](rules)) is not None]
    token_steps = [step for name in profile["token"] if (step := TOKEN_STEPS[name](rules)) is not None]
    return _chain(text_steps, token_steps)


def _chain(text_steps: list[TextStep], token_steps: list[TokenStep]) -> Pipeline:
    def run(text: str) -> str:
        for text_step in text_steps:
            text = text_step(text)
        tokens = text.split()
        for token_step in token_steps:
            tokens = token_step(tokens)
        return " ".join(tokens)

    return run
