"""A key shows itself nowhere, and is masked in every form it may come back in."""

import base64
import json
import pickle
import traceback
import urllib.parse

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bench.engines.secrets import MASK, Hosts, KeyHostError, Mask, Secret, mask_of, masked, read_key, revealed
from bench.errors import ConfigError
from benchmarks.key_spellings import spellings

KEYS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=12, max_size=80)
FORMS = {
    "as it is": str,
    "upper": str.upper,
    "percent": lambda key: "".join(f"%{ord(c):02X}" for c in key),
    "quoted": lambda key: urllib.parse.quote(key, safe=""),
    "quoted twice": lambda key: urllib.parse.quote(urllib.parse.quote(key, safe="")),
    "half percent": lambda key: "".join(f"%{ord(c):02x}" if i % 2 else c for i, c in enumerate(key)),
    "repr": repr,
    "repr of bytes": lambda key: repr(bytearray(key.encode())),
    "json": json.dumps,
    "json twice": lambda key: json.dumps(json.dumps(key)),
    "json with escaped slashes": lambda key: json.dumps(key).replace("/", "\\/"),
    "json escapes": lambda key: "".join(f"\\u{ord(c):04x}" for c in key),
    "character references": lambda key: "".join(f"&#{ord(c)};" for c in key),
    "base64": lambda key: base64.b64encode(key.encode()).decode(),
    "basic": lambda key: base64.b64encode(f"api:{key}".encode()).decode(),
    "bearer, url-safe": lambda key: base64.urlsafe_b64encode(f"Bearer {key}".encode()).decode(),
    "hex": lambda key: key.encode().hex(),
}


@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None, max_examples=12)  # a mask is made once a run, and its patterns take a while to compile
@given(key=KEYS, before=st.text(max_size=9), after=st.text(max_size=9))
@example(key="sk_live/+=0123456789", before="Authorization: Bearer ", after="\r\n")
def test_a_key_is_masked_in_every_form(form: str, key: str, before: str, after: str):
    written = FORMS[form](key)
    said = Mask([key])(before + written + after)
    assert written.strip("\"'=") not in said
    assert key.lower() not in said.lower()
    assert said.startswith(before[: max(0, len(before) - 6)])
    # What stays of base64 is less than the six bits that a neighbour shares.
    assert len(said) <= len(before) + len(after) + 3 + len("bytearray(b'')") + 20


@settings(deadline=None, max_examples=12)
@given(text=st.text(), key=KEYS)
def test_a_text_without_the_key_stays_as_it_is(text: str, key: str):
    if key[:8].lower() not in text.lower() and not any(mark in text for mark in "%\\&"):
        assert Mask([key])(text) == text


def test_a_key_cut_short_by_a_message_limit_is_masked():
    assert Mask(["sk_0123456789abcdef"])("no access for sk_0123456789a...") == "no access for ***..."


def test_a_short_key_is_masked_as_a_word_and_spoils_no_other():
    mask = Mask(["test"])
    assert mask("key test, Bearer test") == "key ***, Bearer ***"
    assert mask("the latest contest") == "the latest contest"


def test_a_secret_hides_itself_from_every_way_to_show_it():
    key = "sk_hidden_0123456789"
    secret = Secret(key).prefixed("Bearer ")
    shown = [repr(secret), str(secret), f"{secret} {secret!r} {secret:>9}", repr({"a": [secret]})]
    assert all(key not in text for text in shown)
    assert secret.reveal() == f"Bearer {key}"
    assert pickle.loads(pickle.dumps(secret)) == secret
    assert masked(f"said {key}") == "said ***"


def test_a_traceback_with_locals_shows_no_key():
    def fail(secret: Secret) -> None:
        headers = {"Authorization": secret}
        raise RuntimeError(f"failed with {headers}")

    try:
        fail(Secret("sk_" + "hidden_0123456789"))
    except RuntimeError as error:
        trace = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "headers = {'Authorization': Secret(***)}" in trace
    assert "sk_hidden" not in trace


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", " ", "\t\n"])
def test_line_ends_around_a_key_are_not_part_of_it(end: str):
    assert read_key({"KEY": f"sk_0123{end}"}, "KEY", "engine a") == Secret("sk_0123")


@pytest.mark.parametrize("value", ["", "\r\n", "sk_0123\n456", "sk_\u00a00123", "sk_ключ", "a b", "sk\x00"])
def test_what_can_be_no_key_is_refused_without_showing_it(value: str):
    with pytest.raises(ConfigError) as raised:
        read_key({"KEY": value}, "KEY", "engine a")
    said = str(raised.value)
    assert said.startswith("engine a: environment variable KEY: expected an API key, got")
    assert "sk" not in said
    assert "ключ" not in said


HOSTS = Hosts(own=("vendor.example",), allowed=("asr.internal",))


@pytest.mark.parametrize(
    "url",
    [
        "https://vendor.example/v1",
        "https://api.eu.vendor.example:8443/v1",
        "wss://VENDOR.example./live",
        "http://127.0.0.1:8000",
        "ws://[::1]:9/x",
        "http://localhost:1",
        "http://asr.internal:8080/v1",
    ],
)
def test_a_key_goes_to_its_own_hosts_to_this_machine_and_where_the_user_says(url: str):
    assert revealed({"x": Secret("sk_0123456789", hosts=HOSTS)}, url) == {"x": "sk_0123456789"}


@pytest.mark.parametrize(
    "url",
    [
        "http://vendor.example/v1",  # without TLS
        "https://evilvendor.example",
        "https://vendor.example.evil.example",
        "https://vendor.example@evil.example/",
        "https://other.asr.internal",
        "http://127.0.0.1.evil.example",
        "https://10.0.0.1",
        "not an address",
    ],
)
def test_a_key_goes_nowhere_else_whoever_named_the_host(url: str):
    with pytest.raises(KeyHostError) as raised:
        revealed({"x": Secret("sk_0123456789", hosts=HOSTS).prefixed("Bearer ")}, url)
    assert "sk_" not in str(raised.value)


_PLANTED = "sk_live_PLANTED/+=0123456789abcdefXYZ"


@pytest.mark.parametrize("spelling", spellings(_PLANTED))
@pytest.mark.parametrize("around", ["{}", "no access for {}, sorry", '{{"error": "{}"}}'])
def test_a_key_is_masked_however_it_is_spelt(spelling, around):
    said = mask_of(frozenset({_PLANTED}))(around.format(spelling))
    assert MASK in said
    kept = said.replace(MASK, "").lower()
    assert "planted" not in kept
    assert "0123456789" not in kept
    assert len(kept) <= len(around) + 14, "most of it is left"


@given(st.integers(0, len(_PLANTED) - 12), st.integers(12, len(_PLANTED)), st.text(max_size=20), st.text(max_size=20))
def test_a_part_of_a_key_that_a_message_was_cut_across_is_masked(begin, length, before, after):
    part = _PLANTED[begin : begin + length]
    said = mask_of(frozenset({_PLANTED}))(before + part + after)
    assert part not in said
    assert said.count(MASK) >= 1


@given(st.text(max_size=200))
def test_what_holds_nothing_of_a_key_stays_as_it_is(text):
    """Twelve characters of such a key are in no text by chance."""
    assert mask_of(frozenset({"Q7vWz1XkY9pLm3Rt5Hs8Nc2B"}))(text) == text
