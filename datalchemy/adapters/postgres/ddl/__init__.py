"""DDL from schema.json alone: the proof that the file holds what it promises, and a way to build the structure anew."""

from datalchemy.adapters.postgres.ddl.script import Script, render, script

__all__ = ["Script", "render", "script"]
