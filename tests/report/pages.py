"""A small report's content."""

from bench.report.run.document import Document
from bench.report.run.examples import Example, diff
from bench.report.tables import all_tables, summary_table
from tests.report.test_tables import cells


def page_content(title="toy", message="late"):
    content = cells()
    example = Example(
        engine="e",
        mode="batch",
        condition="clean",
        utterance="c/u",
        errors=1,
        words=3,
        diff=diff("a b c", "a x c"),
        clean=None,
        sent=None,
    )
    return Document(
        title=title,
        description="",
        facts=(("run", "r"),),
        warnings=("careful",),
        summary=summary_table(content),
        tables=tuple(all_tables(content)),
        examples=(example,),
        failures=((message, 2),),
        cells=content,
    )
