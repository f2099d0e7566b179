"""What a module says: the pieces of text that its sentences are made with."""

import ast


def phrases(path, roots=()):
    """Every piece of text of two words and more that the functions of a module are made with.

    `roots`: only of these functions, and of those of the module that they lead to.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    documented = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    inside = [part for name in _led_to(functions, roots or functions) for part in ast.walk(functions[name])]
    texts = [part.value for part in inside if isinstance(part, ast.Constant) and id(part) not in documented]
    return [text.strip(" ,;:.") for text in texts if isinstance(text, str) and " " in text.strip(" ,;:.")]


def _led_to(functions, roots):
    known, new = [], list(roots)
    while new:
        name = new.pop()
        known.append(name)
        named = {node.id for node in ast.walk(functions[name]) if isinstance(node, ast.Name)}
        new += sorted((named & functions.keys()) - {*known, *new})
    return known
