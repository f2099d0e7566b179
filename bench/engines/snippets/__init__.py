"""Working integrations of an engine, as code to begin with.

Pulse's are files of `examples/`, one for each call and language. Those of described engines are printed from the
descriptions that the drivers themselves use (`snippets.batch`, `snippets.stream`): nothing is written twice.
"""

from __future__ import annotations

from collections.abc import Callable

from bench.engines import ENGINES, is_local_engine
from bench.engines.dialect.engine import Vendor
from bench.engines.dialect.model import Description
from bench.engines.snippets.batch import batch_code
from bench.engines.snippets.node_stream import NodeStreams
from bench.engines.snippets.plan import Unprintable
from bench.engines.snippets.python_stream import PythonStreams
from bench.engines.snippets.stream import stream_code
from bench.engines.snippets.writing import Writing
from bench.errors import Problem, UsageError
from bench.files import resource_dir

SUFFIXES = {"python": "py", "node": "mjs"}
"""By the language they are written in."""


def snippet(engine: str, call: str, written_in: str) -> str:
    """The code of a call: `batch`, `stream`, or a recipe by name.

    Raises:
        UsageError: if the engine has none, with the reason.
        UnknownNameError: if there is no such engine.
    """
    path = resource_dir("examples") / engine / f"{call}.{SUFFIXES[written_in]}"
    if path.is_file():
        return path.read_text(encoding="utf-8")
    where = f"--engine {engine} --{'mode' if call in _PRINTERS else 'recipe'} {call}"
    vendor = ENGINES.load(engine)
    try:
        return (
            _PRINTERS[call](vendor.description, _LANGUAGES[written_in]) if isinstance(vendor, Vendor) else _none(engine)
        )
    except KeyError:
        raise UsageError(Problem(where, "an engine with recipes (pulse)", "none: --mode batch or stream")) from None
    except Unprintable as reason:
        raise UsageError(Problem(where, "a description that can be printed as code", str(reason))) from None


def _none(engine: str) -> str:
    what = "a recogniser on this machine" if is_local_engine(engine) else "no service of its own"
    raise Unprintable(f"none: {engine} is {what}")


_PRINTERS: dict[str, Callable[[Description, type[Writing]], str]] = {"batch": batch_code, "stream": stream_code}
_LANGUAGES: dict[str, type[Writing]] = {"python": PythonStreams, "node": NodeStreams}
