"""What the messages of a stream do to what was heard, as the lines of one method in either language. Pure.

The rules of a description become one chain of conditions, and each way of putting text together
(`engines.accumulate`) a few statements; a language brings those as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from bench.engines.dialect.model import Match, Rule, Stream
from bench.engines.snippets.plan import Unprintable, printable_paths
from bench.engines.snippets.syntax import Syntax

EVENT = "event"
_SPEAKS = frozenset({"final", "update", "eager", "delta", "close", "announce", "tokens", "end", "error"})
_NEVER = "never"
"""The path that descriptions give a flag that is never set."""


class Statements(Protocol):
    """A language's way to say what messages do."""

    syntax: Syntax
    lines: ClassVar[Mapping[str, str]]
    """By name, with `TEXT` and `KEY` in them."""

    def chain(self, branches: list[tuple[str, list[str]]]) -> list[str]:
        """If, else if ... with the lines of each."""

    def when(self, condition: str, statement: str) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Hearing:
    """The rules of one stream, to be written."""

    stream: Stream
    statements: Statements

    @property
    def has_tail(self) -> bool:
        return self.stream.accumulate.tail == "count"

    @property
    def waits_longer(self) -> bool:
        """Whether more is waited for while a segment is open."""
        return self.stream.finish.settle_s is not None

    def take(self) -> tuple[list[str], list[str]]:
        """Lines for texts that are no JSON, and lines for parsed messages."""
        spoken = [rule for number, rule in enumerate(self.stream.rules) if self._matters(number)]
        texts = [rule for rule in spoken if isinstance(rule.match, str)]
        parsed = [rule for rule in spoken if not isinstance(rule.match, str)]
        after = [line for match in self._marks() for line in self._over(match)]
        after += [line for number, match in enumerate(self.answers()) for line in self._answered(number, match)]
        if self.stream.finish.all_settled:
            after.append(self.statements.lines["settle"])
        return self._chain(texts, "message"), [*self._chain(parsed, EVENT), *after]

    def _chain(self, rules: list[Rule], root: str) -> list[str]:
        matches = self.statements.syntax.matches
        return self.statements.chain([(matches(root, rule.match), self._does(rule)) for rule in rules])

    def answers(self) -> list[Match]:
        """The messages that stages of the end wait for, where another stage follows."""
        return [stage.until for stage in self.stream.end[:-1] if stage.until is not None]

    def _marks(self) -> list[Match]:
        """Messages that mark the end where it was sent, and no rule says so."""
        ends = [
            rule.match
            for number, rule in enumerate(self.stream.rules)
            if rule.role == "end" and not self._hidden(number)
        ]
        return [match for match in self.stream.finish.when if match not in ends and not isinstance(match, str)]

    def _over(self, match: Match) -> list[str]:
        sent = self.statements.lines["end sent"]
        condition = f"{sent}{self.statements.syntax.both}{self.statements.syntax.matches(EVENT, match)}"
        return self.statements.when(condition, self.statements.lines["over"])

    def _answered(self, number: int, match: Match) -> list[str]:
        condition = self.statements.syntax.matches(EVENT, match)
        return self.statements.when(condition, self.statements.lines["answered"].replace("NUMBER", str(number)))

    def _matters(self, number: int) -> bool:
        """Whether a rule does something, or keeps a later one from doing something."""
        rule = self.stream.rules[number]
        later = self.stream.rules[number + 1 :]
        does = rule.role in _SPEAKS and not (rule.role == "update" and rule.final == _NEVER and not self.has_tail)
        does = does and not (rule.role == "eager" and not (rule.text and self.has_tail))
        partial = rule.role == "partial" and self.waits_longer
        return (
            does
            or partial
            or self._is_ready(rule)
            or any(other.role in _SPEAKS and _may_both_match(rule.match, other.match) for other in later)
        )

    def _is_ready(self, rule: Rule) -> bool:
        return rule.role == "ready" and self.stream.ready is not None

    def _hidden(self, number: int) -> bool:
        """Whether an earlier rule may take what a rule is for."""
        match = self.stream.rules[number].match
        return any(_may_both_match(rule.match, match) for rule in self.stream.rules[:number])

    def _does(self, rule: Rule) -> list[str]:
        lines = self.statements.lines
        if rule.send:
            raise Unprintable(f"an answer that is sent to a message ({rule.match})")
        if rule.role == "error":
            return self._fails(rule)
        if rule.role == "ready":
            return [lines["ready"]]
        if rule.role == "end":
            if rule.text:
                raise Unprintable("an end mark that carries the text of the whole stream")
            return [lines["over"]]
        if rule.role == "partial":
            return [self._said(lines["partial"], rule)] if self.waits_longer else [lines["nothing"]]
        if rule.role == "announce":
            return self._announced(rule)
        return self._says(rule) if rule.role in _SPEAKS else [lines["nothing"]]

    def _fails(self, rule: Rule) -> list[str]:
        lines = self.statements.lines
        if rule.after_end == "error":
            return [lines["fail"]]
        heard = lines["heard"] if self.stream.finish.all_settled else lines["over"]
        settled = [heard, *([lines["nothing left"]] if rule.after_end == "last" else [])]
        return self.statements.chain([(lines["end sent"], settled), ("", [lines["fail"]])])

    def _announced(self, rule: Rule) -> list[str]:
        lines, syntax = self.statements.lines, self.statements.syntax
        previous = syntax.at(EVENT, rule.previous) if rule.previous else syntax.constants[None]
        told = [self._said(line, rule).replace("PREVIOUS", previous) for line in lines["announce"].split("\n")]
        return [*told, *self.statements.when(lines["end sent"], lines["heard"])]

    def _says(self, rule: Rule) -> list[str]:
        how = self.stream.accumulate.how
        if rule.role == "eager":
            return self._split("keyed open", rule)
        if rule.role == "update":
            return self._updated(rule)
        if rule.role == "close":
            return self._closed(rule)
        final = "replace all open" if self.waits_longer else "replace final"
        name = {"final": final, "delta": "delta", "tokens": "tokens"}[rule.role]
        if how == "tokens" and (rule.final or len(rule.text) != 1):
            raise Unprintable("tokens that are told otherwise than in one list with `is_final`")
        return self._split(name, rule)

    def _split(self, name: str, rule: Rule) -> list[str]:
        return self._said(self.statements.lines[name], rule).split("\n")

    def _updated(self, rule: Rule) -> list[str]:
        final = self._split("keyed final" if self.has_tail else "keyed only", rule)
        is_open = self._split("keyed open", rule) if self.has_tail else []
        if rule.final is None:
            return final
        if rule.final == _NEVER:
            return is_open
        is_final = self.statements.syntax.equal(self.statements.syntax.at(EVENT, rule.final), True)
        return self.statements.chain([(is_final, final), *([("", is_open)] if is_open else [])])

    def _closed(self, rule: Rule) -> list[str]:
        if rule.text:
            return self._split("close", rule)
        lines = self._split("close empty", rule)
        if rule.spare:
            spare = self.statements.syntax.first(EVENT, printable_paths(rule.spare, "the text"))
            lines.append(self.statements.lines["spare"].replace("TEXT", spare))
        return lines

    def _said(self, line: str, rule: Rule) -> str:
        text = self.statements.syntax.first(EVENT, printable_paths(rule.text, "the text")) if rule.text else ""
        key = self.statements.lines["turn" if self.stream.accumulate.how == "delta" or self.has_tail else "turns"]
        if rule.key is not None:
            key = self.statements.syntax.at(EVENT, *printable_paths((rule.key,), "the segment"))
        return line.replace("TEXT", text).replace("KEY", key)


def _may_both_match(match: Match, other: Match) -> bool:
    """Whether a message may fit both: not where they ask different values of one path."""
    if isinstance(match, str) or isinstance(other, str):
        return match == other
    return not any(_differ(match[path], other[path]) for path in match.keys() & other.keys())


def _differ(wanted: object, other: object) -> bool:
    if "*" in (wanted, other):
        return False
    one, two = (value if isinstance(value, list) else [value] for value in (wanted, other))
    return not any(value in two for value in one)
