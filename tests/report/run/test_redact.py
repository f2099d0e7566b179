"""A redacted report holds no word, id or name of the run, and the same numbers."""

import base64
import gzip
import re
from dataclasses import replace

import pytest

from bench.report.run.answers import answer
from bench.report.run.markdown import to_markdown
from bench.report.run.page import to_html
from bench.report.run.redact import redacted
from bench.report.run.terminal import to_terminal
from bench.scoring.columns import ScoredColumns
from bench.scoring.nodes import NodeLatency
from bench.scoring.timing.validity import Judged
from bench.store.spec import Node
from bench.types import Interval
from tests.runs import TEXT


def everything(page):
    """The page with its packed data unpacked."""
    packed = re.findall(r'<script type="text/plain"[^>]*>([^<]+)</script>', page)
    plain = re.sub(r"sha256-[\w+/=]+", "", page)
    for text in packed:
        plain = plain.replace(text, "")
    return plain + "".join(gzip.decompress(base64.b64decode(text)).decode() for text in packed)


@pytest.mark.parametrize("name", ["clear", "failing", "too_small", "languages"])
def test_no_word_id_or_name_is_left(runs, name):
    data = runs(name)
    text = everything(to_html(redacted(data))) + to_markdown(redacted(data))
    secrets = {*TEXT.split(), "एक", "uno", "no answer within"}
    secrets |= {key.partition("/")[2] for key in data.utterances} | {u.cluster for u in data.utterances.values()}
    found = {word for word in secrets if word and re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text)}
    assert found == set()


def test_numbers_are_the_same(runs):
    told = [(s.head, s.detail) for s in answer(runs("clear"))]
    assert [(s.head, s.detail) for s in answer(redacted(runs("clear")))] == told


def test_a_redacted_page_names_no_file_that_stays_behind(runs):
    page = to_html(redacted(runs("clear")))
    assert "summary.csv" in page
    assert not any(f'href="{name}"' in page for name in ("scores.parquet", "analysis.json", "estimates.json"))


def test_latency_by_node_is_shown_and_nodes_are_only_numbered_when_redacted(runs):
    data = runs("clear")
    cell = data.cells[0]
    own = [
        NodeLatency(
            node=node,
            cell=cell,
            median=Interval(value=at, low=at - 0.01, high=at + 0.01, n=50),
            p95=Interval(value=2 * at),
            slower=at > 0.3,
        )
        for node, at in (("host-1a", 0.2), ("host-2b", 0.4))
    ]
    late = Judged(reasons=("send lag",), seen=data.validity.seen)
    validity = replace(data.validity, valid=False, reasons=("node host-2b: send lag",), nodes={"host-2b": late})
    nodes = (Node(name="host-1a"), Node(name="host-2b"))
    shown = replace(data, node_latencies=tuple(own), validity=validity, nodes=nodes)
    page = everything(to_html(shown))
    assert "Latency by node" in page
    assert page.count(", slower") == 1
    assert "host-1a" in page
    assert "host-" not in everything(to_html(redacted(shown))) + to_markdown(redacted(shown))
    assert "node-02: send lag" in everything(to_html(redacted(shown)))


def test_no_label_licence_or_id_that_a_check_names_is_left(runs):
    """What references and answers call somebody, who owns a corpus, which trial a second count doubts."""
    data = runs("clear")
    rows = ScoredColumns.of(
        replace(row, tallies={"emotion:wutanfall>zornklage": 1.0, "wer.n": 2.0}) for row in data.rows
    )
    manifests = {
        name: replace(manifest, header=replace(manifest.header, licence="firmenlizenz"))
        for name, manifest in data.manifests.items()
    }
    opinion = replace(data.second_opinion, equal=0, differing=("hand/kundengespraech/anna",))
    open_run = replace(data, rows=rows, manifests=manifests, second_opinion=opinion)
    secrets = ("wutanfall", "zornklage", "firmenlizenz", "kundengespraech")
    shown = everything(to_html(open_run))
    assert [secret for secret in secrets if secret not in shown] == []
    hidden = everything(to_html(redacted(open_run))) + to_markdown(redacted(open_run)) + to_terminal(redacted(open_run))
    assert [secret for secret in secrets if secret in hidden] == []
    assert redacted(open_run).rows[0].tallies == {"wer.n": 2.0}
