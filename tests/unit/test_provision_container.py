"""The container kind, against an engine that is written by hand: this is about what we ask of it."""

import io
import socket
import tarfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, cast

import pytest
from docker import DockerClient
from docker.errors import APIError, ImageNotFound, NotFound

from datalchemy.errors import ProvisionError
from datalchemy.events import ignore_events
from datalchemy.provision.base import Provisioned, unscrubbed
from datalchemy.provision.container import HOST_LABEL, IMAGE, OWNER_LABEL, container_server, stop_containers
from datalchemy.provision.docker_engine import connect
from datalchemy.provision.stale_servers import private_directory


class FakeContainer:
    """One container: its port appears at the second look, and it remembers what was done to it."""

    def __init__(self, name: str = "", labels: dict[str, str] | None = None, *, status: str = "running") -> None:
        self.name = name
        self.labels = labels or {}
        self.status = status
        self.ports: dict[str, Any] = {}
        self.loaded: dict[str, str] = {}
        self.removals = 0
        self.exec_result = (0, b"")
        self._looks = 0

    def reload(self) -> None:
        if self.removals:
            raise NotFound("no such container")
        self._looks += 1
        if self._looks > 1:
            self.ports = {"5432/tcp": [{"HostIp": "127.0.0.1", "HostPort": "49153"}]}

    def logs(self, *, tail: int) -> bytes:
        return b"initdb: error: no space left\n"

    def put_archive(self, path: str, data: bytes) -> bool:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for entry in archive:
                content = archive.extractfile(entry)
                assert content is not None
                self.loaded[f"{path}/{entry.name}"] = content.read().decode()
        return True

    def exec_run(self, command: list[str]) -> tuple[int, bytes]:
        assert command[-1] in self.loaded
        code, said = self.exec_result
        return code, said.replace(b"FILE", command[-1].encode())

    def remove(self, *, force: bool, v: bool) -> None:
        assert force
        assert v
        self.removals += 1


class FakeEngine:
    """An engine with its images and containers; it is its own `images` and `containers`."""

    def __init__(self, *, has_image: bool = True, others: tuple[FakeContainer, ...] = ()) -> None:
        self.images = self.containers = self
        self.made = FakeContainer()
        self.asked: dict[str, Any] = {}
        self.pulled: list[str] = []
        self.has_image = has_image
        self.others = others

    def get(self, image: str) -> None:
        if not self.has_image:
            raise ImageNotFound("absent")

    def pull(self, image: str) -> None:
        self.pulled.append(image)

    def list(self, *, all: bool, filters: dict[str, Any]) -> tuple[FakeContainer, ...]:  # noqa: A002  # docker's word
        assert all
        assert filters["label"] == [OWNER_LABEL, f"{HOST_LABEL}={socket.gethostname()}"]
        return self.others

    def run(self, image: str, **asked: Any) -> FakeContainer:
        self.asked = {"image": image, **asked}
        return self.made


class RefusingEngine(FakeEngine):
    """An engine that repeats what it was asked when it refuses."""

    def run(self, image: str, **asked: Any) -> FakeContainer:
        raise APIError(f"bad environment {asked['environment']['POSTGRES_PASSWORD']}")


def _server(
    engine: FakeEngine, *files: Path, answers: Callable[[str], str] = lambda url: "18.4", deadline_seconds: float = 5
) -> AbstractContextManager[Provisioned]:
    return container_server(
        files,
        events=ignore_events,
        scrub=unscrubbed,
        client=cast("DockerClient", engine),
        answers=answers,
        deadline_seconds=deadline_seconds,
    )


def test_a_container_is_run_on_a_loopback_port_in_memory_and_removed() -> None:
    """The server is reachable from this machine only, with a password of its own, and leaves no volume."""
    engine = FakeEngine()
    with _server(engine) as server:
        password = engine.asked["environment"]["POSTGRES_PASSWORD"]
        assert server.url == f"postgresql://postgres:{password}@127.0.0.1:49153/demo"
        assert server.secrets == (password,)
        assert server.server_version == "18.4"
        assert engine.asked["image"] == IMAGE
        assert engine.asked["ports"] == {"5432/tcp": ("127.0.0.1", None)}
        assert engine.asked["environment"]["PGDATA"].startswith(next(iter(engine.asked["tmpfs"])))
        assert Path(engine.asked["labels"][OWNER_LABEL]).is_dir()
        assert engine.made.removals == 0
    assert engine.made.removals == 1
    assert not Path(engine.asked["labels"][OWNER_LABEL]).exists()
    assert engine.pulled == []


def test_an_absent_image_is_pulled() -> None:
    """The first run on a machine fetches the image."""
    engine = FakeEngine(has_image=False)
    with _server(engine):
        assert engine.pulled == [IMAGE]


def test_the_files_are_loaded_inside(tmp_path: Path) -> None:
    """Each init file is copied into the container and given to its psql."""
    (tmp_path / "a.sql").write_text("select 'é'", encoding="utf-8")
    engine = FakeEngine()
    with _server(engine, tmp_path / "a.sql"):
        assert list(engine.made.loaded.values()) == ["select 'é'"]


def test_a_wrong_statement_is_named_with_the_users_file(tmp_path: Path) -> None:
    """The error speaks of the file outside, not of its copy, and the container is removed."""
    (tmp_path / "a.sql").write_text("nonsense")
    engine = FakeEngine()
    engine.made.exec_result = (3, b"psql:FILE:1: ERROR:  42601\n")
    with pytest.raises(ProvisionError, match=rf"^{tmp_path}/a\.sql:1 did not load: error 42601 \(syntax error\)"):  # noqa: SIM117
        with _server(engine, tmp_path / "a.sql"):
            pytest.fail("the block must not begin")
    assert engine.made.removals == 1


def test_a_container_that_stops_says_why() -> None:
    """The end of its log is in the error."""
    engine = FakeEngine()
    engine.made.status = "exited"
    with pytest.raises(ProvisionError, match="no space left"), _server(engine):
        pytest.fail("the block must not begin")
    assert engine.made.removals == 1


def test_the_engines_refusal_is_told_without_the_password() -> None:
    """What the docker package raises does not leave this room."""
    with pytest.raises(ProvisionError, match=r"bad environment \*\*\*"), _server(RefusingEngine()):
        pytest.fail("the block must not begin")


def test_a_server_that_never_answers_is_given_up() -> None:
    """The last reason and the log are told, without the password."""
    engine = FakeEngine()

    def refuse(url: str) -> str:
        raise ProvisionError(f"no route to {url}")

    with pytest.raises(ProvisionError, match=r"postgres:\*\*\*@127\.0\.0\.1:49153/demo; its log ends with: initdb"):  # noqa: SIM117
        with _server(engine, answers=refuse, deadline_seconds=0.3):
            pytest.fail("the block must not begin")
    assert engine.made.removals == 1


def test_a_failing_block_removes_the_container() -> None:
    """Ctrl-C included."""
    engine = FakeEngine()

    def fail() -> None:
        with _server(engine):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert engine.made.removals == 1


def test_another_thread_removes_a_container_that_starts() -> None:
    """A container that is removed while somebody waits for it ends that wait."""

    def stopped(url: str) -> str:
        stop_containers()
        raise ProvisionError("no answer")

    engine = FakeEngine()
    with (
        pytest.raises(ProvisionError, match="no such container"),
        _server(engine, answers=stopped, deadline_seconds=60),
    ):
        pytest.fail("the block must not begin")
    assert engine.made.removals == 2
    stop_containers()
    assert engine.made.removals == 2


def test_another_thread_removes_a_container_that_is_read() -> None:
    """A container is removed at once although its block goes on."""
    engine = FakeEngine()
    with _server(engine):
        stop_containers()
        assert engine.made.removals == 1


def test_containers_of_killed_processes_are_removed_and_others_stay(tmp_path: Path) -> None:
    """A container whose owner's directory is gone has no owner; one whose owner lives is left alone."""
    with private_directory() as alive:
        orphan = FakeContainer("orphan", {OWNER_LABEL: str(tmp_path / "gone")})
        used = FakeContainer("used", {OWNER_LABEL: str(alive)})
        with _server(FakeEngine(others=(orphan, used))):
            assert orphan.removals == 1
            assert used.removals == 0


def test_without_an_engine_one_line_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No engine is an answer, not a traceback."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/absent.sock")
    with pytest.raises(ProvisionError, match=r"no Docker engine answers: .*\(start Docker or set DOCKER_HOST"):
        connect()
