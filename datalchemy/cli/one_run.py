"""One run, done and shown: what `introspect CONN` and `+db=NAME` have in common."""

import os
from collections.abc import Sequence
from pathlib import Path

from datalchemy.cli import progress, summary
from datalchemy.errors import ConfigurationError
from datalchemy.introspector.run import run as introspect
from datalchemy.introspector.settings import Settings
from datalchemy.secrets.process import process_vault


def run_one(settings: Settings, *, as_json: bool, overrides: Sequence[str] = (), run_dir: Path | None = None) -> int:
    """Do one run, show how it ended, and return its exit code.

    Args:
        settings: what to do.
        as_json: whether stdout gets the result as a JSON document, rather than a summary.
        overrides: what was changed on the command line, for the record.
        run_dir: the folder of the run; None makes one.

    Raises:
        ConfigurationError: stdout would get a JSON document and schema.json.
        RegistryError: schema.json, which stdout is to get, cannot be read again.
    """
    output = settings.output
    if as_json and output.is_to_stdout:
        raise ConfigurationError(
            "output.out=- and --json both want stdout", remedy="leave one out; --json says where schema.json is"
        )
    with progress.observer(settings.db.name) as events:
        outcome = introspect(
            settings,
            vault=process_vault(),
            environ=os.environ,
            overrides=overrides,
            run_dir=run_dir,
            observer=events,
        )
    summary.show_run(outcome, settings.db.name, as_json=as_json, schema_on_stdout=output.is_to_stdout)
    return int(outcome.exit_code)
