"""logs.ndjson: what a line is, and what happens when it cannot be written."""

import errno
import json
import logging
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog

from datalchemy.errors import RegistryError
from datalchemy.events import Events
from datalchemy.registry.log import RunLog
from datalchemy.secrets.vault import Vault

CANARY = "s3cr3t-hunter2"
NOON = datetime(2026, 1, 10, 12, 34, 56, 7, tzinfo=UTC)


def open_log(folder: Path, *secrets: str) -> RunLog:
    """Return a log in `folder` that knows `secrets`, at a fixed time."""
    vault = Vault()
    for secret in secrets:
        vault.remember(secret)
    return RunLog(folder / "logs.ndjson", run_id="f71ad2bf6e40", scrub=vault.scrub, clock=lambda: NOON)


def lines(log: RunLog) -> list[dict[str, Any]]:
    """Return the log's lines, each of which must be one JSON object."""
    return [json.loads(line) for line in log.path.read_text("utf-8").splitlines()]


def test_a_line(tmp_path: Path) -> None:
    """A line holds timestamp, level, event, run_id, then the fields, and is on disk when the call returns."""
    log = open_log(tmp_path)
    events: Events = log
    events("run_started", rows=3, seconds=0.5, names=["b", "a"], none=None, ok=True)
    events("odd", level="warning")
    assert log.path.read_text() == (
        '{"timestamp": "2026-01-10T12:34:56.000007Z", "level": "info", "event": "run_started",'
        ' "run_id": "f71ad2bf6e40", "rows": 3, "seconds": 0.5, "names": ["b", "a"], "none": null, "ok": true}\n'
        '{"timestamp": "2026-01-10T12:34:56.000007Z", "level": "warning", "event": "odd", "run_id": "f71ad2bf6e40"}\n'
    )


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_levels(tmp_path: Path, level: str) -> None:
    """Each level is written; an unknown one counts as info."""
    log = open_log(tmp_path)
    log("x", level=level)
    log("x", level="loud")
    assert [line["level"] for line in lines(log)] == [level, "info"]


def test_fields_that_are_no_json(tmp_path: Path) -> None:
    """A value that JSON does not know is written as text, scrubbed."""
    log = open_log(tmp_path, CANARY)
    log("x", path=Path("/tmp") / CANARY, when=NOON, error=ValueError(CANARY), blob=CANARY.encode(), n=float("inf"))
    line = lines(log)[0]
    assert line["path"] == "/tmp/***"
    assert line["when"] == "2026-01-10 12:34:56.000007+00:00"
    assert line["error"] == "***"
    assert line["blob"] == "b'***'"
    assert line["n"] == "inf"


def test_fields_cannot_pose_as_the_header(tmp_path: Path) -> None:
    """A field that is called like one of ours gets an underscore."""
    log = open_log(tmp_path)
    log("x", run_id="other", timestamp="never")
    assert lines(log)[0] | {"run_id_": "other", "timestamp_": "never"} == lines(log)[0]
    assert lines(log)[0]["run_id"] == "f71ad2bf6e40"


def test_odd_texts_stay_on_one_line(tmp_path: Path) -> None:
    """Line ends of every kind, NUL and lone surrogates neither break a line nor the log."""
    log = open_log(tmp_path)
    log("x", text="a\nb\r\x85\u2028\u2029\x00é😀", lone="\ud800")
    text = log.path.read_text("utf-8")
    assert len(text.splitlines()) == 1
    assert json.loads(text)["text"] == "a\nb\r\x85\u2028\u2029\x00é😀"


@pytest.mark.parametrize("secret", [CANARY, 'quo"te\\n', "é@/ ü", "multi\nline", "12345678", '", "', '": "', "2026-01"])
def test_secrets(tmp_path: Path, secret: str) -> None:
    """A secret is on no line, wherever it is in the fields, and each line stays whole."""
    log = open_log(tmp_path, secret)
    log(
        f"event {secret}",
        text=f"a {secret} b",
        nested={"deep": [{"x": secret}], secret: 1},
        url=f"postgres://u:{secret}@h/d",
        error=RuntimeError(f"failed: {secret!r}"),
    )
    line = lines(log)[0]
    assert line["timestamp"] == "2026-01-10T12:34:56.000007Z"
    assert line["run_id"] == "f71ad2bf6e40"
    fields = {key: value for key, value in line.items() if key not in {"timestamp", "run_id"}}
    values = [
        fields["event"],
        fields["text"],
        *fields["nested"],
        str(fields["nested"]["deep"][0]["x"]),
        fields["error"],
    ]
    assert not [value for value in values if secret in value]
    assert fields["url"] == "postgres://u:***@h/d"


def test_a_secret_nobody_told_of(tmp_path: Path) -> None:
    """What stands where a secret belongs is masked without being known."""
    log = open_log(tmp_path)
    log(
        "x",
        url=f"postgres://u:{CANARY}@h/db",
        password=CANARY,
        dsn=f"host=h password='{CANARY}'",
        nested={"pwd": CANARY},
    )
    assert CANARY not in log.path.read_text()


@pytest.mark.parametrize(
    "word", ["level", "event", "run_id", "timestamp", "info", "true", "null", "f71ad2bf6e40", "run_finished", "seconds"]
)
def test_words_of_ours(tmp_path: Path, word: str) -> None:
    """A password that is a word of ours does not spoil the lines: their keys and events stay."""
    log = open_log(tmp_path, word)
    log("run_finished", ok=True, none=None, inner={"seconds": 1})
    assert list(lines(log)[0]) == ["timestamp", "level", "event", "run_id", "ok", "none", "inner"]
    assert (lines(log)[0]["event"], lines(log)[0]["inner"]) == ("run_finished", {"seconds": 1})
    assert lines(log)[0]["run_id"] == "f71ad2bf6e40"


def test_exceptions_come_without_locals(tmp_path: Path) -> None:
    """A traceback is written as text, without the values of variables."""
    log = open_log(tmp_path)

    def crash() -> None:
        hidden = "local-" + "value"
        raise ValueError(f"text {len(hidden)}")

    try:
        crash()
    except ValueError as error:
        log("crashed", level="error", exc_info=error)
        log("crashed", level="error", exc_info=True)
    for line in lines(log):
        assert "ValueError: text 11" in line["exception"]
    assert "local-value" not in log.path.read_text()


def test_nothing_global_is_configured(tmp_path: Path) -> None:
    """Neither structlog's configuration nor the standard library's root logger is touched."""
    handlers = list(logging.getLogger().handlers)
    open_log(tmp_path)("x")
    assert not structlog.is_configured()
    assert logging.getLogger().handlers == handlers


def test_threads(tmp_path: Path) -> None:
    """Lines of many threads do not mix."""
    log = open_log(tmp_path)

    def write(name: int) -> None:
        for n in range(100):
            log("x", n=n, name=name, pad="y" * 3000)

    threads = [threading.Thread(target=write, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({(line["name"], line["n"]) for line in lines(log)}) == 800


def test_a_log_that_is_there(tmp_path: Path) -> None:
    """A log is never appended to another run's."""
    open_log(tmp_path)
    with pytest.raises(RegistryError, match="in the way"):
        open_log(tmp_path)


def test_after_the_end(tmp_path: Path) -> None:
    """Closing twice is closing once, and what comes later is dropped."""
    log = open_log(tmp_path)
    log("x")
    log.close()
    log.close()
    log("late")
    assert [line["event"] for line in lines(log)] == ["x"]


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that cannot be written is a RegistryError, once; later lines are dropped."""
    log = open_log(tmp_path)

    def full(descriptor: int, data: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(RegistryError, match="the disk is full") as caught:
        log("x")
    assert caught.value.remedy
    log("y")
    assert log.failure is caught.value


def test_rewriting(tmp_path: Path) -> None:
    """What was written can be changed, and the log goes on behind it."""
    log = open_log(tmp_path)
    log("x", text="abc")
    assert log.rewrite(lambda data: data.replace(b"abc", b"***"))
    assert not log.rewrite(lambda data: data)
    log("y")
    assert [line.get("text", line["event"]) for line in lines(log)] == ["***", "y"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["logs.ndjson"]
