"""How another thread ends a run."""

import gc
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from datalchemy.cli.process import Terminated
from datalchemy.deadline import Deadline
from datalchemy.errors import ConnectionFailedError, InternalError
from datalchemy.introspector.reading import _collector_paused, _with_retries
from datalchemy.introspector.record import Recorder
from datalchemy.introspector.settings import RetrySettings, Settings
from datalchemy.introspector.stop import Stop
from datalchemy.registry.log import utc_now
from datalchemy.registry.manifest import Manifest, RunStatus, read_manifest
from datalchemy.registry.run import Run
from datalchemy.secrets.vault import Vault
from tests.unit.registering import start


def record(tmp_path: Path, stop: Stop, work: Callable[..., Any], seen: list[str]) -> Any:
    """Record a run that does `work`; `seen` collects the events that its observer receives."""

    def observe(event: str, **fields: Any) -> None:
        seen.append(event)

    facts: Mapping[str, Any] = {"vault": Vault(), "overrides": (), "run_dir": None, "clock": utc_now, "engine": None}
    settings = Settings.model_validate({"output": {"runs_dir": tmp_path}})
    return Recorder(settings, observer=observe, stop=stop, **facts).record(work)


def manifest(tmp_path: Path) -> Manifest:
    """Return the manifest of the one run."""
    (folder,) = tmp_path.iterdir()
    return read_manifest(folder)


@pytest.mark.parametrize(("why", "code"), [(KeyboardInterrupt(), 130), (Terminated(), 143)])
def test_a_run_ends_at_its_next_event(why: KeyboardInterrupt, code: int, tmp_path: Path) -> None:
    """A run that is asked to end is interrupted at its next event, with the exit code of the signal, and says so."""
    stop, seen = Stop(), list[str]()

    def work(run: Run, events: Any) -> Any:
        events("first")
        stop.ask(why)
        events("second")

    with pytest.raises(type(why)):
        record(tmp_path, stop, work, seen)
    assert seen == ["run_started", "first", "run_finished"]
    assert (manifest(tmp_path).status, manifest(tmp_path).exit_code) == (RunStatus.INTERRUPTED, code)


def test_an_error_that_the_stop_caused_is_none(tmp_path: Path) -> None:
    """A wait that ends because its run is asked to end is no failure, and the log holds no error."""
    stop = Stop()
    deadline = Deadline.after(60)
    stop.ends(deadline)

    def work(run: Run, events: Any) -> Any:
        stop.ask(KeyboardInterrupt())
        assert deadline.left == 0.0
        raise ConnectionFailedError("the run did not end within 60 s")

    with pytest.raises(KeyboardInterrupt):
        record(tmp_path, stop, work, [])
    (folder,) = tmp_path.iterdir()
    assert '"level":"error"' not in (folder / "logs.ndjson").read_text().replace(" ", "")
    assert manifest(tmp_path).status is RunStatus.INTERRUPTED


def test_a_deadline_that_comes_after_the_question_has_passed() -> None:
    """A run that is asked to end before it has a deadline does not wait for the whole of it."""
    stop, deadline = Stop(), Deadline.after(60)
    stop.ask(KeyboardInterrupt())
    stop.ends(deadline)
    assert deadline.left == 0.0


def test_a_wait_between_attempts_ends_at_once() -> None:
    """The wait before the next attempt is cut short, and no attempt follows."""
    stop, tried = Stop(), list[bool]()

    def refuse(is_last: bool) -> Any:
        tried.append(is_last)
        raise ConnectionFailedError("refused", transient=True)

    def events(event: str, **fields: Any) -> None:
        if event == "capture_retry":
            threading.Timer(0.05, stop.ask, [KeyboardInterrupt()]).start()
        stop.check()

    retry = RetrySettings(attempts=5, initial_wait_seconds=30, max_wait_seconds=60, deadline_seconds=600)
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        _with_retries(refuse, retry, events, [], Deadline.after(600), stop=stop)
    assert time.monotonic() - begun < 5
    assert tried == [False]


def test_a_run_that_does_not_answer_is_ended_without_it(tmp_path: Path) -> None:
    """The record of a run that hangs is ended from outside; what the run does later changes nothing."""
    stop, hangs, may_go_on = Stop(), threading.Event(), threading.Event()
    ended: list[BaseException] = []

    def work(run: Run, events: Any) -> Any:
        hangs.set()
        may_go_on.wait(30)
        with pytest.raises(InternalError, match="after the run had ended"):
            run.write_artefact("schema.json", b"{}")
        assert run.scan_for_secrets(Vault()) == ()
        events("too_late")

    def do() -> None:
        try:
            record(tmp_path, stop, work, [])
        except KeyboardInterrupt as interruption:
            ended.append(interruption)

    thread = threading.Thread(target=do)
    thread.start()
    assert hangs.wait(30)
    stop.ask(Terminated())
    stop.abandon()
    before = manifest(tmp_path)
    assert (before.status, before.exit_code) == (RunStatus.INTERRUPTED, 143)
    may_go_on.set()
    thread.join(30)
    assert len(ended) == 1
    assert manifest(tmp_path) == before
    (folder,) = tmp_path.iterdir()
    assert sorted(file.name for file in folder.iterdir()) == ["config.json", "logs.ndjson", "manifest.json"]


def test_a_run_that_was_abandoned_before_its_record_ends_with_it(tmp_path: Path) -> None:
    """A run that had no folder yet when it was abandoned is interrupted from its first moment on."""
    stop = Stop()
    stop.ask(KeyboardInterrupt())
    stop.abandon()
    with pytest.raises(KeyboardInterrupt):
        record(tmp_path, stop, lambda *_: pytest.fail("it ran"), [])
    assert manifest(tmp_path).status is RunStatus.INTERRUPTED


@pytest.mark.invented_artefacts("config.json")
def test_the_first_end_counts(tmp_path: Path) -> None:
    """Of many threads that end one run at the same time, one decides, and all learn which end that was."""
    run = start(tmp_path)
    statuses = [RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.INTERRUPTED] * 4
    ends: list[Manifest] = []
    together = threading.Barrier(len(statuses))

    def end(status: RunStatus) -> None:
        together.wait()
        ends.append(run.finish(status))
        run.let_go()

    threads = [threading.Thread(target=end, args=[status]) for status in statuses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(ends) == {read_manifest(run.path)}
    assert not (run.path / ".lease").exists()


def test_the_collector_is_paused_until_the_last_thread_leaves() -> None:
    """The cycle collector pauses with the first thread, and goes on after the last one, in any order."""
    assert gc.isenabled()
    first, second = _collector_paused(), _collector_paused()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert not gc.isenabled()
    second.__exit__(None, None, None)
    assert gc.isenabled()
    gc.disable()
    with _collector_paused():
        pass
    assert not gc.isenabled()  # as it was found
    gc.enable()
