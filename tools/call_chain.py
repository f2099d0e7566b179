"""Counts the calls from `bench.run` to a connection, in one process, and the parameters that are only handed on.

`python tools/call_chain.py` prints the longest chain of own functions to each function that opens a connection, and
exits 1 if one has more than 9 frames, or a call in it hands on more than 5 parameters. Static: from the source alone,
by imports, annotations of parameters and fields, and what a constructor was assigned to. Calls of functions that were
passed as values are not seen, but for what RETURNED names; a coroutine counts where it is made.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parent.parent
START = "bench.api.run"
TARGETS = ("bench.drivers.socket.open_wire", "bench.drivers.http.Client.send")
AFTERWARDS = ("bench.drivers.http._cleaned",)
"""Called when the answer is there, on the connection that brought it."""
RETURNED = {"bench.execution.executors.executor": "bench.execution.processes.Processes"}
"""A function that looks a class up -> the one of one process."""
MOST_FRAMES = 9
MOST_HANDED_ON = 5

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Call:
    """One function calls another."""

    caller: str
    callee: str
    handed_on: int
    """Arguments that are parameters of the caller, passed as they came."""


@dataclass
class Code:
    """Functions, classes and imports of the package, by dotted name."""

    functions: dict[str, _Function] = field(default_factory=dict)
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    imports: dict[str, dict[str, str]] = field(default_factory=dict)
    """Module -> name in it -> what it stands for; imports within functions included."""

    @classmethod
    def read(cls, root: Path) -> Code:
        code = cls()
        for path in sorted((root / "bench").rglob("*.py")):
            module = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
            code._add(module, ast.parse(path.read_text(encoding="utf-8")))
        return code

    def _add(self, module: str, tree: ast.Module) -> None:
        names = self.imports.setdefault(module, {})
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                names.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
        for node in tree.body:
            if isinstance(node, _Function):
                self.functions[f"{module}.{node.name}"] = node
                names[node.name] = f"{module}.{node.name}"
            elif isinstance(node, ast.ClassDef):
                self.classes[f"{module}.{node.name}"] = node
                names[node.name] = f"{module}.{node.name}"
                methods = (each for each in node.body if isinstance(each, _Function))
                self.functions.update({f"{module}.{node.name}.{each.name}": each for each in methods})

    def module_of(self, name: str) -> str:
        while name not in self.imports:
            name = name.rpartition(".")[0]
        return name

    @cached_property
    def calls(self) -> dict[str, list[Call]]:
        """By caller."""
        return {name: list(_calls(self, name)) for name in self.functions}


def _calls(code: Code, caller: str) -> Iterator[Call]:
    function, known = code.functions[caller], _types(code, caller)
    parameters = {each.arg for each in [*function.args.args, *function.args.kwonlyargs]} - {"self", "cls"}
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and (callee := _named(code, caller, node.func, known)) in code.functions:
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            yield Call(caller, callee, sum(isinstance(each, ast.Name) and each.id in parameters for each in given))


def _types(code: Code, caller: str) -> dict[str, str]:
    """Classes of a function's parameters and of what it makes, and functions it looks up, by name."""
    function, module = code.functions[caller], code.module_of(caller)
    types = {"self": caller.rpartition(".")[0]}
    for each in [*function.args.args, *function.args.kwonlyargs]:
        types.update((each.arg, name) for name in _annotated(code, module, each.annotation))
    for node in ast.walk(function):
        if isinstance(node, ast.withitem) and isinstance(node.optional_vars, ast.Name):
            types |= _made(code, caller, node.optional_vars.id, node.context_expr)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            types |= _made(code, caller, node.targets[0].id, node.value)
    return types


def _made(code: Code, caller: str, name: str, value: ast.expr) -> dict[str, str]:
    """What a constructor, or a function of the package that says what it returns, makes of a name."""
    if not isinstance(value, ast.Call):
        return {}
    callee = _named(code, caller, value.func, {})
    if callee in RETURNED:
        return {name: RETURNED[callee]}
    if callee in code.classes:
        return {name: callee}
    if callee not in code.functions:
        return {}
    kinds = list(_annotated(code, code.module_of(callee), code.functions[callee].returns))
    return {name: kinds[0]} if kinds else {}


def _annotated(code: Code, module: str, annotation: ast.expr | None) -> Iterator[str]:
    """Classes of the package that an annotation names."""
    for node in ast.walk(annotation) if annotation is not None else ():
        if isinstance(node, ast.Name) and (name := code.imports[module].get(node.id, "")) in code.classes:
            yield name


def _named(code: Code, caller: str, called: ast.expr, types: dict[str, str]) -> str:
    """Dotted name of what an expression stands for; empty: not known, or not ours."""
    if isinstance(called, ast.Name):
        looked_up = types.get(called.id, "")
        return looked_up if looked_up in code.functions else code.imports[code.module_of(caller)].get(called.id, "")
    if not isinstance(called, ast.Attribute):
        return ""
    owner = _class_of(code, called.value, types)
    if owner:
        return f"{owner}.{called.attr}"
    module = _named(code, caller, called.value, types)
    return f"{module}.{called.attr}" if module else ""


def _class_of(code: Code, value: ast.expr, types: dict[str, str]) -> str:
    """Class of a name, or of a field of one."""
    if isinstance(value, ast.Name):
        return types.get(value.id, "")
    owner = _class_of(code, value.value, types) if isinstance(value, ast.Attribute) else ""
    if not owner or not isinstance(value, ast.Attribute):
        return ""
    for node in code.classes[owner].body if owner in code.classes else ():
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == value.attr:
            return next(_annotated(code, code.module_of(owner), node.annotation), "")
    return ""


def longest_chain(code: Code, start: str, target: str, passed: tuple[str, ...] = ()) -> list[Call] | None:
    """The longest chain of calls without a circle; `None`: there is none."""
    if start == target:
        return []
    chains = []
    for call in code.calls.get(start, ()):
        if call.callee not in (*passed, *AFTERWARDS):
            rest = longest_chain(code, call.callee, target, (*passed, start))
            if rest is not None:
                chains.append([call, *rest])
    return max(chains, key=len, default=None)


def problems(code: Code) -> Iterator[str]:
    """One line for each chain or call beyond its bound, or that is gone."""
    for target in TARGETS:
        chain = longest_chain(code, START, target)
        if chain is None:
            yield f"{START} -> {target}: expected a chain of calls, found none; mend the names in {Path(__file__).name}"
            continue
        if len(chain) + 1 > MOST_FRAMES:
            yield f"{START} -> {target}: expected at most {MOST_FRAMES} frames, found {len(chain) + 1}"
        for call in chain:
            if call.handed_on > MOST_HANDED_ON:
                expected = f"at most {MOST_HANDED_ON} parameters handed on"
                yield f"{call.caller} -> {call.callee}: expected {expected}, found {call.handed_on}"


def main() -> int:
    code = Code.read(ROOT)
    for target in TARGETS:
        chain = longest_chain(code, START, target) or []
        print(f"{len(chain) + 1} frames to {target}")
        print("\n".join(f"  {call.callee} ({call.handed_on} handed on)" for call in chain))
    found = list(problems(code))
    print("\n".join(found), file=sys.stderr)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
