"""Python that makes the program break where the password is at hand, with the password in the message."""

IN_THE_CATALOG = """
from datalchemy.adapters.postgres.catalog import Catalog

def crash(self):
    raise RuntimeError(f"planted: {self._connection.info.password!r} {vars(self)}")

Catalog.state = crash
"""
IN_THE_SETTINGS = """
from datalchemy.cli.hydra import settings as hydra_settings
from omegaconf import OmegaConf

def crash(config, choices):
    raise RuntimeError("planted: " + OmegaConf.to_yaml(config, resolve=True) + repr(sys.argv))

hydra_settings.read = crash
"""
