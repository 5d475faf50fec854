"""What the programs that we start see of our environment."""

import ast
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from datalchemy.environment import child_environment
from datalchemy.provision.docker_engine import connect

_PACKAGE = Path(__file__).parents[2] / "datalchemy"
_STARTERS = {"run", "Popen", "call", "check_call", "check_output", "getoutput", "getstatusoutput", "system", "popen"}


def test_a_child_gets_what_is_on_the_list() -> None:
    """A child gets PATH and TMPDIR, one locale and time zone, and what it is named to need; nothing else."""
    ours = {"PATH": "/bin", "HOME": "/h", "PGPASSWORD": "x", "PROD_PASSWORD": "x", "LC_MESSAGES": "pt", "LANG": "pt"}
    assert child_environment(ours) == {"PATH": "/bin", "LC_ALL": "C", "TZ": "UTC"}
    assert child_environment(ours, "HOME", "DISPLAY") == {"PATH": "/bin", "LC_ALL": "C", "TZ": "UTC", "HOME": "/h"}


def _started(file: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
        ):
            started = node.func.value.id == "os" and node.func.attr.startswith(("exec", "spawn", "posix_spawn"))
            if started or (node.func.value.id in ("subprocess", "os") and node.func.attr in _STARTERS):
                yield node


def test_every_program_is_started_with_that_list() -> None:
    """Each place in the package that starts a program gives it the environment of the one function."""
    calls = [call for file in sorted(_PACKAGE.rglob("*.py")) for call in _started(file)]
    assert len(calls) >= 4
    for call in calls:
        (given,) = (one.value for one in call.keywords if one.arg == "env")
        if isinstance(given, ast.BinOp):  # with variables of our own beside it
            given = given.left
        assert isinstance(given, ast.Call), ast.unparse(call)
        assert ast.unparse(given.func) == "child_environment"


class _Engine(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"ApiVersion": "1.44"}')

    def log_message(self, *said: object) -> None:
        """Say nothing."""


def test_a_docker_credential_helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program that the docker package runs for a registry's password sees no other password."""
    helper = tmp_path / "docker-credential-stand-in"
    helper.write_text(f'#!/bin/sh\nenv > {tmp_path}/seen\necho \'{{"Username": "u", "Secret": "s"}}\'\n')
    helper.chmod(0o755)
    (tmp_path / "config.json").write_text(json.dumps({"credsStore": "stand-in"}))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PROD_PASSWORD", "canary")
    with HTTPServer(("127.0.0.1", 0), _Engine) as engine:
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{engine.server_port}")
        threading.Thread(target=engine.serve_forever, daemon=True).start()
        client = connect()
        client.api._auth_configs.resolve_authconfig("registry.example")  # type: ignore[attr-defined] # as a pull does
        client.close()
        engine.shutdown()
    seen = (tmp_path / "seen").read_text()
    assert f"HOME={tmp_path}\n" in seen
    assert "canary" not in seen
