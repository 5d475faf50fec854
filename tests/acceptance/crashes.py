"""Python that makes the program break where the password is at hand, with the password in the message."""

IN_THE_CATALOG = """
from datalchemy.adapters.postgres.catalog import Catalog

def crash(self):
    raise RuntimeError(f"planted: {self._connection.info.password!r} {vars(self)}")

Catalog.state = Catalog.access = crash
"""
IN_THE_SETTINGS = """
from datalchemy.cli.hydra import settings as hydra_settings
from omegaconf import OmegaConf

def crash(config, choices):
    raise RuntimeError("planted: " + OmegaConf.to_yaml(config, resolve=True) + repr(sys.argv))

hydra_settings.read = crash
"""
IN_THE_ENVIRONMENT = """
from datalchemy.cli import found_database

def crash(environ, vault):
    raise RuntimeError(f"planted: {find(environ, vault)} {dict(environ)}")

find, found_database.find_database = found_database.find_database, crash
"""
