"""Statistics: intervals, paired comparisons, power. Pure and seeded; a library of its own (docs/statistics.md).

Names load where they are first used: SciPy takes longer than most commands.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.stats.bootstrap import bootstrap_interval
    from bench.stats.intervals import mean_interval, paired_ratio_difference, ratio_interval
    from bench.stats.matched_pairs import mapsswe
    from bench.stats.multiple import benjamini_hochberg, holm
    from bench.stats.percentiles import percentile_interval
    from bench.stats.permutation import paired_permutation
    from bench.stats.power import minimum_detectable, needed
    from bench.stats.strata import mean_of_rates

_HOME_OF = {
    "benjamini_hochberg": "multiple",
    "bootstrap_interval": "bootstrap",
    "holm": "multiple",
    "mapsswe": "matched_pairs",
    "mean_interval": "intervals",
    "mean_of_rates": "strata",
    "minimum_detectable": "power",
    "needed": "power",
    "paired_permutation": "permutation",
    "paired_ratio_difference": "intervals",
    "percentile_interval": "percentiles",
    "ratio_interval": "intervals",
}

__all__ = [
    "benjamini_hochberg",
    "bootstrap_interval",
    "holm",
    "mapsswe",
    "mean_interval",
    "mean_of_rates",
    "minimum_detectable",
    "needed",
    "paired_permutation",
    "paired_ratio_difference",
    "percentile_interval",
    "ratio_interval",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'bench.stats' has no attribute {name!r}")
    value = getattr(import_module(f"bench.stats.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value
