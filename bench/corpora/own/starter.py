"""A run config for someone's own recordings, commented, to begin with."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.corpora.own.survey import CLIPS
from bench.files import resource_dir

_SCHEMA = "run.schema.json"
_TEXT = """\
# yaml-language-server: $schema={schema}
# Made by `bench init`; yours from now on: it is never written again.
#   bench run {config} --dry-run     checks everything, calls nothing, shows time and cost
#   bench run {config}
name: {name}
corpora: [{manifest}]

# What is tested: `bench list engines` names them. One may stand here several times, with other ids and settings.
engines:
{engines}
# What happens to the audio before it is sent: `clean` nothing, `landline` a telephone line. `bench list conditions`
conditions: [clean, landline]

# batch: a file in one request. stream: in real time over a WebSocket, as a live call, which takes as long as its audio.
modes: [{modes}]

# How many at a time. Left out, it follows the engines: recognisers on this machine get what its processors can do.
# batch: {{concurrency: 4}}
# stream: {{concurrency: 4}}

# Stop before it costs more. Needs price_per_minute of the engines.
# budget: {{max_cost: 5.0}}
"""
_REMOTE = """\
  - id: {engine}
    engine: {engine}
    settings: {{language: {language}}}
    # price_per_minute: 0.005     # of your contract: the dry run then says what it costs
    # requests_per_minute: 25     # of your plan
"""
_LOCAL = """\
  - id: {engine}                  # on this machine: no key, no network
    engine: {engine}
    settings: {{{language}}}
"""


def write_config(config: Path, manifest: Path, language: str, engines: Mapping[str, bool]) -> bool:
    """Write a run config of a manifest, unless one is there; whether it was written.

    Args:
        config: the file.
        manifest: of the corpus.
        language: BCP-47.
        engines: name -> whether it runs on this machine.
    """
    if config.exists():
        return False
    schema = resource_dir("configs") / "schemas" / _SCHEMA
    config.parent.mkdir(parents=True, exist_ok=True)
    text = config_text(
        name=manifest.resolve().parent.name,
        manifest=str(manifest),
        language=language,
        engines=list(engines.items()),
        config=str(config),
        schema=place_schema(schema, manifest.parent / CLIPS, config),
    )
    config.write_text(text, encoding="utf-8")
    return True


def config_text(
    *, name: str, manifest: str, language: str, engines: Sequence[tuple[str, bool]], config: str, schema: str
) -> str:
    """The text of a config.

    Args:
        name: of the runs.
        manifest: as the config is to name it.
        language: BCP-47.
        engines: name, and whether it runs on this machine.
        config: how its file is called, for its comments.
        schema: where the JSON Schema lies, from the config.
    """
    blocks = [
        _LOCAL.format(engine=engine, language="") if is_local else _REMOTE.format(engine=engine, language=language)
        for engine, is_local in engines
    ]
    identifier = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "my-calls"
    modes = "batch, stream"
    text = _TEXT.format(
        schema=schema, config=config, name=identifier, manifest=manifest, engines="\n".join(blocks), modes=modes
    )
    return text.replace("    settings: {}\n", "")


def place_schema(source: Path, folder: Path, config: Path) -> str:
    """Copy the JSON Schema into a folder of ours, and name it as the config can: by a path that moves along."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, folder / _SCHEMA)
    return Path(os.path.relpath(folder / _SCHEMA, config.parent.resolve())).as_posix()
