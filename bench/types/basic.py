"""Names of the plainest types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

Mode: TypeAlias = Literal["batch", "stream"]
JsonValue: TypeAlias = Any
Params: TypeAlias = Mapping[str, JsonValue]
