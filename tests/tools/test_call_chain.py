"""How the chain of calls to a connection is found; `make check` holds that of the repository to its bounds."""

import textwrap

from tools.call_chain import Code, longest_chain


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
