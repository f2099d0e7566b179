"""One Registry class: a name stands for `module:attribute`, built in or from an entry point.

Listing names imports nothing; a module is imported when its entry is first asked for. Third parties add
to a kind by an entry point in the group `bench.<kind>`. Must not import the things it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from bench.errors import UnknownNameError


class Registry:
    """Names of one kind, for instance `engine`, and where each is defined."""

    def __init__(self, kind: str, builtin: Mapping[str, str]) -> None:
        self.kind = kind
        self._builtin = dict(builtin)

    @cached_property
    def _targets(self) -> dict[str, str]:
        third_party = {point.name: point.value for point in entry_points(group=f"bench.{self.kind}")}
        return {**third_party, **self._builtin}

    def names(self) -> tuple[str, ...]:
        """Known names, sorted; imports none of them."""
        return tuple(sorted(self._targets))

    def __contains__(self, name: object) -> bool:
        return name in self._targets

    def load(self, name: str) -> Any:
        """The object behind a name.

        Raises:
            UnknownNameError: with the nearest known name.
        """
        if name not in self._targets:
            raise UnknownNameError(self.kind, name, self._targets)
        module, _, attribute = self._targets[name].partition(":")
        return getattr(import_module(module), attribute)
