"""Keys, and the one place that masks them: a type that shows itself nowhere, and every form a key may come back in.

A `Secret` is plain only where a driver hands it to a socket. Whoever creates one makes it known to this process, and
`masked` takes every known one out of a text: as it is, in other case, cut short, with characters escaped (percent,
backslash, character references), in base64 at any offset, in hexadecimal. Adapters mask nothing: what they say goes
through `masked` where it is stored, shown or raised.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from bench.errors import ConfigError, Problem

MASK: Final = "***"
_LEAST = 4
"""A shorter key is none, and its letters occur in any text."""
_HEAD = 8
"""So much of the beginning of a key gives it away; a message cut within a key must not show the rest."""
_CUT, _PIECE, _ANCHOR = 24, 12, 8
"""Of a key of so many characters so many in a row, wherever they are from, are masked; they are looked for by fewer."""
_NULS = r"(?:\x00|\\+u0000|\\+x00|\\+0)*"
"""Between the octets of UTF-16 and UTF-32, read as something else."""
_BREAKS = r"(?:\s|=\s|\\+[rn]|\x00|\\+u0000)*"
"""Lines that a code was broken into."""
_BETWEEN_OCTETS = r"(?:[\s:,\-]{1,2})?(?:0x|\\+x)?"
_known: set[str] = set()


class KeyHostError(Exception):
    """A key would go to a host that it does not belong to."""

    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(f"the key does not belong to {host}; to send it there all the same: --allow-key NAME={host}")


@dataclass(frozen=True, slots=True)
class Hosts:
    """Where a key may be sent: always to this machine, where emulators are."""

    own: tuple[str, ...] = ()
    """The vendor's, subdomains included; with TLS alone."""
    allowed: tuple[str, ...] = ()
    """By the user on the command line, exactly."""

    def include(self, url: str) -> bool:
        """Whether an address is at one of them."""
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".").lower()
        if is_loopback(host) or host in self.allowed:
            return True
        is_own = any(host == own or host.endswith(f".{own}") for own in self.own)
        return is_own and parts.scheme in {"https", "wss"}


def is_loopback(host: str) -> bool:
    """Whether a host's name or address can only be this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


class Secret:
    """A key. `repr`, `str` and formatting show `***`; `reveal` is for handing it to a socket or signing with it."""

    __slots__ = ("_hosts", "_prefix", "_value")

    def __init__(self, value: str, prefix: str = "", hosts: Hosts | None = None) -> None:
        """`hosts`: where it may be sent; `None`: anywhere, which is for who made it to know."""
        self._value, self._prefix, self._hosts = value, prefix, hosts
        if len(value) >= _LEAST:
            _known.add(value)

    def prefixed(self, prefix: str) -> Secret:
        """The same key behind a word that is none, such as `Bearer `."""
        return Secret(self._value, prefix + self._prefix, self._hosts)

    def may_go_to(self, url: str) -> bool:
        """Whether it belongs to an address's host."""
        return self._hosts is None or self._hosts.include(url)

    def reveal(self) -> str:
        """What it hides, its prefix before it."""
        return self._prefix + self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.reveal() == other.reveal()

    def __hash__(self) -> int:
        return hash(self.reveal())

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __reduce__(self) -> tuple[type[Secret], tuple[str, str, Hosts | None]]:
        return Secret, (self._value, self._prefix, self._hosts)


def revealed(headers: Mapping[str, Secret], url: str) -> dict[str, str]:
    """Headers or parameters as a socket needs them. Bind the result to no name: a traceback may show it.

    Raises:
        KeyHostError: if one does not belong to the host of `url`, whoever named that: a config, or a server's answer.
    """
    for secret in headers.values():
        if not secret.may_go_to(url):
            raise KeyHostError(urlsplit(url).hostname or url)
    return {name: secret.reveal() for name, secret in headers.items()}


def allowed_hosts(allowed: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Hosts by the variable whose key may go there, of `NAME=HOST`.

    Raises:
        ConfigError: for what is no such pair.
    """
    hosts: dict[str, tuple[str, ...]] = {}
    for pair in allowed:
        name, _, host = (part.strip() for part in pair.partition("="))
        if not name or not host or "/" in host or "*" in host:
            raise ConfigError([Problem("--allow-key", "NAME=HOST", repr(pair), "such as MY_KEY=asr.example.com")])
        hosts[name] = (*hosts.get(name, ()), host.lower())
    return hosts


def read_key(environment: Mapping[str, str], name: str, whose: str, hosts: Hosts | None = None) -> Secret:
    """The key in an environment variable, without the line ends and spaces around it.

    Raises:
        ConfigError: if there is none, or what is there can be none; nothing of it is shown.
    """
    value = environment.get(name, "").strip()
    lacking = _key_problem(value)
    if lacking is not None:
        raise ConfigError([Problem(f"{whose}: environment variable {name}", "an API key", *lacking)])
    return Secret(value, hosts=hosts)


def _key_problem(value: str) -> tuple[str, str] | None:
    """What was found in place of a key, and what to do; `None`: it can be one."""
    if not value:
        return "nothing", "set it: export NAME=..., with the key the service gave you"
    if not value.isascii():
        return "characters beyond ASCII", "copy it again as plain text"
    if any(not 0x20 < ord(character) < 0x7F for character in value):
        return "spaces or control characters inside", "copy it again: one line, without spaces"
    return None


def masked(text: str) -> str:
    """The text without any key of this process, in whatever form it is there."""
    return mask_of(frozenset(_known))(text) if _known else text


def shows_a_key(text: str) -> bool:
    """Whether `masked` would change it."""
    return bool(_known) and masked(text) != text


def masked_bytes(data: bytes) -> bytes:
    """The same of bytes of any encoding that contains ASCII."""
    return masked(data.decode("latin-1")).encode("latin-1")


@lru_cache(maxsize=8)
def mask_of(keys: frozenset[str]) -> Mask:
    """The mask of a set of keys, made once."""
    return Mask(keys)


@dataclass(frozen=True, slots=True)
class _Form:
    """One way to write a key: its units in order, and how many of them give it away."""

    needles: tuple[str, ...]
    """Beginnings of the form as it is written plainly, in lower case."""
    whole: re.Pattern[str]
    head: re.Pattern[str]
    rest: tuple[re.Pattern[str], ...]


class Mask:
    """Takes some keys out of texts."""

    def __init__(self, keys: Iterable[str]) -> None:
        longest_first = sorted(keys, key=len, reverse=True)
        self._forms = [form for key in longest_first for form in _forms(key)]
        self._pieces = [_Pieces(key) for key in longest_first if len(key) >= _CUT]

    def __call__(self, text: str) -> str:
        """The text with each form of each key replaced by `***`."""
        lower = text.lower()
        is_escaped = "%" in lower or "\\" in lower or "&#" in lower or "\0" in lower
        forms = [form for form in self._forms if is_escaped or any(needle in lower for needle in form.needles)]
        for form in forms:
            text = form.whole.sub(MASK, text)
        for form in forms:
            text = _without_beginnings(text, form)
        for pieces in self._pieces:
            if any(anchor in lower for anchor in pieces.anchors):
                text = pieces.without(text)
        return text

    def __repr__(self) -> str:
        return f"Mask({len(self._forms)} forms)"


class _Pieces:
    """Parts of a long key, plain, as messages hold them that it was cut across."""

    def __init__(self, key: str) -> None:
        self._key = key.lower()
        step = _PIECE - _ANCHOR + 1
        self.anchors = [self._key[at : at + _ANCHOR] for at in range(0, len(key) - _ANCHOR + 1, step)]
        self._anchor = re.compile("|".join(map(re.escape, self.anchors)), re.IGNORECASE)

    def without(self, text: str) -> str:
        """The text with every part of the key masked that is long enough to give it away."""
        parts, done = [], 0
        while (match := self._anchor.search(text, done)) is not None:
            begin, end = self._widened(text, match.start(), match.end(), done)
            if end - begin < _PIECE:
                parts.append(text[done : match.end()])
                done = match.end()
                continue
            parts += [text[done:begin], MASK]
            done = end
        return "".join(parts) + text[done:] if parts else text

    def _widened(self, text: str, begin: int, end: int, least: int) -> tuple[int, int]:
        """As far as the text goes on as the key does."""
        at = self._key.find(text[begin:end].lower())
        first, last = at, at + end - begin
        while begin > least and first > 0 and text[begin - 1].lower() == self._key[first - 1]:
            begin, first = begin - 1, first - 1
        while end < len(text) and last < len(self._key) and text[end].lower() == self._key[last]:
            end, last = end + 1, last + 1
        return begin, end


def _without_beginnings(text: str, form: _Form) -> str:
    """The text without what was cut short within a key."""
    parts, done = [], 0
    while (match := form.head.search(text, done)) is not None:
        end = match.end()
        for unit in form.rest:
            following = unit.match(text, end)
            if following is None:
                break
            end = following.end()
        parts += [text[done : match.start()], MASK]
        done = end
    return "".join(parts) + text[done:] if parts else text


def _forms(key: str) -> list[_Form]:
    octets, twice = key.encode(), base64.b64encode(key.encode())
    one, two = f"{octets[0]:02x}", f"{octets[1]:02x}"
    apart = [f"0x{one}", *(f"{one}{between}{two}" for between in ("", " ", ":"))]
    forms = [
        _form([key], [_escaped(character) for character in key], _HEAD, is_word=len(key) < _HEAD, gap=_NULS),
        _form(apart, [f"{octet:02x}" for octet in octets], _HEAD, gap=_BETWEEN_OCTETS),
        _form([f"={one}={two}"], [f"={octet:02x}" for octet in octets], _HEAD, gap=_BREAKS),
        _form(
            [f"{octets[0]},{octets[1]}", f"{octets[0]}, {octets[1]}"],
            [str(octet) for octet in octets],
            _HEAD,
            gap=r",\s*",
        ),
    ]
    for coded in (octets, key.encode("utf-16-le"), key.encode("utf-16-be"), twice):
        for offset in range(3):
            for text in _alphabets(_inner_base64(coded, offset)):
                units = list(map(re.escape, text))
                forms.append(_form([text], units, 12, flags=re.NOFLAG, gap=_BREAKS))
    return forms


def _form(
    plain: Sequence[str],
    units: list[str],
    head: int,
    *,
    is_word: bool = False,
    flags: re.RegexFlag = re.IGNORECASE,
    gap: str = "",
) -> _Form:
    """`plain`: of which a text that holds it holds one, as far as the head reaches. `is_word`: found only where no
    letter or digit stands beside it. `gap`: what may stand between two units.
    """
    edge = "(?<![0-9A-Za-z])%s(?![0-9A-Za-z])" if is_word else "%s"
    whole, first = (re.compile(edge % gap.join(part), flags) for part in (units, units[:head]))
    rest = tuple(_unit(gap + unit, flags) for unit in units[head:])
    return _Form(tuple(needle[:head].lower() for needle in plain), whole, first, rest)


@lru_cache(maxsize=1024)
def _unit(pattern: str, flags: re.RegexFlag) -> re.Pattern[str]:
    return re.compile(pattern, flags)


def _escaped(character: str) -> str:
    """A character as it is or escaped: `\\/`, `%2F`, `%252F`, `=2F`, `\\u002f`, `\\x2f`, `\\057`, `&#47;`, `&#x2f;`."""
    code = ord(character)
    slashed = rf"\\+(?:u00{code:02x}|x{code:02x}|{code:03o})"
    return rf"(?:\\*{re.escape(character)}|%(?:25)*{code:02x}|={code:02x}|{slashed}|&#0*{code};?|&#x0*{code:x};?)"


def _inner_base64(octets: bytes, offset: int) -> str:
    """What base64 makes of these bytes behind `offset` others, whatever stands before and behind them."""
    coded = base64.b64encode(b"\0" * offset + octets).decode()
    first = -(-offset * 8 // 6)
    return coded[first : (offset + len(octets)) * 8 // 6]


def _alphabets(coded: str) -> set[str]:
    return {coded, coded.replace("+", "-").replace("/", "_")} if coded else set()
