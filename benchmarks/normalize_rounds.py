"""What `benchmarks.normalize --against` runs under each interpreter: processor time of one profile on given texts.

Stands alone, and imports nothing but the interpreter's own `bench`. First line of input: a JSON object with `profile`
and `texts` (by language, a list for each turn). For each further line it measures one turn, and prints microseconds per
text by language. With `--read` it prints what the texts of the first turn are read as.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from importlib.util import find_spec
from time import process_time


def package() -> str:
    """Where the interpreter's version of the code keeps the normaliser."""
    old = "bench.scoring.normalize"
    return "bench.scoring.text.normalize" if find_spec("bench.scoring.text") else old


def micros(run, texts: list[str]) -> float:  # type: ignore[no-untyped-def]
    start = process_time()
    for text in texts:
        run(text)
    return (process_time() - start) / len(texts) * 1e6


def main() -> None:
    order = json.loads(sys.stdin.readline())
    data, pipeline = import_module(f"{package()}.data"), import_module(f"{package()}.pipeline")
    spec = data.profiles()[order["profile"]]
    runs = {name: pipeline.compile_pipeline(spec, name.split(",")[0]) for name in order["texts"]}
    if "--read" in sys.argv[1:]:
        print(json.dumps({name: [runs[name](text) for text in texts[0]] for name, texts in order["texts"].items()}))
    for turn, _ in enumerate(sys.stdin):
        print(json.dumps({name: micros(runs[name], texts[turn]) for name, texts in order["texts"].items()}), flush=True)


if __name__ == "__main__":
    main()
