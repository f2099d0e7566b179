"""A small report's content."""

from bench.report.run.document import Document
from bench.report.run.examples import Example, diff
from bench.report.tables import all_tables, summary_table
from bench.scoring.cells import ScoredTrial
from bench.scoring.text.align import align_counted
from bench.types import Cell
from tests.report.test_tables import cells


def answered(reference, hypothesis):
    """A scored trial with these words."""
    path, words = align_counted(reference.split(), hypothesis.split())
    return ScoredTrial(
        utterance_id="c/u",
        cell=Cell("e", "batch", "clean", "c", "en"),
        cluster="s",
        duration_s=1.0,
        reference_words=len(reference.split()),
        words=words,
        reference=reference,
        hypothesis=hypothesis,
        path=path,
    )


def page_content(title="toy", message="late"):
    content = cells()
    example = Example(
        engine="e",
        mode="batch",
        condition="clean",
        utterance="c/u",
        errors=1,
        words=3,
        diff=diff(answered("a b c", "a x c")),
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
