"""TLS for real: an authority of our own, and servers whose certificates are wrong. A key is sent to none of them."""

import asyncio
import datetime
import ssl
from contextlib import asynccontextmanager

import pytest
import trustme

from bench.drivers import http, websocket
from bench.engines.base import HttpRequest
from bench.engines.secrets import Secret
from bench.errors import ConfigError
from bench.types import Failure, FailureKind
from tests.drivers.stream_server import HANGS_S, ScriptAdapter, recording

KEY = "sk_tls_0123456789abcdef"
CALL = recording()
LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def trusting(authority, tmp_path, monkeypatch):
    """The environment of somebody who trusts that authority."""
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))


def server_context(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@asynccontextmanager
async def serving(context):
    """The port of a server with this TLS (`None`: plain text), and everything it read of requests."""
    heard = []

    async def serve(reader, writer):
        try:
            heard.append(await (reader.readuntil(b"\r\n\r\n") if context else reader.read(100)))
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1], heard
    finally:
        server.close()


def ask(context, host="localhost"):
    async def main():
        async with serving(context) as (port, heard), http.new_client(timeout_s=HANGS_S, max_connections=1) as client:
            secrets = {"authorization": Secret(KEY, "Bearer ")}
            request = HttpRequest(method="POST", url=f"https://{host}:{port}/", secrets=secrets, content=b"audio")
            return await http.answer(client, request), heard

    return asyncio.run(main())


def stream(context, host="localhost"):
    async def main():
        async with serving(context) as (port, heard):
            return await websocket.stream(
                ScriptAdapter(f"wss://{host}:{port}/"), CALL, connect_timeout_s=HANGS_S
            ), heard

    return asyncio.run(main())


def test_a_certificate_of_a_named_authority_is_believed(trusting, authority):
    response, heard = ask(server_context(authority.issue_cert("localhost")))
    assert not isinstance(response, Failure), response
    assert response.content == b"hi"
    assert KEY.encode() in heard[0]
    response, heard = ask(server_context(authority.issue_cert("127.0.0.1")), host="127.0.0.1")
    assert not isinstance(response, Failure), response


WRONG = {
    "self-signed": lambda authority: trustme.CA().issue_cert("localhost"),
    "expired": lambda authority: authority.issue_cert(
        "localhost", not_before=LONG_AGO, not_after=LONG_AGO + datetime.timedelta(days=1)
    ),
    "wrong name": lambda authority: authority.issue_cert("service.example"),
    "a wildcard above": lambda authority: authority.issue_cert("*.localhost"),
}


@pytest.mark.parametrize("what", WRONG)
@pytest.mark.parametrize("call", [ask, stream])
def test_a_wrong_certificate_is_a_failure_and_no_byte_is_sent(trusting, authority, call, what):
    failure, heard = call(server_context(WRONG[what](authority)))
    assert isinstance(failure, Failure)
    assert failure.kind is FailureKind.CONNECTION
    assert "cert" in failure.message.lower()
    assert heard == []


@pytest.mark.parametrize("call", [ask, stream])
def test_plain_text_at_a_port_for_tls_is_a_failure(call):
    failure, heard = call(None)
    assert isinstance(failure, Failure)
    assert failure.kind is FailureKind.CONNECTION
    assert all(KEY.encode() not in said for said in heard)


def test_tls_at_a_port_for_plain_text_is_a_failure(authority):
    async def main():
        context = server_context(authority.issue_cert("localhost"))
        async with serving(context) as (port, heard), http.new_client(timeout_s=HANGS_S, max_connections=1) as client:
            return await http.answer(client, HttpRequest(method="GET", url=f"http://localhost:{port}/")), heard

    failure, heard = asyncio.run(main())
    assert isinstance(failure, Failure)
    assert heard == []


def test_old_protocols_are_refused(trusting, authority):
    context = server_context(authority.issue_cert("localhost"))
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    failure, heard = ask(context)
    assert isinstance(failure, Failure)
    assert heard == []


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_certificates_that_are_not_there_are_named_before_anything_is_asked(variable, monkeypatch):
    monkeypatch.setenv(variable, "/not/there.pem")
    with pytest.raises(ConfigError, match=rf"{variable}: expected certificates in PEM, got '/not/there.pem'"):
        http.new_client(timeout_s=1, max_connections=1)


def test_a_file_that_holds_none_is_named(tmp_path, monkeypatch):
    (tmp_path / "ca.pem").write_text("no certificate", encoding="utf-8")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with pytest.raises(ConfigError, match="SSL_CERT_FILE"):
        http.new_client(timeout_s=1, max_connections=1)
