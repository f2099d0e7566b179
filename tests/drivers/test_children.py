"""Children of ours inherit no keys, and leave Ctrl-C to their parent."""

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time

import pytest

from bench.drivers.children import hearing_interrupts, keyless, starting_children
from bench.engines.secrets import Secret


def test_what_holds_a_key_or_is_named_so_is_left_out():
    Secret("sk_children_0123456789")
    environment = {
        "PATH": "/bin",
        "VENDOR": "Bearer sk_children_0123456789",
        "OTHER_API_KEY": "x",
        "aws_secret_access": "y",
        "LANG": "C",
    }
    assert keyless(environment) == {"PATH": "/bin", "LANG": "C"}


def test_a_child_started_meanwhile_does_not_see_them_and_we_still_do(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SOME_API_KEY", "sk_0123456789")
    show = [sys.executable, "-c", "import os; print(os.environ.get('SOME_API_KEY'), 'PATH' in os.environ)"]
    with starting_children():
        seen = subprocess.run(show, capture_output=True, text=True, check=True).stdout
    assert seen.split() == ["None", "True"]
    assert os.environ["SOME_API_KEY"] == "sk_0123456789"


def waits_to_be_told(pipe):
    with hearing_interrupts():
        with contextlib.suppress(KeyboardInterrupt):  # it may come at any moment from now on
            pipe.send("listening")
            time.sleep(600)
            return
        pipe.send("interrupted")
    pipe.send("deaf again")
    pipe.recv()


def test_a_child_hears_an_interrupt_while_it_says_so_and_neither_before_nor_after(capfd: pytest.CaptureFixture[str]):
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    child = spawn.Process(target=waits_to_be_told, args=(theirs,))
    with starting_children():
        child.start()
    theirs.close()
    os.kill(child.pid, signal.SIGINT)  # it is importing
    assert ours.recv() == "listening"
    time.sleep(0.05)  # for what waits, if anything does
    assert not ours.poll()
    os.kill(child.pid, signal.SIGINT)
    assert [ours.recv(), ours.recv()] == ["interrupted", "deaf again"]
    os.kill(child.pid, signal.SIGINT)
    ours.send("go")
    child.join(180)
    assert child.exitcode == 0
    assert "Traceback" not in capfd.readouterr().err


def test_an_interrupt_that_comes_while_a_child_is_started_is_not_lost():
    with pytest.raises(KeyboardInterrupt), starting_children():
        os.kill(os.getpid(), signal.SIGINT)
