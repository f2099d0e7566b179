"""The emulator in processes of its own, for as long as a `with` block lasts.

The parent binds the socket and hands it down; a child serves until its standard input ends, which it does
when the parent leaves the block, dies, or is killed. The parent keeps the socket, so that a child that dies otherwise
is started again, once, and finds waiting whoever connected meanwhile. POSIX only (sockets are inherited).
"""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from bench.drivers.children import keyless, leave_with_parent
from bench.emulator.server import create_app, listen, load_recognizer, serve
from bench.emulator.settings import EmulatorSettings, parse_behaviour
from bench.errors import BenchError, Problem, UsageError

_READY = "ready\n"
_READY_S = 600.0
"""A limit for what hangs: ten that load a recogniser on one slow processor take minutes."""
_STOP_S = 10.0
_log = logging.getLogger(__name__)


class EmulatorProcess:
    """A running emulator on a free loopback port.

    Args:
        recognizer: `moonshine` | `pocketsphinx` | `whisper` | `script:FILE`.
        api_key: what requests must bear; `None`: nothing.
        faults: the content of the setting `plan`, for instance `{"seed": 1, "faults": [{"kind": "reset"}]}`.
        workers: processes that share the port; each has its own counters, limits and place in a script.
        behaviour: any other settings of EmulatorSettings.
        log: where the log goes (one line a request); `None`: nowhere.

    Raises:
        UsageError: on entering, if it does not come up; with what it said.
    """

    def __init__(
        self,
        recognizer: str,
        *,
        api_key: str | None = None,
        faults: Mapping[str, Any] | None = None,
        workers: int = 1,
        behaviour: Mapping[str, Any] | None = None,
        log: Path | None = None,
    ) -> None:
        plan = {} if faults is None else {"plan": dict(faults)}
        self._job = {"recognizer": recognizer, "behaviour": {**(behaviour or {}), **plan, "api_key": api_key}}
        parse_behaviour(self._job["behaviour"], "emulator")
        self._workers, self._log = workers, log
        self._children: list[subprocess.Popen[str]] = []
        self._said: list[IO[bytes]] = []
        self._listener: socket.socket | None = None
        self._changing = threading.Lock()
        self._stopping = False
        self.base_url = ""
        """`http://127.0.0.1:PORT`, once entered."""

    def __enter__(self) -> EmulatorProcess:
        listener = self._listener = listen("127.0.0.1", 0)
        self.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._stopping = False
        try:
            self._children = [self._start(listener) for _ in range(self._workers)]
            for child, said in zip(self._children, self._said, strict=True):
                _await_ready(child, said)
        except BaseException:
            self.stop()
            raise
        for child in list(self._children):
            threading.Thread(target=self._watch, args=(child,), name="emulator", daemon=True).start()
        return self

    def _watch(self, child: subprocess.Popen[str]) -> None:
        """Start a child again that ends before it is told to; if that one does too, nobody is to wait for it."""
        child.wait()
        with self._changing:
            if self._stopping or self._listener is None:
                return
            _log.warning("emulator: expected it to run, got its end (%s); it is started again", _ended_by(child))
            try:
                again = self._start(self._listener)
            except OSError:
                self._give_up(child)
                return
            self._children.append(again)
        again.wait()
        with self._changing:
            if not self._stopping:
                self._give_up(again)

    def _give_up(self, child: subprocess.Popen[str]) -> None:
        _log.warning("emulator: expected it to run, got its end again (%s)", _ended_by(child))
        if self._listener is not None and all(each.poll() is not None for each in self._children):
            self._listener.close()
            self._listener = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start(self, listener: socket.socket) -> subprocess.Popen[str]:
        said: IO[bytes] = tempfile.TemporaryFile() if self._log is None else self._log.open("a+b")  # noqa: SIM115 (closed by stop)
        self._said.append(said)
        child = subprocess.Popen(
            [sys.executable, "-m", "bench.emulator.process", str(listener.fileno())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            pass_fds=(listener.fileno(),),
            env=keyless(os.environ),
            start_new_session=True,  # Ctrl-C is for the parent, which then stops us
        )
        assert child.stdin is not None
        # By standard input, since a command line can be read by every user of the machine.
        child.stdin.write(json.dumps(self._job) + "\n")
        child.stdin.flush()
        return child

    def stop(self) -> None:
        """Stop all children and wait for them; a second call does nothing."""
        with self._changing:
            self._stopping = True
            children, self._children = self._children, []
            if self._listener is not None:
                self._listener.close()
                self._listener = None
        for child in children:
            assert child.stdin is not None
            with suppress(BrokenPipeError):
                child.stdin.close()
        for child in children:
            try:
                child.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            assert child.stdout is not None
            child.stdout.close()
        for said in self._said:
            said.close()
        self._said = []


def _ended_by(child: subprocess.Popen[str]) -> str:
    return f"signal {-child.returncode}" if child.returncode < 0 else f"exit code {child.returncode}"


def _await_ready(child: subprocess.Popen[str], said: IO[bytes]) -> None:
    giving_up = threading.Timer(_READY_S, child.kill)
    giving_up.start()
    try:
        assert child.stdout is not None
        if child.stdout.readline() == _READY:
            return
    finally:
        giving_up.cancel()
    child.wait()
    said.seek(0)
    last = said.read().decode("utf-8", "replace").strip().splitlines()[-1:]
    raise UsageError(Problem("emulator", "it to start", last[0] if last else "no message"))


def _tell_ready() -> None:
    sys.stdout.write(_READY)
    sys.stdout.flush()


def main() -> None:
    """Serve as a child: socket number from the command line, the job from standard input."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    job = json.loads(sys.stdin.readline())
    leave_with_parent()
    listener = socket.socket(fileno=int(sys.argv[1]))
    settings: EmulatorSettings = parse_behaviour(job["behaviour"], "emulator")
    try:
        app = create_app(load_recognizer(job["recognizer"], settings), settings)
    except BenchError as error:
        sys.exit(str(error))
    serve(app, settings, listener, _tell_ready)


if __name__ == "__main__":
    main()
