"""`datalchemy runs`: list, show, verify and prune the runs of a registry."""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from datalchemy.adapters import fingerprint_of
from datalchemy.cli.parser import Parser, path
from datalchemy.cli.terminal import printable, tell
from datalchemy.errors import ConfigurationError, ExitCode, RegistryError
from datalchemy.registry.files import json_bytes
from datalchemy.registry.layout import CONFIG
from datalchemy.registry.listing import RunSummary, age, runs
from datalchemy.registry.manifest import RunStatus, read_manifest
from datalchemy.registry.prune import left_alone, remove, superfluous
from datalchemy.registry.verification import Finding, verify

_AGE = re.compile(r"(\d+)([dhm])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


def run(words: Sequence[str]) -> int:
    """Run the action that `words` name, and return the exit code."""
    options = _parser().parse_args(words)
    act = {"list": _list, "show": _show, "verify": _verify, "prune": _prune}[options.action]
    return int(act(options))


def _parser() -> Parser:
    parser = Parser(prog="datalchemy runs", description="Look after the runs of a registry.", allow_abbrev=False)
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|show|verify|prune")
    common = Parser(add_help=False)
    common.add_argument("--run-dir", metavar="DIR", default="runs", type=path, help="the registry (default: runs/)")
    common.add_argument("--json", action="store_true", help="one JSON value instead of text")
    actions.add_parser("list", parents=[common], help="every run, newest first")
    show = actions.add_parser("show", parents=[common], help="one run")
    show.add_argument("run", metavar="RUN", help="a run's id, the beginning of it, its folder, or `latest`")
    check = actions.add_parser(
        "verify", parents=[common], help="recompute digests and fingerprints: what was changed since"
    )
    check.add_argument("run", metavar="RUN", nargs="?", help="one run; every run when left out")
    prune = actions.add_parser(
        "prune", parents=[common], help="delete old runs, file by file; without --yes only list them"
    )
    prune.add_argument("--keep", metavar="N", type=_count, help="the newest N stay, and the newest N that succeeded")
    prune.add_argument("--older-than", metavar="AGE", type=_age, help="only runs older than 30d, 12h or 5m go")
    prune.add_argument("--yes", action="store_true", help="really delete")
    return parser


def _count(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError("a number of runs is expected, such as 20")
    return int(text)


def _age(text: str) -> timedelta:
    found = _AGE.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError("an age is expected, such as 30d, 12h or 5m")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _all(options: argparse.Namespace) -> list[RunSummary]:
    if not options.run_dir.is_dir():
        raise ConfigurationError(
            f"there is no registry at {options.run_dir}", remedy="name the folder that holds the runs with --run-dir"
        )
    return list(runs(options.run_dir))


def _find(options: argparse.Namespace) -> RunSummary:
    known = _all(options)
    asked = Path(options.run).name
    found = [each for each in known if asked in (each.run_id, each.path.name)]
    found = found or [each for each in known if each.run_id.startswith(asked)]
    if asked == "latest" and known:
        found = [known[-1]]
    if len(found) != 1:
        what = "no run" if not found else f"{len(found)} runs"
        raise ConfigurationError(
            f"{what} in {options.run_dir} called {options.run!r}", remedy="datalchemy runs list shows their ids"
        )
    return found[0]


def _list(options: argparse.Namespace) -> int:
    newest_first = sorted(_all(options), key=age, reverse=True)
    if options.json:
        _print_json([_facts(each) for each in newest_first])
        return ExitCode.OK
    table: list[tuple[str, ...]] = [("run", "started", "status", "database", "tables", "fingerprint", "seconds")]
    table += [_line(each) for each in newest_first]
    _print_table(table)
    return ExitCode.OK


def _line(each: RunSummary) -> tuple[str, ...]:
    captured = each.captured
    return (
        each.run_id,
        each.started_at.strftime("%Y-%m-%d %H:%M:%S") if each.started_at else "?",
        each.status.value,
        captured.database if captured else "-",
        str(captured.tables) if captured else "-",
        captured.fingerprint[:12] if captured else "-",
        f"{each.duration_seconds:.2f}" if each.duration_seconds is not None else "-",
    )


def _show(options: argparse.Namespace) -> int:
    found = _find(options)
    if options.json:
        _print_json(_facts(found))
        return ExitCode.OK
    captured = found.captured
    rows = [("run", found.run_id), ("folder", str(found.path)), ("status", found.status.value)]
    if found.problem:
        rows.append(("problem", found.problem))
    if found.error:
        rows.append(("error", found.error.message))
    if found.started_at:
        rows.append(("started", found.started_at.isoformat()))
    if found.duration_seconds is not None:
        rows.append(("seconds", f"{found.duration_seconds:.2f}"))
    if captured:
        rows += [
            ("database", captured.database),
            ("server", captured.engine_version),
            ("tables", str(captured.tables)),
            ("fingerprint", captured.fingerprint),
        ]
    if found.started_at and found.problem is None:
        rows += [("file", f"{each.name}  {each.size_bytes} bytes") for each in read_manifest(found.path).artefacts]
    _print_table(rows)
    return ExitCode.OK


def _verify(options: argparse.Namespace) -> int:
    chosen = [_find(options)] if options.run else _all(options)
    findings = [(each, finding) for each in chosen for finding in _findings(each)]
    changed = {each.run_id for each, _ in findings}
    if options.json:
        _print_json([{"run_id": each.run_id, "path": str(each.path), **finding} for each, finding in findings])
    else:
        for each, finding in findings:
            _say(f"{each.path.name}: {finding['name']}: {finding['message']}")
        _say(f"{len(chosen)} run(s) verified, {len(changed)} with findings")
    return ExitCode.REGISTRY if findings else ExitCode.OK


def _findings(each: RunSummary) -> Iterable[dict[str, str]]:
    """Return the findings of a run's folder; none for a run that still runs."""
    if each.status is RunStatus.RUNNING:
        return []
    try:
        return [_finding(finding) for finding in verify(each.path, fingerprint_of)]
    except RegistryError as error:
        return [{"code": "unreadable", "name": each.path.name, "message": each.problem or error.message}]


def _finding(finding: Finding) -> dict[str, str]:
    return {"code": finding.code.value, "name": finding.name, "message": finding.message}


def _prune(options: argparse.Namespace) -> int:
    if options.keep is None and options.older_than is None:
        raise ConfigurationError("runs prune: no limit is given", remedy="give --keep N, --older-than AGE, or both")
    known, now = _all(options), datetime.now(UTC)
    going = superfluous(known, keep=options.keep, older_than=options.older_than, now=now)
    notes = [f"left alone: {each.path}: {each.problem}" for each in left_alone(known)]
    gone, failures = [], []
    for each in going:
        try:
            removal = remove(each.path, now=now, really=options.yes)
        except RegistryError as error:
            failures.append(error)
            continue
        if removal.deleted:
            gone.append(str(each.path))
        if removal.note:
            notes.append(removal.note)
    if options.json:
        _print_json({"deleted": options.yes, "runs": gone, "left_alone": notes})
    else:
        for line in (*(f"{'deleted' if options.yes else 'would delete'} {folder}" for folder in gone), *notes):
            _say(line)
        if not options.yes and gone:
            _say(f"{len(gone)} run(s) would be deleted; give --yes to do it")
        elif not going:
            _say("nothing to delete")
    for failure in failures:
        tell(failure)
    return ExitCode.REGISTRY if failures else ExitCode.OK


def _facts(each: RunSummary) -> dict[str, Any]:
    return {**each.model_dump(mode="json"), "config": str(each.path / CONFIG)}


def _print_json(value: Any) -> None:
    # A terminal would obey control characters in a name; pure ASCII holds the same data.
    text = json.dumps(value, indent=2) + "\n" if sys.stdout.isatty() else json_bytes(value).decode()
    sys.stdout.write(text)


def _print_table(rows: Sequence[tuple[str, ...]]) -> None:
    shown = [[printable(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in shown) for column in range(len(shown[0]))]
    for row in shown:
        _say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _say(text: str) -> None:
    sys.stdout.write(printable(text) + "\n")
