"""Which form of a noun a number in digits asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

Counted = Callable[[Sequence[str], str], str]
"""From a noun's forms and a number in digits to the form behind it."""


def inflected(names: Sequence[str], whole: str, more: str | None) -> str:
    """One, few (Slavic 2-4) or many; two names mean one and other."""
    number = int(whole)
    if len(set(names)) == 1:
        return names[0]
    if len(names) == 2 or names[2] == names[1]:
        return names[0] if number == 1 and not more else names[1]
    if more or number % 100 in range(11, 15):
        return names[2]
    if number % 10 == 1:
        return names[0]
    return names[1] if number % 10 in {2, 3, 4} else names[2]


def counted(rules: Mapping[str, Any]) -> Counted:
    """The language's way to count, see `counted_form`."""
    return partial(counted_form, rules)


def counted_form(rules: Mapping[str, Any], names: Sequence[str], number: str) -> str:
    """The form of a name behind a number in digits; decimals take that of few.

    Endings declared as `exact` count only as the number itself: Czech has 2 koruny, but 22 korun.
    """
    if not number.isdecimal():
        return names[min(1, len(names) - 1)]
    if len(set(names)) == 2 and len(names) == 2 and "few" in rules:
        return names[1] if int(number) in rules["few"] else names[0]
    if len(names) == 3 and "few" in rules and int(number[-1]) in rules["few"] and number[-2:-1] != "1":
        return names[1]
    number = number if len(number) <= 3 else f"1{number[-2:]}"  # no form depends on more
    last = int(number[-1])
    many = last in rules.get("exact", ()) and int(number) != last
    return names[-1] if many else inflected(names, number, None)
