import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from bench.engines.clock import clock
from bench.engines.ws_shards import Job, Settings, run_shard, stream_sharded
from bench.types import Transcript
from tests.engines.stream_server import ScriptAdapter, recording, run, server


@dataclass
class ProcessAdapter(ScriptAdapter):
    """Says which process sent it."""

    def connect(self, call):
        connect = super().connect(call)
        return type(connect)(url=connect.url, params={"pid": str(os.getpid())}, secrets=connect.secrets)


def against_server(work):
    async def main():
        async with server() as (url, sessions):
            with ThreadPoolExecutor(1) as thread:
                outcomes = await asyncio.get_running_loop().run_in_executor(thread, work, url)
        return outcomes, sessions

    return run(main())


@pytest.mark.slow
def test_jobs_are_dealt_over_processes_and_answered_in_their_order():
    durations = [0.1 + 0.02 * n for n in range(6)]

    def work(url):
        jobs = [Job(adapter=ProcessAdapter(url), call=recording(duration)) for duration in durations]
        return stream_sharded(jobs, 2, Settings(lead_s=2.0))

    outcomes, sessions = against_server(work)
    assert all(outcome.timing.last_sent_s >= duration for outcome, duration in zip(outcomes, durations, strict=True))
    assert [round(outcome.events[-1].audio_sent_s, 3) for outcome in outcomes] == pytest.approx(durations)
    assert len({session.path for session in sessions}) == 2


def test_streams_of_a_shard_start_when_they_are_told_to():
    def work(url):
        begin_at = clock() + 0.3
        jobs = [Job(adapter=ScriptAdapter(url), call=recording(), start_s=start) for start in (0.0, 0.2)]
        return begin_at, run_shard(jobs, begin_at, Settings())

    (begin_at, outcomes), sessions = against_server(work)
    assert all(isinstance(outcome, Transcript) for outcome in outcomes)
    first_arrivals = sorted(session.arrivals_s[0] - begin_at for session in sessions)
    assert first_arrivals[0] >= 0.02
    assert first_arrivals[1] >= 0.22
