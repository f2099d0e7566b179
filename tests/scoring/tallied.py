"""A declared rate read off one trial's tallies, without the machinery of estimates."""


def value_of(measures, name, tallies):
    """The rate of that name; `None`: the trial has nothing to divide by."""
    declared = next(measure for measure in measures if measure.name == name)
    bottom = sum(tallies.get(part, 0.0) for part in declared.bottom)
    return sum(tallies.get(part, 0.0) for part in declared.top) / bottom if bottom else None
