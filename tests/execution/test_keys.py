"""Where a config can make the harness send a key: to hosts of its own and this machine; else the user must say so."""

from pathlib import Path

import pytest

from bench.config import parse_config
from bench.corpora.manifest import load_manifest
from bench.engines import ENGINES
from bench.errors import ConfigError
from bench.execution.keys import read_secrets
from bench.execution.plan import Plan, resolve
from tests.toy import LINES, make_corpus

CONFIG = """\
name: keys
corpora: [{corpora}]
modes: [batch]
engines:
  - {{id: a, engine: {engine}, settings: {settings}}}
"""
ENVIRONMENT = {"SMALLEST_API_KEY": "sk_0123456789", "PATH": "/bin:/usr/bin", "OTHER": "sk_other_0123"}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_corpus(tmp_path_factory.mktemp("corpus"), LINES[:1], 0.2)


def plan_of(manifest: Path, settings: str, engine: str = "pulse") -> Plan:
    config = parse_config(CONFIG.format(corpora=manifest, settings=settings, engine=engine), where="run.yaml")
    return resolve(config, {str(manifest): load_manifest(manifest)}, where="run.yaml")


@pytest.mark.parametrize(
    "settings",
    [
        "{}",
        "{base_url: 'https://api.us.smallest.ai'}",
        "{base_url: 'http://127.0.0.1:8000'}",
        "{base_url: 'http://localhost:8000', api_key_env: OTHER}",
        "{base_url: 'https://evil.example', api_key_env: ''}",
    ],
)
def test_what_a_config_may_ask_for(manifest: Path, settings: str):
    read_secrets(plan_of(manifest, settings), ENVIRONMENT)


@pytest.mark.parametrize(
    ("settings", "name", "host"),
    [
        ("{base_url: 'https://evil.example'}", "SMALLEST_API_KEY", "evil.example"),
        ("{base_url: 'http://api.smallest.ai'}", "SMALLEST_API_KEY", "api.smallest.ai"),
        ("{base_url: 'https://smallest.ai.evil.example'}", "SMALLEST_API_KEY", "smallest.ai.evil.example"),
        ("{api_key_env: OTHER}", "OTHER", "api.smallest.ai"),
        ("{base_url: 'https://evil.example', api_key_env: OTHER}", "OTHER", "evil.example"),
    ],
)
def test_what_the_user_must_allow(manifest: Path, settings: str, name: str, host: str):
    plan = plan_of(manifest, settings)
    with pytest.raises(ConfigError, match=rf"if you mean it: --allow-key {name}={host}") as raised:
        read_secrets(plan, ENVIRONMENT)
    assert ENVIRONMENT[name] not in str(raised.value)
    secret = read_secrets(plan, ENVIRONMENT, [f"{name}={host}"])["a"][name]
    assert secret.may_go_to(f"https://{host}/v1")
    with pytest.raises(ConfigError):
        read_secrets(plan, ENVIRONMENT, [f"UNRELATED={host}", f"{name}=other.example"])


@pytest.mark.parametrize("pair", ["", "KEY", "KEY=", "=host", "KEY=*", "KEY=https://host/x"])
def test_what_allows_nothing_is_refused(manifest: Path, pair: str):
    with pytest.raises(ConfigError, match="NAME=HOST"):
        read_secrets(plan_of(manifest, "{}"), ENVIRONMENT, [pair])


def test_a_described_vendor_owns_the_hosts_of_the_packages_own_description():
    for name in ("deepgram", "openai", "assemblyai"):
        if name in ENGINES:
            factory = ENGINES.load(name)
            settings = factory.Settings.model_validate({})
            ((variable, hosts),) = factory.own_hosts(settings).items()
            assert variable
            assert hosts
            other = factory.Settings.model_validate({"base_url": "https://evil.example"})
            assert factory.own_hosts(other) == {variable: hosts}
