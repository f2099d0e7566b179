"""What leaves the company: a text, speakers, file names, tags, terms and messages are planted, and no artefact has one.

Every artefact is searched as bytes, its packed data unpacked: pages, Markdown, CSV, JSON and Parquet.
"""

import base64
import gzip
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from bench.types import Failure, FailureKind
from tests.command import invoke
from tests.report.run.made import answered, with_wrong
from tests.report.site.world import add_clips
from tests.runs import make_run, utterances

pytestmark = pytest.mark.slow

SECRETS = (
    *("quetzal", "xylograph", "zymurgy"),  # said
    "misheardword",  # answered
    *("Dolores", "Evaristo"),  # speakers
    "kundengespraech",  # an utterance and its file
    "valparaiso",  # a tag
    "hochgeheim",  # a term
    "auroravox",  # in the message of a failure
    "geheimnotiz",  # the description of the config
    "firmenordner",  # a folder of runs
    "hintergrundaufnahme",  # a file that a condition names
    "interner-server",  # an address in the settings of an engine
)


def corpus():
    spoken = utterances(10, 4, "quetzal xylograph zymurgy delta echo foxtrot")
    return [
        replace(
            u,
            id=f"kundengespraech-{u.id}",
            audio=f"kundengespraech-{u.id}.wav",
            cluster=f"{'Dolores' if number % 2 else 'Evaristo'}-{u.cluster}",
            tags={"dialect": "valparaiso" if number % 3 else "quetzal"},
            keywords=("hochgeheim",),
            speech_start_s=0.2,
            speech_end_s=1.9,
        )
        for number, u in enumerate(spoken)
    ]


def answer_with(share):
    def answer(utterance, trial):
        number = int(utterance.id.rpartition("u")[2])
        if number % 9 == 0:
            return Failure(kind=FailureKind.SERVER, message="auroravox: kundengespraech refused")
        plain = replace(utterance, id=f"u{number:03}")
        return answered(trial, with_wrong(plain, share).replace("other", "misheardword"))

    return answer


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two runs of one engine over what is secret, the second with more errors."""
    folder = tmp_path_factory.mktemp("secret") / "firmenordner"
    folder.mkdir()
    settings = {"language": "en", "base_url": "https://interner-server.example"}
    made = []
    for number, share in enumerate((0.2, 0.6), start=1):
        made.append(
            make_run(
                folder / f"firmenordner-{number}",
                answer_with(share),
                corpus=corpus(),
                description="geheimnotiz",
                engines=[
                    {"id": "one", "engine": "pulse", "settings": settings},
                    {"id": f"two-{number}", "engine": "pulse", "settings": {**settings, "chunk_bytes": 8192}},
                ],
                modes=["batch", "stream"],
            )
        )
        add_clips(made[-1])
        _name_a_file(made[-1])
    return made


def _name_a_file(folder):
    """As if the condition had played a file; and a term, as if the corpus had given it."""
    spec = json.loads((folder / "resolved.json").read_text(encoding="utf-8"))
    spec["conditions"][0]["steps"] = [{"name": "noise", "params": {"file": "hintergrundaufnahme.wav", "snr_db": 10}}]
    spec["terms"] = {"hand": ["hochgeheim"]}
    (folder / "resolved.json").write_text(json.dumps(spec), encoding="utf-8")


def content(path):
    """The text of a file, with packed data unpacked and tables as CSV."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path).to_csv()
    text = path.read_bytes().decode("utf-8", "replace")
    packed = re.findall(r'<script type="text/plain"[^>]*>([^<]+)</script>', text)
    unpacked = []
    for each in packed:
        raw = base64.b64decode(each)
        unpacked.append(gzip.decompress(raw).decode() if raw[:2] == b"\x1f\x8b" else "")
    return text + "".join(unpacked)


def leaks(folder):
    """(file, secret) for each that can be found, in content or in a name."""
    files = [path for path in Path(folder).rglob("*") if path.is_file()]
    assert files
    return [
        (path.name, secret)
        for path in files
        for secret in SECRETS
        if secret.lower() in content(path).lower() or secret.lower() in str(path.relative_to(folder)).lower()
    ]


def test_the_search_finds_what_is_not_redacted(runs, tmp_path):
    """Each secret is somewhere, so that its absence says something."""
    out = tmp_path / "open"
    shutil.copytree(runs[0], out)
    invoke("report", out, "--clips", "0")
    invoke("compare", *runs, "--common", "--html", out / "c.html", "--json", out / "c.json")
    invoke("site", "build", runs[0], "--out", out / "site")
    assert {secret for _, secret in leaks(out)} == set(SECRETS)


def test_a_report_its_markdown_and_its_summary(runs, tmp_path):
    invoke("report", runs[0], "--redact", tmp_path / "sent")
    assert {path.name for path in (tmp_path / "sent").iterdir()} >= {"report.html", "report.md", "summary.csv"}
    assert leaks(tmp_path / "sent") == []


def test_a_comparison_in_all_its_forms(runs, tmp_path):
    out = tmp_path / "sent"
    files = {"--json": "c.json", "--markdown": "c.md", "--html": "c.html"}
    shown = invoke(
        "compare", *runs, "--common", "--redact", *(part for o, name in files.items() for part in (o, out / name))
    )
    (out / "shown.txt").write_text(shown, encoding="utf-8")
    assert leaks(out) == []
    numbers = json.loads((out / "c.json").read_text(encoding="utf-8"))
    open_file = tmp_path / "open.json"
    invoke("compare", *runs, "--common", "--json", open_file)
    assert numbers["deltas"] == json.loads(open_file.read_text(encoding="utf-8"))["deltas"]
    assert numbers["broken"]


def test_a_leaderboard_in_all_its_forms_and_its_page_keeps_nobody_out(runs, tmp_path, keeps_out):
    shown = invoke("leaderboard", runs[0], "--redact", "--out", tmp_path / "sent")
    (tmp_path / "sent" / "shown.txt").write_text(shown, encoding="utf-8")
    assert leaks(tmp_path / "sent") == []
    assert keeps_out(tmp_path / "sent" / "leaderboard.html", "light") == []


def test_a_history_in_all_its_forms_and_its_page_keeps_nobody_out(runs, tmp_path, keeps_out):
    shown = invoke("history", runs[0].parent, "--redact", "--out", tmp_path / "sent").splitlines()
    last = [line for line in shown if not line.startswith("history: ")]
    (tmp_path / "sent" / "shown.txt").write_text("\n".join(last), encoding="utf-8")
    assert leaks(tmp_path / "sent") == []
    assert keeps_out(tmp_path / "sent" / "history.html", "light") == []


def test_a_site(runs, tmp_path):
    invoke("site", "build", runs[0], "--out", tmp_path / "sent", "--redact")
    assert leaks(tmp_path / "sent") == []
    assert not list((tmp_path / "sent").rglob("*.opus"))
    assert (tmp_path / "sent" / "redacted.json").is_file()
