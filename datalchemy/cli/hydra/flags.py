"""The flags of a command line without a verb, as tables: tab completion reads them, too."""

CHOICES = {
    "--cfg": ("job", "hydra", "all"),
    "--info": ("all", "config", "defaults", "defaults-tree", "plugins", "searchpath"),
}
SHORT = {
    "-m": "--multirun",
    "-r": "--run",
    "-c": "--cfg",
    "-p": "--package",
    "-i": "--info",
    "-sc": "--shell-completion",
    "-cd": "--config-dir",
    "-v": "--verbose",
    "-q": "--quiet",
    "-h": "--help",
}
PLAIN = (
    "--multirun",
    "--run",
    "--resolve",
    "--hydra-help",
    "--shell-completion",
    "--json",
    "--verbose",
    "--quiet",
    "--help",
)
SETTINGS = {"--strict": "strict=true", "--force": "output.force=true"} | {
    "--redact": "redact.enabled=true",
    "--no-redact": "redact.enabled=false",
}
VALUED_SETTINGS = {"--db": "+db", "--conn": "db.url", "--out": "output.out", "--run-dir": "output.runs_dir"}
VALUED = ("--cfg", "--info", "--package", "--config-dir", "--schema", *VALUED_SETTINGS)
FLAGS = (*PLAIN, *SETTINGS, *VALUED)
"""Every long option, also those that say what a setting says: `--strict` is `strict=true`."""

MULTIRUN = frozenset(("-m", "--multirun"))


def taken_by(flag: str) -> tuple[str, tuple[str, ...]] | None:
    """Return a flag's long name and the values that it takes, none for any; None for a flag without a value."""
    name = SHORT.get(flag, flag)
    return (name, CHOICES.get(name, ())) if name in VALUED else None
