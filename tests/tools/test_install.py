"""uv is told what pip is told of where packages come from."""

from tools.install import uv_settings


def test_settings_of_pip_are_variables_of_uv() -> None:
    listed = r"""
:env:.default-timeout='180'
:env:.find-links='/opt/wheels'
global.cert='/etc/ssl/certs/ca-certificates.crt'
global.constraint='/etc/constraints.txt'
global.extra-index-url='file:///opt/one/simple file:///opt/two/simple'
global.index-url='https://pypi.example/simple'
global.find-links='/opt/a /opt/b\n/opt/c'
"""
    assert uv_settings(listed) == {
        "UV_FIND_LINKS": "/opt/wheels",
        "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
        "UV_CONSTRAINT": "/etc/constraints.txt",
        "UV_INDEX": "file:///opt/one/simple file:///opt/two/simple",
        "UV_DEFAULT_INDEX": "https://pypi.example/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }
    assert uv_settings(listed.replace(":env:.find", "install.find"))["UV_FIND_LINKS"] == "/opt/a,/opt/b,/opt/c"


def test_a_machine_without_settings_has_none() -> None:
    assert uv_settings("") == {}
    assert uv_settings(":env:.disable-pip-version-check='1'\n") == {}
