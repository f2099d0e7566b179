"""Tables of a run's page, one module a concept."""
