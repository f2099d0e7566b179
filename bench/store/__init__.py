"""Run folders: the only reader and writer of their files.

config.yaml        as given                    results/*.jsonl   append-only shards, one per writer
resolved.json      as effective                scores.parquet    one row a trial
environment.json   commit, versions, machine   estimates.json    a list of Estimates; estimates.parquet the same
trials.jsonl       the plan, in order          report.html, report.md, summary.csv
manifests/         the utterances in use       validity.json     whether its latency may be believed
watch/*.jsonl      the machine, each second    analysis.json     errors by kind, place and speech
level.json         of a load: its window       over_time.json    lag and errors while streams went on
clips.json, clips/ what the report plays        node_latency.json  of a cluster, node by node
nodes/*.json       machines of a cluster
"""

from bench.store.folder import RunFolder
from bench.store.spec import Environment, Replan, RunSpec

__all__ = ["Environment", "Replan", "RunFolder", "RunSpec"]
