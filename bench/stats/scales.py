"""The scale on which a quantity varies alike to both sides: of a rate the logarithm, of a share the logit. Pure.

A rate cannot be below 0, and corpora vary in it by factors: of few speakers those with many errors are seldom among
them, so the sample's rate is most often too low and its spread with it, and value ± t SE holds too seldom above and too
often below. On the logarithm (the logit, where there is an upper end as well) both sides miss about alike. Simulated
beside value ± t SE: docs/statistics.md.

Source: Korn and Graubard, Survey Methodology 24, 1998, section 2 (logit intervals of shares in clustered samples);
Agresti, Categorical Data Analysis, 2002, section 3.1 (delta method on the logarithm).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log

import numpy as np
from scipy.special import expit

Within = tuple[float, float]
"""The least and the largest value there can be; infinite where there is no end."""

ANY: Within = (-inf, inf)


@dataclass(frozen=True, slots=True)
class Scale:
    """Numbers of `within` on a line without ends, and back. Of `ANY` they stay as they are."""

    within: Within = ANY

    def has(self, value: float) -> bool:
        """Whether a value has a place on it: what lies at an end has none."""
        least, most = self.within
        return least < value < most

    def place(self, value: float) -> float:
        """Of a value between the ends."""
        least, most = self.within
        if least == -inf:
            return value
        return log(value - least) if most == inf else log(value - least) - log(most - value)

    def value(self, place: float) -> float:
        """The value at a place."""
        least, most = self.within
        if least == -inf:
            return place
        return least + (float(np.exp(place)) if most == inf else (most - least) * float(expit(place)))

    def error(self, value: float, standard_error: float) -> float:
        """The standard error of the place of a value, by the delta method."""
        least, most = self.within
        if least == -inf:
            return standard_error
        return standard_error * (1 / (value - least) + (0.0 if most == inf else 1 / (most - value)))


def limits(value: float, half: float, within: Within) -> tuple[float, float]:
    """Value ± half on the scale of what there can be; a value at an end is cut off there."""
    scale = Scale(within)
    if not scale.has(value):
        return max(within[0], value - half), min(within[1], value + half)
    middle, width = scale.place(value), scale.error(value, half)
    return scale.value(middle - width), scale.value(middle + width)
