"""What users write: the run config, and the one door through which every YAML file comes in."""

from bench.config.run import (
    BudgetSpec,
    ContrastSpec,
    CorpusSpec,
    EmulateSpec,
    EngineSpec,
    LoadSearchSpec,
    LoadSpec,
    RetrySpec,
    RunConfig,
    StreamSpec,
    ValiditySpec,
    load_config,
    parse_config,
)
from bench.config.spec import SpecModel, read_spec, validated, validation_problems

__all__ = [
    "BudgetSpec",
    "ContrastSpec",
    "CorpusSpec",
    "EmulateSpec",
    "EngineSpec",
    "LoadSearchSpec",
    "LoadSpec",
    "RetrySpec",
    "RunConfig",
    "SpecModel",
    "StreamSpec",
    "ValiditySpec",
    "load_config",
    "parse_config",
    "read_spec",
    "validated",
    "validation_problems",
]
