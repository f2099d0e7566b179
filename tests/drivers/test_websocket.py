import asyncio
import socket
import sys
import time
from contextlib import suppress
from itertools import pairwise

import pytest
import uvloop

from bench.drivers.log import StreamLog
from bench.drivers.websocket import StreamPool, stream
from bench.types import Call, Failure, FailureKind, Recognised, Transcript
from tests.drivers.stream_server import (
    HANGS_S,
    ScriptAdapter,
    ScriptSession,
    listen,
    message,
    recording,
    server,
)
from tests.drivers.stream_server import run as run_on

LOOPS = {"asyncio": None, "uvloop": uvloop.new_event_loop}


@pytest.fixture(params=["uvloop", pytest.param("asyncio", marks=pytest.mark.slow)], autouse=True)
def loop(request, monkeypatch):
    """Every test of the driver runs on both event loops it is used on; by default on the usual one."""
    monkeypatch.setattr(sys.modules[__name__], "loop_factory", LOOPS[request.param])


loop_factory = None


def run(work):
    return run_on(work, loop_factory)


def against(behaviour=None, call=None, adapter=None, options=None, **driver):
    """Outcome of one stream against a server with this behaviour, and what the server heard."""

    async def main():
        async with server(*([behaviour] if behaviour else [])) as (url, sessions):
            chosen = (adapter or ScriptAdapter)(url, options or {})
            outcome = await stream(chosen, call or recording(), **driver)
            await asyncio.sleep(0)
        return outcome, sessions

    return run(main())


# -- what is sent, and when ---------------------------------------------------------------------


def test_all_audio_arrives_once_in_order_and_is_followed_by_the_end_message():
    outcome, (heard,) = against()
    assert isinstance(outcome, Transcript)
    assert outcome.text == "hello world"
    assert b"".join(heard.audio) == recording().audio
    assert {len(chunk) for chunk in heard.audio} == {640}
    assert heard.texts == ["end"]


def test_chunks_are_never_sent_before_a_microphone_would_have_had_them():
    outcome, _ = against(call=recording(0.25), options={"chunk_bytes": 1000})
    timing = outcome.timing
    assert timing.chunk_s == pytest.approx(1000 / 32_000)
    due = [min((k + 1) * timing.chunk_s, 0.25) for k in range(8)]
    assert len(timing.chunk_sent_s) == len(due)
    assert all(sent >= at for sent, at in zip(timing.chunk_sent_s, due, strict=True))
    assert timing.max_send_lag_s == max(sent - at for sent, at in zip(timing.chunk_sent_s, due, strict=True))
    assert timing.last_sent_s <= timing.end_sent_s <= timing.done_s
    assert timing.connect_s > 0


def test_opening_messages_come_before_the_audio():
    _, (heard,) = against(options={"opening": ("config",)})
    assert heard.texts == ["config", "end"]


def test_the_query_and_the_secret_headers_reach_the_server():
    async def behaviour(connection, heard):
        heard.texts.append(connection.request.headers["Authorization"])
        await connection.send(message("final", last=True))

    _, (heard,) = against(behaviour)
    assert heard.path == "/stt?sample_rate=16000"
    assert heard.texts == ["Bearer s3cret-key"]


def test_ready_made_packets_are_sent_as_they_are():
    packets = (b"a", b"bcd", b"ef")
    call = Call(
        audio=b"",
        content_type="audio/opus",
        encoding="opus",
        sample_rate_hz=16_000,
        duration_s=0.06,
        language="en",
        chunks=packets,
    )
    outcome, (heard,) = against(call=call)
    assert tuple(heard.audio) == packets
    assert outcome.timing.chunk_s == pytest.approx(0.02)


def test_speed_shortens_the_schedule_and_is_recorded():
    outcome, _ = against(call=recording(HANGS_S), speed=1000.0, options={"chunk_bytes": 32_000})
    assert outcome.timing.speed == 1000.0
    assert HANGS_S / 1000 <= outcome.timing.chunk_sent_s[-1] < HANGS_S  # at its own pace it would take this long


def test_no_audio_is_a_failure_and_nothing_is_connected():
    call = Call(audio=b"", content_type="", encoding="linear16", sample_rate_hz=16_000, duration_s=0.0, language=None)
    outcome = run(stream(ScriptAdapter("ws://127.0.0.1:1"), call))
    assert outcome.kind is FailureKind.AUDIO


# -- what comes back ----------------------------------------------------------------------------


def test_events_carry_receive_times_on_the_audio_clock_and_the_audio_sent_by_then():
    async def behaviour(connection, heard):
        for _ in range(3):
            heard.audio.append(await connection.recv())
        await connection.send(message("partial", "three chunks"))
        await listen(connection, heard)
        await connection.send(message("final", "all", last=True))

    outcome, _ = against(behaviour)
    partial, final = outcome.events
    assert partial.t_s >= 0.06
    assert 0.06 <= partial.audio_sent_s <= 0.2
    assert final.audio_sent_s == pytest.approx(0.2)
    assert outcome.timing.end_sent_s <= final.t_s == outcome.timing.done_s


def test_a_message_in_fragments_is_one_message():
    async def behaviour(connection, heard):
        await listen(connection, heard)
        whole = message("final", "in pieces", last=True)
        await connection.send([whole[:5], whole[5:9], whole[9:]])

    assert against(behaviour)[0].text == "in pieces"


def test_slow_parsing_moves_neither_receive_times_nor_the_schedule():
    """Each message takes 30 ms to parse, more than a chunk lasts; it is still stamped when it arrived.

    Stamped when it was parsed, none would be less than this behind the one before it.
    """

    class Session(ScriptSession):
        def feed(self, frame, *, t_s, audio_sent_s):
            time.sleep(0.03)
            return super().feed(frame, t_s=t_s, audio_sent_s=audio_sent_s)

    class Adapter(ScriptAdapter):
        def session(self, call):
            return Session()

    async def behaviour(connection, heard):
        for n in range(10):
            await connection.send(message("partial", str(n)))
        await listen(connection, heard)
        await connection.send(message("final", "all", last=True))

    outcome, _ = against(behaviour, adapter=Adapter, call=recording(0.4))
    partials = [event for event in outcome.events if event.kind == "partial"]
    assert [event.text for event in partials] == [str(n) for n in range(10)]
    assert sum(later.t_s - earlier.t_s < 0.03 for earlier, later in pairwise(partials)) >= 5
    assert len(outcome.timing.chunk_sent_s) == 20


@pytest.mark.parametrize("limit", ["quiet_s", "end_deadline_s"])
def test_messages_that_came_in_time_are_parsed_before_the_verdict(limit):
    """They come before the first chunk is sent, and take longer to parse than the limit after the last."""

    class Session(ScriptSession):
        def feed(self, frame, *, t_s, audio_sent_s):
            time.sleep(0.1)
            return super().feed(frame, t_s=t_s, audio_sent_s=audio_sent_s)

    class Adapter(ScriptAdapter):
        def session(self, call):
            return Session(**{limit: 0.2})

    async def behaviour(connection, heard):
        for n in range(8):
            await connection.send(message("final", str(n), last=n == 7 and limit == "end_deadline_s"))
        await listen(connection, heard)
        await connection.wait_closed()

    outcome, _ = against(behaviour, adapter=Adapter)
    assert outcome.text == "0 1 2 3 4 5 6 7"


def test_an_early_last_message_ends_the_stream():
    async def behaviour(connection, heard):
        await connection.recv()
        await connection.send(message("final", "enough", last=True))
        await connection.wait_closed()

    outcome, _ = against(behaviour, call=recording(HANGS_S))
    assert outcome.text == "enough"
    assert len(outcome.timing.chunk_sent_s) < HANGS_S / 0.02


def test_a_stream_without_a_last_message_ends_after_a_quiet_time():
    async def behaviour(connection, heard):
        await connection.recv()
        await connection.send(message("final", "one"))
        await connection.send(message("final", "two"))
        await listen(connection, heard)
        await connection.wait_closed()

    outcome, _ = against(behaviour, options={"quiet_s": 0.2})
    assert outcome.text == "one two"
    assert outcome.timing.done_s == outcome.events[-1].t_s


def test_a_last_message_that_never_comes_is_a_timeout_with_what_had_arrived():
    async def behaviour(connection, heard):
        await connection.recv()
        await connection.send(message("final", "half"))
        await listen(connection, heard)
        await connection.wait_closed()

    outcome, _ = against(behaviour, options={"end_deadline_s": 0.2})
    assert outcome.kind is FailureKind.TIMEOUT
    assert outcome.partial.text == "half"
    assert len(outcome.partial.timing.chunk_sent_s) == 10


def test_the_adapter_sees_the_close_code():
    async def behaviour(connection, heard):
        await connection.recv()
        await connection.close(1008, "limit")

    outcome, _ = against(behaviour)
    assert outcome.kind is FailureKind.RATE_LIMIT


CLOSE_CODES = (*range(1000, 1004), *range(1007, 1015), 3000, 3999, 4000, 4008, 4999)


@pytest.mark.parametrize("code", CLOSE_CODES)
def test_whatever_code_a_server_closes_with_before_it_answers_is_a_failure(code):
    async def behaviour(connection, heard):
        await connection.recv()
        await connection.close(code, "\x1b[31m no more")

    outcome, _ = against(behaviour)
    assert isinstance(outcome, Failure)
    assert outcome.message


def test_audio_stops_when_the_server_closes():
    async def behaviour(connection, heard):
        await connection.recv()
        closing = asyncio.create_task(connection.close(1000))
        async for _ in connection:  # what is on its way is read, or the connection is reset
            pass
        await closing

    outcome, _ = against(behaviour, call=recording(HANGS_S))
    assert outcome.kind is FailureKind.TRUNCATED
    assert len(outcome.partial.timing.chunk_sent_s) < HANGS_S / 0.02


def test_a_broken_connection_is_no_answer_even_if_the_adapter_would_take_it():
    class Session(ScriptSession):
        def outcome(self, close):
            return Recognised(text="whatever")

    class Adapter(ScriptAdapter):
        def session(self, call):
            return Session()

    async def behaviour(connection, heard):
        await connection.recv()
        connection.transport.abort()

    outcome, _ = against(behaviour, adapter=Adapter)
    assert outcome.kind is FailureKind.CONNECTION


def test_a_message_that_is_not_json_is_the_adapters_verdict():
    async def behaviour(connection, heard):
        await connection.send("<html>")
        await connection.close()

    assert against(behaviour)[0].kind is FailureKind.PROTOCOL


@pytest.mark.parametrize("method", ["session", "audio", "feed", "outcome"])
def test_a_bug_of_an_adapter_is_raised_not_counted_as_the_services_failure(method):
    class Session(ScriptSession):
        pass

    class Adapter(ScriptAdapter):
        def session(self, call):
            return Session()

    def broken(*args, **kwargs):
        raise KeyError("bug")

    setattr(Adapter if method == "session" else Session, method, broken)
    with pytest.raises(KeyError, match="bug"):
        against(adapter=Adapter)


# -- trouble ------------------------------------------------------------------------------------


def test_a_refused_upgrade_is_the_adapters_verdict():
    async def main():
        def refuse(connection, request):
            return connection.respond(401, "bad key")

        from websockets.asyncio.server import serve

        async with serve(listen, "127.0.0.1", 0, process_request=refuse) as running:
            port = running.sockets[0].getsockname()[1]
            return await stream(ScriptAdapter(f"ws://127.0.0.1:{port}"), recording())

    outcome = run(main())
    assert (outcome.kind, outcome.http_status) == (FailureKind.AUTH, 401)
    assert "bad key" in outcome.message


def raw_server(reply, connect_timeout_s):
    """A TCP server that answers the first bytes with `reply` and closes; `None`: it says nothing."""

    async def main():
        handled = asyncio.Event()

        async def handle(reader, writer):
            await reader.read(100)
            if reply is not None:
                writer.write(reply)
            else:
                await reader.read()
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            handled.set()

        async with await asyncio.start_server(handle, "127.0.0.1", 0) as running:
            port = running.sockets[0].getsockname()[1]
            outcome = await stream(
                ScriptAdapter(f"ws://127.0.0.1:{port}"), recording(), connect_timeout_s=connect_timeout_s
            )
            await handled.wait()
        return outcome

    return run(main())


@pytest.mark.parametrize(
    ("reply", "connect_timeout_s", "kind"),
    [
        (b"", 30.0, FailureKind.PROTOCOL),
        (b"SSH-2.0-x\r\n\r\n", 30.0, FailureKind.PROTOCOL),
        (None, 0.3, FailureKind.TIMEOUT),
    ],
)
def test_something_that_is_no_websocket_server_is_a_failure(reply, connect_timeout_s, kind):
    assert raw_server(reply, connect_timeout_s).kind is kind


def test_nobody_listening_is_a_connection_failure():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        outcome = run(stream(ScriptAdapter(f"ws://127.0.0.1:{free.getsockname()[1]}"), recording()))
    assert outcome.kind is FailureKind.CONNECTION


def test_a_url_of_another_kind_is_refused():
    assert run(stream(ScriptAdapter("http://127.0.0.1"), recording())).kind is FailureKind.REFUSED


def test_a_peer_that_answers_no_pings_is_a_half_open_connection():
    async def behaviour(connection, heard):
        connection.transport.pause_reading()
        await connection.wait_closed()

    async def main():
        async with server(behaviour) as (url, _), StreamPool(ping_interval_s=0.1, ping_timeout_s=0.2) as pool:
            return await pool.stream(ScriptAdapter(url), recording(HANGS_S))

    outcome = run(main())
    assert outcome.kind is FailureKind.CONNECTION
    assert "pings" in outcome.message


def test_a_peer_that_only_answers_pings_is_alive():
    """In one of ten streams at least: where this process itself stands still, its peer seems to."""

    async def behaviour(connection, heard):
        await listen(connection, heard)
        await asyncio.sleep(0.8)
        await connection.send(message("final", "late", last=True))

    async def main():
        async with server(behaviour) as (url, _), StreamPool(ping_interval_s=0.1, ping_timeout_s=0.4) as pool:
            return await pool.stream(ScriptAdapter(url), recording())

    assert any(isinstance(run(main()), Transcript) for _ in range(10))


def test_a_socket_that_takes_no_more_data_is_recorded_as_backpressure(monkeypatch):
    is_full, note = asyncio.Event(), StreamLog.blocked

    def noted(log, is_blocked, at):
        note(log, is_blocked, at)
        if is_blocked:
            is_full.set()

    monkeypatch.setattr(StreamLog, "blocked", noted)

    async def behaviour(connection, heard):
        connection.transport.pause_reading()
        await is_full.wait()
        await asyncio.sleep(0.2)
        connection.transport.resume_reading()
        await listen(connection, heard)
        await connection.send(message("final", "done", last=True))

    # 20 s of audio in 0.2 s: far more than the kernel holds for both sides.
    outcome, (heard,) = against(behaviour, call=recording(20.0), speed=100.0, options={"chunk_bytes": 32_000})
    assert isinstance(outcome, Transcript)
    assert outcome.timing.backpressure_s > 0.1
    assert b"".join(heard.audio) == recording(20.0).audio


def test_a_cancelled_stream_closes_its_connection():
    async def main():
        async with server() as (url, sessions):
            task = asyncio.create_task(stream(ScriptAdapter(url), recording(30.0)))
            while not (sessions and sessions[0].audio):
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            while sessions[0].close_code is None:
                await asyncio.sleep(0.01)
            return sessions[0].close_code

    assert run(main()) == 1000


# -- many streams -------------------------------------------------------------------------------


def test_streams_of_a_pool_share_a_scheduler_and_keep_their_own_audio():
    async def main():
        calls = [recording(0.2 + 0.05 * n) for n in range(8)]
        async with server() as (url, sessions), StreamPool() as pool:
            outcomes = await asyncio.gather(*(pool.stream(ScriptAdapter(url), call) for call in calls))
        return calls, outcomes, sessions

    calls, outcomes, sessions = run(main())
    assert {outcome.text for outcome in outcomes} == {"hello world"}
    assert sorted(b"".join(s.audio) for s in sessions) == sorted(call.audio for call in calls)


def test_a_stream_may_be_opened_before_its_audio_starts():
    async def main():
        from bench.drivers.clock import clock

        async with server() as (url, sessions), StreamPool() as pool:
            begin = clock()
            await pool.stream(ScriptAdapter(url), recording(), start_at=begin + 0.3)
            return sessions[0].arrivals_s[0] - begin

    assert run(main()) >= 0.32


def test_a_finished_stream_lets_go_of_its_audio_while_the_pool_goes_on():
    """The collector is paused and the scheduler still knows the stream's deadlines; its audio must go all the same."""
    call = recording()

    async def main():
        async with server() as (url, _), StreamPool() as pool:
            before = sys.getrefcount(call.audio)
            await pool.stream(ScriptAdapter(url), call)
            return before, sys.getrefcount(call.audio)

    before, after = run(main())
    assert after == before


def test_streams_that_are_opened_together_do_not_ping_together():
    """At 4,000 streams their pings, and the pongs, held up a chunk of each by tens of milliseconds."""
    pool = StreamPool(ping_interval_s=20.0)
    first = sorted(pool._first_ping_s() for _ in range(1000))
    assert 10 <= first[0] <= first[-1] <= 20
    assert max(later - earlier for earlier, later in pairwise(first)) < 0.05


def test_a_peer_that_floods_is_given_up_and_what_it_sent_is_bounded():
    async def flood(connection, heard):
        while True:
            await connection.send(message("partial", "x" * 100))

    outcome, _ = against(flood, recording(30.0), speed=1.0)
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.PROTOCOL
    assert "more messages than any transcript" in outcome.message
    assert len(outcome.partial.events) <= 5_000 + 200 * 30
