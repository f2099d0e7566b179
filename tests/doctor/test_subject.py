"""A described engine that is to be called: where its key may go, and when it may do without one."""

from pathlib import Path

import pytest

from bench.doctor.subject import modes_of, read_any, subject, subject_of_engine
from bench.errors import BenchError, UsageError
from bench.files import packaged_text

KEY = {"DEEPGRAM_API_KEY": "a-key-of-the-emulator-0123456789"}


def test_a_vendors_key_is_bound_to_its_hosts_and_a_files_to_none(tmp_path: Path) -> None:
    vendor = subject(*read_any("deepgram"), {}, "--set").key(KEY, "check")
    assert vendor is not None
    assert vendor.may_go_to("https://api.deepgram.com/v1/listen")
    file = tmp_path / "mine.yaml"
    file.write_text(packaged_text("engines/dialect/vendors/deepgram.yaml"), encoding="utf-8")
    own = subject(*read_any(str(file)), {}, "--set")
    key, allowed = own.key(KEY, "check"), own.key(KEY, "check", allowed=["DEEPGRAM_API_KEY=api.deepgram.com"])
    assert key is not None
    assert not key.may_go_to("https://api.deepgram.com/v1/listen")
    assert allowed is not None
    assert allowed.may_go_to("https://api.deepgram.com/v1/listen")


def test_only_this_machine_may_do_without_a_key() -> None:
    described = read_any("deepgram")
    assert subject(*described, {"base_url": "http://127.0.0.1:8000"}, "--set").key({}, "check") is None
    elsewhere = subject(*described, {"base_url": "https://asr.example.com"}, "--set")
    with pytest.raises(BenchError, match="DEEPGRAM_API_KEY"):
        elsewhere.key({}, "check")
    assert elsewhere.key({}, "check", is_optional=True) is None


def test_engines_by_name_are_described_or_refused() -> None:
    assert modes_of(subject_of_engine("deepgram", {}).description) == ("batch", "stream")
    with pytest.raises(UsageError, match="a described engine"):
        subject_of_engine("moonshine", {})
    with pytest.raises(UsageError, match="one written by hand"):
        read_any("moonshine")
