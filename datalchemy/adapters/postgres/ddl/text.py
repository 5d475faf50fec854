"""The smallest parts of a statement. Every identifier is quoted and every name qualified: no search_path matters."""

from collections.abc import Iterable

from datalchemy.model.base import Parameter, QualifiedName
from datalchemy.text import quoted


def qualified_name(name: QualifiedName) -> str:
    """Return a qualified name as SQL."""
    return quoted(name.schema_name, name.name)


def keywords(word: str) -> str:
    """Return a word of the model as SQL keywords: `set_null` gives `SET NULL`."""
    return word.replace("_", " ").upper()


def collate(collation: QualifiedName | None) -> str:
    """Return ` COLLATE ...`, or nothing without a collation."""
    return "" if collation is None else f" COLLATE {qualified_name(collation)}"


def literal(text: str) -> str:
    """Return a text as an SQL literal; one with a backslash as `E'..'`, whatever standard_conforming_strings is."""
    written = "'" + text.replace("'", "''") + "'"
    return "E" + written.replace("\\", "\\\\") if "\\" in written else written


def names(columns: Iterable[str]) -> str:
    """Return names separated by commas, in parentheses."""
    return "(" + ", ".join(map(quoted, columns)) + ")"


def with_parameters(parameters: Iterable[Parameter] | None) -> str:
    """Return ` WITH (...)` for storage parameters, or nothing when there are none."""
    written = ", ".join(map(_parameter, parameters or ()))
    return f" WITH ({written})" if written else ""


def set_parameters(parameters: Iterable[Parameter]) -> str:
    """Return `SET (...)` for the attribute options of a column."""
    return f"SET ({', '.join(map(_parameter, parameters))})"


def body(parts: Iterable[str]) -> str:
    """Return the parts of a CREATE on lines of their own, in parentheses."""
    written = ",\n".join(f"    {part}" for part in parts)
    return f"(\n{written}\n)" if written else "()"


def _parameter(parameter: Parameter) -> str:
    # `toast.name` is a parameter of the toast table
    name = ".".join(map(quoted, parameter.name.split(".", 1)))
    return f"{name} = {literal(parameter.value)}"
