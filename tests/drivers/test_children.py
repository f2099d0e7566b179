"""Children of ours inherit no keys."""

import os
import subprocess
import sys

import pytest

from bench.drivers.children import keyless, starting_keyless
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
    with starting_keyless():
        seen = subprocess.run(show, capture_output=True, text=True, check=True).stdout
    assert seen.split() == ["None", "True"]
    assert os.environ["SOME_API_KEY"] == "sk_0123456789"
