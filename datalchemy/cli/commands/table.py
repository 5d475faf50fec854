"""The verbs: the first words that a command line may have."""

from typing import NamedTuple


class Verb(NamedTuple):
    """`module` holds `run(words) -> int`; it is imported only for its verb.

    `words` holds `make_parser()`, which tab completion reads; it is the same module where that is imported quickly.
    """

    module: str
    summary: str
    words: str | None = None


VERBS = {
    "init": Verb("datalchemy.cli.commands.init", "write a first file for a database of yours: conf/db/NAME.yaml"),
    "dbs": Verb("datalchemy.cli.commands.dbs", "list the databases that can be read, without connecting"),
    "check": Verb("datalchemy.cli.commands.check", "connect to databases: version, role, what it may read, TLS"),
    "introspect": Verb("datalchemy.cli.commands.introspect", "read one database, named by its URL"),
    "runs": Verb(
        "datalchemy.cli.commands.runs",
        "list, show, verify, retry or prune runs and sweeps",
        words="datalchemy.cli.commands.runs_parser",
    ),
    "ddl": Verb("datalchemy.cli.commands.ddl", "print a schema.json as SQL that creates the same structure"),
    "contract": Verb("datalchemy.cli.commands.contract", "print the JSON Schema of schema.json or another artefact"),
    "completion": Verb("datalchemy.cli.commands.completion", "print what makes bash, zsh or fish complete with TAB"),
    "version": Verb("datalchemy.cli.commands.version", "print the version"),
    "help": Verb("datalchemy.cli.commands.help", "print this, or a command's help"),
}
"""The allowed first words. A new verb needs one line here and one module."""
