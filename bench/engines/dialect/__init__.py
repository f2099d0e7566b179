"""A vendor described as data: requests, frames, rules and paths of a YAML file, and what makes adapters of them. Pure."""
