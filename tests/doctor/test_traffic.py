"""Clients as people write them, and what the doctor says of what they send."""

import json
from pathlib import Path

import pytest

from bench.doctor.traffic import ClientCall, examine, read_traffic
from bench.errors import UsageError
from tests.command import invoke


def request(**changes: object) -> ClientCall:
    fields = {
        "kind": "batch",
        "at_s": 0.0,
        "query": {"language": "en"},
        "scheme": "Bearer",
        "content_type": "audio/wav",
    }
    return ClientCall(**{**fields, "body_bytes": 9, "status": 200, "retry_after": None, "frames": [], **changes})


def chunk(t_s: float, size: int = 3200, head: bytes = b"\1\0") -> dict:
    return {"t_s": t_s, "from": "client", "text": None, "bytes": size, "head": head.hex()}


def said(t_s: float, sender: str, **message: object) -> dict:
    return {"t_s": t_s, "from": sender, "text": json.dumps(message), "bytes": 0, "head": ""}


CLOSED = {"t_s": 9.0, "from": "client", "text": "(closed)", "bytes": 0, "head": ""}
AUDIO = [chunk(0.1 * number) for number in range(10)]
END = said(1.0, "client", type="close_stream")
LAST = said(1.1, "service", transcript="hi", is_final=True, is_last=True)


def stream(*frames: dict, **query: str) -> ClientCall:
    given = {"language": "en", "encoding": "linear16", "sample_rate": "16000", **query}
    return request(kind="stream", query=given, status=None, body_bytes=0, frames=frames)


def verdicts(*calls: ClientCall) -> dict[str, str]:
    return {finding.check: finding.verdict for finding in examine(calls)}


def test_a_client_that_does_all_well_passes() -> None:
    found = verdicts(request(), stream(*AUDIO, END, LAST, CLOSED))
    assert found == dict.fromkeys(found, "pass")
    assert len(found) == 9


@pytest.mark.parametrize(
    ("call", "check", "verdict"),
    [
        (request(scheme="", query={"token": "***", "language": "en"}), "client-key", "fail"),
        (request(scheme=""), "client-key", "warn"),
        (request(query={}), "client-language", "warn"),
        (request(content_type="multipart/form-data; boundary=x"), "client-body", "fail"),
        (request(body_bytes=0), "client-body", "fail"),
        (request(status=429), "client-retries", "fail"),
        (stream(chunk(0.0, head=b"RIFF$\0\0\0WAVE"), *AUDIO, END, LAST, CLOSED), "client-header", "fail"),
        (stream(*AUDIO, chunk(1.0, 333), END, LAST, CLOSED), "client-chunks", "fail"),
        (stream(chunk(0.0, 320_000), END, LAST, CLOSED), "client-chunks", "warn"),
        (stream(*[chunk(0.0)] * 10, END, LAST, CLOSED), "client-pace", "warn"),
        (stream(*AUDIO, LAST, CLOSED), "client-end", "fail"),
        (stream(*AUDIO, said(1.0, "client", type="finalize"), CLOSED), "client-end", "fail"),
        (stream(*AUDIO, END, CLOSED, LAST), "client-is-last", "fail"),
    ],
)
def test_each_trap_is_found(call: ClientCall, check: str, verdict: str) -> None:
    assert verdicts(call)[check] == verdict


def test_a_refusal_is_asked_again_no_sooner_than_it_says() -> None:
    busy = request(status=429, retry_after="2")
    assert verdicts(busy, request(at_s=1.0))["client-retries"] == "fail"
    assert verdicts(busy, request(at_s=2.0))["client-retries"] == "pass"


@pytest.mark.parametrize("content", ["", "{}\n", "no JSON\n"])
def test_what_is_no_traffic_says_so(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.jsonl").write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=r"x.jsonl: expected (traffic|at least one call)"):
        read_traffic(tmp_path / "x.jsonl")


def test_findings_are_written_to_be_sent_the_gravest_first(tmp_path: Path) -> None:
    calls = [request(query={}, scheme=""), stream(*AUDIO, CLOSED)]
    rows = ({name: getattr(call, name) for name in ClientCall.__dataclass_fields__} for call in calls)
    (tmp_path / "x.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    invoke("doctor", "--traffic", tmp_path / "x.jsonl", "--markdown", tmp_path / "x.md", code=1)
    headings = [line for line in (tmp_path / "x.md").read_text("utf-8").splitlines() if line.startswith("#")]
    assert headings == ["# bench doctor: x.jsonl", "## 2 fail", "## 2 warn", "## 5 pass"]
