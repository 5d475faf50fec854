"""The words of `datalchemy runs`. They are apart from what it does, so that tab completion reads them quickly."""

from datalchemy.cli.parser import Parser, age, count, moment, path

STATUSES = ("running", "succeeded", "failed", "interrupted", "unreadable")
"""The values of RunStatus, whose module takes long to import."""

_RUN = "a folder, an id or the beginning of one, `latest`, or a database's name: its newest good run"


def make_parser() -> Parser:
    """Return the parser of this command's words."""
    parser = Parser(prog="datalchemy runs", description="Look after the runs of a registry.", allow_abbrev=False)
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|show|verify|retry|prune")
    common = Parser(add_help=False)
    common.add_argument(
        "--run-dir", metavar="DIR", type=path, help="the registry (default: output.runs_dir of your configuration)"
    )
    common.add_argument("--json", action="store_true", help="one JSON value instead of text")
    listing = actions.add_parser("list", parents=[common], help="every run, newest first")
    listing.add_argument("--sweeps", action="store_true", help="sweeps instead of runs")
    listing.add_argument("--db", metavar="NAME", help="only of this database; a glob such as 'eu/*' takes several")
    listing.add_argument(
        "--status",
        action="append",
        choices=STATUSES,
        metavar="STATUS",
        help=f"only with this status: {', '.join(STATUSES)}; repeatable",
    )
    listing.add_argument(
        "--since",
        metavar="WHEN",
        type=moment,
        help="only started since: 2026-01-31, 2026-01-31T12:00 (UTC), or 2d, 12h",
    )
    listing.add_argument("--limit", metavar="N", type=count, help="at most the newest N")
    show = actions.add_parser("show", parents=[common], help="one run, or one sweep and its jobs")
    show.add_argument("run", metavar="RUN|SWEEP", help=f"{_RUN}; of a sweep, the folder or id")
    check = actions.add_parser(
        "verify",
        parents=[common],
        help="compare runs with their manifests",
        description="Recompute digests and fingerprints, and show what was changed since.",
    )
    check.add_argument("run", metavar="RUN|SWEEP", nargs="?", help="one run, or one sweep; all when left out")
    retry = actions.add_parser(
        "retry",
        parents=[common],
        help="run again what did not succeed in a sweep",
        description="Run again what failed, was interrupted or never began in a sweep.",
    )
    retry.add_argument("sweep", metavar="SWEEP", nargs="?", help="its folder or id; the newest when left out")
    retry.add_argument("--dry-run", action="store_true", help="only list what would run, one command a line")
    loudness = retry.add_mutually_exclusive_group()
    loudness.add_argument("-v", "--verbose", action="store_true", help="every event of the runs on stderr")
    loudness.add_argument("-q", "--quiet", action="store_true", help="no summary, only errors")
    prune = actions.add_parser(
        "prune",
        parents=[common],
        help="delete old runs; without --yes only list them",
        description="Delete old runs, file by file; without --yes only list them.",
    )
    prune.add_argument(
        "--keep",
        metavar="N",
        type=count,
        help="of each database the newest N runs stay, and the newest N that succeeded; 0 lets all go",
    )
    prune.add_argument(
        "--older-than",
        metavar="AGE",
        type=age,
        help="only runs older than 30d, 12h or 5m go, and never a database's last good run",
    )
    prune.add_argument("--yes", action="store_true", help="really delete")
    return parser
