"""The JSON Schema of schema.json: generated from the models, committed, and shipped in the package.

`python -m datalchemy.model.json_schema` writes it anew. The models are imported only where they are needed, so that
printing the shipped text is quick.
"""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

FILE_NAME = "schema.schema.json"
"""The shipped file, beside this module."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) that every schema.json is valid by.

    A fact that is None in the model is absent in the file: such a key is not required, and never null.
    """
    from datalchemy.model.schema import SCHEMA_VERSION, DatabaseSchema

    generated = DatabaseSchema.model_json_schema(mode="serialization", by_alias=True)
    cleaned: dict[str, Any] = _clean(generated)
    return {
        "$schema": _DIALECT,
        "$id": f"urn:datalchemy:schema:{SCHEMA_VERSION}",
        **cleaned,
        "title": "schema.json",
        "description": f"The structure of a database, as Datalchemy writes it: contract version {SCHEMA_VERSION}.",
    }


def json_schema_text() -> str:
    """Return the JSON Schema as it is committed: sorted keys, two spaces of indent, one final newline."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def shipped_text() -> str:
    """Return the text of the shipped JSON Schema, without importing the models.

    Raises:
        FileNotFoundError: the package was built without it.
    """
    return (files("datalchemy.model") / FILE_NAME).read_text(encoding="utf-8")


def write() -> Path:
    """Write the generated JSON Schema beside this module, and return where."""
    path = Path(__file__).with_name(FILE_NAME)
    path.write_text(json_schema_text(), encoding="utf-8")
    return path


def _clean(node: Any) -> Any:
    """Tell what is written: every fact that is there is required, one that may be None may be absent.

    Drops what is noise in a published file: OpenAPI's own keyword, titles that repeat the key, the lines of docstrings.
    """
    if isinstance(node, list):
        return [_clean(one) for one in node]
    if not isinstance(node, dict):
        return node
    cleaned = {key: _clean(value) for key, value in node.items() if key not in {"discriminator", "properties"}}
    if "description" in cleaned:
        cleaned["description"] = _joined(cleaned["description"])
    if "properties" in node:
        cleaned["properties"] = {name: _clean_property(value) for name, value in node["properties"].items()}
        cleaned["required"] = [name for name, value in node["properties"].items() if not _is_nullable(value)]
    return cleaned


def _clean_property(value: dict[str, Any]) -> dict[str, Any]:
    cleaned: dict[str, Any] = _clean({key: one for key, one in value.items() if key not in {"default", "title"}})
    if not _is_nullable(value):
        return cleaned
    options = [one for one in cleaned.pop("anyOf") if one != {"type": "null"}]
    return {**options[0], **cleaned} if len(options) == 1 else {"anyOf": options, **cleaned}


def _is_nullable(value: dict[str, Any]) -> bool:
    return {"type": "null"} in value.get("anyOf", ())


def _joined(text: str) -> str:
    """Return paragraphs as lines of their own, without the line ends inside them."""
    return "\n\n".join(paragraph.replace("\n", " ") for paragraph in text.split("\n\n"))


if __name__ == "__main__":
    write()
