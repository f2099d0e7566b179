"""A vendor described as data: requests, frames, rules and paths in YAML, and what makes adapters of it. Pure."""
