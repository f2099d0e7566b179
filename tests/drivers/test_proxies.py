"""Proxies of the environment, for real: what they see, what they may refuse, and that this machine needs none."""

import asyncio
import base64
import socket
import ssl
from contextlib import asynccontextmanager, suppress

import pytest
import trustme

from bench.drivers import http, websocket
from bench.drivers.proxies import ProxyError, proxy_for
from bench.engines.base import HttpRequest
from bench.engines.secrets import Secret, masked
from bench.types import Failure, FailureKind, Transcript
from tests.drivers.stream_server import HANGS_S, ScriptAdapter, recording, server

KEY = "sk_proxied_0123456789abcdef"
CALL = recording()
NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@asynccontextmanager
async def proxy(target_port, refusal=b"", password=""):
    """A proxy that leads every host to a port of this machine; and everything that it could read."""
    seen, calls = [], set()

    async def pump(reader, writer):
        try:
            while data := await reader.read(65536):
                seen.append(data)
                writer.write(data)
                await writer.drain()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def serve(reader, writer):
        calls.add(asyncio.current_task())
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            seen.append(head)
            wanted = base64.b64encode(f"me:{password}".encode())
            if refusal or (password and wanted not in head):
                writer.write(refusal or b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")
                await writer.drain()
                return
            there, to = await asyncio.open_connection("127.0.0.1", target_port)
            if head.startswith(b"CONNECT"):
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                to.write(head)
            await asyncio.gather(pump(reader, to), pump(there, writer))
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1], seen
    finally:
        listening.close()
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)


@asynccontextmanager
async def service(context=None):
    async def serve(reader, writer):
        with suppress(OSError, asyncio.IncompleteReadError):
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")
            await writer.drain()
        writer.close()

    heard = []
    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield listening.sockets[0].getsockname()[1], heard
    finally:
        listening.close()


async def asked(url):
    async with http.new_client(timeout_s=HANGS_S, max_connections=2) as client:
        secrets = {"authorization": Secret(KEY, "Bearer ")}
        return await http.answer(client, HttpRequest(method="POST", url=url, secrets=secrets, content=b"audio"))


def test_a_service_with_tls_is_reached_through_a_tunnel_that_shows_the_proxy_no_key(tmp_path, monkeypatch):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("service.invalid").configure_cert(context)

    async def main():
        async with service(context) as (port, heard), proxy(port, password="hunter22") as (at, seen):
            monkeypatch.setenv("HTTPS_PROXY", f"http://me:hunter22@127.0.0.1:{at}")
            return await asked("https://service.invalid/v1"), heard, seen

    response, heard, seen = asyncio.run(main())
    assert not isinstance(response, Failure), response
    assert response.content == b"hi"
    assert KEY.encode() in heard[0]
    assert b"hunter22" not in heard[0]
    assert seen[0].startswith(b"CONNECT service.invalid:443 ")
    assert KEY.encode() not in b"".join(seen)
    assert "hunter22" not in masked("the proxy said hunter22")


def test_a_stream_goes_through_it_too(monkeypatch):
    async def main():
        async with server() as (url, sessions):
            port = int(url.rpartition(":")[2].partition("/")[0])
            async with proxy(port) as (at, seen):
                monkeypatch.setenv("http_proxy", f"127.0.0.1:{at}")
                outcome = await websocket.stream(ScriptAdapter("ws://service.invalid:81/stt"), CALL)
            return outcome, seen, sessions

    outcome, seen, sessions = asyncio.run(main())
    assert isinstance(outcome, Transcript), outcome
    assert len(sessions) == 1
    assert seen[0].startswith(b"CONNECT service.invalid:81 ")


@pytest.mark.parametrize("refusal", [b"HTTP/1.1 403 Forbidden\r\n\r\n", b"nonsense\r\n\r\n", b"HTTP/1.1 502 x\r\n\r\n"])
def test_a_proxy_that_refuses_is_a_failure_that_says_so(refusal, monkeypatch):
    async def main():
        async with proxy(1, refusal) as (at, _):
            monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{at}")
            batch = await asked("https://service.invalid/")
            return batch, await websocket.stream(ScriptAdapter("wss://service.invalid/"), CALL)

    for failure in asyncio.run(main()):
        assert isinstance(failure, Failure)
        assert failure.kind is FailureKind.CONNECTION


def test_a_proxy_that_is_none_or_gone_is_a_failure(monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        for named in (
            f"http://127.0.0.1:{free.getsockname()[1]}",
            "socks5://127.0.0.1:1",
            "http://127.0.0.1:x",
            "http://",
        ):
            monkeypatch.setenv("ALL_PROXY", named)
            failure = asyncio.run(asked("https://service.invalid/"))
            assert isinstance(failure, Failure)
            assert failure.kind is FailureKind.CONNECTION
            failure = asyncio.run(websocket.stream(ScriptAdapter("ws://service.invalid/"), CALL))
            assert isinstance(failure, Failure)
            assert failure.kind is FailureKind.CONNECTION


@pytest.mark.parametrize("url", ["http://127.0.0.1:{}/", "http://localhost:{}/"])
def test_this_machine_is_asked_directly_whatever_the_environment_says(url, monkeypatch):
    async def main():
        async with service() as (port, heard), proxy(1) as (at, seen):
            monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{at}")
            monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{at}")
            return await asked(url.format(port)), heard, seen

    response, heard, seen = asyncio.run(main())
    assert response.content == b"hi"
    assert len(heard) == 1
    assert seen == []


@pytest.mark.parametrize(
    ("environment", "url", "through"),
    [
        ({}, "https://a.example/", None),
        ({"HTTPS_PROXY": "http://p:1"}, "https://a.example/", "http://p:1"),
        ({"HTTPS_PROXY": "http://p:1"}, "wss://a.example/", "http://p:1"),
        ({"HTTPS_PROXY": "http://p:1"}, "http://a.example/", None),
        ({"ALL_PROXY": "p:1"}, "ws://a.example/", "http://p:1"),
        ({"ALL_PROXY": "http://p"}, "https://a.example/", "http://p:80"),
        ({"ALL_PROXY": "https://p"}, "https://a.example/", "https://p:443"),
        ({"ALL_PROXY": "http://[::1]:3128"}, "https://a.example/", "http://[::1]:3128"),
        ({"ALL_PROXY": "p:1", "NO_PROXY": "a.example"}, "https://a.example/", None),
        ({"ALL_PROXY": "p:1", "NO_PROXY": ".example"}, "https://a.example/", None),
        ({"ALL_PROXY": "p:1", "NO_PROXY": "example"}, "https://a.example:8443/", None),
        ({"ALL_PROXY": "p:1", "NO_PROXY": "b.example, 10.0.0.1"}, "https://10.0.0.1/", None),
        ({"ALL_PROXY": "p:1", "NO_PROXY": "ample"}, "https://a.example/", "http://p:1"),
        ({"ALL_PROXY": "p:1", "NO_PROXY": "*"}, "https://a.example/", None),
        ({"ALL_PROXY": "p:1"}, "https://[::1]/", None),
        ({"ALL_PROXY": "p:1"}, "https://x.localhost/", None),
    ],
)
def test_the_variables_mean_what_they_mean_elsewhere(environment, url, through, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = proxy_for(url)
    assert (found and found.url) == through


def test_a_variable_of_another_kind_is_named_without_its_password(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://me:hunter22@p:1")
    with pytest.raises(ProxyError, match="ALL_PROXY: expected an http:// or https:// proxy, got socks5://") as raised:
        proxy_for("https://a.example/")
    assert "hunter22" not in str(raised.value)
