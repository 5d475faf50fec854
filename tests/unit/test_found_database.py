"""What the environment says of a database, and the file that is made of it."""

import pytest
import yaml  # type: ignore[import-untyped]  # it comes with OmegaConf, untyped

from datalchemy.cli.found_database import FoundDatabase, file_text, find_database, password_variable
from datalchemy.secrets.vault import Vault


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("prod", "PROD_PASSWORD"),
        ("eu/prod", "EU_PROD_PASSWORD"),
        ("eu west-1", "EU_WEST_1_PASSWORD"),
        ("weiß", "WEISS_PASSWORD"),
        ("2024", "DB_2024_PASSWORD"),
        ("日本", "DB_PASSWORD"),
    ],
)
def test_the_variable_is_a_name_for_every_shell(name: str, variable: str) -> None:
    """The variable of a password is made of the database's name, in capitals, digits and underscores."""
    assert password_variable(name) == variable


@pytest.mark.parametrize(
    "text", ["shop", "2024", "007", "null", "yes", "1e3", "a b", "ação", "a: b", "#x", "*x", "it's"]
)
def test_a_value_keeps_its_spelling_in_yaml(text: str) -> None:
    """Whatever a value looks like to YAML, the file says the same text, or the same number."""
    written, _ = file_text("x", FoundDatabase(parts={"dbname": text}, sources={"dbname": "PGDATABASE"}))
    found = yaml.safe_load(written)["dbname"]
    assert str(found) == text


def test_a_service_has_precedence_over_variables() -> None:
    """PGSERVICE is taken alone, as libpq does; DATABASE_URL has precedence over both."""
    environ = {"PGSERVICE": "canary", "PGHOST": "h", "PGDATABASE": "d"}
    found = find_database(environ, Vault())
    assert (found.service, found.parts) == ("canary", {})
    found = find_database({**environ, "DATABASE_URL": "postgresql://u@x/y"}, Vault())
    assert (found.service, found.parts) == (None, {"host": "x", "dbname": "y", "user": "u"})


def test_a_value_with_a_secret_counts_as_absent() -> None:
    """A connection text in PGDATABASE, and a value that holds the password, are left out."""
    environ = {"PGPASSWORD": "hunter2000", "PGUSER": "hunter2000", "PGDATABASE": "host=h password=x", "PGHOST": "h"}
    assert find_database(environ, Vault()).parts == {"host": "h"}
