"""The page's description, as written, against a server of its own; and its table of faults against what is tested."""

from __future__ import annotations

import json
import re
import threading
import wave
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from websockets.sync.server import serve

from bench.cli.engine import engine_command
from bench.engines.dialect.loading import parse_description
from tests.engines.dialect import calling

PAGE = Path("docs/vendors.md").read_text(encoding="utf-8")
DESCRIPTION = next(
    block for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if "# file: parrot.yaml" in block
)


class Parrot:
    def __init__(self) -> None:
        self.path = ""
        self.heard = 0

    def __call__(self, connection) -> None:
        self.path = connection.request.path
        connection.send(json.dumps({"type": "hello"}))
        for frame in connection:
            if isinstance(frame, bytes):
                self.heard += len(frame)
                connection.send(json.dumps({"type": "heard", "text": "good"}))
            elif json.loads(frame)["type"] == "bye":
                words = [{"w": "good", "start": 100, "end": 300}, {"w": "day", "start": 300, "end": 500}]
                connection.send(json.dumps({"type": "heard", "final": True, "text": "good day", "words": words}))
                connection.send(json.dumps({"type": "gone"}))


@contextmanager
def parrot():
    handler = Parrot()
    with serve(handler, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield handler, f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def files(tmp_path):
    (tmp_path / "parrot.yaml").write_text(DESCRIPTION, encoding="utf-8")
    with wave.open(str(tmp_path / "clip.wav"), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(calling.call_of("stream", seconds=0.5).audio)
    return tmp_path


def test_the_description_of_the_page_is_one(files):
    said = CliRunner().invoke(engine_command, ["check", str(files / "parrot.yaml")])
    assert said.exit_code == 0, said.output
    assert said.output.startswith("Parrot 1: stream; described, unproven")


def test_checking_it_shows_what_each_rule_made_of_each_message(files):
    with parrot() as (handler, url):
        command = ["check", str(files / "parrot.yaml"), "--audio", str(files / "clip.wav"), "--url", url]
        said = CliRunner().invoke(engine_command, [*command, "--language", "en-GB"])
    assert said.exit_code == 0, (said.output, said.exception)
    assert handler.path == "/v1/listen?language=en&voice=polly&rate=16000&marks=true"
    assert handler.heard == 16_000
    for line in ("rules[0] ready", 'rules[1] final: final "good day"', 'rules[2] partial: partial "good"'):
        assert line in said.output
    assert "text: good day" in said.output
    assert "words: 2" in said.output


def test_the_same_by_a_run_config_inline(files):
    import yaml

    with parrot() as (_, url):
        described = yaml.safe_load(DESCRIPTION)
        outcome = calling.stream("websocket", url, description=described, api_key_env="", voice="coco")
    assert outcome.text == "good day"


@pytest.mark.parametrize(
    ("written", "wrong", "line", "said"),
    [
        ("role: partial", "role: parshal", "match: {type: heard}", "one of"),
        ("{voice}", "{vioce}", "query:", "got '{vioce}'"),
        ("deadline_s: 5", "deadline: 5", "finish:", "deadline_s"),
        ("{when: [{type: gone}], deadline_s: 5}", "{deadline_s: 5}", "finish:", "how the end is known"),
        ("text: text, words", 'text: "a[", words', "final: true", "a path such as"),
        ("text: text, words", 'text: "py:mine", words', "final: true", "a function beside the description"),
        ("chunk_ms: 100", "chunk_ms: -1", "chunk_ms: -1", "a number above 0"),
        ("kinds: {full: rate_limit", "kinds: {full: too_fast", "errors:", "one of"),
    ],
)
def test_a_wrong_description_is_told_by_key_and_line(written, wrong, line, said):
    from bench.errors import ConfigError

    assert written in DESCRIPTION
    text = DESCRIPTION.replace(written, wrong, 1)
    with pytest.raises(ConfigError) as caught:
        parse_description(text, "parrot.yaml")
    number = next(n for n, row in enumerate(text.splitlines(), 1) if line in row)
    assert str(caught.value).startswith(f"parrot.yaml:{number}"), str(caught.value)
    assert said in str(caught.value)
