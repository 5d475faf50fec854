"""Sweeps in a registry: listed, verified, pruned, and which of their jobs are to be run again."""

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from datalchemy.errors import RegistryError
from datalchemy.registry.lease import Lease
from datalchemy.registry.liveness import process_mark
from datalchemy.registry.manifest import RunStatus
from datalchemy.registry.prune import remove, remove_sweep, superfluous_sweeps
from datalchemy.registry.records import JobStatus, SweepJob
from datalchemy.registry.sweep_listing import SweepFound, find_sweep_in, jobs_to_repeat, sweeps
from datalchemy.registry.sweeps import begin_sweep
from datalchemy.registry.verification import verify_sweep
from datalchemy.secrets.vault import Vault
from tests.unit.registering import CANARY, NOON, change_manifest, files, good

pytestmark = pytest.mark.invented_artefacts(
    "config.json", "schema.json", "metrics.json", "manifest.json", "summary.json"
)

LATER = datetime(2026, 3, 1, tzinfo=UTC)
STATUSES = (JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.INTERRUPTED, JobStatus.NOT_BEGUN)


def sweep(
    runs_dir: Path, run_dirs: Sequence[Path | None] = (), *, started_at: datetime = NOON, ended: bool = True
) -> Path:
    """Make a sweep whose jobs did these runs."""
    jobs = [
        SweepJob(
            job=number,
            database=f"d{number}",
            status=JobStatus.FAILED if folder is None else JobStatus.SUCCEEDED,
            run_dir=folder and folder.name,
        )
        for number, folder in enumerate(run_dirs)
    ]
    planned = [job.model_copy(update={"status": JobStatus.NOT_BEGUN, "run_dir": None}) for job in jobs]
    record = begin_sweep(runs_dir, planned, vault=Vault(), clock=lambda: started_at)
    for job in jobs:
        record.record(job)
    if ended:
        record.finish(0, complete=True)
    return record.path


class TestList:
    def test_in_order(self, tmp_path: Path) -> None:
        """Sweeps come oldest first, to the microsecond; one that cannot be read has no time but that of its name."""
        moments = [NOON + timedelta(microseconds=number) for number in (2, 1)]
        newest, oldest = (sweep(tmp_path, started_at=moment) for moment in moments)
        broken = sweep(tmp_path, started_at=NOON + timedelta(days=1))
        (broken / "summary.json").write_text("{")
        assert [(each.path, each.status) for each in sweeps(tmp_path)] == [
            (oldest, RunStatus.SUCCEEDED),
            (newest, RunStatus.SUCCEEDED),
            (broken, RunStatus.UNREADABLE),
        ]
        assert "is not a sweep's record" in str(sweeps(tmp_path)[2].problem)
        assert sweeps(tmp_path / "none") == ()

    @pytest.mark.parametrize("names", [(), (".summary.json.tmp-1-ab",), ("jobs",)])
    def test_killed_before_its_plan(self, names: tuple[str, ...], tmp_path: Path) -> None:
        """A sweep without a plan and without a lease starts, for a minute; then it is interrupted."""
        folder = tmp_path / "sweeps" / "2026-01-10T12-34-56Z__sweep_ab"
        folder.mkdir(parents=True)
        for name in names:
            (folder / name).write_text("")
        made = datetime.fromtimestamp(folder.stat().st_mtime, UTC)
        for seconds, status in ((59, RunStatus.RUNNING), (61, RunStatus.INTERRUPTED)):
            (found,) = sweeps(tmp_path, clock=lambda after=seconds: made + timedelta(seconds=after))  # type: ignore[misc]
            assert (found.sweep_id, found.status, found.jobs) == ("ab", status, ())

    def test_killed_between_its_lease_and_its_plan(self, tmp_path: Path) -> None:
        """A sweep without a plan is interrupted the moment its lease is free."""
        folder = tmp_path / "sweeps" / "2026-01-10T12-34-56Z__sweep_ab"
        folder.mkdir(parents=True)
        lease = Lease(folder, mode=0o644, mark=process_mark(os.getpid()))
        assert [each.status for each in sweeps(tmp_path)] == [RunStatus.RUNNING]
        lease.end(remove=False)
        assert [each.status for each in sweeps(tmp_path)] == [RunStatus.INTERRUPTED]

    def test_what_only_looks_like_a_sweep(self, tmp_path: Path) -> None:
        """A folder with the name of a sweep and other people's files is unreadable."""
        folder = tmp_path / "sweeps" / "2026-01-10T12-34-56Z__sweep_ab"
        folder.mkdir(parents=True)
        (folder / "notes.txt").write_text("mine")
        assert [each.status for each in sweeps(tmp_path)] == [RunStatus.UNREADABLE]


class TestRepeat:
    def test_what_did_not_succeed(self, tmp_path: Path) -> None:
        """The jobs that failed, were interrupted or never began are run again, in planned order."""
        jobs = [SweepJob(job=number, database=f"d{number}", overrides=(f"+db=d{number}",)) for number in range(4)]
        record = begin_sweep(tmp_path, jobs, vault=Vault())
        for job, status in zip(jobs, STATUSES, strict=True):
            record.record(job.model_copy(update={"status": status}))
        with pytest.raises(RegistryError, match="goes on"):
            jobs_to_repeat(find_sweep_in(record.path))
        record.finish(1, complete=False)
        again = jobs_to_repeat(find_sweep_in(record.path))
        assert [(job.database, job.overrides) for job in again] == [(f"d{n}", (f"+db=d{n}",)) for n in (1, 2, 3)]

    def test_a_secret_that_no_record_keeps(self, tmp_path: Path) -> None:
        """A job whose overrides held a secret is not run again with a mask in its place."""
        vault = Vault()
        vault.remember(CANARY)
        jobs = [SweepJob(job=0, overrides=("+db=prod", f"db.password={CANARY}"))]
        record = begin_sweep(tmp_path, jobs, vault=vault)
        record.finish(1, complete=False)
        with pytest.raises(RegistryError, match=r"job 0 of sweep .* had a secret .*: db\.password=\*\*\*"):
            jobs_to_repeat(find_sweep_in(record.path))

    def test_a_sweep_that_cannot_be_read(self, tmp_path: Path) -> None:
        """Nothing of it can be run again."""
        path = sweep(tmp_path)
        (path / "summary.json").write_text("{}")
        with pytest.raises(RegistryError, match=r"cannot be read: .*nothing in it says"):
            jobs_to_repeat(find_sweep_in(path))


class TestVerify:
    def verified(self, path: Path) -> list[str]:
        return [finding.message for finding in verify_sweep(find_sweep_in(path))]

    def test_what_was_changed(self, tmp_path: Path) -> None:
        """A run that says something else than its sweep is a finding; one that was deleted since is none."""
        first, second, third = (good(tmp_path, NOON) for _ in range(3))
        path = sweep(tmp_path, [first.path, second.path, third.path, None])
        assert self.verified(path) == []
        remove(first.path, now=LATER)
        change_manifest(second.path, status="failed")
        content = json.loads((path / "summary.json").read_text())
        content["jobs"][2]["fingerprint"] = "0" * 64
        (path / "summary.json").write_text(json.dumps(content))
        assert self.verified(path) == [
            f"job 1 is succeeded, and its run {second.id} is failed",
            f"job 2 has another fingerprint than its run {third.id}",
        ]

    def test_one_that_was_cut_off(self, tmp_path: Path) -> None:
        """A sweep without an end is a finding once it no longer goes on."""
        path = sweep(tmp_path, [good(tmp_path, NOON).path], ended=False)
        assert self.verified(path) == []
        (path / ".lease").unlink()
        assert self.verified(path) == ["the sweep was cut off"]

    def test_one_that_cannot_be_read(self, tmp_path: Path) -> None:
        """A sweep without a readable summary cannot be verified."""
        path = sweep(tmp_path)
        (path / "summary.json").write_text("{")
        with pytest.raises(RegistryError, match="is not a sweep's record"):
            verify_sweep(find_sweep_in(path))


class TestPrune:
    def going(
        self, runs_dir: Path, *gone: Path, keep: int | None = 1, older_than: timedelta | None = None
    ) -> list[Path]:
        found = superfluous_sweeps(sweeps(runs_dir), set(gone), keep=keep, older_than=older_than, now=LATER)
        return [each.path for each in found]

    def test_with_its_runs(self, tmp_path: Path) -> None:
        """A sweep goes when the last of its runs goes, or went before."""
        one, other = good(tmp_path, NOON).path, good(tmp_path, NOON).path
        path = sweep(tmp_path, [one, other, None])
        assert self.going(tmp_path) == []
        assert self.going(tmp_path, one) == []
        assert self.going(tmp_path, one, other) == [path]
        remove(one, now=LATER)
        assert self.going(tmp_path, other) == [path]
        (other / "notes.txt").write_text("mine")
        remove(other, now=LATER)
        assert self.going(tmp_path) == [path]
        assert self.going(tmp_path, keep=None, older_than=timedelta(days=300)) == []

    def test_one_that_never_had_a_run(self, tmp_path: Path) -> None:
        """Where no job had a run, the sweep stays, unless all is to go, or its age is asked for."""
        path = sweep(tmp_path, [None, None])
        assert self.going(tmp_path) == []
        assert self.going(tmp_path, keep=0) == [path]
        assert self.going(tmp_path, keep=None, older_than=timedelta(days=1)) == [path]

    def test_one_that_goes_on(self, tmp_path: Path) -> None:
        """A sweep that goes on stays, and so does one that cannot be read."""
        path, broken = sweep(tmp_path, ended=False), sweep(tmp_path)
        (broken / "summary.json").write_text("{")
        assert self.going(tmp_path, keep=0) == []
        for folder, reason in ((path, "the sweep is going on"), (broken, "is not a sweep's record")):
            removal = remove_sweep(folder)
            assert not removal.deleted
            assert reason in str(removal.note)
            assert (folder / "summary.json").exists()

    def test_it_goes_whole(self, tmp_path: Path) -> None:
        """A sweep goes with its jobs' records and what cut-off writes left; a rehearsal deletes nothing."""
        path = sweep(tmp_path, [None, None])
        (path / "multirun.yaml").write_text("")
        (path / "jobs" / ".00000.json.tmp-1-ab").write_text("")
        before = files(path), files(path / "jobs")
        assert remove_sweep(path, really=False) == (True, None)
        assert (files(path), files(path / "jobs")) == before
        for _ in range(2):
            assert remove_sweep(path) == (True, None)
            assert not path.exists()

    def test_one_of_the_first_version_goes(self, tmp_path: Path) -> None:
        """A sweep of version 1 goes with its run."""
        run = good(tmp_path)
        path = sweep(tmp_path, [run.path])
        content = json.loads((path / "summary.json").read_text())
        for key in ("started_at", "finished_at", "groups"):
            del content[key]
        (path / "summary.json").write_text(json.dumps(content | {"sweep_version": 1}))
        assert self.going(tmp_path, run.path) == [path]
        assert remove_sweep(path).deleted

    @pytest.mark.parametrize("place", [".", "jobs"])
    def test_other_peoples_files_stay(self, place: str, tmp_path: Path) -> None:
        """What the sweep did not write stays with its folder, and one line says so."""
        path = sweep(tmp_path, [None])
        (path / place / "notes.txt").write_text("mine")
        for really in (False, True):
            removal = remove_sweep(path, really=really)
            assert removal.deleted
            assert str(removal.note).endswith("the sweep did not write notes.txt")
        assert (path / place / "notes.txt").read_text() == "mine"

    @pytest.mark.parametrize("name", ["summary.json", "jobs/00000.json", "jobs", "multirun.yaml"])
    def test_links_are_left_alone(self, name: str, tmp_path: Path) -> None:
        """A sweep with a link in the place of its own is left alone, and so is what the link leads to."""
        path, theirs = sweep(tmp_path / "runs", [None]), tmp_path / "theirs"
        if (path / name).exists():
            (path / name).rename(theirs)
        else:
            theirs.write_text("mine")
        (path / name).symlink_to(theirs)
        removal = remove_sweep(path)
        assert not removal.deleted
        assert "left alone" in str(removal.note)
        assert theirs.exists()
        assert os.path.lexists(path / name)

    def test_a_disk_that_says_no(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A record that cannot be deleted is an error with its cause; the summary is still there."""
        path = sweep(tmp_path, [None])

        def refuse(name: str, *, dir_fd: int) -> None:
            raise PermissionError(1, "no")

        monkeypatch.setattr(os, "unlink", refuse)
        with pytest.raises(RegistryError, match="not permitted"):
            remove_sweep(path)
        assert isinstance(find_sweep_in(path), SweepFound)
        assert files(path) == ["jobs", "summary.json"]
