"""Below HTTP: a connection that the server closed while it was idle is not used again."""

import asyncio

from bench.drivers import http
from bench.engines.base import HttpRequest
from tests.drivers.stream_server import HANGS_S


def test_a_connection_closed_meanwhile_is_opened_again_and_timed():
    accepted, closed = [], asyncio.Queue()

    async def serve(reader, writer):
        accepted.append(1)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-a: 1\r\nX-A: 2\r\n\r\nhi")
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        closed.put_nowait(None)

    async def main():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        request = HttpRequest(method="GET", url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        async with server, http.new_client(timeout_s=HANGS_S, max_connections=1) as client:
            answers = []
            for _ in range(3):
                answers.append(await client.send(request))
                await closed.get()
        return answers

    answers = asyncio.run(main())
    assert len(accepted) == 3
    assert [response.content for response, _ in answers] == [b"hi"] * 3
    assert answers[0][0].headers["x-a"] == "1, 2"
    assert all(took_s > 0 for _, took_s in answers)
