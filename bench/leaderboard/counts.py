"""Errors of utterances, as columns. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.stats.strata import Stratum


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one engine, repeats pooled; utterances in the order of their keys, the same for every engine of a table."""

    keys: NDArray[np.object_]
    errors: NDArray[np.int64]
    lengths: NDArray[np.int64]
    """Of their references."""

    def taken(self, chosen: NDArray[np.bool_]) -> Counts:
        """Those of the utterances that are marked."""
        return Counts(self.keys[chosen], self.errors[chosen], self.lengths[chosen])

    def labels(self, clusters: Mapping[str, str]) -> list[str]:
        """The cluster of each utterance."""
        return [clusters[key] for key in self.keys]

    def stratum(self, clusters: Mapping[str, str]) -> Stratum:
        """Errors, lengths and clusters."""
        return self.errors, self.lengths, self.labels(clusters)
