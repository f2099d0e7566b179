"""Statistics: intervals, paired comparisons, power. Pure and seeded."""
