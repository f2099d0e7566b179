"""Named presets, `configs/conditions/<name>.yaml`. An edge of this package: it reads files, the steps do not."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bench.config.spec import read_yaml
from bench.errors import ConfigError, Problem
from bench.files import resource_dir


@cache
def load_presets(folder: Path | None = None) -> Mapping[str, Any]:
    """Preset name -> condition spec as written; `None`: the presets that come with the package.

    Raises:
        ConfigError: if a file is not YAML or has no `steps` or `request`.
    """
    presets: dict[str, Any] = {}
    problems: list[Problem] = []
    for path in sorted((folder or resource_dir("configs") / "conditions").glob("*.yaml")):
        try:
            spec = read_yaml(path, "a condition")
        except ConfigError as error:
            problems += error.problems
            continue
        if not isinstance(spec, dict) or not spec.keys() & {"steps", "request"}:
            problems.append(Problem(str(path), "a mapping with `steps` or `request`", type(spec).__name__))
            continue
        presets[path.stem] = spec
    if problems:
        raise ConfigError(problems)
    return MappingProxyType(presets)
