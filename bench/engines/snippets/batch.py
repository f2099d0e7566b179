"""One recording over HTTP, as code: the steps of a description in order, asked again as a run would. Pure."""

from __future__ import annotations

from bench.engines.dialect import templates
from bench.engines.dialect.model import Batch, Description, Poll, Step
from bench.engines.snippets.plan import Plan, Unprintable, printable_paths, request_of, variable
from bench.engines.snippets.writing import Writing


def batch_code(description: Description, language: type[Writing]) -> str:
    """The code of a description's batch.

    Raises:
        Unprintable: if it has none, or cannot be written as code.
    """
    if description.batch is None:
        raise Unprintable("no batch: it is a service of streams")
    plan = Plan(description, description.batch)
    if plan.encoding not in description.batch.accepts.encodings or "wav" not in description.batch.accepts.containers:
        raise Unprintable("a service that takes no WAV file of 16 bits")
    return _Batch(plan, description.batch, language(plan)).code()


class _Batch:
    """The call of one description in one language."""

    def __init__(self, plan: Plan, batch: Batch, writing: Writing) -> None:
        self._plan, self._batch, self._writing = plan, batch, writing
        every = [*batch.steps, *([batch.fetch] if batch.fetch else [])]
        self._base = plan.base_url([step.host for step in [*every, *batch.cleanup]])
        saved = [f"{step.name}.{name}" for step in every for name in step.save]
        self._values = plan.values(batch.accepts, saved)
        self._kept: set[str] = set()
        """What earlier answers said, so far."""
        self._cleanup = list(batch.cleanup)

    def code(self) -> str:
        body = self._from(0)
        writing = self._writing
        return writing.batch(self._base, body)

    def _from(self, number: int) -> list[str]:
        """The lines from a step on; what is to be taken away is, whatever comes of them."""
        batch, steps = self._batch, self._batch.steps
        if number == len(steps):
            return self._ended()
        step = steps[number]
        if batch.poll is not None and number + 1 == len(steps):
            lines = self._polled(step, batch.poll)
        else:
            lines = [self._writing.assigned(self._answer(step), self._asked(step))]
        lines += [self._saved(step, name, path) for name, path in step.save.items()]
        due = self._due()
        rest = self._from(number + 1)
        if not due:
            return lines + rest
        return lines + self._writing.whatever_comes(rest, [self._forgotten(each) for each in due])

    def _due(self) -> list[Step]:
        """Steps of the cleanup that can be made from here on."""
        due = [step for step in self._cleanup if templates.names(step.path) <= self._kept]
        self._cleanup = [step for step in self._cleanup if step not in due]
        return due

    def _saved(self, step: Step, name: str, path: str) -> str:
        printable_paths((path,), "a value of an answer")
        self._kept.add(f"{step.name}.{name}")
        answer = self._answer(step)
        return self._writing.needed(variable(f"{step.name}.{name}"), self._writing.syntax.at(answer, path), answer)

    def _answer(self, step: Step) -> str:
        """What a step's answer is called."""
        if step is (self._batch.fetch or self._batch.steps[-1]):
            return "answer"
        return "job" if self._batch.poll and step is self._batch.steps[-1] else variable(step.name)

    def _asked(self, step: Step) -> str:
        return self._writing.asked(request_of(step, self._values))

    def _forgotten(self, step: Step) -> str:
        return self._writing.forgotten(request_of(step, self._values))

    def _polled(self, step: Step, poll: Poll) -> list[str]:
        printable_paths((poll.at,), "the job's state")
        return self._writing.polled(self._answer(step), self._asked(step), poll)

    def _ended(self) -> list[str]:
        batch = self._batch
        last = batch.fetch or batch.steps[-1]
        answer = self._answer(last)
        lines = [self._writing.assigned(answer, self._asked(last))] if batch.fetch else []
        text = self._writing.syntax.first(answer, printable_paths(batch.result.text, "the text"))
        return [*lines, *self._states(answer), *self._writing.told(text, answer)]

    def _states(self, answer: str) -> list[str]:
        """What states within an answer of HTTP 200 mean."""
        lines: list[str] = []
        for path, kinds in self._batch.result.status.items():
            state = self._writing.syntax.at(answer, path)
            empty = [name for name, kind in kinds.items() if kind == "empty"]
            failed = [name for name, kind in kinds.items() if kind != "empty"]
            if empty:
                lines += self._writing.when(self._writing.syntax.among(state, empty), self._writing.returned('""'))
            if failed:
                lines += self._writing.when(self._writing.syntax.among(state, failed), self._writing.raised(answer))
        return lines
