"""The emulator as an ASGI application, and how it is served."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from bench.emulator.batch import transcribe
from bench.emulator.dialects import DIALECTS
from bench.emulator.engine_process import EngineProcesses
from bench.emulator.heard import Recognizer
from bench.emulator.local import LocalRecognizer
from bench.emulator.recording import Recorder
from bench.emulator.script import ScriptRecognizer, load_script
from bench.emulator.service import Service
from bench.emulator.settings import EmulatorSettings
from bench.emulator.stream import stream
from bench.engines.secrets import is_loopback
from bench.errors import Problem, UsageError
from bench.machine import raise_open_files

BATCH_PATHS = ("/waves/v1/stt/", "/waves/v1/pulse/get_text", "/api/v1/pulse/get_text")
STREAM_PATHS = ("/waves/v1/stt/live", "/waves/v1/pulse/get_text", "/api/v1/pulse/get_text")


def load_recognizer(spec: str, settings: EmulatorSettings) -> Recognizer:
    """`script:FILE`, or the name of a local engine.

    Raises:
        UsageError: if the name stands for no local recogniser; ConfigError for a bad script.
    """
    kind, _, file = spec.partition(":")
    if kind == "script":
        return ScriptRecognizer(load_script(Path(file)))
    engine = EngineProcesses(spec, settings.recognizer_processes)
    return LocalRecognizer(engine, threads=4 * settings.recognizer_processes)


def create_app(recognizer: Recognizer, settings: EmulatorSettings | None = None) -> Starlette:
    """One vendor's protocol, and `/emulator/stats` (what was served, and which faults struck)."""
    service = Service(recognizer, settings or EmulatorSettings())
    routes: list[BaseRoute] = list(DIALECTS.load(service.settings.dialect)(service))

    async def stats(request: Request) -> Response:
        return JSONResponse(service.stats())

    routes.append(Route("/emulator/stats", stats))
    app = Starlette(routes=routes, lifespan=partial(_lifespan, recognizer))
    # As in life, a path is another one without its trailing slash.
    app.router.redirect_slashes = False
    if service.settings.record is not None:
        app.add_middleware(Recorder, path=service.settings.record)
    return app


def pulse_routes(service: Service) -> list[BaseRoute]:
    """Pulse: both path families, and the health check."""

    async def post(request: Request) -> Response:
        try:
            return await transcribe(service, request)
        except ClientDisconnect:
            return Response(status_code=499)

    async def live(websocket: WebSocket) -> None:
        with contextlib.suppress(WebSocketDisconnect):
            await stream(service, websocket)

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    routes: list[BaseRoute] = [Route(path, post, methods=["POST"]) for path in BATCH_PATHS]
    routes += [WebSocketRoute(path, live) for path in STREAM_PATHS]
    return [*routes, Route("/waves/v1/health", health)]


@contextlib.asynccontextmanager
async def _lifespan(recognizer: Recognizer, app: Starlette) -> AsyncIterator[None]:
    yield
    recognizer.close()


def uvicorn_server(app: Any, settings: EmulatorSettings, ready: Callable[[], None] | None = None) -> Any:
    """A uvicorn server that lets faults break connections, bounds messages, and tells when it is ready."""
    import uvicorn

    from bench.emulator.protocols import HttpProtocol, WebSocketProtocol

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if ready is not None and not self.should_exit:
                ready()

    return Server(
        uvicorn.Config(
            app,
            http=HttpProtocol,
            ws=WebSocketProtocol,
            ws_max_size=settings.limits.max_message_bytes,
            ws_per_message_deflate=False,
            access_log=False,
            log_config=None,
            log_level="warning",  # its own lines at connection have the query in them, and so a `token`
            timeout_graceful_shutdown=1,
            server_header=False,
        )
    )


def serve(
    app: Any, settings: EmulatorSettings, listener: socket.socket, ready: Callable[[], None] | None = None
) -> None:
    """Serve on a bound socket until told to stop by a signal."""
    raise_open_files()
    gc.collect()
    gc.freeze()  # what is loaded by now stays; scanned again and again, it stops all streams for 30 ms and more
    server = uvicorn_server(app, settings, ready)
    with (
        contextlib.suppress(KeyboardInterrupt),
        asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner,
    ):
        runner.run(server.serve(sockets=[listener]))


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one.

    Raises:
        UsageError: if the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise UsageError(Problem(f"{host}:{port}", "an address to listen on", str(error.strerror))) from error
    listener.listen(2048)
    listener.setblocking(False)
    return listener


def serve_dialect(
    dialect: str,
    recognizer: str,
    settings: EmulatorSettings,
    *,
    host: str,
    port: int,
    ready: Callable[[str], None],
) -> None:
    """Serve a vendor's API until told to stop by a signal.

    Args:
        dialect: whose; `pulse`: what the settings say.
        recognizer: what answers, by name or `script:FILE`.
        settings: of the emulator.
        host: to listen on; other than loopback needs a key in the settings.
        port: 0: any free one.
        ready: is told the address, once it can be called.

    Raises:
        BenchError: for a dialect or recogniser that there is not, or an address that cannot be had.
    """
    settings = settings if dialect == "pulse" else settings.model_copy(update={"dialect": dialect})
    _ = DIALECTS.load(settings.dialect)  # a name that is none is told before a model is loaded
    if not is_loopback(host) and settings.api_key is None:
        raise UsageError(Problem(f"--host {host}", "--api-key-env with an address others can reach", "none"))
    app = create_app(load_recognizer(recognizer, settings), settings)
    listener = listen(host, port)
    address = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
    serve(app, settings, listener, lambda: ready(address))
