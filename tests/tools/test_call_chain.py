"""The chain of calls to a connection is as short as it is meant to be, and one that is not is seen."""

import textwrap

from tools.call_chain import Code, longest_chain, problems


def test_the_repository_keeps_to_its_bounds():
    from tools.call_chain import ROOT

    assert list(problems(Code.read(ROOT))) == []


def test_calls_are_followed_through_imports_fields_and_constructors(tmp_path):
    (tmp_path / "bench").mkdir()
    files = {
        "__init__": "",
        "a": """
            from bench.b import Pool, make

            def start(x, y):
                with make() as pool:
                    middle(x, pool, y)

            def middle(x, pool: Pool, y):
                pool.inner.send(x, pool, y, 1)
            """,
        "b": """
            class Inner:
                def send(self, x, pool, y, z): ...

            class Pool:
                inner: Inner

            def make() -> Pool: ...
            """,
    }
    for name, text in files.items():
        (tmp_path / "bench" / f"{name}.py").write_text(textwrap.dedent(text), encoding="utf-8")
    chain = longest_chain(Code.read(tmp_path), "bench.a.start", "bench.b.Inner.send")
    assert [(call.callee, call.handed_on) for call in chain] == [("bench.a.middle", 2), ("bench.b.Inner.send", 3)]
